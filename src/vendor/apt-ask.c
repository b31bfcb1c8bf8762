/* SPDX-License-Identifier: Apache-2.0 */
/* `apt-get install PACKAGE…` for some of the installed packages: their candidates and what must change with them, as
 * apt's command line decides it (apt-private/private-install.cc: each is protected and marked, then with what it needs,
 * then the problem resolver where something is broken by that). */
#include "base/error.h"
#include "vendor/apt.h"

#include <string.h>

static const char *find_broken(CrAptWorld *world)
{
  for (guint i = 0; i < world->packages->len; i++)
    if (cr_apt_package_is_broken(world, world->packages->pdata[i]))
      return ((CrAptPackage *)world->packages->pdata[i])->group->name;
  return NULL;
}

static gboolean mark(CrAptWorld *world, const GPtrArray *wanted, GError **error)
{
  g_autoptr(GHashTable) set = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < wanted->len; i++)
    g_hash_table_add(set, wanted->pdata[i]);
  cr_apt_world_reset(world);
  const char *broken = find_broken(world);
  if (broken) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s has unmet dependencies already", broken);
    return FALSE;
  }
  for (int with_dependencies = FALSE; with_dependencies <= TRUE; with_dependencies++)
    for (guint i = 0; i < world->installed->len; i++) {
      CrAptPackage *package = world->installed->pdata[i];
      if (!g_hash_table_contains(set, package->installed))
        continue;
      cr_apt_mark_install(world, package, with_dependencies, 0);
      package->protect = TRUE; /* only now: nothing changes a mark that is protected */
    }
  if (find_broken(world) && !cr_apt_resolve(world)) {
    broken = find_broken(world);
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s would have unmet dependencies", broken ? broken : "a package");
    return FALSE;
  }
  return TRUE;
}

static gboolean fill_file(const CrAptVersion *version, CrArchiveFile *out, GError **error)
{
  for (guint i = 0; i < version->file_count; i++) {
    const CrAptFile *file = version->files[i];
    if (!file->data || !version->list || file->list->list != version->list)
      continue;
    CrListPackage record;
    cr_list_get(version->list, version->list_id, &record);
    *out = (CrArchiveFile){
        .name = record.name,
        .version = record.version,
        .arch = record.arch,
        .filename = record.filename,
        .sha256 = record.sha256,
        .size_bytes = record.size_bytes,
        .archive = &file->data->archive,
    };
    return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "no verified archive has %s %s", version->package->group->name,
              version->string);
  return FALSE;
}

static gint compare_changes(gconstpointer a, gconstpointer b)
{
  const CrChange *one = *(CrChange *const *)a;
  const CrChange *two = *(CrChange *const *)b;
  int order = strcmp(one->name, two->name);
  return order ? order : strcmp(one->arch, two->arch);
}

static gboolean take(const CrAptWorld *world, CrArena *arena, GPtrArray *changes, GError **error)
{
  for (guint i = 0; i < world->packages->len; i++) {
    const CrAptPackage *package = world->packages->pdata[i];
    gboolean removed = package->mode == CR_APT_DELETE && package->current;
    if (!removed && (package->mode != CR_APT_INSTALL || package->install == package->current))
      continue;
    CrChange *change = cr_arena_new0(arena, CrChange);
    change->package = package->installed;
    if (!removed && !fill_file(package->install, &change->file, error))
      return FALSE;
    change->name = removed ? package->installed->name : change->file.name;
    change->arch = removed ? package->installed->arch : change->file.arch;
    g_ptr_array_add(changes, change);
  }
  g_ptr_array_sort(changes, compare_changes);
  return TRUE;
}

gboolean cr_apt_ask(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena,
                    GPtrArray *changes, GError **error)
{
  CrAptWorldInput input = {.archives = archives->archives,
                           .native = archives->native,
                           .architectures = archives->architectures,
                           .settings = archives->settings,
                           .pins = archives->pins,
                           .packages = packages,
                           .apt_version = cr_apt_find_version(packages),
                           .machine_id = archives->machine_id};
  g_autoptr(CrArena) scratch = cr_arena_new();
  g_autoptr(CrAptWorld) world = cr_apt_world_new(&input, scratch);
  return mark(world, wanted, error) && take(world, arena, changes, error);
}
