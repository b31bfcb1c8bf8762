/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include <string.h>

/* The way from the start to PATH as paths only; consecutive repeats (a program started by its own script line) once. */
static CrStrv make_via(CrScan *scan, const char *path)
{
  const CrReachFile *const *way = cr_reach_get_path(scan->reach, path, scan->arena);
  if (!way)
    return cr_strv_empty;
  guint count = 0;
  while (way[count])
    count++;
  const char **via = cr_arena_alloc(scan->arena, (count + 1) * sizeof *via);
  guint n = 0;
  for (guint i = 0; i < count; i++)
    if (!n || strcmp(via[n - 1], way[i]->path) != 0)
      via[n++] = way[i]->path;
  return via;
}

static void judge_unowned(CrScan *scan)
{
  for (guint i = 0; i < scan->unowned->len; i++) {
    CrUnowned *file = scan->unowned->pdata[i];
    file->reach.level = cr_reach_get_level(scan->reach, file->path);
    file->reach.via = file->reach.level > CR_REACH_UNKNOWN ? make_via(scan, file->path) : cr_strv_empty;
  }
}

void cr_scan_spread_reach(CrScan *scan)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    CrPackage *package = scan->packages->pdata[i];
    package->reach.level = cr_reach_get_rest(scan->reach);
    package->reach.via = cr_strv_empty;
  }
  judge_unowned(scan);
  if (!cr_reach_is_known(scan->reach))
    return;
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(scan->reach, &count);
  g_autofree const char **best = g_new0(const char *, scan->packages->len + 1);
  for (guint i = 0; i < count; i++) {
    const CrPackage *owner = cr_inventory_find_owner(scan->inventory, files[i].path);
    if (!owner)
      continue;
    CrPackage *package = scan->packages->pdata[owner->index];
    if (files[i].level > package->reach.level) {
      package->reach.level = files[i].level;
      best[owner->index] = files[i].path;
    }
  }
  for (guint i = 0; i < scan->packages->len; i++)
    if (best[i])
      ((CrPackage *)scan->packages->pdata[i])->reach.via = make_via(scan, best[i]);
}
