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
  GCond changed;
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
  while (self->filled == SLOTS && !self->stopped)
    g_cond_wait(&self->changed, &self->lock);
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
  g_cond_broadcast(&self->changed);
  g_mutex_unlock(&self->lock);
}

static gpointer work(gpointer data)
{
  Threaded *self = data;
  GError *error = NULL;
  const guint8 *bytes = NULL;
  gssize n;
  while ((n = cr_stream_next(self->source, &bytes, &error)) > 0) {
    for (gsize at = 0; at < (gsize)n;) {
      guint slot = 0;
      if (!wait_for_room(self, &slot))
        return NULL;
      gsize size = MIN((gsize)n - at, (gsize)SLOT_BYTES);
      memcpy(self->slots[slot], bytes + at, size);
      publish(self, slot, size);
      at += size;
    }
  }
  g_mutex_lock(&self->lock);
  self->ended = TRUE;
  self->failed = error;
  g_cond_broadcast(&self->changed);
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
    g_cond_broadcast(&self->changed);
  }
  while (!self->filled && !self->ended)
    g_cond_wait(&self->changed, &self->lock);
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
  g_cond_broadcast(&self->changed);
  g_mutex_unlock(&self->lock);
  g_thread_join(self->thread);
  cr_stream_free(self->source);
  for (guint i = 0; i < SLOTS; i++)
    g_free(self->slots[i]);
  g_clear_error(&self->failed);
  g_cond_clear(&self->changed);
  g_mutex_clear(&self->lock);
  g_free(self);
}

static const CrStreamClass threaded_class = {threaded_next, threaded_free};

CrStream *cr_stream_new_threaded(CrStream *source)
{
  Threaded *self = g_new0(Threaded, 1);
  self->stream.class = &threaded_class;
  self->source = source;
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  for (guint i = 0; i < SLOTS; i++)
    self->slots[i] = g_malloc(SLOT_BYTES);
  self->thread = g_thread_new("stream", work, self);
  return &self->stream;
}
