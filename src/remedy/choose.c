/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/choose.h"

#include <string.h>

#include "base/error.h"
#include "model/version.h"
#include "remedy/packages.h"

const char *cr_fix_state_get_name(CrFixState state)
{
  static const char *const names[] = {
      [CR_FIX_FIXED] = "fixed",
      [CR_FIX_HELD] = "held",
      [CR_FIX_KEPT_BACK] = "kept-back",
      [CR_FIX_CONFFILE] = "conffile",
      [CR_FIX_NOT_IN_ARCHIVE] = "not-in-archive",
      [CR_FIX_GONE] = "gone",
      [CR_FIX_UNSUPPORTED] = "unsupported",
  };
  return names[state];
}

/* ---- what is asked for ---- */

static gboolean is_named(CrStrv names, const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (!strcmp(names[i], name))
      return TRUE;
  return FALSE;
}

static const char *find_aside(const CrChoice *choice, const char *name)
{
  return choice->aside ? g_hash_table_lookup(choice->aside, name) : NULL;
}

static const char *find_hold(const CrChoice *choice, const char *name)
{
  for (guint i = 0; choice->hold && choice->hold[i]; i++)
    if (g_pattern_match_simple(choice->hold[i], name))
      return choice->hold[i];
  return NULL;
}

static gboolean is_wish(const CrPackage *package, const CrWish *wish)
{
  return !strcmp(package->name, wish->name) && (!wish->arch || !g_strcmp0(package->arch, wish->arch));
}

static const CrWish *find_wish(const CrChoice *choice, const CrPackage *package)
{
  for (guint i = 0; choice->wishes && i < choice->wishes->len; i++)
    if (is_wish(package, choice->wishes->pdata[i]))
      return choice->wishes->pdata[i];
  return NULL;
}

/* apk's archives label nothing. Where no advisories are at hand either, what an update is for is not known (the report
 * says so), and a release branch carries fixes: it is taken. */
static gboolean may_be_security(const CrUpdate *update)
{
  if (update->security || strcmp(update->package->type, "apk") != 0)
    return update->security;
  return !update->package->advisories && !update->fixes && update->archive && update->archive->distribution;
}

static gboolean is_wanted(const CrUpdate *update, const CrChoice *choice)
{
  if (choice->also && is_named(choice->also, update->package->name))
    return TRUE;
  if (choice->wishes)
    return find_wish(choice, update->package) != NULL;
  if (choice->only)
    return is_named(choice->only, update->package->name);
  switch (choice->updates) {
  case CR_WANTED_ALL:
    return TRUE;
  case CR_WANTED_REACHED:
    return may_be_security(update) && update->package->reach.level != CR_REACH_UNREACHED;
  case CR_WANTED_SECURITY:
  default:
    return may_be_security(update);
  }
}

static int compare_versions(const CrPackage *package, const char *a, const char *b)
{
  return cr_version_compare(cr_version_scheme_for(package->type), a, b);
}

static CrFix *add_fix(CrPlan *plan, const CrPackage *package, const CrUpdate *update, CrFixState state, const char *why)
{
  CrFix *fix = cr_arena_new0(plan->arena, CrFix);
  *fix = (CrFix){
      .name = package->name, .arch = package->arch, .update = update, .package = package, .state = state, .why = why};
  g_ptr_array_add(plan->fixes, fix);
  return fix;
}

static void add_update(CrPlan *plan, const CrScan *scan, const CrUpdate *update, const CrChoice *choice)
{
  const CrPackage *package = update->package;
  const char *hold = find_hold(choice, package->name);
  const CrWish *wish = find_wish(choice, package);
  const char *obstacle = cr_package_manager_find_obstacle(scan, package->type, plan->arena);
  if (obstacle)
    add_fix(plan, package, update, CR_FIX_UNSUPPORTED, obstacle);
  else if (wish && compare_versions(package, update->candidate, wish->version) < 0)
    add_fix(plan, package, update, CR_FIX_NOT_IN_ARCHIVE,
            cr_arena_printf(plan->arena, "%s is wanted, and the archives have %s", wish->version, update->candidate));
  else if (hold)
    add_fix(plan, package, update, CR_FIX_HELD, cr_arena_printf(plan->arena, "held by --hold %s", hold));
  else if (update->held)
    add_fix(plan, package, update, CR_FIX_HELD, update->kept_back ? update->kept_back : "on hold");
  else if (find_aside(choice, package->name))
    add_fix(plan, package, update, CR_FIX_KEPT_BACK, cr_arena_strdup(plan->arena, find_aside(choice, package->name)));
  else if (update->by == CR_UPDATE_BY_NOTHING)
    add_fix(plan, package, update, CR_FIX_KEPT_BACK,
            update->kept_back ? update->kept_back : "the package manager would not install it");
  else
    add_fix(plan, package, update, CR_FIX_FIXED, NULL);
}

