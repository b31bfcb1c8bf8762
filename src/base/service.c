/* SPDX-License-Identifier: Apache-2.0 */
#include "base/service.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

gboolean cr_service_notify(const char *state)
{
  const char *path = g_getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof address.sun_path)
    return FALSE;
  memcpy(address.sun_path, path, strlen(path));
  if (*path == '@')
    address.sun_path[0] = 0; /* an abstract name */
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  gboolean sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, length) ==
                  (gssize)strlen(state);
  close(fd);
  return sent;
}

void cr_service_notify_reloading(void)
{
  g_autofree char *text = g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
  cr_service_notify(text);
}

guint64 cr_service_get_watchdog_usec(void)
{
  const char *text = g_getenv("WATCHDOG_USEC"), *pid = g_getenv("WATCHDOG_PID");
  if (!text || (pid && g_ascii_strtoll(pid, NULL, 10) != getpid()))
    return 0;
  return g_ascii_strtoull(text, NULL, 10) / 2;
}
