/* SPDX-License-Identifier: Apache-2.0 */
#include "image/spill.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/write-all.h"

#define MEMORY_BYTES (1 * CR_MIB)
#define WINDOW_BYTES (64 * CR_KIB)

struct CrSpill {
  const CrCache *cache;
  int fd;           /* -1: all is in `tail` */
  guint64 written;  /* bytes in the file */
  GByteArray *tail; /* those behind them */
  guint8 *window;   /* a part of the file: what is asked for next is most often near */
  guint64 window_at;
  gsize window_bytes;
  gboolean failed;
};

CrSpill *cr_spill_new(const CrCache *cache)
{
  CrSpill *spill = g_new0(CrSpill, 1);
  spill->cache = cache;
  spill->fd = -1;
  spill->tail = g_byte_array_new();
  return spill;
}

void cr_spill_free(CrSpill *spill)
{
  if (!spill)
    return;
  if (spill->fd >= 0)
    close(spill->fd);
  g_byte_array_unref(spill->tail);
  g_free(spill->window);
  g_free(spill);
}

static void write_tail(CrSpill *spill)
{
  if (spill->fd < 0)
    spill->fd = cr_cache_open_temporary(spill->cache, 0);
  if (spill->fd < 0 || !cr_write_fully(spill->fd, spill->tail->data, spill->tail->len))
    spill->failed = TRUE;
  spill->written += spill->tail->len;
  g_byte_array_set_size(spill->tail, 0);
}

void cr_spill_append(CrSpill *spill, const void *data, gsize size)
{
  if (spill->failed)
    return;
  if (spill->tail->len + size > MEMORY_BYTES && spill->tail->len)
    write_tail(spill);
  g_byte_array_append(spill->tail, data, (guint)size);
}

guint64 cr_spill_get_size(const CrSpill *spill)
{
  return spill->written + spill->tail->len;
}

static gboolean fill_window(CrSpill *spill, guint64 offset)
{
  if (!spill->window)
    spill->window = g_malloc(WINDOW_BYTES);
  gsize want = (gsize)MIN(WINDOW_BYTES, spill->written - offset);
  spill->window_at = offset;
  spill->window_bytes = 0;
  if (pread(spill->fd, spill->window, want, (off_t)offset) != (gssize)want) {
    spill->failed = TRUE;
    return FALSE;
  }
  spill->window_bytes = want;
  return TRUE;
}

const guint8 *cr_spill_read(CrSpill *spill, guint64 offset, gsize size)
{
  guint64 all = cr_spill_get_size(spill);
  if (spill->failed || size > WINDOW_BYTES || offset > all || size > all - offset)
    return NULL;
  if (offset >= spill->written) /* what is appended at once is never parted */
    return spill->tail->data + (offset - spill->written);
  gboolean inside =
      spill->window_bytes && offset >= spill->window_at && offset + size <= spill->window_at + spill->window_bytes;
  guint64 even = offset - offset % WINDOW_BYTES;
  if (!inside && !fill_window(spill, offset + size <= even + WINDOW_BYTES ? even : offset))
    return NULL;
  return spill->window + (offset - spill->window_at);
}

gboolean cr_spill_has_failed(const CrSpill *spill)
{
  return spill->failed;
}
