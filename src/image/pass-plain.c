/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pass-plain.h"

#include "base/error.h"
#include "base/limits.h"
#include "image/pass-digests.h"

enum { READER_TAR, READER_DIGEST, READERS };

typedef struct {
  CrPlain plain;
  CrStream *source;
  const CrTrailing *trailing;
  CrRing *ring;
  CrPassDigests *digests;
  GThread *thread;
  guint64 bytes; /* inflated so far */
} Local;

/* ---- inflating, in a thread ---- */

/* Bytes for a buffer until it is full, so that the readers are not woken for small pieces. FALSE: these were the last.
 */
static gboolean fill_buffer(Local *local, guint8 *buffer, gsize *filled, GError **error)
{
  *filled = 0;
  while (*filled < CR_RING_SLOT_BYTES) {
    gssize n = local->source->class->read(local->source, buffer + *filled, CR_RING_SLOT_BYTES - *filled, error);
    if (n <= 0)
      return FALSE;
    *filled += (gsize)n;
  }
  return TRUE;
}

static gpointer inflate_all(gpointer data)
{
  Local *local = data;
  GError *error = NULL;
  guint8 *buffer = NULL;
  for (gboolean more = TRUE; more && (buffer = cr_ring_wait(local->ring));) {
    gsize filled = 0;
    more = fill_buffer(local, buffer, &filled, &error);
    local->bytes += filled;
    if (!error && local->bytes > CR_LIMIT_LAYER_BYTES)
      g_set_error(&error, CR_ERROR, CR_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT " GiB",
                  (guint64)(CR_LIMIT_LAYER_BYTES / CR_GIB));
    more &= error == NULL;
    if (filled)
      cr_ring_publish(local->ring, filled);
  }
  cr_ring_end(local->ring, error);
  return NULL;
}

/* ---- the reader ---- */

static gssize local_next(CrPlain *plain, guint64 reached, const guint8 **data)
{
  Local *local = (Local *)plain;
  cr_pass_digests_reach(local->digests, reached);
  return cr_ring_next(local->ring, READER_TAR, data);
}

static const GError *local_get_error(CrPlain *plain)
{
  return cr_ring_get_error(((Local *)plain)->ring);
}

static void local_tell(CrPlain *plain, guint32 number, guint64 start, guint64 size)
{
  cr_pass_digests_tell(((Local *)plain)->digests, number, start, size);
}

static void local_withdraw(CrPlain *plain, guint32 number)
{
  cr_pass_digests_withdraw(((Local *)plain)->digests, number);
}

static void local_give(CrPlain *plain, guint32 number, guint64 start, const guint8 digest[CR_DIGEST_BYTES])
{
  cr_pass_digests_give(((Local *)plain)->digests, number, start, digest);
}

static char *local_finish(CrPlain *plain, gboolean read, CrTrailing *trailing)
{
  Local *local = (Local *)plain;
  if (!read) {
    cr_ring_stop(local->ring);
    cr_pass_digests_stop(local->digests);
  }
  g_thread_join(local->thread);
  char *digest = cr_pass_digests_finish(local->digests);
  if (!read)
    g_clear_pointer(&digest, g_free);
  *trailing = *local->trailing;
  cr_ring_free(local->ring);
  g_free(local);
  return digest;
}

static const CrPlainClass local_class = {.next = local_next,
                                         .get_error = local_get_error,
                                         .tell = local_tell,
                                         .withdraw = local_withdraw,
                                         .give = local_give,
                                         .finish = local_finish};

static CrPlain *new_on(CrRing *ring, CrStream *source, const CrTrailing *trailing, CrDigestRows *rows)
{
  Local *local = g_new0(Local, 1);
  local->plain.class = &local_class;
  local->source = source;
  local->trailing = trailing;
  local->ring = ring;
  local->digests = cr_pass_digests_new(ring, READER_DIGEST, rows);
  local->thread = g_thread_new("inflate", inflate_all, local);
  cr_pass_digests_start(local->digests);
  return &local->plain;
}

CrPlain *cr_plain_new(CrStream *source, const CrTrailing *trailing, CrDigestRows *rows)
{
  return new_on(cr_ring_new(CR_PLAIN_SLOTS, READERS), source, trailing, rows);
}

CrPlain *cr_plain_new_in(guint8 *memory, CrStream *source, const CrTrailing *trailing, CrDigestRows *rows)
{
  return new_on(cr_ring_new_in(memory, CR_PLAIN_SLOTS, READERS), source, trailing, rows);
}
