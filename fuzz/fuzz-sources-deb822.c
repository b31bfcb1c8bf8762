/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/sources.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_sources_parse_deb822((const char *)data, size, "f", "amd64", arena, list, problems);
  for (guint i = 0; i < list->len; i++) {
    const char *host = NULL;
    const char *path = NULL;
    cr_uri_split(((const CrAptSource *)list->pdata[i])->uri, arena, &host, &path);
    g_assert(host && path);
  }
  return 0;
}
