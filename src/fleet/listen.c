/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/library.h"

#define CONNECTIONS     64U
#define TIMEOUT_SECONDS 10U

struct CrListener {
  char *address;
  char *socket; /* path to be removed, or NULL */
  CrListenAnswer answer;
  gpointer data;
  struct MHD_Daemon *daemon;
};

/* ---- the library ---- */

static struct {
  struct MHD_Daemon *(*start_daemon)(unsigned int flags, uint16_t port, MHD_AcceptPolicyCallback policy,
                                     void *policy_data, MHD_AccessHandlerCallback handler, void *handler_data, ...);
  void (*stop_daemon)(struct MHD_Daemon *daemon);
  struct MHD_Response *(*create_response)(size_t size, void *buffer, enum MHD_ResponseMemoryMode mode);
  enum MHD_Result (*add_header)(struct MHD_Response *response, const char *name, const char *value);
  enum MHD_Result (*queue_response)(struct MHD_Connection *connection, unsigned int status,
                                    struct MHD_Response *response);
  void (*destroy_response)(struct MHD_Response *response);
} mhd;

static const CrLibraryRow rows[] = {
    {"MHD_start_daemon", &mhd.start_daemon},
    {"MHD_stop_daemon", &mhd.stop_daemon},
    {"MHD_create_response_from_buffer", &mhd.create_response},
    {"MHD_add_response_header", &mhd.add_header},
    {"MHD_queue_response", &mhd.queue_response},
    {"MHD_destroy_response", &mhd.destroy_response},
    {NULL, NULL},
};
static const char *const names[] = {"libmicrohttpd.so.12", NULL};
static CrLibrary library = {.names = names, .purpose = "serves metrics", .package = "libmicrohttpd12", .rows = rows};

/* ---- answers ---- */

static enum MHD_Result reply(struct MHD_Connection *connection, guint status, const char *type, const char *body)
{
  struct MHD_Response *response = mhd.create_response(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY);
  mhd.add_header(response, "Content-Type", type);
  mhd.add_header(response, "X-Content-Type-Options", "nosniff");
  mhd.add_header(response, "Cache-Control", "no-store");
  enum MHD_Result result = mhd.queue_response(connection, status, response);
  mhd.destroy_response(response);
  return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **state)
{
  CrListener *listener = data;
  (void)version;
  (void)upload;
  (void)state;
  if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
    *upload_size = 0;
    return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET\n");
  }
  const char *type = "text/plain; charset=utf-8";
  guint status = MHD_HTTP_OK;
  g_autofree char *body = listener->answer(url, &type, &status, listener->data);
  return body ? reply(connection, status, type, body)
              : reply(connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", "nothing is here\n");
}

/* ---- where ---- */

static int refuse(const char *address, const char *why, GError **error)
{
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot listen on '%s': %s", address, why);
  cr_error_set_hint(cause, "unix:/run/careen/metrics.sock or 127.0.0.1:9469; put a proxy in front for others");
  g_propagate_error(error, cause);
  return -1;
}

/* Does somebody answer there? */
static gboolean is_live(const struct sockaddr_un *address)
{
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean live = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
  if (fd >= 0)
    close(fd);
  return live;
}

static int listen_unix(CrListener *listener, const char *path, GError **error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (*path != '/' || strlen(path) >= sizeof address.sun_path)
    return refuse(listener->address, "the socket's path must be absolute and under 108 bytes", error);
  memcpy(address.sun_path, path, strlen(path) + 1);
  struct stat st;
  if (lstat(path, &st) == 0) {
    if (!S_ISSOCK(st.st_mode))
      return refuse(listener->address, "there is a file of that name, and it is no socket", error);
    if (is_live(&address)) {
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot listen on '%s': another process does",
                  listener->address);
      return -1;
    }
    g_unlink(path);
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask(0117);
  gboolean bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  umask(mask);
  if (bound && listen(fd, (int)CONNECTIONS) == 0) {
    listener->socket = g_strdup(path);
    return fd;
  }
  cr_error_set_errno(error, errno, "cannot listen on '%s'", listener->address);
  if (fd >= 0)
    close(fd);
  return -1;
}

/* "HOST:PORT", only this machine's own. */
static gboolean parse_loopback(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
  const char *colon = strrchr(text, ':');
  char *end = NULL;
  guint64 port = colon ? g_ascii_strtoull(colon + 1, &end, 10) : 0;
  if (!colon || end == colon + 1 || *end || port > 65535)
    return FALSE;
  g_autofree char *host = g_strndup(text, (gsize)(colon - text));
  struct sockaddr_in *four = (struct sockaddr_in *)(gpointer)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)(gpointer)address;
  if (!strcmp(host, "[::1]")) {
    *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((guint16)port)};
    six->sin6_addr = in6addr_loopback;
    *length = sizeof *six;
    return TRUE;
  }
  *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((guint16)port)};
  *length = sizeof *four;
  if (!strcmp(host, "localhost") || !*host)
    four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else if (inet_pton(AF_INET, host, &four->sin_addr) != 1)
    return FALSE;
  return ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

static int listen_port(CrListener *listener, const char *text, GError **error)
{
  struct sockaddr_storage address = {0};
  socklen_t length = 0;
  if (!parse_loopback(text, &address, &length))
    return refuse(text, "it is no loopback address with a port, and there is no authentication", error);
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int one = 1;
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) != 0 || listen(fd, (int)CONNECTIONS) != 0 ||
      getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
    cr_error_set_errno(error, errno, "cannot listen on '%s'", text);
    if (fd >= 0)
      close(fd);
    return -1;
  }
  g_free(listener->address);
  guint port = address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)(gpointer)&address)->sin6_port)
                                             : ntohs(((struct sockaddr_in *)(gpointer)&address)->sin_port);
  listener->address = g_strdup_printf("http://%s:%u/", address.ss_family == AF_INET6 ? "[::1]" : "127.0.0.1", port);
  return fd;
}

CrListener *cr_listener_new(const char *address, CrListenAnswer answer, gpointer data, GError **error)
{
  if (!cr_library_load(&library, error))
    return NULL;
  g_autoptr(CrListener) listener = g_new0(CrListener, 1);
  listener->address = g_strdup(address);
  listener->answer = answer;
  listener->data = data;
  int fd = g_str_has_prefix(address, "unix:") ? listen_unix(listener, address + strlen("unix:"), error)
                                              : listen_port(listener, address, error);
  if (fd < 0)
    return NULL;
  listener->daemon = mhd.start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request,
                                      listener, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                                      MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_SECONDS, MHD_OPTION_END);
  if (listener->daemon)
    return g_steal_pointer(&listener);
  close(fd);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot listen on '%s': libmicrohttpd refused", address);
  return NULL;
}

void cr_listener_free(CrListener *listener)
{
  if (!listener)
    return;
  if (listener->daemon)
    mhd.stop_daemon(listener->daemon);
  if (listener->socket)
    g_unlink(listener->socket);
  g_free(listener->socket);
  g_free(listener->address);
  g_free(listener);
}

const char *cr_listener_get_address(const CrListener *listener)
{
  return listener->address;
}