static const CrUpdate *find_in_line(const CrChoice *choice, const CrPackage *package)
{
  for (guint i = 0; i < choice->in_line->len; i++)
    if (((const CrUpdate *)choice->in_line->pdata[i])->package == package)
      return choice->in_line->pdata[i];
  return NULL;
}

static void add_if_wanted(CrPlan *plan, const CrScan *scan, const CrUpdate *update, const CrChoice *choice)
{
  const CrUpdate *kept = choice->in_line ? find_in_line(choice, update->package) : update;
  if (kept && is_wanted(kept, choice)) {
    add_update(plan, scan, kept, choice);
    return;
  }
  if (kept != update && is_wanted(update, choice))
    add_fix(plan, update->package, update, CR_FIX_HELD,
            cr_arena_printf(plan->arena, "%s of %s would leave the release line", update->candidate,
                            update->archive ? update->archive->name : "another archive"));
}

static gboolean has_fix(const CrPlan *plan, const CrPackage *package)
{
  for (guint i = 0; i < plan->fixes->len; i++)
    if (((const CrFix *)plan->fixes->pdata[i])->package == package)
      return TRUE;
  return FALSE;
}

/* An advisory knows a fixed version that cannot be had: the archive is behind, and that is said. */
static void add_pending(CrPlan *plan, const CrScan *scan, const CrChoice *choice)
{
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    const CrPackage *package = finding->package;
    if (!package || g_strcmp0(finding->status, "pending_archive") != 0 || package->embedded || has_fix(plan, package))
      continue;
    if (choice->wishes ? !find_wish(choice, package)
        : choice->only ? !is_named(choice->only, package->name)
                       : choice->updates == CR_WANTED_REACHED && package->reach.level == CR_REACH_UNREACHED)
      continue;
    add_fix(plan, package, NULL, CR_FIX_NOT_IN_ARCHIVE,
            cr_arena_printf(plan->arena, "%s is fixed in %s, which no archive has yet", finding->id,
                            finding->fixed ? finding->fixed : "a newer version"));
  }
}

static const CrPackage *find_package(const CrScan *scan, const CrWish *wish)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (!package->embedded && is_wish(package, wish))
      return package;
  }
  return NULL;
}

/* Something is asked for by name and the archives have nothing to offer. */
static void add_without_update(CrPlan *plan, const CrScan *scan, const CrWish *wish)
{
  const CrPackage *package = find_package(scan, wish);
  const char *obstacle = package ? cr_package_manager_find_obstacle(scan, package->type, plan->arena) : NULL;
  if (!package) {
    CrFix *fix = cr_arena_new0(plan->arena, CrFix);
    *fix = (CrFix){.name = wish->name, .arch = wish->arch, .state = CR_FIX_GONE, .why = "it is not installed"};
    g_ptr_array_add(plan->fixes, fix);
  } else if (has_fix(plan, package)) {
    return;
  } else if (obstacle) {
    add_fix(plan, package, NULL, CR_FIX_UNSUPPORTED, obstacle);
  } else if (!wish->version) {
    add_fix(plan, package, NULL, CR_FIX_NOT_IN_ARCHIVE, "no archive has a newer version");
  } else if (compare_versions(package, package->version, wish->version) < 0) {
    add_fix(plan, package, NULL, CR_FIX_NOT_IN_ARCHIVE,
            cr_arena_printf(plan->arena, "%s is wanted, and no archive has it", wish->version));
  } else {
    add_fix(plan, package, NULL, CR_FIX_FIXED, NULL); /* it was there already */
  }
}

