/* SPDX-License-Identifier: Apache-2.0 */
/* The mark "install", with what it pulls along: first what must go or move for it, then its dependencies, each by its
 * first possible solution. The rules and their order are apt's (pkgDepCache::MarkInstall): while a package is being
 * installed it is protected, and what only it can be satisfied by becomes so too. */
#include "base/limits.h"
#include "vendor/apt.h"
#include <string.h>

/* One call of cr_apt_mark_install. */
typedef struct {
  CrAptWorld *world;
  CrAptPackage *package;
  CrAptVersion *version; /* the candidate */
  guint depth;
  gboolean protect;      /* the package was protected before */
  GArray *wanted;        /* index of a group of version->relations that is not satisfied */
  GArray *hit;           /* index of a conflict */
  GPtrArray *to_upgrade; /* CrAptPackage* */
  GPtrArray *to_remove;  /* CrAptPackage*, at the end */
} Install;

static void set_cause(CrAptPackage *package, CrAptPackage *cause)
{
  if (!package->cause && package != cause)
    package->cause = cause;
}

static void set_install(CrAptPackage *package)
{
  if (package->protect && package->install == package->candidate)
    return;
  cr_apt_set_mode(package, package->candidate == package->current ? CR_APT_KEEP : CR_APT_INSTALL, package->candidate);
}

/* The candidate is given up for this run; relations that were seen with it are not looked at again, as in apt. */
static void discard_candidate(CrAptPackage *package)
{
  cr_apt_set_candidate(package, package->install);
}

static void discard_install(CrAptPackage *package)
{
  if (package->mode == CR_APT_KEEP && package->install == package->candidate && package->candidate == package->current)
    return;
  cr_apt_set_mode(package, CR_APT_KEEP, package->current);
  discard_candidate(package);
}

/* ---- may it be installed at all? ---- */

/* A "same" package whose installed siblings could not follow to that version stays. */
static gboolean is_in_step(const CrAptPackage *package)
{
  const CrAptVersion *candidate = package->candidate;
  if (package->mode == CR_APT_INSTALL && package->install == candidate)
    return TRUE;
  if (candidate == package->current || candidate->multi != CR_APT_MULTI_SAME)
    return TRUE;
  for (guint i = 0; i < package->group->package_count; i++) {
    const CrAptPackage *other = &package->group->packages[i];
    if (other == package || !other->current || !other->candidate)
      continue;
    if (strcmp(other->candidate->string, candidate->string) != 0 && other->candidate->multi == CR_APT_MULTI_SAME &&
        cr_apt_version_is_downloadable(other->candidate))
      return FALSE;
  }
  return TRUE;
}

/* A critical dependency that no candidate can satisfy: the candidate is given up. */
static gboolean is_installable(CrAptWorld *world, CrAptPackage *package)
{
  CrAptVersion *candidate = package->candidate;
  if (candidate == package->current)
    return TRUE;
  cr_apt_version_parse(world, candidate);
  for (guint i = 0; i < candidate->relation_count; i = cr_apt_group_end(candidate, i)) {
    const CrAptRelation *relation = &candidate->relations[i];
    if (!cr_apt_relation_is_critical(relation) || cr_apt_relation_is_negative(relation) ||
        cr_apt_or_group_holds(world, candidate, i, CR_APT_WILL) ||
        cr_apt_or_group_holds(world, candidate, i, CR_APT_COULD))
      continue;
    if (package->protect)
      return FALSE;
    if (package->current) {
      gboolean same = package->candidate == package->install && package->mode == CR_APT_INSTALL;
      cr_apt_set_candidate(package, package->current);
      cr_apt_set_mode(package, (CrAptMode)package->mode, same ? package->current : package->install);
      cr_apt_update_status(package);
    } else
      cr_apt_set_candidate(package, NULL);
    if (package->mode != CR_APT_DELETE) {
      package->mode = CR_APT_KEEP;
      cr_apt_update_status(package);
    }
    return FALSE;
  }
  return TRUE;
}

/* ---- solutions of a group of alternatives ---- */

static int compare_flags(gboolean a, gboolean b)
{
  return (b != 0) - (a != 0); /* the one that has it first */
}

