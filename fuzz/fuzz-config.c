/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrImage *image = cr_image_new(arena);
  if (cr_manifest_apply_config((const char *)data, size, "input", NULL, arena, image, NULL))
    cr_manifest_check_platform(image, "linux/amd64", NULL);
  if (image->raw_config)
    g_bytes_unref((GBytes *)image->raw_config);
  return 0;
}
