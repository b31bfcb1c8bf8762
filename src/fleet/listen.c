/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/listen.h"

#include <microhttpd.h>
#include <string.h>
#include <unistd.h>

#include "base/library.h"
#include "base/listen-socket.h"

#define CONNECTIONS     64U
#define TIMEOUT_SECONDS 10U

struct CrListener {
  CrListenSocket socket;
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

/* ---- the listener ---- */

CrListener *cr_listener_new(const char *address, CrListenAnswer answer, gpointer data, GError **error)
{
  if (!cr_library_load(&library, error))
    return NULL;
  g_autoptr(CrListener) listener = g_new0(CrListener, 1);
  listener->answer = answer;
  listener->data = data;
  if (!cr_listen_socket_open(&listener->socket, address, CONNECTIONS, FALSE, error))
    return NULL;
  listener->daemon =
      mhd.start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, listener,
                       MHD_OPTION_LISTEN_SOCKET, listener->socket.fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                       MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_SECONDS, MHD_OPTION_END);
  if (listener->daemon)
    return g_steal_pointer(&listener);
  close(listener->socket.fd);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot listen on '%s': libmicrohttpd refused", address);
  return NULL;
}

void cr_listener_free(CrListener *listener)
{
  if (!listener)
    return;
  if (listener->daemon)
    mhd.stop_daemon(listener->daemon);
  cr_listen_socket_clear(&listener->socket);
  g_free(listener);
}

const char *cr_listener_get_address(const CrListener *listener)
{
  return listener->socket.address;
}
