/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "vendor/rpmmd.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRelease) release = cr_rpmmd_parse((const char *)data, size, arena, NULL);
  const CrReleaseFile *file = release ? cr_release_find_file(release, "primary") : NULL;
  g_assert(!release || (file && file->path[0] != '/' && strlen(file->sha256) == 64 && release->date));
  return 0;
}