static gboolean has_installed_sibling(const CrAptVersion *version)
{
  for (guint i = 0; version->multi == CR_APT_MULTI_SAME && i < version->package->group->package_count; i++)
    if (version->package->group->packages[i].current)
      return TRUE;
  return FALSE;
}

/* Which of two providers of TARGET apt would rather take; 0: it does not care. */
static int compare_ranks(const CrAptVersion *one, const CrAptVersion *two, const CrAptGroup *target)
{
  const CrAptPackage *p = one->package;
  const CrAptPackage *q = two->package;
  const int orders[] = {
      compare_flags(p->protect, q->protect),
      compare_flags(has_installed_sibling(one), has_installed_sibling(two)),
      compare_flags(p->current != NULL, q->current != NULL),
      compare_flags(p->group == target, q->group == target),
      compare_flags(p->essential, q->essential),
      compare_flags(p->important, q->important),
      (int)p->arch - (int)q->arch,
      one->priority_class - two->priority_class,
  };
  for (guint i = 0; i < G_N_ELEMENTS(orders); i++)
    if (orders[i])
      return orders[i];
  return 0;
}

/* Among equals apt takes the one that it has heard of last; cheaply, by name, as lists are sorted. */
static int compare_providers(gconstpointer a, gconstpointer b, gpointer target)
{
  const CrAptVersion *one = *(CrAptVersion *const *)a;
  const CrAptVersion *two = *(CrAptVersion *const *)b;
  int rank = compare_ranks(one, two, target);
  const CrAptWorld *world = one->package->group->world;
  if (rank)
    return rank;
  if (!world->order) {
    int names = strcmp(two->package->group->name, one->package->group->name);
    return world->reversed ? -names : names;
  }
  guint p = cr_apt_order_find_id(world->order, one->package);
  guint q = cr_apt_order_find_id(world->order, two->package);
  return (q > p) - (q < p);
}

/* The solutions up to TAKEN were tried: had the next one as good a claim as one of them? */
static void note_equals(Install *install, const CrAptRelation *relation, const GPtrArray *solutions, guint taken)
{
  for (guint i = 0; i <= taken && i + 1 < solutions->len; i++)
    if (compare_ranks(solutions->pdata[i], solutions->pdata[i + 1], relation->target->group) == 0)
      install->world->chose_among_equals = TRUE;
}

/* Versions that are current (WHEN now) or candidates and satisfy RELATION, best first. */
static void add_solutions(Install *install, CrAptRelation *relation, CrAptWhen when, GPtrArray *upgrades,
                          GPtrArray *news)
{
  gboolean negative = cr_apt_relation_is_negative(relation);
  if (when == CR_APT_COULD && cr_apt_relation_holds(install->world, relation, CR_APT_COULD) == negative)
    return;
  cr_apt_relation_resolve(install->world, relation);
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  for (guint i = 0; i < relation->target_count; i++) {
    CrAptVersion *version = relation->targets[i];
    const CrAptPackage *package = version->package;
    if (version == (when == CR_APT_NOW ? package->current : package->candidate))
      g_ptr_array_add(found, version);
  }
  g_ptr_array_sort_with_data(found, compare_providers, relation->target->group);
  for (guint i = 0; i < found->len; i++) {
    CrAptVersion *version = found->pdata[i];
    const CrAptPackage *package = version->package;
    if (!negative && package->protect &&
        (package->mode == CR_APT_DELETE || (package->mode == CR_APT_KEEP && !package->current)))
      continue;
    GPtrArray *into = package->current ? upgrades : news;
    if (!g_ptr_array_find(into, version, NULL))
      g_ptr_array_add(into, version);
  }
}

/* All solutions of the group that starts at I (one conflict, if negative); installed packages first. */
static GPtrArray *find_solutions(Install *install, guint i, CrAptWhen when)
{
  CrAptVersion *version = install->version;
  GPtrArray *upgrades = g_ptr_array_new();
  g_autoptr(GPtrArray) news = g_ptr_array_new();
  guint end = cr_apt_group_end(version, i);
  for (guint k = i; k < end; k++)
    add_solutions(install, &version->relations[k], when, upgrades, news);
  for (guint k = 0; k < news->len; k++)
    g_ptr_array_add(upgrades, news->pdata[k]);
  return upgrades;
}

