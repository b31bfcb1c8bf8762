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

/* Essential packages that are missing in every architecture come in. */
static void mark_essential(CrAptWorld *world)
{
  cr_apt_world_load_essential(world);
  g_autoptr(GPtrArray) missing = g_ptr_array_new();
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    gboolean there = !package->essential;
    for (guint k = 0; k < package->group->package_count && !there; k++) {
      const CrAptPackage *other = &package->group->packages[k];
      /* apt counts only what is *marked* for installation; an installed one makes the mark a no-op */
      there = other->essential && (other->mode == CR_APT_INSTALL || other->install);
    }
    if (!there && package == cr_apt_group_get(package->group, 0))
      g_ptr_array_add(missing, package);
  }
  cr_apt_sort_packages(missing);
  for (guint i = 0; i < missing->len; i++)
    cr_apt_mark_install(world, missing->pdata[i], TRUE, 0);
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
  return cr_apt_resolve(world) || give_up(world);
}
