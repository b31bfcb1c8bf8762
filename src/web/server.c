/* SPDX-License-Identifier: Apache-2.0 */
#include "web/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/cache.h"
#include "base/error.h"
#include "web/apply.h"
#include "web/asset.h"
#include "web/events.h"
#include "web/progress.h"
#include "web/root.h"

#define THREADS     4U
#define CONNECTIONS 4000U
#define HEAD_BYTES  (32U * 1024)
#define BODY_BYTES  4096U
#define URL_BYTES   4096U
#define ARGUMENTS   64U
#define WAIT_USEC   (20 * G_USEC_PER_SEC)  /* for a whole request */
#define ANSWER_USEC (120 * G_USEC_PER_SEC) /* for an answer to be taken */
#define SMALL       1400U                  /* one packet: not worth compressing */

struct CrServer {
  char *record;
  char *root; /* "" or "/careen" */
  CrCache *cache;
  CrGuard *guard;
  CrApplyDesk *desk; /* or NULL: the page only reads */
  CrEvents *events;
  struct MHD_Daemon *daemon;
  GMutex lock;
  GHashTable *clients; /* set of Client* */
  GThread *clock;
  GCond over;
  gboolean stopping;
};

typedef enum { WAITING, ANSWERING, LISTENING } ClientState;

typedef struct {
  int fd;
  ClientState state;
  gint64 since;
} Client;

/* What is known of one request until it is answered. */
typedef struct {
  GString *body;
  gboolean too_large;
} Request;

/* ---- connections, and those that take too long ---- */

static void set_state(CrServer *server, struct MHD_Connection *connection, ClientState state)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  Client *client = info ? info->socket_context : NULL;
  if (!client)
    return;
  g_mutex_lock(&server->lock);
  client->state = state;
  client->since = g_get_monotonic_time();
  g_mutex_unlock(&server->lock);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
  CrServer *server = data;
  g_mutex_lock(&server->lock);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    Client *client = g_new0(Client, 1);
    *client = (Client){MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, WAITING,
                       g_get_monotonic_time()};
    g_hash_table_add(server->clients, client);
    *context = client;
  } else if (*context) {
    g_hash_table_remove(server->clients, *context); /* before its descriptor is another's */
    *context = NULL;
  }
  g_mutex_unlock(&server->lock);
}

static void cut_off_slow(CrServer *server, gint64 now)
{
  GHashTableIter iterator;
  gpointer key;
  g_hash_table_iter_init(&iterator, server->clients);
  while (g_hash_table_iter_next(&iterator, &key, NULL)) {
    const Client *client = key;
    if ((client->state == WAITING && now - client->since > WAIT_USEC) ||
        (client->state == ANSWERING && now - client->since > ANSWER_USEC))
      shutdown(client->fd, SHUT_RDWR);
  }
}

/* ---- what happens ---- */

/* When the record was last written to: what is shown may be old then. */
static gint64 find_change(const CrServer *server)
{
  g_autofree char *log = g_strconcat(server->record, "-wal", NULL);
  struct stat st;
  gint64 newest = stat(server->record, &st) == 0 ? (gint64)st.st_mtime : 0;
  return stat(log, &st) == 0 ? MAX(newest, (gint64)st.st_mtime) : newest;
}

static void publish(CrServer *server, gint64 now)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = cr_record_open(server->record, FALSE, NULL);
  const CrWebProgress *progress = record ? cr_web_progress_load(record, arena, NULL) : NULL;
  if (!progress)
    return;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "changed", find_change(server));
  cr_json_key(writer, "progress");
  cr_web_progress_write(progress, writer);
  cr_json_end_object(writer);
  cr_events_publish(server->events, cr_json_writer_get_text(writer, NULL), now);
}

static gpointer run_clock(gpointer data)
{
  CrServer *server = data;
  g_mutex_lock(&server->lock);
  while (!server->stopping) {
    gint64 now = g_get_monotonic_time();
    cut_off_slow(server, now);
    g_mutex_unlock(&server->lock);
    if (cr_events_are_wanted(server->events))
      publish(server, now);
    g_mutex_lock(&server->lock);
    if (!server->stopping)
      g_cond_wait_until(&server->over, &server->lock, now + G_USEC_PER_SEC);
  }
  g_mutex_unlock(&server->lock);
  return NULL;
}

