/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

static int connect_local(const char *socket_path, guint timeout_ms)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(socket_path) >= sizeof address.sun_path)
    return -1;
  memcpy(address.sun_path, socket_path, strlen(socket_path));
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0 &&
      connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static gboolean send_all(int fd, const char *text)
{
  gsize left = strlen(text);
  while (left) {
    gssize n = send(fd, text, left, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    text += n;
    left -= (gsize)n;
  }
  return TRUE;
}

/* The value of header NAME (with its colon, lower case) in HEAD, or NULL. Free with g_free. */
static char *find_header(const char *head, const char *name)
{
  for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
    line += 2;
    if (g_ascii_strncasecmp(line, name, strlen(name)) == 0) {
      line += strlen(name);
      return g_strstrip(g_strndup(line, strcspn(line, "\r\n")));
    }
  }
  return NULL;
}

typedef struct {
  gsize body; /* where it begins; 0: the head is not whole yet */
  gsize end;  /* by Content-Length; G_MAXSIZE: the server closes */
  gboolean usable;
} Head;

static Head read_head(const GByteArray *all)
{
  const char *end = all->len ? memmem(all->data, all->len, "\r\n\r\n", 4) : NULL;
  if (!end)
    return (Head){0};
  gsize body = (gsize)(end + 4 - (const char *)all->data);
  g_autofree char *text = g_strndup((const char *)all->data, body);
  g_autofree char *coding = find_header(text, "transfer-encoding:");
  g_autofree char *length = find_header(text, "content-length:");
  guint64 bytes = length ? g_ascii_strtoull(length, NULL, 10) : 0;
  gboolean ok = g_str_has_prefix(text, "HTTP/1.") && strncmp(text + strcspn(text, " "), " 200 ", 5) == 0;
  return (Head){body, length ? body + (gsize)MIN(bytes, CR_LIMIT_HTTP_BODY) : G_MAXSIZE,
                ok && !coding && bytes <= CR_LIMIT_HTTP_BODY};
}

/* Until the length that the head says, or the server closes. FALSE: it is no answer that can be used, or not whole. */
static gboolean receive(int fd, GByteArray *all, Head *head)
{
  while (!head->body || all->len < head->end) {
    guint8 piece[16 * 1024];
    gssize n = recv(fd, piece, sizeof piece, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0 && head->body && head->end == G_MAXSIZE;
    if (all->len + (gsize)n > CR_LIMIT_HTTP_BODY)
      return FALSE;
    g_byte_array_append(all, piece, (guint)n);
    if (!head->body)
      *head = read_head(all);
    if (head->body ? !head->usable : all->len > sizeof piece * 4)
      return FALSE;
  }
  return all->len == head->end;
}

GBytes *cr_http_get_local(const char *socket_path, const char *path, guint timeout_ms, char **server)
{
  if (server)
    *server = NULL;
  if (strpbrk(path, "\r\n "))
    return NULL;
  int fd = connect_local(socket_path, timeout_ms);
  if (fd < 0)
    return NULL;
  g_autofree char *request = g_strdup_printf("GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
  g_autoptr(GByteArray) all = g_byte_array_new();
  Head head = {0};
  gboolean whole = send_all(fd, request) && receive(fd, all, &head);
  close(fd);
  if (!whole)
    return NULL;
  g_autofree char *text = g_strndup((const char *)all->data, head.body);
  if (server)
    *server = find_header(text, "server:");
  g_byte_array_remove_range(all, 0, (guint)head.body);
  return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

/* ---- without an end ---- */

typedef enum { PIECE, STOPPED, ENDED } Wait;

/* The next bytes, or why there are none. */
static Wait wait_for(int fd, int stop_fd, guint8 *piece, gsize size, gssize *bytes)
{
  for (;;) {
    struct pollfd polls[] = {{.fd = stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    if (poll(polls, G_N_ELEMENTS(polls), -1) < 0 && errno != EINTR)
      return ENDED;
    if (polls[0].revents)
      return STOPPED;
    if (!polls[1].revents)
      continue;
    *bytes = recv(fd, piece, size, MSG_DONTWAIT);
    if (*bytes > 0)
      return PIECE;
    if (*bytes == 0 || (errno != EAGAIN && errno != EINTR))
      return ENDED;
  }
}

/* TRUE: VISIT or STOP_FD ended it. */
static gboolean follow(int fd, int stop_fd, CrHttpVisit visit, gpointer user)
{
  g_autoptr(GByteArray) head_bytes = g_byte_array_new();
  Head head = {0};
  for (;;) {
    guint8 piece[16 * 1024];
    gssize n = 0;
    Wait wait = wait_for(fd, stop_fd, piece, sizeof piece, &n);
    if (wait != PIECE)
      return wait == STOPPED;
    if (head.body) {
      if (!visit((const char *)piece, (gsize)n, user))
        return TRUE;
      continue;
    }
    g_byte_array_append(head_bytes, piece, (guint)n);
    head = read_head(head_bytes);
    if (head.body ? !head.usable : head_bytes->len > sizeof piece * 4)
      return FALSE;
    if (head.body && head_bytes->len > head.body &&
        !visit((const char *)head_bytes->data + head.body, head_bytes->len - head.body, user))
      return TRUE;
  }
}

gboolean cr_http_follow_local(const char *socket_path, const char *path, int stop_fd, CrHttpVisit visit, gpointer user,
                              GError **error)
{
  int fd = strpbrk(path, "\r\n ") ? -1 : connect_local(socket_path, 10000);
  g_autofree char *request = g_strdup_printf("GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
  gboolean done = fd >= 0 && send_all(fd, request) && follow(fd, stop_fd, visit, user);
  if (fd >= 0)
    close(fd);
  if (!done)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot follow '%s': %s", socket_path,
                fd < 0 ? g_strerror(errno) : "the server ended it");
  return done;
}
