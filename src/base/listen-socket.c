/* SPDX-License-Identifier: Apache-2.0 */
#include "base/listen-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

static int refuse(const char *address, const char *why, GError **error)
{
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot listen on '%s': %s", address, why);
  cr_error_set_hint(cause, "unix:/run/careen/NAME.sock or 127.0.0.1:PORT; put a proxy in front for others");
  g_propagate_error(error, cause);
  return -1;
}

static int fail(const char *address, int fd, GError **error)
{
  cr_error_set_errno(error, errno, "cannot listen on '%s'", address);
  if (fd >= 0)
    close(fd);
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

static int listen_unix(CrListenSocket *it, const char *path, guint backlog, GError **error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (*path != '/' || strlen(path) >= sizeof address.sun_path)
    return refuse(it->address, "the socket's path must be absolute and under 108 bytes", error);
  memcpy(address.sun_path, path, strlen(path) + 1);
  struct stat st;
  if (lstat(path, &st) == 0) {
    if (!S_ISSOCK(st.st_mode))
      return refuse(it->address, "there is a file of that name, and it is no socket", error);
    if (is_live(&address)) {
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot listen on '%s': another process does", it->address);
      return -1;
    }
    g_unlink(path);
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask(0117);
  gboolean bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  umask(mask);
  if (!bound || listen(fd, (int)backlog) != 0)
    return fail(it->address, fd, error);
  it->path = g_strdup(path);
  return fd;
}

/* "HOST:PORT" */
static gboolean parse(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
  const char *colon = strrchr(text, ':');
  char *end = NULL;
  guint64 port = colon ? g_ascii_strtoull(colon + 1, &end, 10) : 0;
  if (!colon || end == colon + 1 || *end || port > 65535)
    return FALSE;
  g_autofree char *host = g_strndup(text, (gsize)(colon - text));
  struct sockaddr_in *four = (struct sockaddr_in *)(gpointer)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)(gpointer)address;
  gsize size = strlen(host);
  if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
    host[size - 1] = '\0';
    *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((guint16)port)};
    *length = sizeof *six;
    return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
  }
  *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((guint16)port)};
  *length = sizeof *four;
  if (!strcmp(host, "localhost") || !*host)
    four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else if (inet_pton(AF_INET, host, &four->sin_addr) != 1)
    return FALSE;
  return TRUE;
}

static gboolean is_loopback(const struct sockaddr_storage *address)
{
  const struct sockaddr_in *four = (const struct sockaddr_in *)(gconstpointer)address;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(gconstpointer)address;
  return address->ss_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)
                                        : ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

static char *format(const struct sockaddr_storage *address)
{
  char text[INET6_ADDRSTRLEN] = "";
  const struct sockaddr_in *four = (const struct sockaddr_in *)(gconstpointer)address;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(gconstpointer)address;
  if (address->ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    return g_strdup_printf("http://[%s]:%u/", text, ntohs(six->sin6_port));
  }
  inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
  return g_strdup_printf("http://%s:%u/", text, ntohs(four->sin_port));
}

static int listen_port(CrListenSocket *it, const char *text, guint backlog, gboolean open, GError **error)
{
  struct sockaddr_storage address = {0};
  socklen_t length = 0;
  if (!parse(text, &address, &length))
    return refuse(text, "it is no address with a port", error);
  it->loopback = is_loopback(&address);
  if (!it->loopback && !open)
    return refuse(text, "it is no loopback address with a port, and there is no authentication", error);
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int one = 1;
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) != 0 || listen(fd, (int)backlog) != 0 ||
      getsockname(fd, (struct sockaddr *)&address, &length) != 0)
    return fail(text, fd, error);
  g_free(it->address);
  it->address = format(&address);
  return fd;
}

gboolean cr_listen_socket_open(CrListenSocket *it, const char *address, guint backlog, gboolean open, GError **error)
{
  *it = (CrListenSocket){.address = g_strdup(address), .loopback = TRUE};
  it->fd = g_str_has_prefix(address, "unix:") ? listen_unix(it, address + strlen("unix:"), backlog, error)
                                              : listen_port(it, address, backlog, open, error);
  if (it->fd >= 0)
    return TRUE;
  g_clear_pointer(&it->address, g_free);
  return FALSE;
}

void cr_listen_socket_clear(CrListenSocket *it)
{
  if (it->path)
    g_unlink(it->path);
  g_clear_pointer(&it->path, g_free);
  g_clear_pointer(&it->address, g_free);
}
