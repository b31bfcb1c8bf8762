/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-solve.h"

#include <string.h>

static CrStrv append(CrArena *arena, CrStrv old, const char *name)
{
  guint count = g_strv_length((char **)old);
  const char **new = cr_arena_alloc(arena, sizeof(char *) * (count + 2));
  memcpy(new, old, sizeof(char *) * count);
  new[count] = cr_arena_strdup(arena, name);
  new[count + 1] = NULL;
  return (CrStrv) new;
}

static const char *format_date(const char *seconds, CrArena *arena)
{
  gint64 time = seconds ? g_ascii_strtoll(seconds, NULL, 10) : 0;
  return time > 0 ? cr_release_format_date(time, arena) : NULL;
}

static CrUpdate *new_update(const CrApkPackage *package, const CrApkVersion *candidate, CrArena *arena)
{
  CrUpdate *update = cr_arena_new0(arena, CrUpdate);
  update->package = package->package;
  update->candidate = cr_arena_strdup(arena, candidate->version);
  update->source = cr_arena_strdup(arena, candidate->record.source_name);
  update->archive = &candidate->data->archive;
  update->configured = candidate->data->archive.configured;
  update->by = CR_UPDATE_BY_NOTHING;
  update->brings = update->removes = cr_strv_empty;
  update->fix_since = format_date(candidate->record.built, arena);
  return update;
}

/* What is offered, whether or not it will be taken: apk's choice, else the best that was passed over. NULL: nothing. */
static CrUpdate *make_update(const CrApkPackage *package, CrArena *arena)
{
  guint last = package->choices->len - 1;
  gboolean taken = package->chosen < last;
  if (!package->needed || package->chosen > last || (!last && !package->beyond))
    return NULL;
  CrUpdate *update = new_update(package,
                                taken  ? package->choices->pdata[package->chosen]
                                : last ? package->choices->pdata[0]
                                       : package->beyond,
                                arena);
  if (taken) {
    update->by = CR_UPDATE_BY_UPGRADE;
  } else if (last) {
    update->kept_back = cr_arena_strdup(arena, package->kept_back);
  } else {
    update->held = TRUE;
    update->kept_back = cr_arena_printf(arena, "etc/apk/world holds it: %s", package->held);
  }
  return update;
}

static int compare_updates(gconstpointer a, gconstpointer b)
{
  const CrUpdate *one = *(CrUpdate *const *)a;
  const CrUpdate *two = *(CrUpdate *const *)b;
  int order = strcmp(one->source, two->source);
  if (!order)
    order = strcmp(one->package->name, two->package->name);
  return order ? order : g_strcmp0(one->package->arch, two->package->arch);
}

/* New and no longer needed packages go with the update that is the cause, else with the first. */
static void add_others(const CrApkWorld *world, GHashTable *rows, const GPtrArray *updates, CrArena *arena)
{
  CrUpdate *first = NULL;
  for (guint i = 0; i < updates->len && !first; i++)
    if (((CrUpdate *)updates->pdata[i])->by == CR_UPDATE_BY_UPGRADE)
      first = updates->pdata[i];
  for (guint i = 0; i < world->order->len; i++) {
    const CrApkPackage *package = world->order->pdata[i];
    CrUpdate *update = package->cause ? g_hash_table_lookup(rows, package->cause) : NULL;
    update = update && update->by == CR_UPDATE_BY_UPGRADE ? update : first;
    if (!update)
      return;
    if (!package->package && package->needed && package->chosen < package->choices->len)
      update->brings = append(arena, update->brings, package->name);
    else if (package->package && (!package->needed || package->chosen == package->choices->len) &&
             world->archives->world && package->name[0] != '.')
      update->removes = append(arena, update->removes, package->name);
  }
}

static gboolean is_damaged(const CrArchives *archives)
{
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    for (guint k = 0; k < data->list_count; k++)
      if (cr_list_is_damaged(data->lists[k].list))
        return TRUE;
  }
  return FALSE;
}

void cr_apk_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems)
{
  g_autoptr(CrArena) scratch = cr_arena_new();
  g_autoptr(CrApkWorld) world = cr_apk_world_solve(archives, packages, NULL, scratch);
  g_autoptr(GHashTable) rows = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < world->order->len; i++) {
    const CrApkPackage *package = world->order->pdata[i];
    CrUpdate *update = package->package ? make_update(package, arena) : NULL;
    if (!update)
      continue;
    g_hash_table_insert(rows, (gpointer)package->package, update);
    g_ptr_array_add(updates, update);
  }
  g_ptr_array_sort(updates, compare_updates);
  add_others(world, rows, updates, arena);
  if (world->unsolved)
    cr_problems_add(
        problems, CR_PROBLEM_PARTIAL, "packages",
        "what apk would do was not found out to the end: its packages depend on each other in too many ways");
  if (is_damaged(archives))
    g_ptr_array_set_size(updates, 0); /* said by cr_archives_tell_damage */
}
