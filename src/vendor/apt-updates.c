/* SPDX-License-Identifier: Apache-2.0 */
/* apt's decisions as CrUpdate. Made over all archives of the set: also those of the distribution that the image forgot
 * to configure, for the question is what could be installed; `configured` says what the image's own apt would see. */
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

typedef struct {
  CrAptWorld *world;
  CrArena *arena;
  GHashTable *rows; /* CrAptPackage* → CrUpdate* */
  GPtrArray *order; /* CrAptPackage* of rows */
} Answer;

/* ---- why not ---- */

static const char *format_relation(CrArena *arena, const CrAptRelation *relation)
{
  static const char *const operators[] = {"", "<<", "<=", "=", ">=", ">>", "!="};
  const char *name = relation->target->group->name;
  return relation->version ? cr_arena_printf(arena, "%s (%s %s)", name, operators[relation->op], relation->version)
                           : name;
}

/* What of the candidate's own relations fails in the state that the command leaves. */
static const char *explain_own(const Answer *answer, CrAptPackage *package)
{
  CrAptVersion *version = package->policy;
  cr_apt_version_parse(answer->world, version);
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    CrAptRelation *relation = &version->relations[i];
    if (!cr_apt_relation_is_critical(relation) || cr_apt_or_group_holds(answer->world, version, i, CR_APT_WILL))
      continue;
    const char *text = format_relation(answer->arena, relation);
    if (!cr_apt_relation_is_negative(relation))
      return cr_arena_printf(answer->arena, "needs %s", text);
    for (guint k = 0; k < relation->target_count; k++)
      if (relation->targets[k]->package->install == relation->targets[k])
        return cr_arena_printf(answer->arena, "%s %s", relation->type == CR_APT_BREAKS ? "breaks" : "conflicts with",
                               relation->targets[k]->package->group->name);
  }
  return NULL;
}

/* Who else would be left with a relation that the candidate does not satisfy. */
static const char *explain_others(const Answer *answer, CrAptPackage *package)
{
  for (const CrAptRelation *relation = package->reverse; relation; relation = relation->next_reverse) {
    const CrAptPackage *parent = relation->parent->package;
    if (relation->parent != parent->install || parent == package || !cr_apt_relation_is_critical(relation))
      continue;
    gboolean fits = cr_apt_version_satisfies(package->policy->string, relation->op, relation->version);
    if (fits == cr_apt_relation_is_negative(relation) && !(fits && cr_apt_relation_ignores(relation, package)))
      return cr_arena_printf(answer->arena, "%s %s %s", parent->group->name,
                             cr_apt_relation_is_negative(relation) ? "breaks" : "needs",
                             format_relation(answer->arena, relation));
  }
  return NULL;
}

static const char *explain_phase(const Answer *answer, const CrAptPackage *package)
{
  CrAptPackage asked = *package;
  asked.install = package->policy;
  if (!cr_apt_phase_holds(answer->world, &asked))
    return NULL;
  return cr_arena_printf(answer->arena, "phased: offered to %u %% of machines so far, and not to this one",
                         package->policy->phased);
}

static const char *explain(const Answer *answer, CrAptPackage *package)
{
  const char *why = explain_phase(answer, package);
  if (!why)
    why = explain_own(answer, package);
  if (!why)
    why = explain_others(answer, package);
  return why ? why : "another package would lose what it recommends";
}

/* ---- rows ---- */

/* Of those that offer VERSION. */
static void choose_archive(const CrAptVersion *version, CrUpdate *update, CrArena *arena)
{
  const CrArchive *best = NULL;
  for (guint i = 0; i < version->file_count; i++) {
    const CrArchive *archive = version->files[i]->data ? &version->files[i]->data->archive : NULL;
    if (!archive)
      continue;
    update->configured |= version->files[i]->list->configured;
    if (!best || (archive->security && !best->security) ||
        (archive->distribution && !best->distribution && !best->security)) {
      best = archive;
      update->component = cr_arena_strdup(arena, version->files[i]->list->component);
    }
  }
  update->archive = best;
}

