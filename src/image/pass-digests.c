/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pass-digests.h"

#include <string.h>

#include "base/digest-both.h"

typedef struct {
  guint64 start, size;
  guint32 number;
  gboolean known; /* `digest` is there already */
  guint8 digest[CR_DIGEST_BYTES];
} Told;

struct CrPassDigests {
  CrRing *ring;
  guint reader;
  CrDigestRows *rows;
  GThread *thread;
  CrDigestBoth *both;
  guint64 at;    /* bytes of the stream that were taken */
  gboolean open; /* `now` is being read */
  Told now;
  GMutex lock;
  GCond moved;
  GQueue told; /* Told*, in order */
  guint32 withdrawn;
  guint64 reached; /* what the tar's thread is done with */
  gboolean stopped;
};

CrPassDigests *cr_pass_digests_new(CrRing *ring, guint reader, CrDigestRows *rows)
{
  CrPassDigests *digests = g_new0(CrPassDigests, 1);
  digests->ring = ring;
  digests->reader = reader;
  digests->rows = rows;
  digests->both = cr_digest_both_new(TRUE);
  g_mutex_init(&digests->lock);
  g_cond_init(&digests->moved);
  g_queue_init(&digests->told);
  return digests;
}

/* ---- the tar's thread ---- */

static void push(CrPassDigests *digests, const Told *told)
{
  g_mutex_lock(&digests->lock);
  g_queue_push_tail(&digests->told, g_memdup2(told, sizeof *told));
  g_mutex_unlock(&digests->lock);
}

void cr_pass_digests_tell(CrPassDigests *digests, guint32 number, guint64 start, guint64 size)
{
  Told told = {.start = start, .size = size, .number = number};
  push(digests, &told);
}

void cr_pass_digests_give(CrPassDigests *digests, guint32 number, guint64 start, const guint8 digest[CR_DIGEST_BYTES])
{
  Told told = {.start = start, .number = number, .known = TRUE};
  memcpy(told.digest, digest, CR_DIGEST_BYTES);
  push(digests, &told);
}

void cr_pass_digests_withdraw(CrPassDigests *digests, guint32 number)
{
  g_mutex_lock(&digests->lock);
  const Told *tail = g_queue_peek_tail(&digests->told);
  if (tail && tail->number == number)
    g_free(g_queue_pop_tail(&digests->told));
  else
    digests->withdrawn = number; /* it is being read, or is done */
  g_mutex_unlock(&digests->lock);
  cr_digest_rows_drop(digests->rows, number);
}

void cr_pass_digests_reach(CrPassDigests *digests, guint64 reached)
{
  g_mutex_lock(&digests->lock);
  digests->reached = MAX(digests->reached, reached);
  g_cond_signal(&digests->moved);
  g_mutex_unlock(&digests->lock);
}

void cr_pass_digests_stop(CrPassDigests *digests)
{
  g_mutex_lock(&digests->lock);
  digests->stopped = TRUE;
  g_cond_signal(&digests->moved);
  g_mutex_unlock(&digests->lock);
}

/* ---- the digests' thread ---- */

/* FALSE: the tar was given up. *WITHDRAWN: what is open is not what it was thought to be. */
static gboolean wait_for(CrPassDigests *digests, guint64 end, gboolean *withdrawn)
{
  g_mutex_lock(&digests->lock);
  while (digests->reached < end && !digests->stopped)
    g_cond_wait(&digests->moved, &digests->lock);
  gboolean ok = digests->reached >= end;
  *withdrawn = digests->open && digests->withdrawn == digests->now.number;
  g_mutex_unlock(&digests->lock);
  return ok;
}

/* The next file to read, if it begins before END; those whose digest is known are taken as they are, and one that began
 * before it was told of gets none. */
static gboolean take_told(CrPassDigests *digests, guint64 end)
{
  gboolean found = FALSE;
  g_mutex_lock(&digests->lock);
  const Told *head = NULL;
  while (!found && (head = g_queue_peek_head(&digests->told)) && head->start < end) {
    g_autofree Told *told = g_queue_pop_head(&digests->told);
    if (told->known)
      cr_digest_rows_set(digests->rows, told->number, told->digest);
    found = !told->known && told->start >= digests->at;
    if (found)
      digests->now = *told;
  }
  g_mutex_unlock(&digests->lock);
  return found;
}

static void feed(CrPassDigests *digests, const guint8 **data, guint64 to)
{
  gsize size = (gsize)(to - digests->at);
  cr_digest_both_update(digests->both, *data, size);
  *data += size;
  digests->at = to;
}

static void end_part(CrPassDigests *digests, gboolean keep)
{
  guint8 digest[CR_DIGEST_BYTES];
  cr_digest_both_end_part(digests->both, digest);
  digests->open = FALSE;
  if (keep)
    cr_digest_rows_set(digests->rows, digests->now.number, digest);
}

static void take_bytes(CrPassDigests *digests, const guint8 *data, gsize size)
{
  guint64 end = digests->at + size;
  while (digests->open || take_told(digests, end)) {
    const Told *now = &digests->now;
    if (!digests->open) {
      feed(digests, &data, now->start);
      cr_digest_both_begin_part(digests->both);
      digests->open = TRUE;
    }
    feed(digests, &data, MIN(now->start + now->size, end));
    if (digests->at < now->start + now->size)
      return; /* it goes on in the next buffer */
    end_part(digests, TRUE);
  }
  feed(digests, &data, end);
}

static gpointer run(gpointer data)
{
  CrPassDigests *digests = data;
  const guint8 *bytes = NULL;
  gssize n;
  gboolean withdrawn = FALSE;
  while ((n = cr_ring_next(digests->ring, digests->reader, &bytes)) > 0 &&
         wait_for(digests, digests->at + (guint64)n, &withdrawn)) {
    if (withdrawn)
      end_part(digests, FALSE);
    take_bytes(digests, bytes, (gsize)n);
  }
  take_told(digests, G_MAXUINT64); /* known ones at the very end */
  return NULL;
}

void cr_pass_digests_start(CrPassDigests *digests)
{
  digests->thread = g_thread_new("digest", run, digests);
}

char *cr_pass_digests_finish(CrPassDigests *digests)
{
  g_thread_join(digests->thread);
  char *digest = cr_digest_both_finish(digests->both);
  cr_digest_both_free(digests->both);
  g_queue_clear_full(&digests->told, g_free);
  g_cond_clear(&digests->moved);
  g_mutex_clear(&digests->lock);
  g_free(digests);
  return digest;
}