/* ---- what stands in the way ---- */

static void collect_relations(Install *install)
{
  CrAptVersion *version = install->version;
  cr_apt_version_parse(install->world, version);
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    const CrAptRelation *relation = &version->relations[i];
    if (!cr_apt_relation_is_important(install->world, relation))
      continue;
    if (!install->package->protect && cr_apt_or_group_holds(install->world, version, i, CR_APT_WILL))
      continue;
    g_array_append_val(cr_apt_relation_is_negative(relation) ? install->hit : install->wanted, i);
  }
}

static gboolean remove_later(Install *install, CrAptPackage *package)
{
  if (!install->protect) {
    if (package->mode == CR_APT_DELETE)
      return TRUE;
    if (!cr_apt_may_change(install->world, CR_APT_DELETE, package, install->depth))
      return FALSE;
    g_ptr_array_add(install->to_remove, package);
    return TRUE;
  }
  if (package->mode != CR_APT_DELETE) {
    if (!cr_apt_mark_delete(install->world, package, install->depth + 1))
      return FALSE;
    set_cause(package, install->package);
  }
  discard_candidate(package);
  package->protect = TRUE;
  return TRUE;
}

/* A candidate that is hit is kept back; an installed package that is hit and cannot move goes. */
static gboolean clear_candidates(Install *install, guint i, GPtrArray *bad)
{
  g_autoptr(GPtrArray) solutions = find_solutions(install, i, CR_APT_COULD);
  gboolean good = TRUE;
  for (guint k = 0; k < solutions->len; k++) {
    CrAptVersion *version = solutions->pdata[k];
    CrAptPackage *package = version->package;
    gboolean failed = FALSE;
    if (package->candidate != version)
      continue;
    if (package->current == version)
      failed = !remove_later(install, package);
    else if (package->mode == CR_APT_INSTALL && !cr_apt_mark_keep(install->world, package, install->depth))
      failed = TRUE;
    else if (install->protect) {
      discard_candidate(package);
      package->protect |= !package->current;
    } else
      g_ptr_array_add(bad, package);
    if (failed) {
      good = FALSE;
      if (!install->protect)
        break;
    }
  }
  return good;
}

static gboolean clear_installed(Install *install, guint i, const GPtrArray *bad)
{
  g_autoptr(GPtrArray) solutions = find_solutions(install, i, CR_APT_NOW);
  gboolean good = TRUE;
  for (guint k = 0; k < solutions->len; k++) {
    CrAptVersion *version = solutions->pdata[k];
    CrAptPackage *package = version->package;
    if (package->candidate && package->candidate != version && !g_ptr_array_find((GPtrArray *)bad, package, NULL)) {
      g_ptr_array_add(install->to_upgrade, package);
      continue;
    }
    if (package->candidate == package->current || remove_later(install, package))
      continue;
    good = FALSE;
    if (!install->protect)
      break;
  }
  return good;
}

static gboolean clear_conflicts(Install *install)
{
  gboolean good = TRUE;
  g_autoptr(GPtrArray) bad = g_ptr_array_new();
  for (guint k = 0; k < install->hit->len; k++) {
    guint i = g_array_index(install->hit, guint, k);
    good = clear_candidates(install, i, bad) && good;
    if (!good && !install->protect)
      return FALSE;
    good = clear_installed(install, i, bad) && good;
    if (!good && !install->protect)
      return FALSE;
  }
  return good;
}

/* Installed packages whose dependency the new version no longer satisfies must move too. */
static void collect_reverse(Install *install)
{
  CrAptPackage *package = install->package;
  for (CrAptRelation *relation = package->current ? package->reverse : NULL; relation;
       relation = relation->next_reverse) {
    CrAptPackage *parent = relation->parent->package;
    if (parent->current != relation->parent || parent->mode == CR_APT_INSTALL ||
        !cr_apt_relation_is_important(install->world, relation) || cr_apt_relation_is_negative(relation))
      continue;
    if (cr_apt_version_satisfies(package->current->string, relation->op, relation->version) &&
        !cr_apt_version_satisfies(install->version->string, relation->op, relation->version) &&
        !g_ptr_array_find(install->to_upgrade, parent, NULL))
      g_ptr_array_add(install->to_upgrade, parent);
  }
}

