/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon's export of an image with two layers, all of whose members that may be layers are read. */
#include "image/engine.h"
#include "image/manifest.h"

static gboolean on_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  const guint8 *bytes = NULL;
  gssize n = 0;
  g_assert(layer >= -1 && layer < 2);
  while ((n = cr_stream_next(stream, &bytes, error)) > 0)
    ;
  cr_stream_free(stream);
  return n == 0;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const gboolean wanted[] = {TRUE, TRUE};
  CrLayerInfo layers[] = {{.diff_id = "sha256:ecda988be8cc2a3f38deec2b4b25034b1197ff7ef9c857e29bd16aa2995ae12d"},
                          {.diff_id = "sha256:4f5d7688a016f6dd4ffec15928bc8f97d6cdbd641e3abb972f7e52646081ea24"}};
  g_autoptr(CrArena) arena = cr_arena_new();
  CrSource source = {.arena = arena, .image = cr_image_new(arena), .keep_config = TRUE};
  source.image->ref = "x";
  source.image->layers = layers;
  source.image->layer_count = G_N_ELEMENTS(layers);
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrStream) stream = cr_stream_new_bytes(bytes);
  cr_export_walk(stream, "Docker", &source, wanted, on_layer, NULL, NULL);
  g_clear_pointer((GBytes **)&source.image->raw_config, g_bytes_unref);
  return 0;
}
