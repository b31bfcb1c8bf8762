/* SPDX-License-Identifier: Apache-2.0 */
/* What holds in a state of the world, and the marks "keep" and "delete". apt caches the state of each relation; here
 * each is computed when asked, from the few versions that satisfy it. */
#include "base/limits.h"
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

/* ---- states ---- */

void cr_apt_update_status(CrAptPackage *package)
{
  if (!package->current || !package->candidate) {
    package->status = 2;
    return;
  }
  if (package->candidate == package->current) {
    package->status = 0;
    return;
  }
  /* by place in the list: of two builds of one version the earlier counts as newer */
  package->status = -1;
  for (const CrAptVersion *version = package->candidate; version; version = version->next)
    if (version == package->current)
      package->status = 1;
}

void cr_apt_package_reset(CrAptPackage *package)
{
  package->install = package->current;
  package->candidate = package->policy;
  package->was_count = 0;
  package->mode = CR_APT_KEEP;
  package->protect = FALSE;
  package->cause = NULL;
  package->pre_installed = package->upgradable = package->fixed = FALSE;
  package->score = package->old_score = 0;
  cr_apt_update_status(package);
}

void cr_apt_world_reset(CrAptWorld *world)
{
  world->clock = 0;
  g_array_set_size(world->stale, 0);
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, world->groups);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    CrAptGroup *group = value;
    for (guint i = 0; i < group->package_count; i++)
      group->packages[i].touched = 0;
  }
  for (guint i = 0; i < world->packages->len; i++)
    cr_apt_package_reset(world->packages->pdata[i]);
}

/* ---- what relations remember ---- */

static void touch(CrAptPackage *package)
{
  CrAptWorld *world = package->group->world;
  guint now = ++world->clock;
  package->touched = now;
  CrAptVersion *versions[] = {package->current, package->candidate};
  for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
    CrAptPackage **target = versions[i] ? cr_apt_version_get_provided(world, versions[i]) : NULL;
    for (; target && *target; target++)
      (*target)->touched = now;
  }
}

void cr_apt_set_candidate(CrAptPackage *package, CrAptVersion *candidate)
{
  if (candidate == package->candidate)
    return;
  if (!package->was)
    package->was = cr_arena_alloc(package->group->world->arena, CR_APT_WAS * sizeof *package->was);
  if (package->was_count < CR_APT_WAS) {
    package->was[package->was_count].until = package->group->world->clock;
    package->was[package->was_count++].version = package->candidate;
  }
  package->candidate = candidate;
}

static const CrAptVersion *get_candidate_at(const CrAptPackage *package, guint time)
{
  for (guint i = 0; i < package->was_count; i++)
    if (time <= package->was[i].until)
      return package->was[i].version;
  return package->candidate;
}

static gboolean stands_for(CrAptWorld *world, CrAptVersion *version, const CrAptPackage *target)
{
  CrAptPackage **provided = version ? cr_apt_version_get_provided(world, version) : NULL;
  for (; provided && *provided; provided++)
    if (*provided == target)
      return TRUE;
  return FALSE;
}

/* What only the version provides that is given up now will not be touched by that. */
static void note_stale(CrAptPackage *package)
{
  CrAptWorld *world = package->group->world;
  CrAptVersion *old = package->install;
  CrAptPackage **target = old ? cr_apt_version_get_provided(world, old) : NULL;
  for (; target && *target; target++) {
    CrAptStale stale = {package, *target, old, world->clock};
    if (!stands_for(world, package->current, *target) && !stands_for(world, package->candidate, *target))
      g_array_append_val(world->stale, stale);
  }
}

/* The version of PROVIDER that relations on TARGET see as the one that will be there. */
static const CrAptVersion *get_install_at(const CrAptPackage *provider, const CrAptPackage *target)
{
  const GArray *all = provider->group->world->stale;
  for (guint i = 0; i < all->len; i++) {
    const CrAptStale *stale = &g_array_index(all, CrAptStale, i);
    if (stale->package == provider && stale->target == target && target->touched <= stale->until)
      return stale->version;
  }
  return provider->install;
}