/* ---- answers ---- */

static gboolean takes_gzip(struct MHD_Connection *connection)
{
  const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding");
  return header && strstr(header, "gzip") != NULL;
}

/* NULL: it is sent as it is. */
static char *compress_body(const char *data, gsize size, gsize *packed)
{
  z_stream stream = {0};
  if (deflateInit2(&stream, 4, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return NULL;
  gsize bound = deflateBound(&stream, size);
  g_autofree char *out = g_try_malloc(bound);
  stream.next_in = (Bytef *)(gpointer)data;
  stream.avail_in = (uInt)size;
  stream.next_out = (Bytef *)out;
  stream.avail_out = (uInt)bound;
  gboolean ok = out && size < G_MAXINT32 && deflate(&stream, Z_FINISH) == Z_STREAM_END;
  *packed = stream.total_out;
  deflateEnd(&stream);
  return ok ? g_steal_pointer(&out) : NULL;
}

static void add_headers(struct MHD_Response *response, const char *type, gboolean kept)
{
  static const char *const headers[][2] = {
      {"Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                                  "connect-src 'self'; form-action 'self'; "
                                  "base-uri 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Vary", "Accept-Encoding"},
  };
  MHD_add_response_header(response, "Content-Type", type);
  MHD_add_response_header(response, "Cache-Control", kept ? "public, max-age=31536000, immutable" : "no-store");
  for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
    MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

static enum MHD_Result queue(struct MHD_Connection *connection, guint status, struct MHD_Response *response)
{
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static struct MHD_Response *respond(struct MHD_Connection *connection, const char *type, const char *data, gsize size,
                                    gboolean kept)
{
  gsize packed = 0;
  char *small = size > SMALL && takes_gzip(connection) ? compress_body(data, size, &packed) : NULL;
  struct MHD_Response *response =
      small
          ? MHD_create_response_from_buffer_with_free_callback(packed, small, g_free)
          : MHD_create_response_from_buffer(size, (void *)data, kept ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
  add_headers(response, type, kept);
  if (small)
    MHD_add_response_header(response, "Content-Encoding", "gzip");
  return response;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, guint status)
{
  static const struct {
    guint status;
    const char *text;
  } words[] = {
      {401, "Who are you? The password is the token; the name does not matter.\n"},
      {403, "The proxy named no user.\n"},
      {404, "Nothing is here.\n"},
      {405, "Only GET and HEAD.\n"},
      {413, "That is too much.\n"},
      {414, "That address is too long.\n"},
      {421, "This name is not served here: give careen serve --host NAME.\n"},
      {429, "Too many requests; try again in a while.\n"},
      {503, "Too many listen already.\n"},
  };
  const char *text = "That went wrong.\n";
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    text = words[i].status == status ? words[i].text : text;
  struct MHD_Response *response = respond(connection, "text/plain; charset=utf-8", text, strlen(text), FALSE);
  if (status == 401)
    MHD_add_response_header(response, "WWW-Authenticate", "Basic realm=\"careen\", charset=\"UTF-8\"");
  if (status == 429)
    MHD_add_response_header(response, "Retry-After", "2");
  if (status == 405)
    MHD_add_response_header(response, "Allow", "GET, HEAD");
  return queue(connection, status, response);
}

/* ---- a request ---- */

typedef struct {
  CrArena *arena;
  GPtrArray *names, *values;
} Query;

static enum MHD_Result take_argument(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Query *query = data;
  (void)kind;
  if (query->names->len >= ARGUMENTS)
    return MHD_NO;
  g_autofree char *a = g_utf8_make_valid(name, -1), *b = g_utf8_make_valid(value ? value : "", -1);
  g_ptr_array_add(query->names, (gpointer)cr_arena_strdup(query->arena, a));
  g_ptr_array_add(query->values, (gpointer)cr_arena_strdup(query->arena, b));
  return MHD_YES;
}

static const char *get_address(struct MHD_Connection *connection, char *buffer, socklen_t size)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info ? info->client_addr : NULL;
  const void *bytes = NULL;
  if (address && address->sa_family == AF_INET)
    bytes = &((const struct sockaddr_in *)(gconstpointer)address)->sin_addr;
  else if (address && address->sa_family == AF_INET6)
    bytes = &((const struct sockaddr_in6 *)(gconstpointer)address)->sin6_addr;
  return bytes && inet_ntop(address->sa_family, bytes, buffer, size) ? buffer : "unix";
}

static guint check(CrServer *server, struct MHD_Connection *connection)
{
  char buffer[INET6_ADDRSTRLEN];
  const char *header = cr_guard_get_user_header(server->guard);
  CrGuardRequest request = {
      .address = get_address(connection, buffer, sizeof buffer),
      .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
      .authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
      .user = header ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND, header) : NULL,
  };
  return cr_guard_check(server->guard, &request, g_get_monotonic_time());
}

static enum MHD_Result listen_to_events(CrServer *server, struct MHD_Connection *connection)
{
  struct MHD_Response *response = cr_events_respond(server->events, connection);
  if (!response)
    return refuse(connection, 503);
  add_headers(response, "text/event-stream; charset=utf-8", FALSE);
  MHD_add_response_header(response, "X-Accel-Buffering", "no");
  set_state(server, connection, LISTENING);
  return queue(connection, 200, response);
}

/* The record cannot be had: the page says why, as careen would. */
static enum MHD_Result say_error(struct MHD_Connection *connection, const GError *error)
{
  const char *hint = cr_error_get_hint(error);
  g_autoptr(GString) text = g_string_new("<!DOCTYPE html>\n<html lang=\"en\"><title>careen</title><h1>careen</h1>\n");
  cr_markup_printf_xml(text, "<p>%s</p>\n<p>%s</p>\n</html>\n", error->message, hint ? hint : "");
  return queue(connection, 500, respond(connection, "text/html; charset=utf-8", text->str, text->len, FALSE));
}

static enum MHD_Result answer(CrServer *server, struct MHD_Connection *connection, const char *url)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(server->record, FALSE, &error);
  if (!record)
    return say_error(connection, error);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) names = g_ptr_array_new(), values = g_ptr_array_new();
  Query query = {arena, names, values};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument, &query);
  g_ptr_array_add(names, NULL);
  g_ptr_array_add(values, NULL);
  g_autofree char *path = g_utf8_make_valid(url, -1);
  CrWebRequest request = {.path = path,
                          .root = server->root,
                          .names = (const char *const *)names->pdata,
                          .values = (const char *const *)values->pdata,
                          .record = record,
                          .cache = server->cache,
                          .now = g_get_real_time() / G_USEC_PER_SEC,
                          .token = server->desk ? cr_apply_desk_get_token(server->desk) : NULL};
  g_auto(CrWebAnswer) out = {0};
  cr_web_answer(&request, &out);
  struct MHD_Response *response = respond(connection, out.type, out.body->str, out.body->len, FALSE);
  if (out.location)
    MHD_add_response_header(response, "Location", out.location);
  return queue(connection, out.status, response);
}

