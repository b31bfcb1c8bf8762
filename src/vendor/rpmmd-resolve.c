/* SPDX-License-Identifier: Apache-2.0 */
/* What changes when dnf is asked for some updates, and for nothing else. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"

/* The solvables that the updates of WANTED are, as `dnf upgrade` chooses them. */
static gboolean find_wanted(const CrRpmWorld *world, const GPtrArray *wanted, GArray *ids, GError **error)
{
  g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(cr_rpmmd_step_free);
  g_autofree char *why = NULL;
  if (!cr_rpmmd_solve(world, NULL, steps, &why)) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s", why ? why : "its dependencies do not allow it");
    return FALSE;
  }
  for (guint i = 0; i < wanted->len; i++) {
    const CrPackage *package = wanted->pdata[i];
    const CrRpmStep *found = NULL;
    for (guint k = 0; k < steps->len && !found; k++) {
      const CrRpmStep *step = steps->pdata[k];
      if (step->replaces == package || g_ptr_array_find(step->obsoletes, package, NULL))
        found = step;
    }
    if (!found) {
      g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s would be left as it is", package->name);
      return FALSE;
    }
    g_array_append_val(ids, found->id);
  }
  return TRUE;
}

static void add_change(GPtrArray *changes, CrArena *arena, const CrPackage *package, const CrRpmStep *step)
{
  CrChange *change = cr_arena_new0(arena, CrChange);
  change->name = step ? cr_arena_strdup(arena, step->record.name) : package->name;
  change->arch = step ? cr_arena_strdup(arena, step->record.arch) : package->arch;
  change->package = package;
  if (step)
    change->file = (CrArchiveFile){.name = change->name,
                                   .version = cr_arena_strdup(arena, step->record.version),
                                   .arch = change->arch,
                                   .filename = cr_arena_strdup(arena, step->record.filename),
                                   .sha256 = cr_arena_strdup(arena, step->record.sha256),
                                   .size_bytes = step->record.size_bytes,
                                   .archive = &step->data->archive};
  g_ptr_array_add(changes, change);
}

static int compare_changes(gconstpointer a, gconstpointer b)
{
  const CrChange *one = *(CrChange *const *)a;
  const CrChange *two = *(CrChange *const *)b;
  int order = strcmp(one->name, two->name);
  return order ? order : strcmp(one->arch, two->arch);
}

static gboolean take_steps(const GPtrArray *steps, CrArena *arena, GPtrArray *changes, GError **error)
{
  for (guint i = 0; i < steps->len; i++) {
    const CrRpmStep *step = steps->pdata[i];
    if (!step->record.filename || !step->record.sha256) {
      g_set_error(error, CR_ERROR, CR_ERROR_GATE, "the list names no file with a SHA256 for %s", step->record.name);
      return FALSE;
    }
    add_change(changes, arena, step->replaces, step);
    for (guint k = 0; k < step->obsoletes->len; k++)
      add_change(changes, arena, step->obsoletes->pdata[k], NULL);
  }
  g_ptr_array_sort(changes, compare_changes);
  return TRUE;
}

gboolean cr_rpmmd_resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                          GPtrArray *changes, GError **error)
{
  g_autoptr(CrRpmModules) modules = cr_rpmmd_modules_new(archives, cr_inventory_get_packages(inventory));
  g_autoptr(CrRpmWorld) world = cr_rpmmd_world_new(archives, inventory, modules);
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(Id));
  g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(cr_rpmmd_step_free);
  if (!world->related || world->full) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "what its dependencies need is not known");
    return FALSE;
  }
  if (!find_wanted(world, wanted, ids, error))
    return FALSE;
  g_autofree char *why = NULL;
  if (!cr_rpmmd_solve(world, ids, steps, &why)) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s", why ? why : "its dependencies do not allow it");
    return FALSE;
  }
  return take_steps(steps, arena, changes, error);
}
