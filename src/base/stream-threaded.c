/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that runs ahead of its reader in a thread of its own, over a ring of buffers. */
#include "base/stream.h"

#include <string.h>

#include "base/ring.h"

#define SLOTS 4

typedef struct {
  CrStream stream;
  CrStream *source;
  GThread *thread;
  CrRing *ring;
} Threaded;

/* The source's next bytes straight into a buffer. FALSE: no more, or failed, or nobody wants them. */
static gboolean pump(Threaded *self, GError **error)
{
  guint8 *buffer = cr_ring_wait(self->ring);
  gssize n = buffer ? self->source->class->read(self->source, buffer, CR_RING_SLOT_BYTES, error) : 0;
  if (n > 0)
    cr_ring_publish(self->ring, (gsize)n);
  return n > 0;
}

/* The same for a source that only hands out its own buffer. */
static gboolean pump_copy(Threaded *self, GError **error)
{
  const guint8 *bytes = NULL;
  gssize n = cr_stream_next(self->source, &bytes, error);
  for (gssize at = 0; at < n;) {
    guint8 *buffer = cr_ring_wait(self->ring);
    if (!buffer)
      return FALSE;
    gsize size = MIN((gsize)(n - at), CR_RING_SLOT_BYTES);
    memcpy(buffer, bytes + at, size);
    cr_ring_publish(self->ring, size);
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
  cr_ring_end(self->ring, error);
  return NULL;
}

static gssize threaded_next(CrStream *stream, const guint8 **data, GError **error)
{
  Threaded *self = (Threaded *)stream;
  gssize n = cr_ring_next(self->ring, 0, data);
  if (n < 0 && error)
    *error = g_error_copy(cr_ring_get_error(self->ring));
  return n;
}

static void threaded_free(CrStream *stream)
{
  Threaded *self = (Threaded *)stream;
  cr_ring_stop(self->ring);
  g_thread_join(self->thread);
  cr_stream_free(self->source);
  cr_ring_free(self->ring);
  g_free(self);
}

static const CrStreamClass threaded_class = {.next = threaded_next, .free = threaded_free};

CrStream *cr_stream_new_threaded(CrStream *source)
{
  Threaded *self = g_new0(Threaded, 1);
  self->stream.class = &threaded_class;
  self->source = source;
  self->ring = cr_ring_new(SLOTS, 1);
  self->thread = g_thread_new("stream", work, self);
  return &self->stream;
}