static gboolean move_others(Install *install)
{
  gboolean good = TRUE;
  for (guint i = 0; i < install->to_upgrade->len; i++) {
    CrAptPackage *package = install->to_upgrade->pdata[i];
    if (package->mode == CR_APT_INSTALL || cr_apt_mark_install(install->world, package, TRUE, install->depth + 1))
      continue;
    if (cr_apt_mark_delete(install->world, package, install->depth + 1)) {
      set_cause(package, install->package);
      package->protect |= install->protect;
      continue;
    }
    good = FALSE;
    if (!install->protect)
      break;
  }
  return good;
}

/* Other installed binaries of the same source go to its new version together. */
static void move_same_source(Install *install)
{
  CrAptWorld *world = install->world;
  if (!cr_apt_config_get_boolean(world->settings, "apt::get::upgrade-by-source-package", TRUE))
    return;
  const CrAptVersion *own = install->version;
  CrAptPackage *other = g_hash_table_lookup(world->sources, own->source_name);
  g_autoptr(GPtrArray) moving = g_ptr_array_new();
  for (; other; other = other->same_source) {
    const CrAptVersion *candidate = other->candidate;
    if (other != install->package && candidate && candidate != other->current &&
        !(other->mode == CR_APT_INSTALL && other->install == candidate) &&
        strcmp(candidate->source_name, own->source_name) == 0 &&
        strcmp(candidate->source_version, own->source_version) == 0)
      g_ptr_array_add(moving, other);
  }
  for (guint i = 0; i < moving->len; i++)
    cr_apt_mark_install(world, moving->pdata[i], FALSE, install->depth + 1);
  for (guint i = 0; i < moving->len; i++)
    cr_apt_mark_install(world, moving->pdata[i], TRUE, install->depth + 1);
}

/* ---- what it needs ---- */

/* A recommendation of an installed package counts only if the installed version has not had it, or had it satisfied. */
static gboolean is_new_recommendation(Install *install, const CrAptRelation *wanted)
{
  CrAptVersion *current = install->package->current;
  if (!current)
    return TRUE;
  gboolean known = FALSE;
  cr_apt_version_parse(install->world, current);
  for (guint i = 0; i < current->relation_count; i++) {
    const CrAptRelation *relation = &current->relations[i];
    if (cr_apt_relation_is_critical(relation) || !cr_apt_relation_is_important(install->world, relation) ||
        relation->target != wanted->target)
      continue;
    known = TRUE;
    if (cr_apt_or_group_holds(install->world, current, relation->group_start, CR_APT_NOW))
      return TRUE;
  }
  return !known;
}

/* A satisfied dependency of a protected package that only one package can satisfy: that one is protected as well. */
static gboolean protect_only_solution(Install *install, guint i)
{
  g_autoptr(GPtrArray) could = find_solutions(install, i, CR_APT_COULD);
  g_autoptr(GPtrArray) now = find_solutions(install, i, CR_APT_NOW);
  for (guint k = 0; k < now->len; k++)
    if (!g_ptr_array_find(could, now->pdata[k], NULL))
      g_ptr_array_add(could, now->pdata[k]);
  if (could->len != 1)
    return TRUE;
  CrAptPackage *package = ((CrAptVersion *)could->pdata[0])->package;
  if (package->protect)
    return TRUE;
  package->protect = TRUE;
  return cr_apt_mark_install(install->world, package, TRUE, install->depth + 1);
}

static gboolean install_first_solution(Install *install, guint i, gboolean critical)
{
  g_autoptr(GPtrArray) solutions = find_solutions(install, i, CR_APT_COULD);
  for (guint k = 0; k < solutions->len; k++) {
    CrAptVersion *version = solutions->pdata[k];
    CrAptPackage *package = version->package;
    if (package->candidate != version)
      continue;
    if (install->protect && critical && solutions->len == 1) {
      if (!cr_apt_mark_install(install->world, package, FALSE, install->depth + 1))
        continue;
      package->protect = TRUE;
    }
    if (!cr_apt_mark_install(install->world, package, TRUE, install->depth + 1))
      continue;
    set_cause(package, install->package);
    note_equals(install, &install->version->relations[i], solutions, k);
    return TRUE;
  }
  note_equals(install, &install->version->relations[i], solutions, solutions->len);
  return FALSE;
}

