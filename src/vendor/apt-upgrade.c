/* SPDX-License-Identifier: Apache-2.0 */
/* The two commands. */
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

/* Updates that are phased and not for this machine yet. */
static void hold_phased(CrAptWorld *world, gboolean fix)
{
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    if (!cr_apt_phase_holds(world, package))
      continue;
    cr_apt_mark_keep(world, package, 0);
    package->protect = TRUE;
    package->fixed |= fix;
  }
}

static gboolean give_up(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  return FALSE;
}

static gboolean upgrade(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  if (!is_consistent(world))
    return FALSE;
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    if (!is_held(world, package) && package->install && !cr_apt_phase_holds(world, package))
      cr_apt_mark_install(world, package, FALSE, 0);
  }
  hold_phased(world, TRUE);
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

static gboolean dist_upgrade(CrAptWorld *world)
{
  cr_apt_world_reset(world);
  if (!is_consistent(world))
    return FALSE;
  hold_phased(world, FALSE);
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
  hold_phased(world, TRUE);
  return (cr_apt_resolve(world) && cr_apt_drop_garbage(world)) || give_up(world);
}

/* ---- the commands ---- */

typedef struct {
  const CrAptPackage *package;
  CrAptMode mode;
  const CrAptVersion *install;
} Mark;

static GArray *take_marks(const CrAptWorld *world)
{
  GArray *marks = g_array_new(FALSE, FALSE, sizeof(Mark));
  for (guint i = 0; i < world->packages->len; i++) {
    const CrAptPackage *package = world->packages->pdata[i];
    Mark mark = {package, (CrAptMode)package->mode, package->install};
    g_array_append_val(marks, mark);
  }
  return marks;
}

/* What was loaded since must be as it was, too. */
static gboolean has_marks(const CrAptWorld *world, const GArray *marks)
{
  for (guint i = 0; i < world->packages->len; i++) {
    const CrAptPackage *package = world->packages->pdata[i];
    Mark mark = {package, CR_APT_KEEP, package->current};
    if (i < marks->len)
      mark = g_array_index(marks, Mark, i);
    if (package != mark.package || package->mode != mark.mode || package->install != mark.install)
      return FALSE;
  }
  return TRUE;
}

/* The true order among equals is dear: it is made only when taking them backwards gives another answer. */
static gboolean run(CrAptWorld *world, gboolean (*command)(CrAptWorld *))
{
  for (guint i = 0; i < world->packages->len; i++)
    ((CrAptPackage *)world->packages->pdata[i])->judged = FALSE;
  world->chose_among_equals = FALSE;
  gboolean good = command(world);
  if (!cr_apt_order_may_decide(world))
    return good;
  g_autoptr(GArray) marks = take_marks(world);
  world->reversed = TRUE;
  gboolean again = command(world);
  world->reversed = FALSE;
  if (good == again && has_marks(world, marks))
    return good;
  cr_apt_order_load(world);
  return command(world);
}

gboolean cr_apt_upgrade(CrAptWorld *world)
{
  return run(world, upgrade);
}

gboolean cr_apt_dist_upgrade(CrAptWorld *world)
{
  return run(world, dist_upgrade);
}
