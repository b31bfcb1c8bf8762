/* SPDX-License-Identifier: Apache-2.0 */
#include "image/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/http.h"
#include "base/limits.h"

struct CrEngine {
  CrHttp *http;
  char *base;               /* "http://localhost" over a socket */
  char *socket;             /* its path, or NULL */
  gboolean podman;          /* asked for where Podman listens, and in Podman's own words */
  gboolean is_libpod;       /* what answers is Podman, which DOCKER_HOST may well lead to */
  CrPodmanService *service; /* of our own, or NULL */
};

#define PING_MS 10000U
#define ASK_MS  600000U /* inspecting may wait for the daemon's locks */

const char *cr_engine_get_name(const CrEngine *engine)
{
  return engine->podman || engine->is_libpod ? "Podman" : "Docker";
}

void cr_engine_free(CrEngine *engine)
{
  if (!engine)
    return;
  cr_http_free(engine->http);
  cr_podman_service_stop(engine->service);
  g_free(engine->base);
  g_free(engine->socket);
  g_free(engine);
}

/* ---- connecting ---- */

static void note_server(CrEngine *engine, const char *server)
{
  engine->is_libpod = server && !g_ascii_strncasecmp(server, "Libpod/", strlen("Libpod/"));
}

/* Does anything answer there? Any status will do. */
static gboolean ping(CrEngine *engine, GError **error)
{
  g_autofree char *url = g_strconcat(engine->base, "/_ping", NULL);
  CrHttpRequest request = {.url = url, .timeout_ms = PING_MS, .no_retry = TRUE};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(engine->http, &request, error);
  if (response)
    note_server(engine, cr_http_response_find_header(response, "server"));
  return response != NULL;
}

static gboolean connect_socket(CrEngine *engine, const char *path, GError **error)
{
  CrHttpOptions options = {.unix_socket = path};
  cr_http_free(engine->http);
  g_free(engine->base);
  g_free(engine->socket);
  engine->http = cr_http_new(&options);
  engine->base = g_strdup("http://localhost");
  engine->socket = g_strdup(path);
  g_autofree char *server = NULL;
  g_autoptr(GBytes) pong = cr_http_get_local(path, "/_ping", PING_MS, &server);
  note_server(engine, server);
  return pong || ping(engine, error);
}

/* tcp://HOST:PORT, with TLS as Docker's client has it: DOCKER_TLS_VERIFY, and PEM files in DOCKER_CERT_PATH. */
static gboolean connect_tcp(CrEngine *engine, const char *address, GError **error)
{
  const char *verify = g_getenv("DOCKER_TLS_VERIFY"), *folder = g_getenv("DOCKER_CERT_PATH");
  gboolean tls = verify && *verify && !engine->podman;
  g_autofree char *home = g_build_filename(g_get_home_dir(), ".docker", NULL);
  g_autofree char *ca = g_build_filename(folder ? folder : home, "ca.pem", NULL);
  g_autofree char *cert = g_build_filename(folder ? folder : home, "cert.pem", NULL);
  g_autofree char *key = g_build_filename(folder ? folder : home, "key.pem", NULL);
  CrHttpOptions options = {.ca_file = ca, .cert_file = cert, .key_file = key};
  engine->http = cr_http_new(tls ? &options : &(CrHttpOptions){.offline = FALSE});
  engine->base = g_strdup_printf("%s://%s", tls ? "https" : "http", address);
  return ping(engine, error);
}

static gboolean connect_host(CrEngine *engine, const char *host, GError **error)
{
  if (g_str_has_prefix(host, "unix://"))
    return connect_socket(engine, host + 7, error);
  if (host[0] == '/')
    return connect_socket(engine, host, error);
  if (g_str_has_prefix(host, "tcp://") || g_str_has_prefix(host, "http://"))
    return connect_tcp(engine, strstr(host, "://") + 3, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use '%s' as %s's address: it is not unix:// or tcp://", host,
              cr_engine_get_name(engine));
  if (error && g_str_has_prefix(host, "ssh://"))
    cr_error_set_hint(*error, "forward the socket: ssh -L /tmp/engine.sock:/var/run/docker.sock HOST, and name it with "
                              "unix:///tmp/engine.sock");
  else if (error)
    cr_error_set_hint(*error, "set %s to unix:///PATH or tcp://HOST:PORT, or unset it",
                      engine->podman ? "CONTAINER_HOST" : "DOCKER_HOST");
  return FALSE;
}

