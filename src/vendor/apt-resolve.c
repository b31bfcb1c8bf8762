/* SPDX-License-Identifier: Apache-2.0 */
/* apt's problem resolver: from the package with the highest score down, each that is broken is mended by keeping,
 * removing or upgrading what is worth less (pkgProblemResolver). */
#include "vendor/apt.h"
#include <string.h>

/* The list that is worked through, with what is broken in it from the start. */
static GPtrArray *make_list(CrAptWorld *world, gboolean (*broken)(CrAptWorld *, CrAptPackage *))
{
  cr_apt_make_scores(world);
  GPtrArray *list = cr_apt_list_by_score(world);
  for (guint i = 0; i < list->len; i++) {
    CrAptPackage *package = list->pdata[i];
    package->judged = broken(world, package);
  }
  return list;
}

static void set_cause(CrAptPackage *package, CrAptPackage *cause)
{
  if (!package->cause && package != cause)
    package->cause = cause;
}

/* ---- by keep: the soft way of `upgrade` ---- */

static gboolean is_newly_broken(CrAptWorld *world, CrAptPackage *package)
{
  return cr_apt_package_is_broken(world, package) ||
         (!cr_apt_package_is_policy_broken_now(world, package) && cr_apt_package_is_policy_broken(world, package));
}