static void add_named(CrPlan *plan, const CrScan *scan, const CrChoice *choice)
{
  for (guint i = 0; choice->wishes && i < choice->wishes->len; i++)
    add_without_update(plan, scan, choice->wishes->pdata[i]);
  for (guint i = 0; !choice->wishes && choice->only && choice->only[i]; i++) {
    CrWish wish = {.name = choice->only[i]};
    add_without_update(plan, scan, &wish);
  }
}

/* ---- what changes ---- */

/* Why CHANGE must not be, or NULL. */
static const char *find_objection(CrPlan *plan, const CrChange *change, const CrChoice *choice)
{
  const char *hold = change->package ? find_hold(choice, change->name) : NULL;
  if (hold)
    return cr_arena_printf(plan->arena, "needs a change of %s, which --hold %s holds", change->name, hold);
  if (change->package && find_aside(choice, change->name))
    return cr_arena_printf(plan->arena, "needs the update of %s, which is left out: %s", change->name,
                           find_aside(choice, change->name));
  if (!change->file.name)
    return choice->allow_removals ? NULL : cr_arena_printf(plan->arena, "would remove %s", change->name);
  if (change->package && change->package->held)
    return cr_arena_printf(plan->arena, "needs a change of %s, which is on hold", change->name);
  if (change->package && compare_versions(change->package, change->file.version, change->package->version) < 0)
    return cr_arena_printf(plan->arena, "would take %s back to %s", change->name, change->file.version);
  return NULL;
}

/* The changes for WANTED, or NULL with *WHY and the *STATE that it means. */
static GPtrArray *resolve(CrPlan *plan, const GPtrArray *wanted, const CrChoice *choice, const char **why,
                          CrFixState *state)
{
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  g_autoptr(GError) error = NULL;
  *why = NULL;
  *state = CR_FIX_KEPT_BACK;
  if (!choice->resolve(wanted, plan->arena, changes, choice->data, &error))
    *why = cr_arena_strdup(plan->arena, error ? error->message : "the package manager would not install it");
  if (g_error_matches(error, CR_ERROR, CR_ERROR_USAGE))
    *state = CR_FIX_UNSUPPORTED;
  for (guint i = 0; i < changes->len && !*why; i++)
    *why = find_objection(plan, changes->pdata[i], choice);
  return *why ? NULL : g_steal_pointer(&changes);
}

static void take_changes(CrPlan *plan, GPtrArray *changes)
{
  g_ptr_array_unref(plan->changes);
  plan->changes = changes;
}

/* All at once nearly always does. Where it does not, one after the other: what objects is kept back, the rest goes. */
static void resolve_all(CrPlan *plan, const CrChoice *choice)
{
  g_autoptr(GPtrArray) wanted = g_ptr_array_new();
  for (guint i = 0; i < plan->fixes->len; i++) {
    const CrFix *fix = plan->fixes->pdata[i];
    if (fix->state == CR_FIX_FIXED && fix->update)
      g_ptr_array_add(wanted, (gpointer)fix->package);
  }
  const char *why = NULL;
  CrFixState state = CR_FIX_KEPT_BACK;
  GPtrArray *changes = wanted->len ? resolve(plan, wanted, choice, &why, &state) : NULL;
  if (changes) {
    take_changes(plan, changes);
    return;
  }
  g_ptr_array_set_size(wanted, 0);
  for (guint i = 0; i < plan->fixes->len; i++) {
    CrFix *fix = plan->fixes->pdata[i];
    if (fix->state != CR_FIX_FIXED || !fix->update)
      continue;
    g_ptr_array_add(wanted, (gpointer)fix->package);
    changes = resolve(plan, wanted, choice, &why, &state);
    if (changes) {
      take_changes(plan, changes);
      continue;
    }
    g_ptr_array_set_size(wanted, (int)wanted->len - 1);
    fix->state = state;
    fix->why = why;
  }
}

/* Did what was asked for come about in the changes? A package manager may leave a candidate alone without calling that
 * an error. */
