/* SPDX-License-Identifier: Apache-2.0 */
/* Some of the installed packages to their candidates: what apk must change with them. */
#include "vendor/apk-solve.h"

#include <string.h>

#include "base/error.h"

static const CrApkPackage *find_kept(const CrApkWorld *world, const GPtrArray *wanted)
{
  for (guint i = 0; i < wanted->len; i++) {
    const CrPackage *package = wanted->pdata[i];
    const CrApkPackage *found = g_hash_table_lookup(world->packages, package->name);
    if (found && found->package == package && found->chosen + 1 == found->choices->len)
      return found;
  }
  return NULL;
}

static gboolean is_removed(const CrApkPackage *package)
{
  return package->package && package->name[0] != '.' && (!package->needed || package->chosen == package->choices->len);
}

static CrChange *make_change(const CrApkPackage *package, CrArena *arena)
{
  CrChange *change = cr_arena_new0(arena, CrChange);
  change->package = package->package;
  if (is_removed(package)) {
    change->name = package->package->name;
    change->arch = package->package->arch;
    return change;
  }
  const CrApkVersion *version = cr_apk_get_chosen(package);
  const CrListPackage *record = &version->record;
  change->file = (CrArchiveFile){
      .name = cr_arena_strdup(arena, record->name),
      .version = cr_arena_strdup(arena, record->version),
      .arch = cr_arena_strdup(arena, record->arch),
      .filename = cr_arena_printf(arena, "%s/%s-%s.apk", record->arch, record->name, record->version),
      .checksum = cr_arena_strdup(arena, record->checksum),
      .tag = version->data->tag,
      .size_bytes = record->size_bytes,
      .archive = &version->data->archive,
  };
  change->name = change->file.name;
  change->arch = change->file.arch;
  return change;
}

static gboolean is_changed(const CrApkPackage *package)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  if (is_removed(package))
    return TRUE;
  return chosen && package->needed && !chosen->installed;
}

static gint compare_changes(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrChange *const *)a)->name, (*(CrChange *const *)b)->name);
}

gboolean cr_apk_resolve(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena,
                        GPtrArray *changes, GError **error)
{
  g_autoptr(CrArena) scratch = cr_arena_new();
  if (!archives->world) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "etc/apk/world is missing, without which apk needs no package at all");
    return FALSE;
  }
  g_autoptr(CrApkWorld) world = cr_apk_world_solve(archives, packages, wanted, scratch);
  const CrApkPackage *kept = find_kept(world, wanted);
  if (world->unsolved || kept) {
    const char *why = world->unsolved   ? "packages depend on each other in too many ways"
                      : kept->kept_back ? kept->kept_back
                                        : "etc/apk/world or another package holds it";
    g_set_error_literal(error, CR_ERROR, CR_ERROR_GATE, why);
    return FALSE;
  }
  for (guint i = 0; i < world->order->len; i++)
    if (is_changed(world->order->pdata[i]))
      g_ptr_array_add(changes, make_change(world->order->pdata[i], arena));
  g_ptr_array_sort(changes, compare_changes);
  return TRUE;
}
