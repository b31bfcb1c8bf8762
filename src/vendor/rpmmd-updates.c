/* SPDX-License-Identifier: Apache-2.0 */
/* What `dnf upgrade` would install: the candidates that libsolv lets in together, what comes with them and what they
 * replace; and the candidates that it does not, each with the reason. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/order.h"
#include "base/limits.h"
#include "model/version.h"

typedef struct {
  CrArchives *archives;
  CrInventory *inventory;
  CrArena *arena;
  CrProblems *problems;
  GPtrArray *order; /* CrArchiveData* */
  CrRpmModules *modules;
  CrRpmWorld *world;  /* NULL: not asked */
  GPtrArray *steps;   /* CrRpmStep* of it; NULL: not solved */
  GHashTable *rows;   /* CrPackage → CrUpdate */
  GPtrArray *updates; /* the result */
  guint explained, modular, kept_back;
} Updating;

/* ---- notices ---- */

typedef struct {
  GPtrArray *names; /* of flaws */
  const char *since;
  gboolean any, security;
} Notices;

static void take_notice(const CrListPackage *notice, Notices *notices)
{
  gboolean security = !g_strcmp0(notice->advisory, "security");
  g_auto(GStrv) words = g_strsplit(notice->fixes ? notice->fixes : "", " ", -1);
  notices->security |= security;
  for (guint i = 0; words[i]; i++)
    if (*words[i] && !g_ptr_array_find_with_equal_func(notices->names, words[i], g_str_equal, NULL))
      g_ptr_array_add(notices->names, g_strdup(words[i]));
  if (security && notice->built &&
      (!notices->since || g_ascii_strtoll(notice->built, NULL, 10) < g_ascii_strtoll(notices->since, NULL, 10)))
    notices->since = notice->built;
}

/* All that came between the installed version and the candidate. */
static void read_notices(const Updating *updating, const CrPackage *package, const CrListPackage *candidate,
                         Notices *notices)
{
  gboolean same = !strcmp(package->name, candidate->name); /* else it takes the place of another, whose versions say
                                                              nothing here */
  for (guint a = 0; a < updating->order->len; a++) {
    const CrArchiveData *data = updating->order->pdata[a];
    guint32 first = 0;
    guint count = data->notices ? cr_list_find(data->notices, candidate->name, &first) : 0;
    notices->any |= data->notices != NULL;
    for (guint i = 0; i < count; i++) {
      CrListPackage notice;
      cr_list_get_named(data->notices, first, i, &notice);
      if ((!same || cr_version_compare_rpm(notice.version, package->version) > 0) &&
          cr_version_compare_rpm(notice.version, candidate->version) <= 0 && cr_rpmmd_fits_arch(package, &notice) &&
          cr_rpmmd_modules_shows(updating->modules, data, &notice))
        take_notice(&notice, notices);
    }
  }
}

static void add_notices(const Updating *updating, const CrListPackage *candidate, CrUpdate *update)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  Notices notices = {.names = names};
  read_notices(updating, update->package, candidate, &notices);
  if (!notices.any)
    return;
  g_ptr_array_sort(names, cr_compare_texts);
  const char **list = cr_arena_alloc(updating->arena, (names->len + 1) * sizeof *list);
  for (guint i = 0; i < names->len; i++)
    list[i] = cr_arena_strdup(updating->arena, names->pdata[i]);
  list[names->len] = NULL;
  update->fixes = list;
  update->security = notices.security;
  update->fix_since =
      notices.since ? cr_release_format_date(g_ascii_strtoll(notices.since, NULL, 10), updating->arena) : NULL;
}

/* ---- rows ---- */

static CrStrv append(CrArena *arena, CrStrv old, const char *name)
{
  guint count = g_strv_length((char **)old);
  const char **new = cr_arena_alloc(arena, sizeof(char *) * (count + 2));
  memcpy(new, old, sizeof(char *) * count);
  new[count] = cr_arena_strdup(arena, name);
  new[count + 1] = NULL;
  return (CrStrv) new;
}

