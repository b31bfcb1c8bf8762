/* SPDX-License-Identifier: Apache-2.0 */
/* New packages that were brought in on the way and that nothing needs in the end are not installed. What is needed: all
 * that was installed by hand or is essential, important, required, held or protected, and what those depend on,
 * recommend and suggest (pkgDepCache::MarkRequired). What is dropped so comes back where a package that stays or comes
 * names it in a relation, be that satisfied otherwise or not; but only where anything at all in the world lacks a
 * dependency or recommendation then ("DoAutomaticRemove"). */
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

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
  if (package->essential || package->important || package->protect)
    return TRUE;
  if (!package->current)
    return FALSE; /* what comes in comes automatically */
  return !package->installed->automatic || package->current->priority_class == 1 ||
         (package->hold && !world->ignore_hold);
}

/* Of several packages of one source that satisfy a relation only those of its newest version are needed. */
static gboolean is_superseded(const CrAptRelation *relation, const CrAptVersion *version)
{
  for (guint i = 0; i < relation->target_count; i++) {
    const CrAptVersion *other = relation->targets[i];
    if (get_version(other->package) == other && strcmp(other->source_name, version->source_name) == 0 &&
        cr_version_compare_deb(other->source_version, version->source_version) > 0)
      return TRUE;
  }
  return FALSE;
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
    for (guint k = 0; k < relation->target_count; k++) {
      const CrAptVersion *target = relation->targets[k];
      if (get_version(target->package) == target && !is_superseded(relation, target))
        mark(marking, target->package);
    }
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

/* ---- what comes back ---- */

/* Does RELATION name PACKAGE, or what its candidate provides? */
static gboolean names(CrAptWorld *world, const CrAptRelation *relation, const CrAptPackage *package)
{
  if (relation->target == package)
    return TRUE;
  const GArray *provides = cr_apt_package_get_provides(world, relation->target);
  for (guint i = 0; i < provides->len; i++)
    if (g_array_index(provides, CrAptProvide, i).owner == package->candidate)
      return TRUE;
  return FALSE;
}

static gboolean is_named_by(CrAptWorld *world, CrAptVersion *version, const CrAptPackage *package)
{
  cr_apt_version_parse(world, version);
  for (guint i = 0; i < version->relation_count; i++) {
    const CrAptRelation *relation = &version->relations[i];
    if (!cr_apt_relation_is_negative(relation) && cr_apt_relation_is_important(world, relation) &&
        names(world, relation, package))
      return TRUE;
  }
  return FALSE;
}

/* By the version that PACKAGE keeps, or that it is upgraded to or comes with; apt forgets those that go back. */
static CrAptVersion *get_speaker(const CrAptPackage *package)
{
  if (package->mode == CR_APT_KEEP)
    return package->current;
  return package->mode == CR_APT_INSTALL && package->status > 0 ? package->candidate : NULL;
}

static gboolean is_named(CrAptWorld *world, const CrAptPackage *package)
{
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptVersion *speaker = get_speaker(world->packages->pdata[i]);
    if (speaker && is_named_by(world, speaker, package))
      return TRUE;
  }
  return FALSE;
}

static gboolean lacks_anything(CrAptWorld *world)
{
  for (guint i = 0; i < world->packages->len; i++)
    if (cr_apt_package_is_policy_broken(world, world->packages->pdata[i]))
      return TRUE;
  return FALSE;
}

static void take_back(CrAptWorld *world, GPtrArray *dropped)
{
  for (guint i = 0; i < dropped->len; i++) {
    CrAptPackage *package = dropped->pdata[i];
    if (!is_named(world, package))
      continue;
    cr_apt_mark_install(world, package, FALSE, 0);
    g_ptr_array_remove_index(dropped, i);
    i = G_MAXUINT; /* from the start: it may name others */
  }
}

static void begin(Marking *marking, CrAptWorld *world)
{
  *marking = (Marking){world, cr_apt_config_get_boolean(world->settings, "apt::autoremove::recommendsimportant", TRUE),
                       cr_apt_config_get_boolean(world->settings, "apt::autoremove::suggestsimportant", TRUE),
                       g_hash_table_new(NULL, NULL), g_ptr_array_new()};
}

static void end(const Marking *marking)
{
  g_hash_table_unref(marking->marked);
  g_ptr_array_unref(marking->work);
}

gboolean cr_apt_drop_garbage(CrAptWorld *world)
{
  g_autoptr(GPtrArray) new = g_ptr_array_new();
  g_autoptr(GPtrArray) dropped = g_ptr_array_new();
  Marking marking;
  begin(&marking, world);
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (is_new(package))
      g_ptr_array_add(new, package);
    if (is_root(world, package))
      mark(&marking, package);
  }
  if (new->len)
    run(&marking);
  for (guint i = 0; i < new->len; i++)
    if (!g_hash_table_contains(marking.marked, new->pdata[i]) && cr_apt_mark_delete(world, new->pdata[i], 0))
      g_ptr_array_add(dropped, new->pdata[i]);
  end(&marking);
  if (dropped->len && lacks_anything(world))
    take_back(world, dropped);
  return !dropped->len || !cr_apt_world_count_broken(world);
}

/* ---- what `autoremove` would take ---- */

/* APT::NeverAutoRemove: extended regular expressions over names, a newline between them. */
static GPtrArray *compile_never(const CrAptWorld *world)
{
  GPtrArray *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);
  g_auto(GStrv) lines = g_strsplit(cr_apt_config_get(world->settings, "apt::neverautoremove::", ""), "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    GRegex *pattern = *lines[i] ? g_regex_new(lines[i], (GRegexCompileFlags)0, (GRegexMatchFlags)0, NULL) : NULL;
    if (pattern)
      g_ptr_array_add(patterns, pattern);
  }
  return patterns;
}

/* Kernels, too, which apt protects by the one that runs; an image has no such one, and whoever has some keeps them. */
static gboolean is_never(const GPtrArray *patterns, const char *name)
{
  gboolean never = g_str_has_prefix(name, "linux-");
  for (guint i = 0; i < patterns->len && !never; i++)
    never = g_regex_match(patterns->pdata[i], name, (GRegexMatchFlags)0, NULL);
  return never;
}

GHashTable *cr_apt_find_unused(CrAptWorld *world)
{
  g_autoptr(GPtrArray) never = compile_never(world);
  GHashTable *unused = g_hash_table_new(NULL, NULL);
  Marking marking;
  begin(&marking, world);
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (is_root(world, package) || (package->current && is_never(never, package->group->name)))
      mark(&marking, package);
  }
  run(&marking);
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (package->current && get_version(package) && !g_hash_table_contains(marking.marked, package))
      g_hash_table_add(unused, package);
  }
  end(&marking);
  return unused;
}