void cr_apt_set_mode(CrAptPackage *package, CrAptMode mode, CrAptVersion *install)
{
  if (package->install != install)
    note_stale(package);
  package->mode = (guint8)mode;
  package->install = install;
  touch(package);
}

/* ---- relations ---- */

gboolean cr_apt_relation_holds(CrAptWorld *world, CrAptRelation *relation, CrAptWhen when)
{
  cr_apt_relation_resolve(world, relation);
  gboolean found = FALSE;
  for (guint i = 0; i < relation->target_count && !found; i++) {
    const CrAptVersion *version = relation->targets[i];
    const CrAptPackage *package = version->package;
    found = version == (when == CR_APT_NOW    ? package->current
                        : when == CR_APT_WILL ? get_install_at(package, relation->target)
                                              : get_candidate_at(package, relation->target->touched));
  }
  return found != cr_apt_relation_is_negative(relation);
}

gboolean cr_apt_or_group_holds(CrAptWorld *world, CrAptVersion *version, guint i, CrAptWhen when)
{
  for (guint end = cr_apt_group_end(version, i); i < end; i++)
    if (cr_apt_relation_holds(world, &version->relations[i], when))
      return TRUE;
  return FALSE;
}

static gboolean version_fails(CrAptWorld *world, CrAptVersion *version, CrAptWhen when, gboolean policy)
{
  if (!version)
    return FALSE;
  cr_apt_version_parse(world, version);
  for (guint i = 0; i < version->relation_count; i = cr_apt_group_end(version, i)) {
    const CrAptRelation *relation = &version->relations[i];
    gboolean counts =
        cr_apt_relation_is_critical(relation) || (policy && cr_apt_relation_is_important(world, relation));
    if (counts && !cr_apt_or_group_holds(world, version, i, when))
      return TRUE;
  }
  return FALSE;
}

gboolean cr_apt_package_is_broken(CrAptWorld *world, CrAptPackage *package)
{
  return version_fails(world, package->install, CR_APT_WILL, FALSE);
}

gboolean cr_apt_package_is_broken_now(CrAptWorld *world, CrAptPackage *package)
{
  return version_fails(world, package->current, CR_APT_NOW, FALSE);
}

gboolean cr_apt_package_is_policy_broken(CrAptWorld *world, CrAptPackage *package)
{
  return version_fails(world, package->install, CR_APT_WILL, TRUE);
}

gboolean cr_apt_package_is_policy_broken_now(CrAptWorld *world, CrAptPackage *package)
{
  return version_fails(world, package->current, CR_APT_NOW, TRUE);
}

guint cr_apt_world_count_broken(CrAptWorld *world)
{
  guint count = 0;
  for (guint i = 0; i < world->packages->len; i++)
    count += cr_apt_package_is_broken(world, world->packages->pdata[i]);
  return count;
}

/* ---- marks ---- */

gboolean cr_apt_may_change(CrAptWorld *world, CrAptMode mode, CrAptPackage *package, guint depth)
{
  if (depth > CR_LIMIT_APT_DEPTH || !package->versions)
    return FALSE;
  if (package->mode == mode)
    return TRUE;
  if (package->protect)
    return FALSE;
  if (mode != CR_APT_KEEP && package->hold && !world->ignore_hold)
    return FALSE;
  return !(mode == CR_APT_DELETE && world->keeps_essential && (package->essential || package->important));
}

gboolean cr_apt_mark_keep(CrAptWorld *world, CrAptPackage *package, guint depth)
{
  if (!cr_apt_may_change(world, CR_APT_KEEP, package, depth))
    return FALSE;
  if (package->mode != CR_APT_KEEP)
    cr_apt_set_mode(package, CR_APT_KEEP, package->current);
  return TRUE;
}

gboolean cr_apt_mark_delete(CrAptWorld *world, CrAptPackage *package, guint depth)
{
  if (!cr_apt_may_change(world, CR_APT_DELETE, package, depth))
    return FALSE;
  if (package->mode == CR_APT_DELETE || !package->install)
    return TRUE;
  cr_apt_set_mode(package, package->current ? CR_APT_DELETE : CR_APT_KEEP, NULL);
  return TRUE;
}
