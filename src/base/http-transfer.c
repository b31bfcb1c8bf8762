/* SPDX-License-Identifier: Apache-2.0 */
/* One transfer on curl's multi interface, driven by whoever reads the stream. When a buffer's worth is waiting, curl is
 * told to pause, so the server feels a slow reader and memory stays small. */
#include <string.h>

#include "base/error.h"
#include "base/http-private.h"
#include "base/limits.h"
#include "config.h"

#define BUFFER_BYTES       (1 * CR_MIB)
#define RECEIVE_BYTES      (256 * CR_KIB)
#define CONNECT_MS         20000L
#define STALL_BYTES_PER_MS 10 /* per 100 ms: 100 B/s */

typedef struct {
  CrStream stream;
  const CrCurl *curl;
  CrHttp *http;
  CrHttpPair *pair;
  struct curl_slist *headers;
  CrHttpResponse *response; /* while the head comes in; then the caller's */
  char *where;              /* the URL for messages */
  char *unix_socket;        /* or NULL */
  GBytes *body;             /* of the request; curl reads it in place */
  CrStream *upload;         /* the same as a stream, borrowed */
  const guint8 *upload_at;  /* of it, taken and not sent yet */
  gsize upload_left;
  GError *upload_error;
  GByteArray *filling, *given; /* given: what the caller looks at */
  gboolean head_done, done;    /* done: curl has ended with `result` */
  gboolean paused, too_large;
  CURLcode result;
  guint64 received, max_bytes;
  gint64 deadline; /* µs, monotonic; 0: none */
  guint stall_ms;
  const char *(*watch)(gpointer data);
  gpointer watch_data;
  gint64 waited_usec;            /* since the stall rule last looked */
  guint64 seen_bytes, now_bytes; /* of head and body: then, and so far */
  char message[CURL_ERROR_SIZE];
} Transfer;

/* ---- what curl calls ---- */

static void add_header(CrHttpResponse *response, const char *line, gsize size)
{
  const char *colon = memchr(line, ':', size);
  if (!colon)
    return;
  g_autofree char *raw = g_strndup(line, (gsize)(colon - line));
  g_autofree char *value = g_strndup(colon + 1, size - (gsize)(colon + 1 - line));
  g_autofree char *name = g_ascii_strdown(raw, -1);
  const char *before = g_hash_table_lookup(response->headers, name);
  g_strstrip(value);
  /* the one list that servers send in several lines, and of which every one matters (RFC 9110 §5.3) */
  gboolean join = before && strcmp(name, "www-authenticate") == 0;
  char *all = join ? g_strdup_printf("%s, %s", before, value) : g_strdup(value);
  g_hash_table_replace(response->headers, g_steal_pointer(&name), all);
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
  Transfer *transfer = user;
  gsize length = size * count;
  transfer->now_bytes += length;
  if (transfer->head_done) /* a trailer behind a chunked body */
    return length;
  if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    g_hash_table_remove_all(transfer->response->headers);
  } else if (length <= 2 && (data[0] == '\r' || data[0] == '\n')) {
    long status = 0;
    transfer->curl->easy_getinfo(transfer->pair->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->response->status = (int)status;
    transfer->head_done = status >= 200;
  } else {
    add_header(transfer->response, data, length);
  }
  return length;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
  Transfer *transfer = user;
  gsize length = size * count;
  if (transfer->max_bytes && transfer->received + length > transfer->max_bytes) {
    transfer->too_large = TRUE;
    return 0;
  }
  if (transfer->filling->len && transfer->filling->len + length > BUFFER_BYTES) {
    transfer->paused = TRUE;
    return CURL_WRITEFUNC_PAUSE;
  }
  g_byte_array_append(transfer->filling, (const guint8 *)data, (guint)length);
  transfer->received += length;
  transfer->now_bytes += length;
  return length;
}

