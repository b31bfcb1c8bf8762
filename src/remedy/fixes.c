/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fixes.h"

#include <string.h>

const CrUpdate *cr_update_find(const CrScan *scan, const CrPackage *package)
{
  for (guint i = 0; package && i < scan->updates->len; i++)
    if (((const CrUpdate *)scan->updates->pdata[i])->package == package)
      return scan->updates->pdata[i];
  return NULL;
}

static void add(GPtrArray *names, const char *name)
{
  if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
    g_ptr_array_add(names, (gpointer)name);
}

CrStrv cr_update_list_fixes(const CrScan *scan, const CrUpdate *update, CrArena *arena)
{
  if (!update || (!update->fixes && !update->package->advisories))
    return update ? NULL : cr_strv_empty;
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; update->fixes && update->fixes[i]; i++)
    add(names, update->fixes[i]);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->package == update->package && !strcmp(finding->status, "fixable"))
      add(names, finding->id);
  }
  const char **list = cr_arena_alloc(arena, (names->len + 1) * sizeof *list);
  for (guint i = 0; i < names->len; i++)
    list[i] = names->pdata[i];
  return list;
}