static gboolean is_any_broken(CrAptWorld *world, gboolean (*broken)(CrAptWorld *, CrAptPackage *))
{
  for (guint i = 0; i < world->packages->len; i++)
    if (broken(world, world->packages->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Keep what satisfies one alternative, in order, until PACKAGE is whole. */
static gboolean keep_targets(CrAptWorld *world, CrAptPackage *package, CrAptRelation *relation)
{
  cr_apt_relation_resolve(world, relation);
  for (guint i = 0; i < relation->target_count; i++) {
    CrAptPackage *other = relation->targets[i]->package;
    if (!other->install || !other->current)
      continue;
    if (!other->protect) {
      cr_apt_mark_keep(world, other, 0);
      set_cause(other, package);
    }
    if (!is_newly_broken(world, package))
      return TRUE;
  }
  return !is_newly_broken(world, package);
}

static gboolean keep_for(CrAptWorld *world, CrAptPackage *package)
{
  CrAptVersion *version = package->install;
  cr_apt_version_parse(world, version);
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    if (!cr_apt_relation_is_critical(&version->relations[i]) || cr_apt_or_group_holds(world, version, i, CR_APT_WILL))
      continue;
    for (guint k = i; k < cr_apt_group_end(version, i); k++)
      if (keep_targets(world, package, &version->relations[k]))
        return TRUE;
  }
  return FALSE;
}

gboolean cr_apt_resolve_by_keep(CrAptWorld *world)
{
  if (!is_any_broken(world, is_newly_broken))
    return TRUE;
  g_autoptr(GPtrArray) list = make_list(world, is_newly_broken);
  CrAptPackage *last = NULL;
  for (guint k = 0; k < list->len; k++) {
    CrAptPackage *package = list->pdata[k];
    if (!package->install || !is_newly_broken(world, package))
      continue;
    package->judged = TRUE;
    if (!package->protect) {
      cr_apt_mark_keep(world, package, 0);
      if (!is_newly_broken(world, package)) {
        k = G_MAXUINT; /* from the start again */
        continue;
      }
    }
    if (!package->install || !keep_for(world, package))
      continue;
    if (package == last)
      return FALSE; /* apt: "is looping on package" */
    last = package;
    k = G_MAXUINT;
  }
  return TRUE;
}

/* ---- resolve: the way of `dist-upgrade` ---- */

typedef struct {
  CrAptPackage *package;
  CrAptVersion *version; /* whose relation … */
  guint group;           /* … starting here is mended */
} Kill;

typedef struct {
  CrAptWorld *world;
  CrAptPackage *package; /* the one that is broken */
  CrAptVersion *version;
  guint round;
  gboolean change;
  gboolean in_or, keep_is_fine;
  GArray *kills; /* Kill */
} Round;

/* Upgrade PACKAGE and, through its own critical dependencies, what that needs. */
static gboolean upgrade_deeply(CrAptWorld *world, CrAptPackage *package, guint depth);

/* The package that stands for a relation: the only provider where its target has no version. */
static CrAptPackage *find_smart_target(CrAptWorld *world, CrAptRelation *relation)
{
  CrAptPackage *target = relation->target;
  cr_apt_group_load(world, target->group);
  const GArray *provides = cr_apt_package_get_provides(world, target);
  for (guint i = 0; !target->versions && i < provides->len; i++) {
    CrAptPackage *owner = g_array_index(provides, CrAptProvide, i).owner->package;
    if (owner != relation->parent->package)
      return owner;
  }
  return target;
}

/* FALSE: this alternative cannot be mended by upgrading. */
static gboolean upgrade_alternative(CrAptWorld *world, CrAptRelation *relation, guint depth, gboolean *done)
{
  CrAptPackage *other = find_smart_target(world, relation);
  *done = FALSE;
  if (other->protect)
    return FALSE;
  gboolean could = cr_apt_relation_holds(world, relation, CR_APT_COULD);
  if (could) {
    *done = upgrade_deeply(world, other, depth + 1);
    return *done;
  }
  *done = cr_apt_relation_is_negative(relation); /* conflicts are for the next round */
  return *done;
}

static gboolean upgrade_dependencies(CrAptWorld *world, CrAptPackage *package, guint depth)
{
  CrAptVersion *version = package->install;
  cr_apt_version_parse(world, version);
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    if (!cr_apt_relation_is_critical(&version->relations[i]))
      continue;
    gboolean good = TRUE;
    gboolean done = FALSE;
    for (guint k = i; k < cr_apt_group_end(version, i) && !done; k++) {
      if (cr_apt_or_group_holds(world, version, i, CR_APT_WILL))
        break;
      good = upgrade_alternative(world, &version->relations[k], depth, &done);
    }
    if (!good)
      return FALSE;
  }
  return TRUE;
}

static gboolean upgrade_deeply(CrAptWorld *world, CrAptPackage *package, guint depth)
{
  if (!package->upgradable || package->fixed || package->status < 1 || !package->candidate || depth > 500)
    return FALSE;
  package->upgradable = FALSE;
  gboolean was_kept = package->mode == CR_APT_KEEP;
  if (!cr_apt_mark_install(world, package, FALSE, 0) || !package->install)
    return FALSE;
  if (upgrade_dependencies(world, package, depth))
    return TRUE;
  if (was_kept)
    cr_apt_mark_keep(world, package, 0);
  else
    cr_apt_mark_delete(world, package, 0);
  return FALSE;
}

/* A package that was to be upgraded and was kept on the way may be possible again. */
static void try_again(CrAptWorld *world, CrAptPackage *package)
{
  if (package->candidate == package->install || !package->current || !package->install || !package->pre_installed ||
      package->protect)
    return;
  package->judged = TRUE;
  package->pre_installed = package->upgradable = FALSE; /* once; apt forgets both here */
  guint before = cr_apt_world_count_broken(world);
  cr_apt_mark_install(world, package, FALSE, 0);
  if (cr_apt_package_is_broken(world, package) || before < cr_apt_world_count_broken(world))
    cr_apt_mark_keep(world, package, 0);
}

/* Keeping the broken package as it is mends it. */
static gboolean try_keep(Round *round)
{
  CrAptPackage *package = round->package;
  gboolean installed = package->mode == CR_APT_INSTALL;
  cr_apt_mark_keep(round->world, package, 0);
  if (cr_apt_package_is_broken(round->world, package))
    return FALSE;
  round->keep_is_fine = TRUE;
  if (round->in_or && installed)
    cr_apt_mark_install(round->world, package, FALSE, 0);
  return TRUE;
}

static void remove_broken(Round *round, CrAptPackage *because)
{
  CrAptPackage *package = round->package;
  if (cr_apt_mark_delete(round->world, package, 0))
    set_cause(package, because);
  if (round->round > 1 && because && because->score > package->score)
    package->score = because->score;
}

/* Before changing a package with a broken or-group: install the first alternative that is not installed. */
static void try_install_target(Round *round, CrAptRelation *relation)
{
  CrAptWorld *world = round->world;
  CrAptPackage *target = relation->target;
  if (target->current || target->mode == CR_APT_DELETE || !target->candidate ||
      !cr_apt_config_get_boolean(world->settings, "pkgproblemresolver::fixbyinstall", TRUE))
    return;
  guint before = cr_apt_world_count_broken(world);
  cr_apt_mark_install(world, target, TRUE, 1);
  set_cause(target, round->package);
  if (cr_apt_package_is_broken(world, target) || cr_apt_world_count_broken(world) > before)
    cr_apt_mark_delete(world, target, 1);
}

/* Change the broken package rather than OTHER. TRUE: something was done. */
static gboolean change_broken(Round *round, CrAptRelation *relation, CrAptPackage *other)
{
  CrAptPackage *package = round->package;
  if (package->protect) {
    if (!upgrade_deeply(round->world, other, 0))
      return FALSE;
    other->score = MIN(other->score, package->score);
    return TRUE;
  }
  if (!try_keep(round)) {
    if (!round->in_or)
      remove_broken(round, other);
    else
      try_install_target(round, relation);
  }
  round->change = TRUE;
  return TRUE;
}

typedef enum { NEXT_TARGET, LEAVE_TARGETS, DONE } Step;

/* One version that satisfies (or is hit by) the broken relation. */
static Step consider(Round *round, CrAptRelation *relation, CrAptVersion *target)
{
  CrAptWorld *world = round->world;
  CrAptPackage *package = round->package;
  CrAptPackage *other = target->package;
  gboolean negative = cr_apt_relation_is_negative(relation);
  if (negative && other->install != target)
    return NEXT_TARGET;
  if (package->score <= other->score || (!negative && !cr_apt_relation_holds(world, relation, CR_APT_NOW))) {
    gboolean was_protected = package->protect;
    if (change_broken(round, relation, other))
      return was_protected ? LEAVE_TARGETS : DONE;
    return NEXT_TARGET;
  }
  if (relation->type == CR_APT_BREAKS && cr_apt_relation_holds(world, relation, CR_APT_COULD)) {
    cr_apt_mark_install(world, other, FALSE, 0);
    return NEXT_TARGET;
  }
  if (other->protect && other->mode != CR_APT_DELETE)
    return NEXT_TARGET;
  Kill kill = {other, round->version, relation->group_start};
  g_array_append_val(round->kills, kill);
  return negative ? NEXT_TARGET : LEAVE_TARGETS;
}

/* Nothing at all satisfies it. */
static void give_up(Round *round)
{
  if (!try_keep(round) && !round->in_or)
    remove_broken(round, NULL);
  round->change = TRUE;
}

/* One alternative of a broken group. TRUE: leave the package. */
static gboolean mend_alternative(Round *round, CrAptRelation *relation)
{
  CrAptWorld *world = round->world;
  CrAptPackage *package = round->package;
  cr_apt_relation_resolve(world, relation);
  gboolean negative = cr_apt_relation_is_negative(relation);
  if (!relation->target_count && !package->protect && !negative && !cr_apt_package_is_broken_now(world, package)) {
    if (round->in_or)
      return FALSE;
    round->change = TRUE;
    cr_apt_mark_keep(world, package, 0);
    return TRUE;
  }
  gboolean done = FALSE;
  for (guint i = 0; i < relation->target_count; i++) {
    Step step = consider(round, relation, relation->targets[i]);
    done = done || step == DONE;
    if (step != NEXT_TARGET)
      break;
  }
  if (!relation->target_count && !negative && !package->protect) {
    give_up(round);
    done = TRUE;
  }
  return done && !round->in_or;
}

/* An or-group of which no alternative found something to change. */
static void end_or_group(Round *round)
{
  if (round->keep_is_fine)
    cr_apt_mark_keep(round->world, round->package, 0);
  else if (!round->package->protect)
    remove_broken(round, NULL);
  else
    return;
  round->change = TRUE;
}

static void mend(Round *round)
{
  CrAptVersion *version = round->version;
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    guint end = cr_apt_group_end(version, i);
    if (!cr_apt_relation_is_critical(&version->relations[i]))
      continue;
    round->in_or = end - i > 1;
    round->keep_is_fine = FALSE;
    guint kills = round->kills->len;
    gboolean holds = FALSE;
    for (guint k = i; k < end && !holds; k++) {
      holds = cr_apt_or_group_holds(round->world, version, i, CR_APT_WILL);
      if (!holds && mend_alternative(round, &version->relations[k]))
        return;
    }
    if (round->in_or && !holds && round->kills->len == kills)
      end_or_group(round);
  }
}