static size_t on_upload(char *buffer, size_t size, size_t count, void *user)
{
  Transfer *transfer = user;
  if (!transfer->upload_left) {
    gssize n = cr_stream_next(transfer->upload, &transfer->upload_at, &transfer->upload_error);
    if (n < 0)
      return CURL_READFUNC_ABORT;
    transfer->upload_left = (gsize)n;
  }
  gsize n = MIN(size * count, transfer->upload_left);
  if (n)
    memcpy(buffer, transfer->upload_at, n);
  transfer->upload_at += n;
  transfer->upload_left -= n;
  transfer->now_bytes += n;
  return n;
}

/* ---- driving it ---- */

static void set_failure(Transfer *transfer, GError **error)
{
  if (transfer->upload_error) {
    g_propagate_error(error, g_steal_pointer(&transfer->upload_error));
    return;
  }
  const char *why = transfer->message[0] ? transfer->message : transfer->curl->easy_strerror(transfer->result);
  if (transfer->too_large) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read '%s': it is larger than %" G_GUINT64_FORMAT " bytes",
                transfer->where, transfer->max_bytes);
  } else if (transfer->unix_socket && transfer->result == CURLE_COULDNT_CONNECT) {
    long errnum = 0;
    transfer->curl->easy_getinfo(transfer->pair->easy, CURLINFO_OS_ERRNO, &errnum);
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot connect to '%s': %s", transfer->unix_socket,
                errnum ? g_strerror((int)errnum) : why);
  } else if (transfer->head_done) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
                "cannot read '%s': the connection broke after %" G_GUINT64_FORMAT " bytes: %s", transfer->where,
                transfer->received, why);
  } else {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot reach '%s': %s", transfer->where, why);
  }
  if (error) /* without the milliseconds that WHY may have */
    cr_error_set_group(*error, NULL, transfer->curl->easy_strerror(transfer->result));
  if (error && transfer->result == CURLE_PEER_FAILED_VERIFICATION)
    cr_error_set_hint(*error, "if it has a certificate of your own authority, name that with --ca-file FILE");
}

/* A transfer that careen ends itself. */
static void give_up(Transfer *transfer, const char *why)
{
  transfer->done = TRUE;
  transfer->result = CURLE_OPERATION_TIMEDOUT;
  g_strlcpy(transfer->message, why, sizeof transfer->message);
}

/* Only time spent waiting for the other side counts, never the reader's own. */
static void check_time(Transfer *transfer, gint64 waited_usec)
{
  if (transfer->deadline && g_get_monotonic_time() >= transfer->deadline) {
    give_up(transfer, "it took too long");
    return;
  }
  const char *why = transfer->watch ? transfer->watch(transfer->watch_data) : NULL;
  if (why) {
    give_up(transfer, why);
    return;
  }
  transfer->waited_usec += waited_usec;
  if (transfer->waited_usec < (gint64)transfer->stall_ms * 1000)
    return;
  if (transfer->now_bytes - transfer->seen_bytes < transfer->stall_ms * STALL_BYTES_PER_MS / 100)
    give_up(transfer, "nothing came any more");
  transfer->waited_usec = 0;
  transfer->seen_bytes = transfer->now_bytes;
}

static void perform(Transfer *transfer)
{
  int running = 0;
  if (transfer->curl->multi_perform(transfer->pair->multi, &running) != CURLM_OK) {
    give_up(transfer, "curl failed");
    return;
  }
  int left = 0;
  for (CURLMsg *message; (message = transfer->curl->multi_info_read(transfer->pair->multi, &left));) {
    if (message->msg != CURLMSG_DONE)
      continue;
    transfer->done = TRUE;
    transfer->result = message->data.result;
  }
}

/* Until there is a body to hand out (HEAD_ONLY: until the head is complete), or until it is over. */
static void pump(Transfer *transfer, gboolean head_only)
{
  while (!transfer->done && !(head_only ? transfer->head_done : transfer->filling->len > 0)) {
    if (transfer->paused) {
      transfer->paused = FALSE;
      transfer->curl->easy_pause(transfer->pair->easy, CURLPAUSE_CONT); /* may call on_body */
    }
    perform(transfer);
    if (transfer->done || (head_only ? transfer->head_done : transfer->filling->len > 0))
      return;
    gint64 before = g_get_monotonic_time();
    transfer->curl->multi_poll(transfer->pair->multi, NULL, 0, 500, NULL);
    check_time(transfer, g_get_monotonic_time() - before);
  }
}

