/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/release.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRelease) release = cr_release_parse((const char *)data, size, arena, NULL);
  if (release)
    cr_release_find_file(release, "main/binary-amd64/Packages.xz");
  return 0;
}
