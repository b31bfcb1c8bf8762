/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of the problem resolver: how much harm changing a package would do (pkgProblemResolver::MakeScores). */
#include "vendor/apt.h"
#include <stdlib.h>

static int get_setting(const CrAptWorld *world, const char *name, int fallback)
{
  g_autofree char *full = g_strconcat("pkgproblemresolver::scores::", name, NULL);
  return cr_apt_config_get_integer(world->settings, full, fallback);
}

/* What one relation of an installed version adds to whom it is on. */
static void spread_relation(CrAptWorld *world, CrAptRelation *relation, int points)
{
  cr_apt_relation_resolve(world, relation);
  CrAptPackage *target = relation->target;
  if (!cr_apt_relation_ignores(relation, target)) {
    if (relation->version &&
        (!target->install || !cr_apt_version_satisfies(target->install->string, relation->op, relation->version)))
      return; /* apt looks at no provider either then */
    target->score += points;
  }
  for (guint i = 0; i < relation->target_count; i++) {
    CrAptPackage *package = relation->targets[i]->package;
    if (package != target && package->install == relation->targets[i])
      package->score += points;
  }
}

static void score_own(CrAptWorld *world, CrAptPackage *package, const int *classes, int essential, int not_obsolete)
{
  CrAptVersion *version = package->install;
  if (package->essential || package->important)
    package->score += essential;
  package->score += classes[cr_apt_version_is_downloadable(version) ? version->priority_class : 5];
  if (package->current && package->candidate && cr_apt_version_is_downloadable(package->candidate))
    package->score += not_obsolete;
  static const char *const names[] = {"predepends", "depends", "conflicts", "breaks", "recommends", "suggests"};
  static const int fallbacks[] = {1, 1, -1, -1, 1, 0};
  int points[G_N_ELEMENTS(names)];
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    points[i] = get_setting(world, names[i], fallbacks[i]);
  for (guint i = 0; i < version->relation_count; i++)
    if (points[version->relations[i].type])
      spread_relation(world, &version->relations[i], points[version->relations[i].type]);
}

/* A package inherits the score of those that depend on it. */
static void inherit(CrAptPackage *package)
{
  for (const CrAptRelation *relation = package->reverse; relation; relation = relation->next_reverse) {
    const CrAptPackage *parent = relation->parent->package;
    if (relation->parent == parent->install && parent->old_score > 0 &&
        (relation->type == CR_APT_DEPENDS || relation->type == CR_APT_PRE_DEPENDS ||
         relation->type == CR_APT_RECOMMENDS))
      package->score += parent->old_score;
  }
}

/* …and who provides it inherits that. */
static void pass_to_providers(CrAptWorld *world, CrAptPackage *package, int points)
{
  const GArray *provides = cr_apt_package_get_provides(world, package);
  g_autoptr(GPtrArray) seen = g_ptr_array_new();
  for (guint i = 0; i < provides->len; i++) {
    CrAptVersion *owner = g_array_index(provides, CrAptProvide, i).owner;
    CrAptPackage *provider = owner->package;
    if (provider->group == package->group || provider->install != owner || g_ptr_array_find(seen, provider, NULL))
      continue;
    g_ptr_array_add(seen, provider);
    provider->score += points;
  }
}

/* Of names without a version too: what depends on them raises them all the same. */
static void clear(CrAptWorld *world)
{
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, world->groups);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    CrAptGroup *group = value;
    for (guint i = 0; i < group->package_count; i++)
      group->packages[i].score = group->packages[i].old_score = 0;
  }
}

void cr_apt_make_scores(CrAptWorld *world)
{
  const int classes[] = {0,
                         get_setting(world, "required", 3),
                         get_setting(world, "important", 2),
                         get_setting(world, "standard", 1),
                         get_setting(world, "optional", -1),
                         get_setting(world, "extra", -2)};
  int essential = get_setting(world, "essentials", 100);
  int not_obsolete = get_setting(world, "notobsolete", 1);
  int add_protected = get_setting(world, "addprotected", 10000);
  int add_essential = get_setting(world, "addessential", 5000);
  g_autoptr(GPtrArray) installing = g_ptr_array_new();
  clear(world);
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (package->install)
      g_ptr_array_add(installing, package);
  }
  for (guint i = 0; i < installing->len; i++)
    cr_apt_version_parse(world, ((CrAptPackage *)installing->pdata[i])->install);
  cr_apt_sort_packages(installing);
  for (guint i = 0; i < installing->len; i++)
    score_own(world, installing->pdata[i], classes, essential, not_obsolete);
  for (guint i = 0; i < installing->len; i++) {
    CrAptPackage *package = installing->pdata[i];
    package->old_score = package->score;
  }
  for (guint i = 0; i < installing->len; i++)
    inherit(installing->pdata[i]);
  for (guint i = 0; i < installing->len; i++) {
    CrAptPackage *package = installing->pdata[i];
    int points = abs(package->score - package->old_score);
    if (points)
      pass_to_providers(world, package, points);
  }
  for (guint i = 0; i < world->packages->len; i++) {
    CrAptPackage *package = world->packages->pdata[i];
    if (package->fixed)
      package->score += add_protected;
    if (package->essential || package->important)
      package->score += add_essential;
  }
}