static gssize transfer_next(CrStream *stream, const guint8 **data, GError **error)
{
  Transfer *transfer = (Transfer *)stream;
  g_byte_array_set_size(transfer->given, 0);
  pump(transfer, FALSE);
  if (transfer->filling->len) {
    GByteArray *full = transfer->filling;
    transfer->filling = transfer->given;
    transfer->given = full;
    *data = full->data;
    return (gssize)full->len;
  }
  if (transfer->result == CURLE_OK)
    return 0;
  set_failure(transfer, error);
  return -1;
}

static void transfer_free(CrStream *stream)
{
  Transfer *transfer = (Transfer *)stream;
  const CrCurl *curl = transfer->curl;
  curl->multi_remove_handle(transfer->pair->multi, transfer->pair->easy);
  curl->easy_reset(transfer->pair->easy);
  cr_http_return_pair(transfer->http, curl, transfer->pair);
  cr_http_free(transfer->http);
  curl->slist_free_all(transfer->headers);
  if (transfer->body)
    g_bytes_unref(transfer->body);
  g_clear_error(&transfer->upload_error);
  cr_http_response_free(transfer->response);
  g_byte_array_unref(transfer->filling);
  g_byte_array_unref(transfer->given);
  g_free(transfer->where);
  g_free(transfer->unix_socket);
  g_free(transfer);
}

static const CrStreamClass transfer_class = {.next = transfer_next, .free = transfer_free};

/* ---- setting it up ---- */

static gboolean is_secret(const char *header)
{
  static const char *const names[] = {"authorization:", "cookie:", "x-registry-auth:", "x-registry-config:"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    if (g_ascii_strncasecmp(header, names[i], strlen(names[i])) == 0)
      return TRUE;
  }
  return FALSE;
}

static void set_headers(Transfer *transfer, const CrHttpRequest *request, const char *url, gboolean foreign)
{
  const CrCurl *curl = transfer->curl;
  gboolean authorized = FALSE;
  for (const char *const *header = request->headers; header && *header; header++) {
    if (foreign && is_secret(*header))
      continue;
    authorized = authorized || g_ascii_strncasecmp(*header, "authorization:", 14) == 0;
    transfer->headers = curl->slist_append(transfer->headers, *header);
  }
  if (request->resume_from) {
    g_autofree char *range = g_strdup_printf("Range: bytes=%" G_GUINT64_FORMAT "-", request->resume_from);
    transfer->headers = curl->slist_append(transfer->headers, range);
  }
  if (request->body || request->upload) /* no waiting for 100 Continue */
    transfer->headers = curl->slist_append(transfer->headers, "Expect:");
  curl->easy_setopt(transfer->pair->easy, CURLOPT_HTTPHEADER, transfer->headers);
  g_autofree char *login = NULL;
  g_autofree char *password = NULL;
  if (!authorized && transfer->http->auth_conf &&
      cr_http_auth_find(transfer->http->auth_conf, url, &login, &password)) {
    curl->easy_setopt(transfer->pair->easy, CURLOPT_USERNAME, login);
    curl->easy_setopt(transfer->pair->easy, CURLOPT_PASSWORD, password);
    curl->easy_setopt(transfer->pair->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
  }
}

static void set_method(Transfer *transfer, const CrHttpRequest *request)
{
  const CrCurl *curl = transfer->curl;
  CURL *easy = transfer->pair->easy;
  if (g_strcmp0(request->method, "HEAD") == 0) {
    curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request->body) {
    gsize size = 0;
    transfer->body = g_bytes_ref(request->body);
    const void *data = g_bytes_get_data(transfer->body, &size);
    curl->easy_setopt(easy, CURLOPT_POSTFIELDS, data ? data : "");
    curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
  } else if (request->upload) {
    transfer->upload = request->upload;
    curl->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl->easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl->easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                      request->upload_bytes ? (curl_off_t)request->upload_bytes : (curl_off_t)-1);
    curl->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)RECEIVE_BYTES);
  }
  if (request->method)
    curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Go's programs read HTTP_PROXY too, curl does not (it could be a CGI header); what never has a proxy is this machine.
 */
