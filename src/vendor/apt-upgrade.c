/* SPDX-License-Identifier: Apache-2.0 */
/* The two commands. Phased updates (Ubuntu) are taken at once, as apt does where there is no machine-id: in a chroot
 * and in an image. */
#include "vendor/apt.h"

static gboolean is_held(const CrAptWorld *world, const CrAptPackage *package)
{
  return package->hold && !world->ignore_hold;
}

/* A root whose installed packages are broken already: apt refuses every command but --fix-broken. */
static gboolean is_consistent(CrAptWorld *world)
{
  for (guint i = 0; i < world->installed->len; i++)
    if (cr_apt_package_is_broken(world, world->installed->pdata[i]))
      return FALSE;
  return TRUE;
}

static gboolean give_up(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  return FALSE;
}

gboolean cr_apt_upgrade(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  if (!is_consistent(world))
    return FALSE;
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    if (!is_held(world, package) && package->install)
      cr_apt_mark_install(world, package, FALSE, 0);
  }
  return cr_apt_resolve_by_keep(world) || give_up(world);
}

static void mark_all(CrAptWorld *world, gboolean with_dependencies)
{
  for (guint i = 0; i < world->installed->len; i++)
    cr_apt_mark_install(world, world->installed->pdata[i], with_dependencies, 0);
}

/* A group with an essential member of which none is to be installed; the mark does nothing if it is there already. */
static CrAptPackage *find_missing_essential(CrAptGroup *group)
{
  gboolean essential = FALSE;
  CrAptPackage *preferred = NULL;
  for (guint i = 0; i < group->package_count; i++) {
    CrAptPackage *package = &group->packages[i];
    if (package->essential && package->mode == CR_APT_INSTALL)
      return NULL;
    essential |= package->essential;
    if (!preferred && package->versions)
      preferred = package;
  }
  return essential ? preferred : NULL;
}

static void mark_essential(CrAptWorld *world)
{
  cr_apt_world_load_essential(world);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (package->essential)
      g_ptr_array_add(all, package);
  }
  cr_apt_sort_packages(all);
  for (guint i = 0; i < all->len; i++) {
    CrAptPackage *package = find_missing_essential(((CrAptPackage *)all->pdata[i])->group);
    if (package)
      cr_apt_mark_install(world, package, TRUE, 0);
  }
}

gboolean cr_apt_dist_upgrade(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  if (!is_consistent(world))
    return FALSE;
  mark_all(world, FALSE); /* first without what they need: an old alternative that is upgraded may do */
  mark_all(world, TRUE);
  mark_essential(world);
  mark_all(world, FALSE);
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    if (!is_held(world, package))
      continue;
    package->protect = package->fixed = TRUE;
    cr_apt_mark_keep(world, package, 0);
  }
  if (!cr_apt_resolve(world))
    return give_up(world);
  cr_apt_drop_garbage(world);
  return TRUE;
}
