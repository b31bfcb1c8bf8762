/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

typedef struct {
  guint64 taken;    /* buffers read and given back */
  gboolean holding; /* it still has the next one */
} Reader;

typedef struct {
  guint8 *bytes;
  gsize size;
} Slot;

struct CrRing {
  GMutex lock;
  GCond room, filled; /* for the writer; for the readers */
  gboolean full;      /* the writer waits */
  guint starved;      /* readers that wait */
  guint slot_count, reader_count;
  gboolean owns; /* the buffers' memory */
  Slot *slots;
  guint64 written; /* buffers filled so far */
  Reader readers[CR_RING_READERS];
  gboolean ended, stopped;
  GError *error;
};

static CrRing *new_ring(guint8 *memory, guint slots, guint readers)
{
  g_assert(slots > 0 && readers > 0 && readers <= CR_RING_READERS);
  CrRing *ring = g_new0(CrRing, 1);
  ring->slot_count = slots;
  ring->reader_count = readers;
  ring->slots = g_new0(Slot, slots);
  for (guint i = 0; i < slots; i++)
    ring->slots[i].bytes = memory ? memory + i * CR_RING_SLOT_BYTES : g_malloc(CR_RING_SLOT_BYTES);
  ring->owns = !memory;
  g_mutex_init(&ring->lock);
  g_cond_init(&ring->room);
  g_cond_init(&ring->filled);
  return ring;
}

CrRing *cr_ring_new(guint slots, guint readers)
{
  return new_ring(NULL, slots, readers);
}

CrRing *cr_ring_new_in(guint8 *memory, guint slots, guint readers)
{
  return new_ring(memory, slots, readers);
}

void cr_ring_free(CrRing *ring)
{
  for (guint i = 0; ring->owns && i < ring->slot_count; i++)
    g_free(ring->slots[i].bytes);
  g_free(ring->slots);
  g_clear_error(&ring->error);
  g_cond_clear(&ring->room);
  g_cond_clear(&ring->filled);
  g_mutex_clear(&ring->lock);
  g_free(ring);
}

static guint64 count_used(const CrRing *ring)
{
  guint64 taken = ring->readers[0].taken;
  for (guint i = 1; i < ring->reader_count; i++)
    taken = MIN(taken, ring->readers[i].taken);
  return ring->written - taken;
}

static void wake_readers(CrRing *ring)
{
  if (ring->starved)
    g_cond_broadcast(&ring->filled);
}

/* ---- the writer ---- */

guint8 *cr_ring_wait(CrRing *ring)
{
  g_mutex_lock(&ring->lock);
  ring->full = count_used(ring) == ring->slot_count;
  while (ring->full && !ring->stopped)
    g_cond_wait(&ring->room, &ring->lock);
  guint8 *bytes = ring->stopped ? NULL : ring->slots[ring->written % ring->slot_count].bytes;
  g_mutex_unlock(&ring->lock);
  return bytes;
}

void cr_ring_publish(CrRing *ring, gsize size)
{
  g_mutex_lock(&ring->lock);
  ring->slots[ring->written % ring->slot_count].size = size;
  ring->written++;
  wake_readers(ring);
  g_mutex_unlock(&ring->lock);
}

void cr_ring_end(CrRing *ring, GError *error)
{
  g_mutex_lock(&ring->lock);
  ring->ended = TRUE;
  ring->error = error;
  wake_readers(ring);
  g_mutex_unlock(&ring->lock);
}

/* ---- the readers ---- */

static void give_back(CrRing *ring, Reader *reader)
{
  if (!reader->holding)
    return;
  reader->holding = FALSE;
  reader->taken++;
  if (ring->full && count_used(ring) <= ring->slot_count / 2) {
    ring->full = FALSE;
    g_cond_signal(&ring->room);
  }
}

gssize cr_ring_next(CrRing *ring, guint number, const guint8 **data)
{
  Reader *reader = &ring->readers[number];
  gssize size = 0;
  g_mutex_lock(&ring->lock);
  give_back(ring, reader);
  while (reader->taken == ring->written && !ring->ended) {
    ring->starved++;
    g_cond_wait(&ring->filled, &ring->lock);
    ring->starved--;
  }
  if (reader->taken < ring->written) {
    const Slot *slot = &ring->slots[reader->taken % ring->slot_count];
    *data = slot->bytes;
    size = (gssize)slot->size;
    reader->holding = TRUE;
  } else if (ring->error) {
    size = -1;
  }
  g_mutex_unlock(&ring->lock);
  return size;
}

const GError *cr_ring_get_error(CrRing *ring)
{
  g_mutex_lock(&ring->lock);
  const GError *error = ring->error;
  g_mutex_unlock(&ring->lock);
  return error;
}

void cr_ring_stop(CrRing *ring)
{
  g_mutex_lock(&ring->lock);
  ring->stopped = TRUE;
  ring->ended = TRUE;
  g_cond_signal(&ring->room);
  wake_readers(ring);
  g_mutex_unlock(&ring->lock);
}
