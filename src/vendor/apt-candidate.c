/* SPDX-License-Identifier: Apache-2.0 */
/* Which version apt takes: apt_preferences(5), "APT's Default Priority Assignments". */
#include "model/version.h"
#include "vendor/apt.h"

static gboolean find_pin(CrAptWorld *world, const CrAptVersion *version, int *priority, const char **from)
{
  if (!world->pins)
    return FALSE;
  g_autoptr(GPtrArray) files = g_ptr_array_new();
  gboolean only_never = version->file_count > 0;
  for (guint i = 0; i < version->file_count; i++) {
    g_ptr_array_add(files, (gpointer)&version->files[i]->names);
    only_never = only_never && version->files[i]->priority == CR_APT_NEVER;
  }
  if (only_never)
    return FALSE;
  g_ptr_array_add(files, NULL);
  CrAptPinned what = {.name = version->package->group->name,
                      .arch = world->architectures->pdata[version->package->arch],
                      .native = world->architectures->pdata[0],
                      .source = version->source_name,
                      .version = version->string,
                      .files = (const CrAptFileNames *const *)files->pdata};
  return cr_apt_pins_find(world->pins, &what, priority, from);
}

static int find_priority(CrAptWorld *world, const CrAptVersion *version, gboolean with_pins, const char **from)
{
  int priority = 0;
  if (with_pins && find_pin(world, version, &priority, from))
    return priority;
  priority = G_MININT;
  for (guint i = 0; i < version->file_count; i++) {
    const CrAptFile *file = version->files[i];
    gboolean useless = !file->data && version->package->current != version; /* a removed package's configuration */
    int own = useless ? -1 : with_pins ? file->priority : file->natural;
    priority = MAX(priority, own);
  }
  return priority == G_MININT ? 0 : priority;
}

int cr_apt_version_get_priority(CrAptWorld *world, const CrAptVersion *version, gboolean with_pins, const char **from)
{
  int priority = find_priority(world, version, with_pins, from);
  return with_pins && cr_apt_phase_lowers(world, version) ? MIN(priority, 1) : priority;
}

static gboolean is_in_line(const CrAptVersion *version)
{
  for (guint i = 0; i < version->file_count; i++)
    if (version->files[i]->data && version->files[i]->data->archive.line)
      return TRUE;
  return FALSE;
}

/* Is the package somebody else's: of another archive by what is installed, or in no archive of the line? */
static gboolean is_others(const CrAptPackage *package)
{
  if (package->installed)
    return package->installed->steward.kind != CR_STEWARD_DISTRIBUTION;
  for (const CrAptVersion *version = package->versions; version; version = version->next)
    if (is_in_line(version))
      return FALSE;
  return TRUE;
}

gboolean cr_apt_version_leaves_line(const CrAptWorld *world, const CrAptVersion *version)
{
  if (!world->keeps_line || version == version->package->current || is_in_line(version))
    return FALSE;
  for (guint i = 0; i < version->file_count; i++)
    if (version->files[i]->data && !version->files[i]->data->archive.distribution && is_others(version->package))
      return FALSE;
  return TRUE;
}

CrAptVersion *cr_apt_package_find_candidate(CrAptWorld *world, CrAptPackage *package, gboolean with_pins)
{
  CrAptVersion *best = NULL;
  int best_priority = -1;
  for (CrAptVersion *version = package->versions; version; version = version->next) {
    int priority = cr_apt_version_get_priority(world, version, with_pins, NULL);
    if (priority == 0 || priority <= best_priority || cr_apt_version_leaves_line(world, version))
      continue;
    /* only a pin of 1000 and more goes back */
    if (package->current && priority < 1000 && cr_version_compare_deb(version->string, package->current->string) < 0)
      continue;
    best_priority = priority;
    best = version;
  }
  return best;
}