static gboolean is_security(const CrAptWorld *world, const CrAptPackage *package)
{
  for (const CrAptVersion *version = package->versions; version; version = version->next) {
    if (cr_version_compare_deb(version->string, package->current->string) <= 0)
      return FALSE; /* they are sorted */
    for (guint i = 0; i < version->file_count; i++)
      if (version->files[i]->data && version->files[i]->data->archive.security &&
          !cr_apt_version_leaves_line(world, version))
        return TRUE;
  }
  return FALSE;
}

static CrUpdate *add_row(Answer *answer, CrAptPackage *package, const CrAptVersion *candidate)
{
  CrUpdate *update = cr_arena_new0(answer->arena, CrUpdate);
  update->package = package->installed;
  update->candidate = cr_arena_strdup(answer->arena, candidate->string);
  update->source = cr_arena_strdup(answer->arena, candidate->source_name);
  update->source_version = cr_arena_strdup(answer->arena, candidate->source_version);
  if (candidate->list) {
    CrListPackage record;
    cr_list_get(candidate->list, candidate->list_id, &record);
    update->built_using = record.built_using;
    update->static_built_using = record.static_built_using;
  }
  choose_archive(candidate, update, answer->arena);
  update->security = is_security(answer->world, package);
  update->by = CR_UPDATE_BY_NOTHING;
  update->brings = update->removes = cr_strv_empty;
  g_hash_table_insert(answer->rows, package, update);
  g_ptr_array_add(answer->order, package);
  return update;
}

/* The candidate that it would have without the image's pins is newer: it is pinned back. */
static void add_pinned_row(Answer *answer, CrAptPackage *package)
{
  CrAptVersion *natural = cr_apt_package_find_candidate(answer->world, package, FALSE);
  if (!natural || natural == package->current || cr_version_compare_deb(natural->string, package->current->string) <= 0)
    return;
  CrUpdate *update = add_row(answer, package, natural);
  const char *from = NULL;
  cr_apt_version_get_priority(answer->world, natural, TRUE, &from);
  if (!from)
    from = answer->world->pins ? cr_apt_pins_get_first_file(answer->world->pins) : NULL;
  update->held = TRUE;
  update->kept_back = cr_arena_printf(answer->arena, "pinned back by %s", from ? from : "the image's preferences");
}

static void make_rows(Answer *answer)
{
  for (guint i = 0; i < answer->world->installed->len; i++) {
    CrAptPackage *package = answer->world->installed->pdata[i];
    if (!package->policy || package->policy == package->current) {
      add_pinned_row(answer, package);
      continue;
    }
    CrUpdate *update = add_row(answer, package, package->policy);
    update->held = package->hold && !answer->world->ignore_hold;
    if (update->held)
      update->kept_back = "on hold";
  }
}

/* ---- running the commands ---- */

static void take_result(const Answer *answer, CrUpdateBy by)
{
  for (guint i = 0; i < answer->order->len; i++) {
    CrAptPackage *package = answer->order->pdata[i];
    CrUpdate *update = g_hash_table_lookup(answer->rows, package);
    if (update->held || update->by != CR_UPDATE_BY_NOTHING)
      continue;
    if (package->mode == CR_APT_INSTALL)
      update->by = by;
    else if (by == CR_UPDATE_BY_UPGRADE || !update->kept_back)
      update->kept_back = explain(answer, package);
  }
}

static CrStrv append(CrArena *arena, CrStrv old, const char *name)
{
  guint count = g_strv_length((char **)old);
  const char **new = cr_arena_alloc(arena, sizeof(char *) * (count + 2));
  memcpy(new, old, sizeof(char *) * count);
  new[count] = cr_arena_strdup(arena, name);
  return (CrStrv) new;
}