/* "/careen": the page is at "/careen/". */
static enum MHD_Result lead_below(const CrServer *server, struct MHD_Connection *connection)
{
  g_autofree char *location = g_strconcat(server->root, "/", NULL);
  struct MHD_Response *response = respond(connection, "text/plain; charset=utf-8", "below\n", 6, FALSE);
  MHD_add_response_header(response, "Location", location);
  return queue(connection, 308, response);
}

static enum MHD_Result route(CrServer *server, struct MHD_Connection *connection, const char *url)
{
  if (!url)
    return lead_below(server, connection);
  const CrWebAsset *asset = cr_web_asset_find(url);
  if (asset)
    return queue(connection, 200, respond(connection, asset->type, asset->data, asset->size, TRUE));
  if (!strcmp(url, "/events"))
    return listen_to_events(server, connection);
  if (!strcmp(url, "/healthz"))
    return queue(connection, 200, respond(connection, "text/plain; charset=utf-8", "ok\n", 3, FALSE));
  return answer(server, connection, url);
}

/* ---- what is asked for ---- */

static enum MHD_Result order(CrServer *server, struct MHD_Connection *connection, const Request *request)
{
  CrApplyOrder asked = {
      .body = request->body->str,
      .origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin"),
      .site = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-Fetch-Site"),
      .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
      .user = cr_guard_get_user_header(server->guard)
                  ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND, cr_guard_get_user_header(server->guard))
                  : NULL,
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(server->record, FALSE, &error);
  guint status = 303;
  if (!record || !cr_apply_desk_take(server->desk, record, &asked, &status, &error)) {
    g_autofree char *text = g_strdup_printf("%s\n", error->message);
    return queue(connection, status == 303 ? 500 : status,
                 respond(connection, "text/plain; charset=utf-8", text, strlen(text), FALSE));
  }
  struct MHD_Response *response = respond(connection, "text/plain; charset=utf-8", "asked for\n", 10, FALSE);
  g_autofree char *location = g_strconcat(server->root, "/plan", NULL);
  MHD_add_response_header(response, "Location", location);
  return queue(connection, status, response);
}

