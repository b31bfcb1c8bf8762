/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends do: reports, and lanes of bytes. */
#include "image/apart-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

/* ---- bytes ---- */

/* After a call that moved N bytes of SIZE or failed: may it be tried again? A socket that is watched says EAGAIN, or
 * gives a part, when it is time for a look. */
static gboolean goes_on(CrApartWatch *watch, gssize n, gsize size)
{
  gboolean part = n > 0 ? (gsize)n < size : n < 0 && errno == EAGAIN;
  if (part && watch)
    return cr_apart_watch_look(watch);
  return n > 0 || (n < 0 && errno == EINTR);
}

gboolean cr_apart_read_fully(CrApartWatch *watch, int fd, gpointer to, gsize size)
{
  for (gsize got = 0; got < size;) {
    /* who is watched has the time of a look for all of it, not for each byte */
    gssize n = watch ? recv(fd, (guint8 *)to + got, size - got, MSG_WAITALL) : read(fd, (guint8 *)to + got, size - got);
    if (!goes_on(watch, n, size - got))
      return FALSE;
    got += (gsize)MAX(n, 0);
  }
  return TRUE;
}

gboolean cr_apart_write_fully(CrApartWatch *watch, int fd, gconstpointer data, gsize size)
{
  for (gsize put = 0; put < size;) {
    gssize n = write(fd, (const guint8 *)data + put, size - put);
    if (!goes_on(watch, n, size - put))
      return FALSE;
    put += (gsize)MAX(n, 0);
  }
  return TRUE;
}

/* ---- reports ---- */

gboolean cr_apart_send_report(CrApartWatch *watch, int fd, const GError *error, const CrTrailing *trailing)
{
  CrApartReport report = {.trailing_zeros = trailing->trailing_zeros ? 1 : 0,
                          .trailing_bytes = trailing->trailing_bytes};
  const char *message = error ? error->message : "";
  report.code = !error ? 0 : (error->domain == CR_ERROR ? (guint32)error->code : CR_ERROR_ENVIRONMENT) + 1;
  report.message_bytes = (guint32)MIN(strlen(message), CR_APART_MESSAGE_BYTES);
  return cr_apart_write_fully(watch, fd, &report, sizeof report) &&
         cr_apart_write_fully(watch, fd, message, report.message_bytes);
}

CrApartAnswer cr_apart_receive_report(CrApartWatch *watch, int fd, CrApartReport *report, GError **error)
{
  char message[CR_APART_MESSAGE_BYTES];
  if (!cr_apart_read_fully(watch, fd, report, sizeof *report))
    return CR_APART_GONE;
  if (report->code > CR_ERROR_INTERNAL + 1 || report->message_bytes > sizeof message)
    return CR_APART_NONSENSE;
  if (!cr_apart_read_fully(watch, fd, message, report->message_bytes))
    return CR_APART_GONE;
  if (!report->code)
    return CR_APART_WELL;
  g_autofree char *valid = g_utf8_make_valid(message, (gssize)report->message_bytes);
  g_set_error_literal(error, CR_ERROR, (int)report->code - 1, valid);
  return CR_APART_FAILED;
}

/* ---- lanes ---- */

static guint8 *get_slot(const CrApartLane *lane)
{
  return lane->memory + lane->moved % CR_APART_LANE_SLOTS * CR_RING_SLOT_BYTES;
}

guint8 *cr_apart_lane_wait(CrApartLane *lane)
{
  while (lane->moved - lane->freed == CR_APART_LANE_SLOTS) {
    guint8 more = 0;
    if (!cr_apart_read_fully(lane->watch, lane->socket, &more, sizeof more))
      return NULL;
    lane->freed = MIN(lane->freed + more, lane->moved);
  }
  return get_slot(lane);
}

gboolean cr_apart_lane_publish(CrApartLane *lane, gsize size)
{
  guint32 bytes = (guint32)size;
  lane->moved++;
  return cr_apart_write_fully(lane->watch, lane->socket, &bytes, sizeof bytes);
}

/* Half of the buffers at once, so that the writer is not woken for each. */
static gboolean give_back(CrApartLane *lane)
{
  if (!lane->holding)
    return TRUE;
  lane->holding = FALSE;
  lane->moved++;
  if (++lane->pending < CR_APART_LANE_SLOTS / 2)
    return TRUE;
  guint8 done = (guint8)lane->pending;
  lane->pending = 0;
  return cr_apart_write_fully(lane->watch, lane->socket, &done, sizeof done) || errno == EPIPE; /* it may have ended */
}

gssize cr_apart_lane_next(CrApartLane *lane, const guint8 **data)
{
  guint32 bytes = 0;
  if (!give_back(lane) || !cr_apart_read_fully(lane->watch, lane->socket, &bytes, sizeof bytes))
    return CR_APART_LANE_GONE;
  if (bytes > CR_RING_SLOT_BYTES || (bytes && lane->last))
    return CR_APART_LANE_NONSENSE;
  *data = get_slot(lane);
  lane->last = bytes < CR_RING_SLOT_BYTES;
  lane->holding = bytes > 0;
  return (gssize)bytes;
}