/* The update that a new or removed package goes with: who asked for it, else the first that only dist-upgrade brings.
 */
static CrUpdate *find_row_for(const Answer *answer, const CrAptPackage *package)
{
  const CrAptPackage *cause = package->cause;
  for (guint steps = 0; cause && steps < 100; steps++, cause = cause->cause) {
    CrUpdate *update = g_hash_table_lookup(answer->rows, cause);
    if (update && update->by != CR_UPDATE_BY_NOTHING)
      return update;
  }
  CrUpdate *any = NULL;
  for (guint i = 0; i < answer->order->len; i++) {
    CrUpdate *update = g_hash_table_lookup(answer->rows, answer->order->pdata[i]);
    if (update->by == CR_UPDATE_BY_DIST_UPGRADE)
      return update;
    if (!any && update->by == CR_UPDATE_BY_UPGRADE)
      any = update;
  }
  return any;
}

static void take_others(const Answer *answer, CrProblems *problems)
{
  g_autoptr(GPtrArray) packages = g_ptr_array_new();
  for (guint i = 0; i < answer->world->packages->len; i++) {
    CrAptPackage *package = answer->world->packages->pdata[i];
    if (package->mode == CR_APT_DELETE || (package->mode == CR_APT_INSTALL && !package->current))
      g_ptr_array_add(packages, package);
  }
  cr_apt_sort_packages(packages);
  for (guint i = 0; i < packages->len; i++) {
    const CrAptPackage *package = packages->pdata[i];
    gboolean removed = package->mode == CR_APT_DELETE;
    CrUpdate *update = find_row_for(answer, package);
    if (!update)
      cr_problems_add(problems, CR_PROBLEM_NOTE, "packages", "apt-get dist-upgrade would also %s %s",
                      removed ? "remove" : "install", package->group->name);
    else if (removed)
      update->removes = append(answer->arena, update->removes, package->group->name);
    else
      update->brings = append(answer->arena, update->brings, package->group->name);
  }
}

static const char *find_broken(CrAptWorld *world)
{
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    if (cr_apt_package_is_broken_now(world, package))
      return package->group->name;
  }
  return NULL;
}

/* No apt is in the image (distroless): nothing judges dependencies there, and only part of each package may be. */
static void take_everything(const Answer *answer)
{
  for (guint i = 0; i < answer->order->len; i++) {
    CrUpdate *update = g_hash_table_lookup(answer->rows, answer->order->pdata[i]);
    if (!update->held)
      update->by = CR_UPDATE_BY_UPGRADE;
  }
}

static void refuse(const Answer *answer, const char *broken, CrProblems *problems)
{
  const char *why = cr_arena_printf(answer->arena, "apt refuses: %s has unmet dependencies", broken);
  for (guint i = 0; i < answer->order->len; i++) {
    CrUpdate *update = g_hash_table_lookup(answer->rows, answer->order->pdata[i]);
    if (!update->held)
      update->kept_back = why;
  }
  cr_problems_add(problems, CR_PROBLEM_NOTE, "packages",
                  "apt in the image would install nothing: %s has unmet dependencies", broken);
}

/* Since 3.1.10 apt-get solves by another algorithm ("Enable the new solver by default", its changelog; in trixie's 3.0
 * it is a choice), which rather keeps what the older one removes. Where everything is simply upgraded both agree. */
static void say_other_solver(const Answer *answer, const char *apt_version, CrProblems *problems)
{
  gboolean newer = apt_version && cr_version_compare_deb(apt_version, "3.1.10~") >= 0;
  const char *solver = cr_apt_config_get(answer->world->settings, "apt::solver", newer ? "3.0" : "internal");
  if (!apt_version || cr_version_compare_deb(apt_version, "2.9.3") < 0 || strcmp(solver, "internal") == 0)
    return;
  for (guint i = 0; i < answer->order->len; i++) {
    const CrUpdate *update = g_hash_table_lookup(answer->rows, answer->order->pdata[i]);
    if (!update->held && update->by != CR_UPDATE_BY_UPGRADE) {
      cr_problems_add(problems, CR_PROBLEM_NOTE, "packages",
                      "apt %s in the image solves otherwise than its predecessors, which this report follows: what is "
                      "kept back, and what dist-upgrade brings and removes, can differ",
                      apt_version);
      return;
    }
  }
}

