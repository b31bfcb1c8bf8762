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

/* Programs that load parts by name while they run, so that every part of their kind is possible where they are. */
static const struct {
  const char *type; /* of packages */
  const char *kind; /* of unowned files, or NULL */
  const char *libraries[3];
} runtimes[] = {
    {"maven", "jar", {"libjvm.so", NULL, NULL}},
    {"nuget", NULL, {"libcoreclr.so", "libhostfxr.so", NULL}},
};

/* The first reached library of the runtime R, or NULL. */
static const CrReachFile *find_runtime(const CrScan *scan, guint r)
{
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(scan->reach, &count);
  for (guint i = 0; i < count; i++) {
    const char *slash = strrchr(files[i].path, '/'), *name = slash ? slash + 1 : files[i].path;
    for (guint k = 0; runtimes[r].libraries[k]; k++)
      if (!strcmp(name, runtimes[r].libraries[k]))
        return &files[i];
  }
  return NULL;
}

static void raise_level(CrScan *scan, CrReachOf *reach, const char *path)
{
  if (reach->level >= CR_REACH_POSSIBLE)
    return;
  *reach = (CrReachOf){CR_REACH_POSSIBLE, make_via(scan, path)};
}

static void judge_runtimes(CrScan *scan)
{
  for (guint r = 0; r < G_N_ELEMENTS(runtimes); r++) {
    const CrReachFile *runtime = NULL;
    gboolean looked = FALSE;
    for (guint i = 0; i < scan->packages->len; i++) {
      CrPackage *package = scan->packages->pdata[i];
      if (strcmp(package->type, runtimes[r].type) != 0)
        continue;
      runtime = looked ? runtime : find_runtime(scan, r);
      looked = TRUE;
      if (!runtime)
        break;
      raise_level(scan, &package->reach, runtime->path);
    }
    for (guint i = 0; runtime && i < scan->unowned->len; i++) {
      CrUnowned *file = scan->unowned->pdata[i];
      if (!g_strcmp0(file->kind, runtimes[r].kind))
        raise_level(scan, &file->reach, runtime->path);
    }
  }
}

/* A module inside a program, an archive inside an archive: as far as the file that holds it. */
static void judge_embedded(CrScan *scan)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    CrPackage *package = scan->packages->pdata[i];
    if (!package->embedded)
      continue;
    package->reach.level = cr_reach_get_level(scan->reach, package->paths[0]);
    package->reach.via = package->reach.level > CR_REACH_UNKNOWN ? make_via(scan, package->paths[0]) : cr_strv_empty;
  }
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
    /* a module tells people more than the metadata beside it */
    gboolean better = files[i].level == package->reach.level && best[owner->index] &&
                      strstr(best[owner->index], "-info/") && !strstr(files[i].path, "-info/");
    if (files[i].level > package->reach.level || better) {
      package->reach.level = files[i].level;
      best[owner->index] = files[i].path;
    }
  }
  for (guint i = 0; i < scan->packages->len; i++)
    if (best[i])
      ((CrPackage *)scan->packages->pdata[i])->reach.via = make_via(scan, best[i]);
  judge_embedded(scan);
  judge_runtimes(scan);
}
