/* SPDX-License-Identifier: Apache-2.0 */
/* What a daemon answers on its socket. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/http.h"

typedef struct {
  const guint8 *data;
  gsize size;
  int listening;
} Server;

static gpointer answer(gpointer user)
{
  const Server *server = user;
  char request[256];
  int fd = accept(server->listening, NULL, NULL);
  if (recv(fd, request, sizeof request, 0) > 0 && server->size)
    send(fd, server->data, server->size, MSG_NOSIGNAL);
  close(fd);
  return NULL;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  g_snprintf(address.sun_path, sizeof address.sun_path, "%s/careen-fuzz-%d", g_get_tmp_dir(), (int)getpid());
  Server server = {data, size, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  unlink(address.sun_path);
  g_assert(bind(server.listening, (const struct sockaddr *)&address, sizeof address) == 0);
  g_assert(listen(server.listening, 1) == 0);
  GThread *thread = g_thread_new("server", answer, &server);
  g_autoptr(GBytes) body = cr_http_get_local(address.sun_path, "/version", 5000, NULL);
  g_assert(!body || g_bytes_get_size(body) <= size);
  g_thread_join(thread);
  close(server.listening);
  unlink(address.sun_path);
  return 0;
}