static void check_fixes(CrPlan *plan)
{
  for (guint i = 0; i < plan->fixes->len; i++) {
    CrFix *fix = plan->fixes->pdata[i];
    if (fix->state != CR_FIX_FIXED || !fix->update)
      continue;
    const CrChange *change = NULL;
    for (guint k = 0; k < plan->changes->len && !change; k++)
      if (((const CrChange *)plan->changes->pdata[k])->package == fix->package)
        change = plan->changes->pdata[k];
    if (change && change->file.name &&
        compare_versions(fix->package, change->file.version, fix->update->candidate) >= 0)
      continue;
    if (change && !change->file.name && g_strv_contains(fix->update->removes, fix->package->name))
      continue; /* a package of another name takes its place */
    fix->state = CR_FIX_KEPT_BACK;
    fix->why = "the package manager would leave it as it is";
  }
}

static gint compare_changes(gconstpointer a, gconstpointer b)
{
  const CrChange *one = *(CrChange *const *)a;
  const CrChange *two = *(CrChange *const *)b;
  int order = strcmp(one->name, two->name);
  return order ? order : g_strcmp0(one->arch, two->arch);
}

/* What is on hold is needed by whoever holds it. */
static void add_unused(CrPlan *plan, const CrChoice *choice)
{
  if (!choice->find_unused || !plan->changes->len)
    return;
  g_autoptr(GPtrArray) removals = g_ptr_array_new();
  choice->find_unused(plan->changes, plan->arena, removals, choice->data);
  for (guint i = 0; i < removals->len; i++) {
    const CrChange *removal = removals->pdata[i];
    if (!find_hold(choice, removal->name) && !removal->package->held)
      g_ptr_array_add(plan->changes, removals->pdata[i]);
  }
  g_ptr_array_sort(plan->changes, compare_changes);
}

static gint compare_fixes(gconstpointer a, gconstpointer b)
{
  const CrFix *one = *(CrFix *const *)a;
  const CrFix *two = *(CrFix *const *)b;
  int order = strcmp(one->name, two->name);
  return order ? order : g_strcmp0(one->arch, two->arch);
}

CrPlan *cr_plan_make(const CrScan *scan, const CrChoice *choice)
{
  CrPlan *plan = g_new0(CrPlan, 1);
  plan->arena = cr_arena_new();
  plan->fixes = g_ptr_array_new();
  plan->changes = g_ptr_array_new();
  for (guint i = 0; i < scan->updates->len; i++)
    add_if_wanted(plan, scan, scan->updates->pdata[i], choice);
  add_pending(plan, scan, choice);
  add_named(plan, scan, choice);
  g_ptr_array_sort(plan->fixes, compare_fixes);
  resolve_all(plan, choice);
  check_fixes(plan);
  add_unused(plan, choice);
  return plan;
}

void cr_plan_free(CrPlan *plan)
{
  if (!plan)
    return;
  g_ptr_array_unref(plan->fixes);
  g_ptr_array_unref(plan->changes);
  cr_arena_free(plan->arena);
  g_free(plan);
}

const CrChange *cr_plan_find(const CrPlan *plan, const char *name, const char *arch)
{
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (!strcmp(change->name, name) && !strcmp(change->arch, arch))
      return change;
  }
  return NULL;
}

gboolean cr_choice_resolve(const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, gpointer scan, GError **error)
{
  const CrScan *of = scan;
  const CrPackageManager *manager = cr_package_manager_find(of, NULL);
  if (manager && manager->resolve)
    return manager->resolve(scan, wanted, arena, changes, error);
  return cr_archives_resolve(of->archive_set, of->inventory, wanted, arena, changes, error);
}

void cr_choice_find_unused(const GPtrArray *changes, CrArena *arena, GPtrArray *removals, gpointer scan)
{
  const CrScan *of = scan;
  cr_archives_find_unused(of->archive_set, of->inventory, changes, arena, removals);
}

GPtrArray *cr_choice_find_in_line(CrScan *scan, CrArena *arena)
{
  gboolean others = FALSE;
  for (guint i = 0; i < scan->archive_count; i++)
    others |= scan->archives[i]->configured && scan->archives[i]->is_signed && !scan->archives[i]->line;
  if (!others)
    return NULL;
  GPtrArray *updates = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new(); /* the scan has told them */
  cr_archives_keep_to_line(scan->archive_set);
  cr_archives_find_updates(scan->archive_set, scan->inventory, &scan->vendor, arena, updates, problems);
  if (scan->vendor.changelogs)
    cr_archives_find_fixes(scan->archive_set, updates, &scan->vendor, arena, problems);
  return updates;
}
