/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  g_autoptr(GHashTable) variables = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_insert(variables, (gpointer) "releasever", (gpointer) "9");
  cr_rpmmd_repositories_parse((const char *)data, size, "x.repo", variables, arena, list, problems);
  for (guint i = 0; i < list->len; i++) {
    const CrRpmRepository *repository = list->pdata[i];
    g_assert(*repository->id && repository->excludes && repository->keys);
    for (guint k = 0; repository->keys[k]; k++)
      g_assert(repository->keys[k][0] == '/');
  }
  return 0;
}
