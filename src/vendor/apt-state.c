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
  GHashTableIter iter;
  gpointer group = NULL;
  world->clock = 0;
  g_hash_table_iter_init(&iter, world->groups);
  while (g_hash_table_iter_next(&iter, NULL, &group))
    ((CrAptGroup *)group)->touched = 0;
  for (guint i = 0; i < world->packages->len; i++)
    cr_apt_package_reset(world->packages->pdata[i]);
}

/* ---- what relations remember ---- */

static CrAptGroup **get_provided(CrAptVersion *version)
{
  if (version->provided)
    return version->provided;
  CrAptWorld *world = version->package->group->world;
  g_autoptr(GPtrArray) groups = g_ptr_array_new();
  const char *text = version->fields.provides;
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && cr_apt_relation_next(&text, &item, &broken))
    g_ptr_array_add(groups, cr_apt_world_get_group(world, item.name, item.name_bytes));
  version->provided = cr_arena_alloc(world->arena, sizeof(CrAptGroup *) * (groups->len + 1));
  if (groups->len)
    memcpy(version->provided, groups->pdata, sizeof(CrAptGroup *) * groups->len);
  return version->provided;
}

static void touch(CrAptPackage *package)
{
  guint now = ++package->group->world->clock;
  package->group->touched = now;
  CrAptVersion *versions[] = {package->current, package->candidate};
  for (guint i = 0; i < G_N_ELEMENTS(versions); i++)
    for (CrAptGroup **group = versions[i] ? get_provided(versions[i]) : NULL; group && *group; group++)
      (*group)->touched = now;
}

void cr_apt_set_candidate(CrAptPackage *package, CrAptVersion *candidate)
{
  if (candidate == package->candidate)
    return;
  if (package->was_count < G_N_ELEMENTS(package->was)) {
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

void cr_apt_set_mode(CrAptPackage *package, CrAptMode mode, CrAptVersion *install)
{
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
                        : when == CR_APT_WILL ? package->install
                                              : get_candidate_at(package, relation->target->group->base->touched));
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