static void run(const Answer *answer, const char *apt_version, CrProblems *problems)
{
  if (!answer->order->len)
    return;
  const char *broken = find_broken(answer->world);
  if (!apt_version && broken) {
    take_everything(answer);
    return;
  }
  if (broken) {
    refuse(answer, broken, problems);
    return;
  }
  if (!cr_apt_upgrade(answer->world))
    cr_problems_add(problems, CR_PROBLEM_NOTE, "packages", "apt-get upgrade would give up and install nothing");
  take_result(answer, CR_UPDATE_BY_UPGRADE);
  if (!cr_apt_dist_upgrade(answer->world))
    cr_problems_add(problems, CR_PROBLEM_NOTE, "packages", "apt-get dist-upgrade would give up and install nothing");
  take_result(answer, CR_UPDATE_BY_DIST_UPGRADE);
  take_others(answer, problems);
  say_other_solver(answer, apt_version, problems);
}

/* ---- all of it ---- */

static gint compare_updates(gconstpointer a, gconstpointer b)
{
  const CrUpdate *one = *(CrUpdate *const *)a;
  const CrUpdate *two = *(CrUpdate *const *)b;
  int order = strcmp(one->source, two->source);
  if (!order)
    order = strcmp(one->package->name, two->package->name);
  return order ? order : strcmp(one->package->arch, two->package->arch);
}

const char *cr_apt_find_version(const GPtrArray *packages)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (strcmp(package->type, "deb") == 0 && strcmp(package->name, "apt") == 0)
      return package->version;
  }
  return NULL;
}

/* Those that are taken although they are for some machines only. */
static guint count_phased(const Answer *answer)
{
  if (answer->world->machine_id)
    return 0;
  guint count = 0;
  for (guint i = 0; i < answer->order->len; i++) {
    const CrAptPackage *package = answer->order->pdata[i];
    count += package->policy && package->policy != package->current && package->policy->phased < 100;
  }
  return count;
}

static void say_doubts(const Answer *answer, const CrArchives *archives, GPtrArray *updates, CrProblems *problems)
{
  guint phased = count_phased(answer);
  if (phased)
    cr_problems_add(
        problems, CR_PROBLEM_NOTE, "packages",
        "%u updates are phased in by their archive; where there is no machine-id, as in an image, apt takes "
        "them at once",
        phased);
  if (answer->world->relation_broken)
    cr_problems_add(problems, CR_PROBLEM_NOTE, "packages", "a relation of some package cannot be read and is left out");
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    for (guint k = 0; k < data->list_count; k++)
      if (cr_list_is_damaged(data->lists[k].list))
        g_ptr_array_set_size(updates, 0); /* said by cr_archives_tell_damage */
  }
}

void cr_apt_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems)
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
  g_autoptr(CrArena) scratch = cr_arena_new();
  g_autoptr(CrAptWorld) world = cr_apt_world_new(&input, scratch);
  g_autoptr(GHashTable) rows = g_hash_table_new(NULL, NULL);
  g_autoptr(GPtrArray) order = g_ptr_array_new();
  Answer answer = {world, arena, rows, order};
  make_rows(&answer);
  run(&answer, input.apt_version, problems);
  for (guint i = 0; i < order->len; i++)
    g_ptr_array_add(updates, g_hash_table_lookup(rows, order->pdata[i]));
  g_ptr_array_sort(updates, compare_updates);
  say_doubts(&answer, archives, updates, problems);
}