static enum MHD_Result begin(CrServer *server, struct MHD_Connection *connection, const char *url, const char *method,
                             void **state)
{
  set_state(server, connection, ANSWERING);
  guint status = strlen(url) > URL_BYTES ? 414 : check(server, connection);
  gboolean posts =
      !strcmp(method, MHD_HTTP_METHOD_POST) && server->desk && !g_strcmp0(cr_root_take(server->root, url), "/apply");
  if (!status && !posts && strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
    status = 405;
  if (status)
    return refuse(connection, status);
  Request *request = g_new0(Request, 1);
  request->body = g_string_new(NULL);
  *state = request;
  return MHD_YES;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **state)
{
  CrServer *server = data;
  Request *request = *state;
  (void)version;
  if (!request)
    return begin(server, connection, url, method, state);
  if (*upload_size) {
    request->too_large |= request->body->len + *upload_size > BODY_BYTES;
    if (!request->too_large)
      g_string_append_len(request->body, upload, (gssize)*upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  if (request->too_large)
    return refuse(connection, 413);
  return !strcmp(method, MHD_HTTP_METHOD_POST) ? order(server, connection, request)
                                               : route(server, connection, cr_root_take(server->root, url));
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
  Request *request = *state;
  (void)code;
  set_state(data, connection, WAITING);
  if (!request)
    return;
  g_string_free(request->body, TRUE);
  g_free(request);
  *state = NULL;
}

/* ---- the server ---- */

/* As many descriptors as the limit allows. */
static guint count_connections(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 500;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return (guint)CLAMP(limit.rlim_cur > 128 ? limit.rlim_cur - 96 : 32, THREADS, CONNECTIONS);
}

CrServer *cr_server_new(const CrServerOptions *options, const CrListenSocket *socket, CrGuard *guard, GError **error)
{
  g_autoptr(CrServer) server = g_new0(CrServer, 1);
  g_autofree char *state = cr_state_get_dir();
  g_mutex_init(&server->lock);
  g_cond_init(&server->over);
  server->record = options->record ? g_strdup(options->record) : g_build_filename(state, "record.db", NULL);
  server->root = g_strdup(options->root ? options->root : "");
  server->cache = cr_cache_new(options->cache_dir);
  server->guard = guard;
  server->events = cr_events_new();
  server->clients = g_hash_table_new_full(NULL, NULL, g_free, NULL);
  server->desk = options->spool ? cr_apply_desk_new(options->spool, error) : NULL;
  if (options->spool && !server->desk)
    return NULL;
  guint connections = count_connections();
  server->daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
                       on_request, server, MHD_OPTION_LISTEN_SOCKET, socket->fd, MHD_OPTION_CONNECTION_LIMIT,
                       connections, MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                       (size_t)HEAD_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_NOTIFY_CONNECTION,
                       on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_END);
  if (!server->daemon) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot listen on '%s': libmicrohttpd refused", socket->address);
    return NULL;
  }
  server->clock = g_thread_new("clock", run_clock, server);
  return g_steal_pointer(&server);
}

void cr_server_free(CrServer *server)
{
  if (!server)
    return;
  g_mutex_lock(&server->lock);
  server->stopping = TRUE;
  g_cond_signal(&server->over);
  g_mutex_unlock(&server->lock);
  if (server->clock)
    g_thread_join(server->clock);
  cr_events_stop(server->events);
  if (server->daemon)
    MHD_stop_daemon(server->daemon);
  cr_events_free(server->events);
  cr_apply_desk_free(server->desk);
  cr_cache_free(server->cache);
  g_hash_table_unref(server->clients);
  g_mutex_clear(&server->lock);
  g_cond_clear(&server->over);
  g_free(server->record);
  g_free(server->root);
  g_free(server);
}
