/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrManifest *manifest = cr_manifest_parse((const char *)data, size, "input", arena, NULL);
  if (!manifest || !manifest->is_index)
    return 0;
  cr_manifest_choose(manifest, "linux/arm64/v8", "input", NULL);
  cr_manifest_choose(manifest, NULL, "input", NULL);
  return 0;
}
