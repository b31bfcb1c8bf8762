/* SPDX-License-Identifier: Apache-2.0 */
/* The journal, by its native protocol: one datagram with the text, its priority and the JSON as a field of its own
 * (journalctl -t careen -o json). Without journald it is syslog's. CAREEN_JOURNAL: another socket than journald's, and
 * no syslog, for tests. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "fleet/notify.h"

#define JOURNAL    "/run/systemd/journal/socket"
#define SYSLOG     "/dev/log"
#define MOST_BYTES (180U * 1024U) /* of one datagram; the kernel's default is 208 KiB */

/* KEY, a newline, the size as 64 bits with the lowest byte first, the value, a newline. */
static void append_field(GByteArray *out, const char *key, const char *value)
{
  guint64 size = GUINT64_TO_LE(strlen(value));
  g_byte_array_append(out, (const guint8 *)key, (guint)strlen(key));
  g_byte_array_append(out, (const guint8 *)"\n", 1);
  g_byte_array_append(out, (const guint8 *)&size, sizeof size);
  g_byte_array_append(out, (const guint8 *)value, (guint)strlen(value));
  g_byte_array_append(out, (const guint8 *)"\n", 1);
}

GBytes *cr_notify_format_journal(const CrNotice *notice)
{
  GByteArray *out = g_byte_array_new();
  g_autofree char *message = g_strdup_printf("%s\n%s", notice->subject, notice->text);
  append_field(out, "MESSAGE", message);
  append_field(out, "PRIORITY", notice->failure ? "3" : "5");
  append_field(out, "SYSLOG_IDENTIFIER", "careen");
  if (out->len + strlen(notice->json) < MOST_BYTES)
    append_field(out, "CAREEN_NOTICE", notice->json);
  return g_byte_array_free_to_bytes(out);
}

static gboolean send_to(const char *path, const void *data, gsize size)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  g_strlcpy(address.sun_path, path, sizeof address.sun_path);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;
  struct timeval patience = {.tv_sec = CR_NOTIFY_SECONDS};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  gboolean sent = sendto(fd, data, size, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address) == (gssize)size;
  int number = errno;
  close(fd);
  errno = number;
  return sent;
}

static gboolean tell(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice, GError **error)
{
  (void)config;
  (void)target;
  g_autoptr(GBytes) bytes = cr_notify_format_journal(notice);
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  const char *other = g_getenv("CAREEN_JOURNAL");
  if (send_to(other ? other : JOURNAL, data, size))
    return TRUE;
  int number = errno;
  /* daemon.err or daemon.notice */
  g_autofree char *line = g_strdup_printf("<%d>careen: %s", 24 + (notice->failure ? 3 : 5), notice->subject);
  if (!other && send_to(SYSLOG, line, strlen(line)))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "neither journald nor syslog listens: %s", g_strerror(number));
  return FALSE;
}

const CrNotifyKind cr_notify_journal = {.kind = "journal", .tell = tell};
