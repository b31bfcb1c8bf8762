/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon's words about an image: {"inspect": …, "history": …}. */
#include "image/engine.h"
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse((const char *)data, size, "input", NULL);
  if (!doc)
    return 0;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrSource source = {.arena = arena, .image = cr_image_new(arena)};
  const CrJson *root = cr_json_get_root(doc), *inspect = cr_json_find(root, "inspect");
  if (cr_engine_apply_inspect(&source, inspect, cr_json_find(inspect, "Config"), cr_json_find(root, "history"), "input",
                              NULL))
    g_assert_null(source.image->raw_config);
  if (source.image->raw_config)
    g_bytes_unref((GBytes *)source.image->raw_config);
  return 0;
}
