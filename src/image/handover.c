/* SPDX-License-Identifier: Apache-2.0 */
#include "image/handover.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/error.h"
#include "base/limits.h"

#define HEAD_BYTES  5U
#define WORD_BYTES  4096U
#define ERROR_KINDS "EF"

/* The most that a frame of KIND may hold. */
static gsize get_limit(char kind)
{
  switch (kind) {
  case 'M':
  case 'C':
    return CR_LIMIT_DOCUMENT_BYTES;
  case 'D':
    return CR_HANDOVER_DATA_BYTES;
  case 'L':
    return sizeof(guint32);
  case 'T':
  case 'E':
  case 'F':
  case 'P':
    return WORD_BYTES;
  default:
    return 0;
  }
}

/* ---- sending ---- */

/* As base/write-all.h, but an end of the other side is no signal. */
static gboolean send_all(int fd, const guint8 *data, gsize size)
{
  while (size) {
    gssize n = send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    data += n;
    size -= (gsize)n;
  }
  return TRUE;
}

gboolean cr_handover_send(int fd, char kind, gconstpointer data, gsize size, GError **error)
{
  g_return_val_if_fail(size <= get_limit(kind), FALSE);
  guint8 head[HEAD_BYTES] = {(guint8)kind};
  guint32 number = GUINT32_TO_BE((guint32)size);
  memcpy(head + 1, &number, sizeof number);
  if (send_all(fd, head, sizeof head) && send_all(fd, data, size))
    return TRUE;
  cr_error_set_errno(error, errno, "the other side takes nothing");
  return FALSE;
}

gboolean cr_handover_send_bytes(int fd, char kind, GBytes *bytes, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_handover_send(fd, kind, data, size, error);
}

void cr_handover_send_error(int fd, char kind, const GError *why)
{
  int code = why->domain == CR_ERROR ? why->code : CR_ERROR_ENVIRONMENT;
  g_autofree char *text = g_strdup_printf("%c%s", '0' + code, why->message);
  cr_handover_send(fd, kind, text, MIN(strlen(text), WORD_BYTES), NULL);
}

/* ---- receiving ---- */

static gboolean receive_all(int fd, guint8 *data, gsize size, guint wait_ms, GError **error)
{
  while (size) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, (int)wait_ms);
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready == 0) {
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the other side has said nothing for %u s", wait_ms / 1000);
      return FALSE;
    }
    gssize n = ready < 0 ? -1 : recv(fd, data, size, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      cr_error_set_errno(error, n ? errno : ECONNRESET, "the other side is gone");
      return FALSE;
    }
    data += n;
    size -= (gsize)n;
  }
  return TRUE;
}

static void take_error(GBytes *payload, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(payload, &size);
  int code = size ? text[0] - '0' : -1;
  g_autofree char *words = g_utf8_make_valid(size ? text + 1 : "", size ? (gssize)size - 1 : 0);
  gboolean known = code >= CR_ERROR_USAGE && code <= CR_ERROR_INTERNAL;
  g_set_error_literal(error, CR_ERROR, known ? code : CR_ERROR_INPUT, *words ? words : "it gave no reason");
}

char cr_handover_receive(int fd, const char *kinds, guint wait_ms, GBytes **payload, GError **error)
{
  guint8 head[HEAD_BYTES];
  guint32 number = 0;
  if (!receive_all(fd, head, sizeof head, wait_ms, error))
    return 0;
  memcpy(&number, head + 1, sizeof number);
  gsize size = GUINT32_FROM_BE(number);
  char kind = (char)head[0];
  if (!kind || !strchr(kinds, kind) || size > get_limit(kind)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the other side sent what is not expected");
    return 0;
  }
  g_autofree guint8 *data = g_try_malloc(size + 1);
  if (!data) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "no memory for %zu bytes", size);
    return 0;
  }
  if (!receive_all(fd, data, size, wait_ms, error))
    return 0;
  g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&data), size);
  if (strchr(ERROR_KINDS, kind)) {
    take_error(bytes, error);
    return kind;
  }
  *payload = g_steal_pointer(&bytes);
  return kind;
}

guint cr_handover_read_number(GBytes *payload)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(payload, &size);
  guint32 number = 0;
  if (size != sizeof number)
    return G_MAXUINT;
  memcpy(&number, data, sizeof number);
  return GUINT32_FROM_BE(number);
}
