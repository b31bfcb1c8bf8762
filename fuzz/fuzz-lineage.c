/* SPDX-License-Identifier: Apache-2.0 */
/* What an image's config (labels, history) says of its base. */
#include "image/manifest.h"
#include "lineage/rules.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const CrOs os = {.id = "debian", .version = "12", .codename = "bookworm"};
  g_autoptr(CrArena) arena = cr_arena_new();
  CrImage *image = cr_image_new(arena);
  CrBase base = {0};
  if (cr_manifest_apply_config((const char *)data, size, "input", NULL, arena, image, NULL)) {
    cr_lineage_by_annotation(image, arena, &base);
    if (cr_lineage_by_label(image, arena, &base))
      g_assert(*base.name && base.layers <= (int)image->layer_count);
    if (cr_lineage_by_history(image, &os, arena, &base))
      g_assert(*base.name && base.layers <= (int)image->layer_count);
  }
  if (image->raw_config)
    g_bytes_unref((GBytes *)image->raw_config);
  return 0;
}
