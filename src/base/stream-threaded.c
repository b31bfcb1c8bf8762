/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that runs ahead of its reader in a thread of its own. A ring of buffers is the back-pressure: the thread
 * copies what its source gives into the next free buffer and waits when none is free; the reader gives a buffer back by
 * asking for the next. */
#include "base/stream.h"

#include <string.h>

#include "base/limits.h"

#define SLOTS      4
#define SLOT_BYTES (256 * CR_KIB)

typedef struct {
  CrStream stream;
  CrStream *source;
  GThread *thread;
  GMutex lock;
  GCond room, filled_one; /* for the thread; for the reader */
  gboolean full;          /* the thread waits, until half of the buffers are free: waking it costs time too */
  gboolean starved;       /* the reader waits */
  guint8 *slots[SLOTS];
  gsize sizes[SLOTS];
  guint head, filled; /* first filled slot, number of filled ones */
  gboolean holding;   /* the reader still has slot `head` */
  gboolean ended, stopped;
  GError *failed;
} Threaded;

/* Wait for a free slot; FALSE when the reader has gone. */
static gboolean wait_for_room(Threaded *self, guint *slot)
{
  g_mutex_lock(&self->lock);
  self->full = self->filled == SLOTS;
  while (self->full && !self->stopped)
    g_cond_wait(&self->room, &self->lock);
  *slot = (self->head + self->filled) % SLOTS;
  gboolean go = !self->stopped;
  g_mutex_unlock(&self->lock);
  return go;
}

static void publish(Threaded *self, guint slot, gsize size)
{
  g_mutex_lock(&self->lock);
  self->sizes[slot] = size;
  self->filled++;
  if (self->starved)
    g_cond_signal(&self->filled_one);
  g_mutex_unlock(&self->lock);
}

/* The source's next bytes straight into a slot. FALSE: no more, or failed, or nobody wants them. */
static gboolean pump(Threaded *self, GError **error)
{
  guint slot = 0;
  if (!wait_for_room(self, &slot))
    return FALSE;
  gssize n = self->source->class->read(self->source, self->slots[slot], SLOT_BYTES, error);
  if (n > 0)
    publish(self, slot, (gsize)n);
  return n > 0;
}

/* The same for a source that only hands out its own buffer. */
static gboolean pump_copy(Threaded *self, GError **error)
{
  const guint8 *bytes = NULL;
  gssize n = cr_stream_next(self->source, &bytes, error);
  for (gssize at = 0; at < n;) {
    guint slot = 0;
    if (!wait_for_room(self, &slot))
      return FALSE;
    gsize size = MIN((gsize)(n - at), (gsize)SLOT_BYTES);
    memcpy(self->slots[slot], bytes + at, size);
    publish(self, slot, size);
    at += (gssize)size;
  }
  return n > 0;
}

static gpointer work(gpointer data)
{
  Threaded *self = data;
  GError *error = NULL;
  gboolean (*step)(Threaded *, GError **) = self->source->class->read ? pump : pump_copy;
  while (step(self, &error)) {
  }
  g_mutex_lock(&self->lock);
  self->ended = TRUE;
  self->failed = error;
  g_cond_signal(&self->filled_one);
  g_mutex_unlock(&self->lock);
  return NULL;
}

static gssize threaded_next(CrStream *stream, const guint8 **data, GError **error)
{
  Threaded *self = (Threaded *)stream;
  gssize n = 0;
  g_mutex_lock(&self->lock);
  if (self->holding) {
    self->head = (self->head + 1) % SLOTS;
    self->filled--;
    self->holding = FALSE;
    if (self->full && self->filled <= SLOTS / 2) {
      self->full = FALSE;
      g_cond_signal(&self->room);
    }
  }
  self->starved = TRUE;
  while (!self->filled && !self->ended)
    g_cond_wait(&self->filled_one, &self->lock);
  self->starved = FALSE;
  if (self->filled) {
    *data = self->slots[self->head];
    n = (gssize)self->sizes[self->head];
    self->holding = TRUE;
  } else if (self->failed) {
    if (error)
      *error = g_error_copy(self->failed);
    n = -1;
  }
  g_mutex_unlock(&self->lock);
  return n;
}

static void threaded_free(CrStream *stream)
{
  Threaded *self = (Threaded *)stream;
  g_mutex_lock(&self->lock);
  self->stopped = TRUE;
  g_cond_signal(&self->room);
  g_mutex_unlock(&self->lock);
  g_thread_join(self->thread);
  cr_stream_free(self->source);
  for (guint i = 0; i < SLOTS; i++)
    g_free(self->slots[i]);
  g_clear_error(&self->failed);
  g_cond_clear(&self->room);
  g_cond_clear(&self->filled_one);
  g_mutex_clear(&self->lock);
  g_free(self);
}

static const CrStreamClass threaded_class = {.next = threaded_next, .free = threaded_free};

CrStream *cr_stream_new_threaded(CrStream *source)
{
  Threaded *self = g_new0(Threaded, 1);
  self->stream.class = &threaded_class;
  self->source = source;
  g_mutex_init(&self->lock);
  g_cond_init(&self->room);
  g_cond_init(&self->filled_one);
  for (guint i = 0; i < SLOTS; i++)
    self->slots[i] = g_malloc(SLOT_BYTES);
  self->thread = g_thread_new("stream", work, self);
  return &self->stream;
}