static void apply_kills(Round *round)
{
  CrAptWorld *world = round->world;
  for (guint i = 0; i < round->kills->len; i++) {
    const Kill *kill = &g_array_index(round->kills, Kill, i);
    guint last = cr_apt_group_end(kill->version, kill->group) - 1;
    gboolean negative = cr_apt_relation_is_negative(&kill->version->relations[last]);
    gboolean found = FALSE;
    if (!cr_apt_or_group_holds(world, kill->version, kill->group, CR_APT_NOW)) {
      found = negative && cr_apt_mark_delete(world, kill->package, 0);
      if (found)
        set_cause(kill->package, round->package);
    } else
      found = cr_apt_mark_keep(world, kill->package, 0);
    if ((!found || round->round > 1) && round->package->score > kill->package->score) {
      kill->package->score = round->package->score;
      round->change = TRUE;
    }
    round->change |= found;
  }
}

static gboolean resolve_round(CrAptWorld *world, GPtrArray *list, guint number)
{
  g_autoptr(GArray) kills = g_array_new(FALSE, FALSE, sizeof(Kill));
  Round round = {.world = world, .round = number, .kills = kills};
  for (guint k = 0; k < list->len; k++) {
    CrAptPackage *package = list->pdata[k];
    try_again(world, package);
    if (!package->install || !cr_apt_package_is_broken(world, package))
      continue;
    g_array_set_size(kills, 0);
    package->judged = TRUE;
    round.package = package;
    round.version = package->install;
    cr_apt_version_parse(world, round.version);
    mend(&round);
    if (package->install)
      apply_kills(&round);
  }
  return round.change;
}

gboolean cr_apt_resolve(CrAptWorld *world)
{
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    package->pre_installed = package->mode == CR_APT_INSTALL;
    package->upgradable = TRUE;
  }
  if (!is_any_broken(world, cr_apt_package_is_broken))
    return TRUE;
  g_autoptr(GPtrArray) list = make_list(world, cr_apt_package_is_broken);
  guint rounds = (guint)MAX(0, cr_apt_config_get_integer(world->settings, "pkgproblemresolver::maxcounter", 20));
  for (guint number = 0; number < rounds && resolve_round(world, list, number); number++)
    ;
  return !is_any_broken(world, cr_apt_package_is_broken);
}