/* Where `docker context use` points; NULL: the default. The folder's name is the digest of the context's. */
static char *find_context_host(void)
{
  g_autofree char *home = g_build_filename(g_get_home_dir(), ".docker", NULL);
  const char *folder = g_getenv("DOCKER_CONFIG") ? g_getenv("DOCKER_CONFIG") : home;
  g_autofree char *config = g_build_filename(folder, "config.json", NULL);
  g_autofree char *text = NULL;
  gsize size = 0;
  const char *name = g_getenv("DOCKER_CONTEXT");
  g_autoptr(CrJsonDoc) doc =
      !name && g_file_get_contents(config, &text, &size, NULL) ? cr_json_parse(text, size, config, NULL) : NULL;
  if (doc)
    name = cr_json_find_string(cr_json_get_root(doc), "currentContext", NULL);
  if (!name || !*name || strcmp(name, "default") == 0)
    return NULL;
  g_autofree char *digest = cr_digest_of(name, strlen(name));
  g_autofree char *meta = g_build_filename(folder, "contexts", "meta", cr_digest_get_hex(digest), "meta.json", NULL);
  g_autofree char *described = NULL;
  g_autoptr(CrJsonDoc) context =
      g_file_get_contents(meta, &described, &size, NULL) ? cr_json_parse(described, size, meta, NULL) : NULL;
  const CrJson *endpoints = context ? cr_json_find(cr_json_get_root(context), "Endpoints") : NULL;
  return g_strdup(cr_json_find_string(cr_json_find(endpoints, "docker"), "Host", NULL));
}

static GPtrArray *list_sockets(gboolean podman)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  const char *runtime = g_getenv("XDG_RUNTIME_DIR");
  if (!podman) {
    g_ptr_array_add(paths, g_strdup("/var/run/docker.sock"));
    if (runtime)
      g_ptr_array_add(paths, g_build_filename(runtime, "docker.sock", NULL));
    g_ptr_array_add(paths, g_build_filename(g_get_home_dir(), ".docker", "run", "docker.sock", NULL));
    return paths;
  }
  /* root's storage and a user's are two; nobody means the other one */
  if (geteuid() == 0)
    g_ptr_array_add(paths, g_strdup("/run/podman/podman.sock"));
  else if (runtime)
    g_ptr_array_add(paths, g_build_filename(runtime, "podman", "podman.sock", NULL));
  return paths;
}

static gboolean connect_any(CrEngine *engine, GError **error)
{
  g_autoptr(GPtrArray) paths = list_sockets(engine->podman);
  for (guint i = 0; i < paths->len; i++) {
    const char *path = paths->pdata[i];
    if (access(path, F_OK) == 0) /* what is there and does not answer is the news, not the next place */
      return connect_socket(engine, path, error);
  }
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot find %s's socket%s%s%s", cr_engine_get_name(engine),
              paths->len ? ": there is no '" : "", paths->len ? (const char *)paths->pdata[0] : "",
              paths->len ? "'" : "");
  return FALSE;
}

static gboolean connect_podman(CrEngine *engine, gboolean start, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (connect_any(engine, &cause))
    return TRUE;
  if (start)
    engine->service = cr_podman_service_start(error);
  else
    g_propagate_error(error, g_steal_pointer(&cause));
  return engine->service && connect_socket(engine, cr_podman_service_get_socket(engine->service), error);
}

static void set_hint(const CrEngine *engine, GError *error)
{
  if (cr_error_get_hint(error))
    return;
  if (strstr(error->message, g_strerror(EACCES)))
    cr_error_set_hint(error, "run careen as root, or as a member of the socket's group");
  else if (engine->podman)
    cr_error_set_hint(error, "systemctl start podman.socket, or name an archive: podman save -o FILE IMAGE");
  else
    cr_error_set_hint(error, "systemctl start docker, or name an archive: docker-archive:FILE");
}

CrEngine *cr_engine_open(const CrSourceOptions *options, gboolean podman, gboolean start, GError **error)
{
  CrEngine *engine = g_new0(CrEngine, 1);
  engine->podman = podman;
  const char *told = podman ? options->podman_host : options->docker_host;
  g_autofree char *context = podman || (told && *told) ? NULL : find_context_host();
  const char *host = told && *told ? told : context;
  g_autoptr(GError) cause = NULL;
  gboolean ok = host     ? connect_host(engine, host, &cause)
                : podman ? connect_podman(engine, start, &cause)
                         : connect_any(engine, &cause);
  if (ok)
    return engine;
  set_hint(engine, cause);
  cr_engine_free(engine);
  g_propagate_error(error, g_steal_pointer(&cause));
  return NULL;
}

/* ---- asking ---- */