static CrUpdate *add_row(Updating *updating, const CrPackage *package, const CrArchiveData *data,
                         const CrListPackage *record)
{
  CrArena *arena = updating->arena;
  CrUpdate *update = cr_arena_new0(arena, CrUpdate);
  update->package = package;
  update->candidate = cr_arena_strdup(arena, record->version);
  update->source = cr_arena_strdup(arena, record->source_name);
  update->archive = &data->archive;
  update->configured = data->archive.configured;
  update->by = CR_UPDATE_BY_UPGRADE;
  update->brings = update->removes = cr_strv_empty;
  add_notices(updating, record, update);
  g_hash_table_insert(updating->rows, (gpointer)package, update);
  g_ptr_array_add(updating->updates, update);
  return update;
}

static gboolean is_obsoleted(const CrRpmStep *step, const CrPackage *package)
{
  return g_ptr_array_find(step->obsoletes, package, NULL);
}

/* Kernels come in beside the old one. */
static gboolean is_beside(const CrRpmStep *step, const CrPackage *package)
{
  return !step->replaces && cr_rpmmd_is_install_only(package->name) && !strcmp(step->record.name, package->name) &&
         !g_strcmp0(step->record.arch, package->arch);
}

static const CrRpmStep *find_step(const Updating *updating, const CrPackage *package)
{
  for (guint i = 0; updating->steps && i < updating->steps->len; i++) {
    const CrRpmStep *step = updating->steps->pdata[i];
    if (step->replaces == package || is_beside(step, package) || is_obsoleted(step, package))
      return step;
  }
  return NULL;
}

/* ---- kept back ---- */

/* Asking the solver again for each; where so many are kept back one cause will do. */
#define EXPLAIN_MOST 100U

static const char *explain(Updating *updating, const CrPackage *package, const CrRpmCandidate *best)
{
  CrArena *arena = updating->arena;
  const CrListPackage *record = &best->record;
  if (!updating->archives->rpm->vendor_change && g_strcmp0(package->origin, record->origin) != 0)
    return cr_arena_printf(arena,
                           "it is %s's, and the installed one %s's: the image's package manager stays with a vendor",
                           record->origin ? record->origin : "nobody", package->origin ? package->origin : "nobody");
  Id id = cr_rpmmd_world_find(updating->world, best->data, record->id);
  if (!id)
    return "another repository, which goes before, has the package";
  if (updating->explained++ >= EXPLAIN_MOST)
    return "its dependencies do not allow it";
  g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(Id));
  g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(cr_rpmmd_step_free);
  g_autofree char *why = NULL;
  g_array_append_val(wanted, id);
  if (cr_rpmmd_solve(updating->world, wanted, steps, &why))
    return "another update cannot be installed together with it";
  return why ? cr_arena_strdup(arena, why) : "its dependencies do not allow it";
}

/* ---- one package ---- */

static void update_by_step(Updating *updating, const CrPackage *package, const CrRpmStep *step)
{
  if (!is_obsoleted(step, package)) {
    add_row(updating, package, step->data, &step->record);
    return;
  }
  if (step->replaces || g_hash_table_contains(updating->rows, step))
    return; /* `removes` of another row */
  CrUpdate *update = add_row(updating, package, step->data, &step->record);
  update->brings = append(updating->arena, update->brings, step->record.name);
  g_hash_table_insert(updating->rows, (gpointer)step, update);
}

static void update_package(Updating *updating, const CrPackage *package)
{
  const CrRpmStep *step = find_step(updating, package);
  if (step) {
    update_by_step(updating, package, step);
    return;
  }
  CrRpmCandidate best, excluded;
  cr_rpmmd_find_candidate(updating->order, updating->modules, package, &best, &excluded);
  gboolean free = best.data && cr_version_compare_rpm(best.record.version, package->version) > 0;
  const CrRpmCandidate *candidate = free ? &best : &excluded;
  if (!candidate->data || cr_version_compare_rpm(candidate->record.version, package->version) <= 0)
    return;
  CrUpdate *update = add_row(updating, package, candidate->data, &candidate->record);
  if (free && !updating->steps) /* not solved: said in tell */
    return;
  update->by = CR_UPDATE_BY_NOTHING;
  update->held = !free;
  update->kept_back = free ? explain(updating, package, &best) : "the image's configuration excludes it";
  updating->kept_back += free;
}