static gboolean install_dependencies(Install *install)
{
  gboolean good = TRUE;
  for (guint k = 0; k < install->wanted->len; k++) {
    guint i = g_array_index(install->wanted, guint, k);
    const CrAptRelation *relation = &install->version->relations[i];
    gboolean holds = cr_apt_or_group_holds(install->world, install->version, i, CR_APT_WILL);
    gboolean critical = cr_apt_relation_is_critical(relation);
    if (holds) {
      if (install->protect && critical)
        good = protect_only_solution(install, i) && good;
      continue;
    }
    if (!critical && !is_new_recommendation(install, relation))
      continue;
    if (!install_first_solution(install, i, critical) && critical) {
      good = FALSE;
      if (!install->protect)
        break;
    }
  }
  return good;
}

/* ---- the mark ---- */

/* Nothing to do: already as wanted and nothing of it broken. */
static gboolean is_settled(CrAptWorld *world, CrAptPackage *package, gboolean *answer, guint depth)
{
  if (package->protect || cr_apt_package_is_policy_broken(world, package))
    return FALSE;
  *answer = TRUE;
  if (package->candidate != package->current)
    return package->mode == CR_APT_INSTALL;
  if (!package->install)
    *answer = cr_apt_mark_keep(world, package, depth + 1);
  return TRUE;
}

static gboolean remove_delayed(Install *install)
{
  gboolean good = TRUE;
  for (guint i = 0; i < install->to_remove->len; i++) {
    CrAptPackage *package = install->to_remove->pdata[i];
    if (cr_apt_mark_delete(install->world, package, install->depth)) {
      set_cause(package, install->package);
      continue;
    }
    good = FALSE;
    if (!install->protect)
      break;
  }
  return good;
}

/* The steps that need the package to be in its new state already. */
static gboolean settle(Install *install)
{
  CrAptPackage *package = install->package;
  gboolean was_protected = package->protect;
  package->protect = TRUE;
  if (install->world->new_rules)
    move_same_source(install);
  gboolean good = move_others(install);
  if (good || install->protect)
    good = install_dependencies(install) && good;
  if (good || install->protect)
    good = remove_delayed(install) && good;
  if (!good && !install->protect)
    discard_install(package);
  package->protect = was_protected;
  return good;
}

static gboolean install_with_dependencies(CrAptWorld *world, CrAptPackage *package, guint depth)
{
  Install install = {.world = world,
                     .package = package,
                     .version = package->candidate,
                     .depth = depth,
                     .protect = package->protect,
                     .wanted = g_array_new(FALSE, FALSE, sizeof(guint)),
                     .hit = g_array_new(FALSE, FALSE, sizeof(guint)),
                     .to_upgrade = g_ptr_array_new(),
                     .to_remove = g_ptr_array_new()};
  collect_relations(&install);
  gboolean good = clear_conflicts(&install);
  if (good || install.protect) {
    if (world->new_rules)
      collect_reverse(&install);
    set_install(package);
    good = settle(&install) && good;
  }
  g_array_unref(install.wanted);
  g_array_unref(install.hit);
  g_ptr_array_unref(install.to_upgrade);
  g_ptr_array_unref(install.to_remove);
  return good;
}

gboolean cr_apt_mark_install(CrAptWorld *world, CrAptPackage *package, gboolean with_dependencies, guint depth)
{
  gboolean only_protecting =
      package->protect && package->mode == CR_APT_KEEP && package->candidate && package->candidate == package->current;
  if (!only_protecting && !cr_apt_may_change(world, CR_APT_INSTALL, package, depth))
    return FALSE;
  if (depth > CR_LIMIT_APT_DEPTH || !package->candidate)
    return FALSE;
  gboolean answer = FALSE;
  if (is_settled(world, package, &answer, depth))
    return answer;
  if (!is_in_step(package) || (with_dependencies && !is_installable(world, package)))
    return FALSE;
  if (with_dependencies)
    return install_with_dependencies(world, package, depth);
  set_install(package);
  return TRUE;
}
