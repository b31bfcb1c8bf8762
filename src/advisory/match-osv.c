/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of programming languages, by OSV's records and each ecosystem's own version order. */
#include "advisory/matching.h"

#include <string.h>

static gboolean takes(const CrMatching *matching, const CrPackage *package)
{
  (void)matching;
  return cr_language_find_ecosystem(package->type) != NULL;
}

static CrStrv list_ecosystems(CrMatching *matching, const CrPackage *package)
{
  const char **list = cr_arena_alloc(matching->arena, 2 * sizeof *list);
  list[0] = cr_language_find_ecosystem(package->type);
  return list;
}

/* As OSV writes it: Go's without "v" (https://go.dev/doc/security/vuln/database), its own standard library without
 * "go". */
static const char *trim_version(const CrPackage *package)
{
  const char *version = package->version ? package->version : "";
  if (strcmp(package->type, "golang") != 0)
    return version;
  if (g_str_has_prefix(version, "go") && g_ascii_isdigit(version[2]))
    return version + 2;
  return version[0] == 'v' && g_ascii_isdigit(version[1]) ? version + 1 : version;
}

static gboolean has_name(const CrAdvisory *advisory, const char *name)
{
  return !strcmp(advisory->id, name) || g_strv_contains(advisory->aliases, name);
}

static gboolean is_same_flaw(const CrAdvisory *a, const CrAdvisory *b)
{
  if (has_name(b, a->id))
    return TRUE;
  for (guint i = 0; a->aliases[i]; i++)
    if (has_name(b, a->aliases[i]))
      return TRUE;
  return FALSE;
}

/* Modules have versions with "v", which OSV leaves out: the fix is written as the installed version is. */
static const char *spell_version(CrMatching *matching, const CrPackage *package, const char *fixed)
{
  gboolean with_v = !strcmp(package->type, "golang") && package->version[0] == 'v' && fixed && *fixed != 'v';
  return with_v ? cr_arena_printf(matching->arena, "v%s", fixed) : fixed;
}

/* A record that knows no end ("introduced 0", nothing else) is what a form makes of "some version": it yields to
 * another record of the same flaw that knows the fix. */
static gboolean is_overruled(const GPtrArray *records, const CrAdvisory *open, CrVersionScheme scheme,
                             const char *version)
{
  if (cr_range_is_bounded(open) || open->symbol_count) /* with symbols the Go team has looked at it */
    return FALSE;
  gboolean bounded = FALSE;
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *other = records->pdata[i];
    if (other == open || !cr_range_has_fix(other) || !is_same_flaw(open, other))
      continue;
    if (cr_range_judge(other, scheme, version).affected)
      return FALSE;
    bounded = TRUE;
  }
  return bounded;
}

/* Go's advisories name the functions that have the flaw, and a Go program all that it contains. */
static const char *find_absent(CrMatching *matching, const CrPackage *package, const CrAdvisory *advisory)
{
  guint count = 0;
  for (guint i = 0; i < advisory->symbol_count; i++) {
    const CrAffectedSymbols *part = &advisory->symbols[i];
    guint k = 0;
    do {
      const char *symbol = part->symbols ? part->symbols[k] : NULL;
      if (cr_inventory_find_go_symbol(matching->input->inventory, package, part->path, symbol) != CR_SYMBOL_ABSENT)
        return NULL;
      count++;
    } while (part->symbols && part->symbols[k] && part->symbols[++k]);
  }
  if (!count)
    return NULL;
  return cr_arena_printf(matching->arena, "none of the functions that %s names is in %s", advisory->id,
                         package->paths[0]);
}

static void judge(CrMatching *matching, const CrPackage *package, CrStrv list, GArray *hits)
{
  const char *version = trim_version(package);
  if (!*version)
    return; /* "(devel)"; what a package of the distribution owns is the distribution's to judge and not listed here */
  CrVersionScheme scheme = cr_version_scheme_for(package->type);
  const GPtrArray *records = cr_matching_find(matching, list[0], package->name);
  gboolean any = FALSE;
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i];
    CrRangeAnswer answer = cr_range_judge(advisory, scheme, version);
    answer.fixed = spell_version(matching, package, answer.fixed);
    gboolean affected = answer.affected && !is_overruled(records, advisory, scheme, version);
    /* Another record of the flaw may say how bad it is and what else it is called. */
    cr_matching_add_hit(hits, advisory, NULL, affected ? &answer : NULL);
    any = any || affected;
    if (affected && advisory->symbol_count && package->embedded)
      g_array_index(hits, CrHit, hits->len - 1).absent = find_absent(matching, package, advisory);
  }
  if (!any)
    g_array_set_size(hits, 0);
}

const CrMatcher cr_matcher_osv = {
    .name = "OSV",
    .offer = CR_OFFER_REGISTRY,
    .takes = takes,
    .list_ecosystems = list_ecosystems,
    .judge = judge,
};