/* Of several installed versions the newest. */
static gboolean is_newest(const GPtrArray *packages, const CrPackage *package)
{
  for (guint i = 0; cr_rpmmd_is_install_only(package->name) && i < packages->len; i++) {
    const CrPackage *other = packages->pdata[i];
    if (!strcmp(other->type, "rpm") && !strcmp(other->name, package->name) &&
        cr_version_compare_rpm(other->version, package->version) > 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean is_judged(const Updating *updating, const GPtrArray *packages, const CrPackage *package)
{
  return !strcmp(package->type, "rpm") && package->arch && is_newest(packages, package);
}

/* A module's build whose streams nothing tells of. */
static gboolean is_unknown(const Updating *updating, const CrPackage *package)
{
  return package->module ? !cr_rpmmd_modules_are_known(updating->modules) : cr_rpmmd_is_modular(package->version);
}

/* ---- the solver ---- */

/* Is there anything that it could say? Loading the solver and its packages takes longer than all of a scan else. */
static gboolean has_any(const Updating *updating, const GPtrArray *packages)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    CrRpmCandidate best, excluded;
    if (!is_judged(updating, packages, package))
      continue;
    cr_rpmmd_find_candidate(updating->order, updating->modules, package, &best, &excluded);
    if (best.data && cr_version_compare_rpm(best.record.version, package->version) > 0)
      return TRUE;
    for (guint a = 0; a < updating->order->len; a++) {
      guint32 first = 0;
      const CrArchiveData *data = updating->order->pdata[a];
      if (cr_list_find_mentions(data->lists[0].list, CR_LIST_MENTION_OBSOLETES, package->name, &first))
        return TRUE;
    }
  }
  return FALSE;
}

static void solve(Updating *updating, const GPtrArray *packages)
{
  if (!has_any(updating, packages))
    return;
  updating->world = cr_rpmmd_world_new(updating->archives, updating->inventory, updating->modules);
  if (!updating->world->related || updating->world->full)
    return;
  g_autofree char *why = NULL;
  g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(cr_rpmmd_step_free);
  if (cr_rpmmd_solve(updating->world, NULL, steps, &why))
    updating->steps = g_steal_pointer(&steps);
  else
    cr_problems_add(updating->problems, CR_PROBLEM_PARTIAL, "packages",
                    "the solver finds no way to update what is installed: %s", why ? why : "it does not say why");
}

/* New packages and those that go, with the update that is the cause; else with the first that is installed. */
static void add_others(Updating *updating)
{
  CrUpdate *first = NULL;
  for (guint i = 0; i < updating->updates->len && !first; i++)
    if (((CrUpdate *)updating->updates->pdata[i])->by == CR_UPDATE_BY_UPGRADE)
      first = updating->updates->pdata[i];
  for (guint i = 0; first && updating->steps && i < updating->steps->len; i++) {
    const CrRpmStep *step = updating->steps->pdata[i];
    CrUpdate *own = g_hash_table_lookup(updating->rows, step->replaces ? (gconstpointer)step->replaces : step);
    CrUpdate *row = own ? own : step->cause ? g_hash_table_lookup(updating->rows, step->cause) : NULL;
    row = row && row->by == CR_UPDATE_BY_UPGRADE ? row : first;
    gboolean beside = FALSE;
    for (guint k = 0; k < updating->updates->len && !beside; k++)
      beside = is_beside(step, ((CrUpdate *)updating->updates->pdata[k])->package);
    if (!step->replaces && !own && !beside)
      row->brings = append(updating->arena, row->brings, step->record.name);
    for (guint k = 0; k < step->obsoletes->len; k++)
      row->removes = append(updating->arena, row->removes, ((const CrPackage *)step->obsoletes->pdata[k])->name);
  }
}

/* ---- all of it ---- */

static int compare_updates(gconstpointer a, gconstpointer b)
{
  const CrUpdate *one = *(CrUpdate *const *)a;
  const CrUpdate *two = *(CrUpdate *const *)b;
  int order = strcmp(one->source, two->source);
  if (!order)
    order = strcmp(one->package->name, two->package->name);
  if (!order)
    order = g_strcmp0(one->package->arch, two->package->arch);
  return order ? order : strcmp(one->package->version, two->package->version);
}

static gboolean is_damaged(const CrArchives *archives)
{
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    if ((data->list_count && cr_list_is_damaged(data->lists[0].list)) ||
        (data->notices && cr_list_is_damaged(data->notices)) || (data->modules && cr_list_is_damaged(data->modules)))
      return TRUE;
  }
  return FALSE;
}

