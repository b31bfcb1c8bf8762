/* SPDX-License-Identifier: Apache-2.0 */
/* New packages that were brought in on the way and that nothing needs in the end are not installed. What is needed: all
 * that was installed by hand or is essential, important, required or held, and what those depend on, recommend and
 * suggest (pkgDepCache::MarkRequired). */
#include "vendor/apt.h"

typedef struct {
  CrAptWorld *world;
  gboolean recommends, suggests;
  GHashTable *marked; /* CrAptPackage* */
  GPtrArray *work;    /* CrAptPackage* whose relations are to be followed */
} Marking;

/* What will be there of PACKAGE. */
static CrAptVersion *get_version(const CrAptPackage *package)
{
  return package->mode == CR_APT_INSTALL ? package->install : package->mode == CR_APT_KEEP ? package->current : NULL;
}

static void mark(const Marking *marking, CrAptPackage *package)
{
  if (get_version(package) && g_hash_table_add(marking->marked, package))
    g_ptr_array_add(marking->work, package);
}

static gboolean is_root(const CrAptWorld *world, const CrAptPackage *package)
{
  if (!package->current)
    return FALSE; /* what comes in comes automatically */
  return !package->installed->automatic || package->essential || package->important ||
         package->current->priority_class == 1 || (package->hold && !world->ignore_hold);
}

static void follow(const Marking *marking, CrAptVersion *version)
{
  cr_apt_version_parse(marking->world, version);
  for (guint i = 0; i < version->relation_count; i++) {
    CrAptRelation *relation = &version->relations[i];
    if (cr_apt_relation_is_negative(relation) || (relation->type == CR_APT_RECOMMENDS && !marking->recommends) ||
        (relation->type == CR_APT_SUGGESTS && !marking->suggests))
      continue;
    cr_apt_relation_resolve(marking->world, relation);
    for (guint k = 0; k < relation->target_count; k++)
      if (get_version(relation->targets[k]->package) == relation->targets[k])
        mark(marking, relation->targets[k]->package);
  }
}

/* Every new package that is needed by one that stays is kept, whatever brought that one in. */
static void run(const Marking *marking)
{
  while (marking->work->len) {
    CrAptPackage *package = g_ptr_array_steal_index_fast(marking->work, marking->work->len - 1);
    follow(marking, get_version(package));
  }
}

static gboolean is_new(const CrAptPackage *package)
{
  return package->mode == CR_APT_INSTALL && !package->current;
}

void cr_apt_drop_garbage(CrAptWorld *world)
{
  g_autoptr(GHashTable) marked = g_hash_table_new(NULL, NULL);
  g_autoptr(GPtrArray) work = g_ptr_array_new();
  g_autoptr(GPtrArray) new = g_ptr_array_new();
  Marking marking = {world, cr_apt_config_get_boolean(world->settings, "apt::autoremove::recommendsimportant", TRUE),
                     cr_apt_config_get_boolean(world->settings, "apt::autoremove::suggestsimportant", TRUE), marked,
                     work};
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (is_new(package))
      g_ptr_array_add(new, package);
    if (is_root(world, package) || (is_new(package) && (package->essential || package->important)))
      mark(&marking, package);
  }
  if (!new->len)
    return;
  run(&marking);
  g_autoptr(GPtrArray) dropped = g_ptr_array_new();
  for (guint i = 0; i < new->len; i++) {
    CrAptPackage *package = new->pdata[i];
    if (g_hash_table_contains(marked, package))
      continue;
    cr_apt_set_mode(package, CR_APT_KEEP, NULL);
    g_ptr_array_add(dropped, package);
  }
  /* …but not if an automatic package that stays needs it */
  gboolean changed = dropped->len > 0;
  while (changed) {
    changed = FALSE;
    for (guint i = 0; i < world->installed->len; i++) {
      CrAptPackage *package = world->installed->pdata[i];
      CrAptVersion *version = get_version(package);
      if (!version || !cr_apt_package_is_broken(world, package))
        continue;
      for (guint k = 0; k < dropped->len && cr_apt_package_is_broken(world, package); k++)
        changed |= cr_apt_mark_install(world, dropped->pdata[k], FALSE, 0) && is_new(dropped->pdata[k]);
      if (!changed)
        return;
    }
  }
}
