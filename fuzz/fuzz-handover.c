/* SPDX-License-Identifier: Apache-2.0 */
/* What a maker of images may send to who publishes them, up to the registry. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "image/publisher.h"

#define LOGIN "{\"auths\":{\"a.example\":{\"auth\":\"bWU6c2VjcmV0\"}}}"

static void store_login(void)
{
  int fd = memfd_create("logins", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
  if (write(fd, LOGIN, strlen(LOGIN)) > 0)
    g_setenv("REGISTRY_AUTH_FILE", path, TRUE);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const names[] = {"a.example/b:1", NULL};
  static const CrSourceOptions source = {.offline = TRUE};
  int pair[2];
  if (!g_getenv("REGISTRY_AUTH_FILE"))
    store_login();
  if (size > 100000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) /* it is all in the socket's buffer */
    return 0;
  if (send(pair[0], data, size, MSG_DONTWAIT) >= 0 && shutdown(pair[0], SHUT_WR) == 0)
    cr_publisher_serve(pair[1], &(CrPublisherOptions){.source = &source, .names = names, .wait_ms = 1000}, NULL);
  close(pair[0]);
  close(pair[1]);
  return 0;
}
