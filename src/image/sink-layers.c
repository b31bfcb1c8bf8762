/* SPDX-License-Identifier: Apache-2.0 */
/* Layers on their way to a sink, counted for whoever waits. */
#include <string.h>

#include "base/progress.h"
#include "image/sink-private.h"

typedef struct {
  CrStream stream;
  CrStream *inner;
  CrProgress *progress;
} Counted;

static gssize counted_next(CrStream *stream, const guint8 **data, GError **error)
{
  Counted *counted = (Counted *)stream;
  gssize n = cr_stream_next(counted->inner, data, error);
  if (n > 0)
    cr_progress_advance(counted->progress, (guint64)n);
  return n;
}

static void counted_free(CrStream *stream)
{
  Counted *counted = (Counted *)stream;
  cr_stream_free(counted->inner);
  g_free(counted);
}

static const CrStreamClass counted_class = {.next = counted_next, .free = counted_free};

typedef struct {
  CrLayerVisit visit;
  gpointer data;
  CrProgress *progress;
} Reading;

static gboolean visit_counted(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  const Reading *reading = data;
  Counted *counted = g_new0(Counted, 1);
  counted->stream.class = &counted_class;
  counted->inner = stream;
  counted->progress = reading->progress;
  return reading->visit(layer, &counted->stream, digest, reading->data, error);
}

gboolean cr_image_sink_read_layers(CrDraft *draft, const gboolean *wanted, guint jobs, CrLayerVisit visit,
                                   gpointer data, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint64 bytes = 0;
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, i);
    if (wanted[i] && g_hash_table_add(seen, (gpointer)layer->digest))
      bytes += layer->size_bytes;
  }
  guint count = g_hash_table_size(seen);
  if (!count)
    return TRUE;
  g_autofree char *label = g_strdup_printf("writing %u layer%s", count, count == 1 ? "" : "s");
  g_autoptr(CrProgress) progress = cr_progress_new(label, bytes);
  Reading reading = {visit, data, progress};
  return cr_draft_read_layers(draft, wanted, jobs, visit_counted, &reading, error);
}
