/* SPDX-License-Identifier: Apache-2.0 */
/* `apt-get install --no-install-recommends PACKAGE…` for some of the installed packages: their candidates and what must
 * change with them, as apt's command line decides it (apt-private/private-install.cc: each is protected and marked,
 * then with what it needs, then the problem resolver where something is broken by that). */
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

static CrAptWorld *make_world(CrArchives *archives, const GPtrArray *packages, CrArena *scratch)
{
  CrAptWorldInput input = {.archives = archives->archives,
                           .native = archives->native,
                           .architectures = archives->architectures,
                           .settings = archives->settings,
                           .pins = archives->pins,
                           .packages = packages,
                           .apt_version = cr_apt_find_version(packages),
                           .machine_id = archives->machine_id,
                           .keeps_line = archives->keeps_line};
  return cr_apt_world_new(&input, scratch);
}

gboolean cr_apt_ask(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena,
                    GPtrArray *changes, GError **error)
{
  g_autoptr(CrArena) scratch = cr_arena_new();
  g_autoptr(CrAptWorld) world = make_world(archives, packages, scratch);
  world->install_recommends = world->install_suggests = FALSE; /* only what they cannot go without */
  return mark(world, wanted, error) && take(world, arena, changes, error);
}

/* ---- what is not needed any more then ---- */

/* The version of PACKAGE that is FILE. */
static CrAptVersion *find_version(CrAptWorld *world, CrAptPackage *package, const CrArchiveFile *file)
{
  cr_apt_group_load(world, package->group);
  for (CrAptVersion *version = package->versions; version; version = version->next)
    if (!strcmp(version->string, file->version))
      return version;
  return NULL;
}

static void apply(CrAptWorld *world, const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const CrChange *change = changes->pdata[i];
    CrAptGroup *group = cr_apt_world_get_group(world, change->name, strlen(change->name));
    cr_apt_group_load(world, group);
    for (guint k = 0; k < group->package_count; k++) {
      CrAptPackage *package = &group->packages[k];
      if (change->package ? package->installed != change->package : package->current != NULL)
        continue;
      CrAptVersion *version = change->file.name ? find_version(world, package, &change->file) : NULL;
      if (version)
        cr_apt_set_mode(package, CR_APT_INSTALL, version);
      else if (!change->file.name)
        cr_apt_set_mode(package, CR_APT_DELETE, NULL);
      if (version || change->package)
        break;
    }
  }
}

void cr_apt_ask_unused(CrArchives *archives, const GPtrArray *packages, const GPtrArray *changes, CrArena *arena,
                       GPtrArray *removals)
{
  g_autoptr(CrArena) scratch = cr_arena_new();
  g_autoptr(CrAptWorld) world = make_world(archives, packages, scratch);
  cr_apt_world_reset(world);
  g_autoptr(GHashTable) before = cr_apt_find_unused(world);
  apply(world, changes);
  g_autoptr(GHashTable) after = cr_apt_find_unused(world);
  for (guint i = 0; i < world->installed->len; i++) {
    const CrAptPackage *package = world->installed->pdata[i];
    if (!g_hash_table_contains(after, package) || g_hash_table_contains(before, package))
      continue;
    CrChange *change = cr_arena_new0(arena, CrChange);
    change->package = package->installed;
    change->name = package->installed->name;
    change->arch = package->installed->arch;
    g_ptr_array_add(removals, change);
  }
  g_ptr_array_sort(removals, compare_changes);
}