char *cr_engine_read_message(CrStream *stream)
{
  g_autoptr(GBytes) body = cr_stream_read_all(stream, CR_MIB, NULL);
  gsize size = 0;
  const char *text = body ? g_bytes_get_data(body, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text && size ? cr_json_parse(text, size, "error", NULL) : NULL;
  const char *message = doc ? cr_json_find_string(cr_json_get_root(doc), "message", NULL) : NULL;
  return message ? g_strndup(message, 300) : NULL;
}

CrStream *cr_engine_open_stream(CrEngine *engine, const char *path, GError **error)
{
  g_autofree char *url = g_strconcat(engine->base, path, NULL);
  CrHttpRequest request = {.url = url};
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_http_open(engine->http, &request, &stream, error);
  if (!response)
    return NULL;
  if (response->status == 200)
    return g_steal_pointer(&stream);
  g_autofree char *message = cr_engine_read_message(stream);
  g_set_error(error, CR_ERROR, response->status == 404 ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT,
              "cannot ask %s: %s (%d)", cr_engine_get_name(engine), message ? message : "it gave no reason",
              response->status);
  return NULL;
}

CrHttpResponse *cr_engine_send(CrEngine *engine, const char *method, const char *path, CrStream *upload,
                               CrStream **stream, GError **error)
{
  return cr_engine_send_watched(engine, method, path, upload, 0, NULL, NULL, stream, error);
}

CrHttpResponse *cr_engine_send_watched(CrEngine *engine, const char *method, const char *path, CrStream *upload,
                                       guint stall_ms, const char *(*watch)(gpointer data), gpointer data,
                                       CrStream **stream, GError **error)
{
  static const char *const headers[] = {"Content-Type: application/x-tar", NULL};
  g_autofree char *url = g_strconcat(engine->base, path, NULL);
  g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
  CrHttpRequest request = {.method = method, .url = url, .upload = upload, .headers = upload ? headers : NULL};
  request.body = upload ? NULL : empty;
  request.no_retry = TRUE;
  request.stall_ms = stall_ms;
  request.watch = watch;
  request.watch_data = data;
  return cr_http_open(engine->http, &request, stream, error);
}

CrHttpResponse *cr_engine_request(CrEngine *engine, const char *method, const char *path, const char *body,
                                  const char *const *headers, guint timeout_ms, CrStream **stream, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; headers && headers[i]; i++)
    g_ptr_array_add(list, (gpointer)headers[i]);
  if (body)
    g_ptr_array_add(list, (gpointer) "Content-Type: application/json");
  g_ptr_array_add(list, NULL);
  g_autofree char *url = g_strconcat(engine->base, path, NULL);
  g_autoptr(GBytes) bytes = g_bytes_new(body ? body : "", body ? strlen(body) : 0);
  gboolean reads = !strcmp(method, "GET") || !strcmp(method, "HEAD");
  CrHttpRequest request = {
      .method = method,
      .url = url,
      .headers = (const char *const *)list->pdata,
      .body = reads ? NULL : bytes,
      .stall_ms = timeout_ms,
      .no_retry = TRUE,
  };
  return cr_http_open(engine->http, &request, stream, error);
}

const char *cr_engine_get_socket(const CrEngine *engine)
{
  return engine->socket;
}

char *cr_engine_format_address(const CrEngine *engine)
{
  if (engine->service)
    return g_strdup("local");
  if (!engine->socket)
    return g_strdup_printf("tcp://%s", strstr(engine->base, "://") + 3);
  char *real = realpath(engine->socket, NULL); /* /var/run is /run */
  char *address = g_strconcat("unix://", real ? real : engine->socket, NULL);
  free(real);
  return address;
}

CrJsonDoc *cr_engine_get(CrEngine *engine, const char *path, GError **error)
{
  g_autoptr(GBytes) body = engine->socket ? cr_http_get_local(engine->socket, path, ASK_MS, NULL) : NULL;
  g_autoptr(CrStream) stream = body ? NULL : cr_engine_open_stream(engine, path, error);
  if (!body)
    body = stream ? cr_stream_read_all(stream, CR_LIMIT_HTTP_BODY, error) : NULL;
  if (!body)
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data(body, &size);
  g_autofree char *what = g_strdup_printf("%s's answer to '%s'", cr_engine_get_name(engine), path);
  return cr_json_parse(text ? text : "", size, what, error);
}

char *cr_engine_escape(const char *name, GError **error)
{
  gsize length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@");
  if (*name && !name[length] && length < 512 && !strstr(name, "..") && name[0] != '/')
    return g_strdup(name);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use '%s' as the name of an image or container", name);
  return NULL;
}