static void tell_unsolved(const Updating *updating)
{
  const CrRpmWorld *world = updating->world;
  if (!world || updating->steps || !updating->updates->len)
    return;
  if (world->full)
    cr_problems_add(updating->problems, CR_PROBLEM_PARTIAL, "packages",
                    "whether dependencies let all updates be installed together was not computed: they could take in "
                    "more than %u packages, or what is installed has more relations than any image",
                    CR_LIMIT_RPM_SOLVABLES);
  else if (!world->related)
    cr_problems_add(updating->problems, CR_PROBLEM_NOTE, "packages",
                    "nothing here tells what the installed packages need: whether dependencies let all updates be "
                    "installed together was not computed");
}

static void tell(const Updating *updating)
{
  guint modular = updating->modular;
  tell_unsolved(updating);
  if (updating->kept_back && updating->archives->rpm->best)
    cr_problems_add(updating->problems, CR_PROBLEM_NOTE, "packages",
                    "the image's dnf is set to best=True: its `dnf upgrade` refuses all updates while one is kept "
                    "back, and `dnf upgrade --nobest` installs the rest");
  if (updating->kept_back && updating->world->unlisted->len)
    cr_problems_add(updating->problems, CR_PROBLEM_PARTIAL, "packages",
                    "no list that is read tells which package has '%s' (primary.xml names the files of /etc and "
                    "programs only): what needs it counts as not installable",
                    (const char *)updating->world->unlisted->pdata[0]);
  if (modular)
    cr_problems_add(updating->problems, CR_PROBLEM_PARTIAL, "packages",
                    "%u package%s of module streams, and no archive says which packages belong to which: no update of "
                    "them is listed",
                    modular, modular == 1 ? " is" : "s are");
}

void cr_rpmmd_find_updates(CrArchives *archives, CrInventory *inventory, CrArena *arena, GPtrArray *updates,
                           CrProblems *problems)
{
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  g_autoptr(GPtrArray) order = cr_rpmmd_list_archives(archives);
  if (!order->len)
    return;
  g_autoptr(CrRpmModules) modules = cr_rpmmd_modules_new(archives, packages);
  g_autoptr(GHashTable) rows = g_hash_table_new(NULL, NULL);
  Updating updating = {.archives = archives,
                       .inventory = inventory,
                       .arena = arena,
                       .problems = problems,
                       .order = order,
                       .modules = modules,
                       .rows = rows,
                       .updates = updates};
  solve(&updating, packages);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!is_judged(&updating, packages, package))
      continue;
    if (is_unknown(&updating, package))
      updating.modular++;
    else
      update_package(&updating, package);
  }
  g_ptr_array_sort(updates, compare_updates);
  add_others(&updating);
  tell(&updating);
  g_clear_pointer(&updating.steps, g_ptr_array_unref);
  cr_rpmmd_world_free(updating.world);
  if (is_damaged(archives))
    g_ptr_array_set_size(updates, 0); /* said by cr_archives_tell_damage */
}