static void set_route(Transfer *transfer, const char *url)
{
  const CrCurl *curl = transfer->curl;
  CURL *easy = transfer->pair->easy;
  const char *upper = g_getenv("HTTP_PROXY");
  g_autofree char *origin = cr_http_format_origin(url);
  if (transfer->unix_socket) {
    curl->easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, transfer->unix_socket);
    curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
  } else if (origin && (strstr(origin, "://localhost:") || strstr(origin, "://127.") || strstr(origin, "://[::1]:"))) {
    curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
  } else if (upper && !g_getenv("http_proxy") && !g_getenv("REQUEST_METHOD") && g_str_has_prefix(url, "http:")) {
    curl->easy_setopt(easy, CURLOPT_PROXY, upper);
  }
  /* CAINFO takes the place of the system's bundle; its folder of hashed certificates stays in use. */
  const char *ca_file = transfer->http->ca_file ? transfer->http->ca_file : g_getenv("SSL_CERT_FILE");
  if (ca_file)
    curl->easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  if (transfer->http->cert_file)
    curl->easy_setopt(easy, CURLOPT_SSLCERT, transfer->http->cert_file);
  if (transfer->http->key_file)
    curl->easy_setopt(easy, CURLOPT_SSLKEY, transfer->http->key_file);
}

static void set_options(Transfer *transfer, const char *url)
{
  const CrCurl *curl = transfer->curl;
  CURL *easy = transfer->pair->easy;
  curl->easy_setopt(easy, CURLOPT_URL, url);
  curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  /* One connection a blob with its own flow control is what a paused stream needs. */
  curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl->easy_setopt(easy, CURLOPT_USERAGENT, "careen/" CR_VERSION);
  curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl->easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl->easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
  curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
  curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl->easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static gboolean is_dropped(CURLcode result)
{
  return result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING ||
         result == CURLE_PARTIAL_FILE;
}

CrHttpResponse *cr_http_transfer(CrHttp *http, const CrHttpRequest *request, const char *url, gboolean foreign,
                                 gint64 deadline, CrStream **stream, gboolean *dropped, GError **error)
{
  const CrCurl *curl = cr_curl_load(error);
  if (!curl)
    return NULL;
  g_autofree char *origin = cr_http_format_origin(url);
  Transfer *transfer = g_new0(Transfer, 1);
  transfer->stream.class = &transfer_class;
  transfer->curl = curl;
  transfer->http = cr_http_ref(http);
  transfer->pair = cr_http_take_pair(http, curl, origin);
  transfer->response = cr_http_response_new(0, url);
  transfer->where = cr_http_format_url(url);
  transfer->unix_socket = g_strdup(http->unix_socket);
  transfer->filling = g_byte_array_new();
  transfer->given = g_byte_array_new();
  transfer->max_bytes = request->max_bytes;
  transfer->deadline = deadline;
  transfer->stall_ms = request->stall_ms ? request->stall_ms : http->stall_ms;
  transfer->watch = request->watch;
  transfer->watch_data = request->watch_data;
  set_options(transfer, url);
  set_route(transfer, url);
  set_method(transfer, request);
  set_headers(transfer, request, url, foreign);
  curl->multi_add_handle(transfer->pair->multi, transfer->pair->easy);
  pump(transfer, TRUE);
  if (!transfer->head_done) {
    *dropped = is_dropped(transfer->result) && !transfer->upload_error;
    set_failure(transfer, error);
    transfer_free(&transfer->stream);
    return NULL;
  }
  *stream = &transfer->stream;
  return g_steal_pointer(&transfer->response);
}
