/* SPDX-License-Identifier: Apache-2.0 */
/* Why an image has not a flaw that was asked for by its name. */
#include "advisory/matching.h"

#include <string.h>

/* Packages named in the sentence; the rest is counted. */
#define NAMED_MAX 3

typedef struct {
  CrMatching *matching;
  const char *id;
  const CrPackage *package; /* the first that a record of it names */
  const char *fixed;        /* the highest fix that an installed version has; NULL: it was never in it */
  const char *source;
  GString *names;
  guint count;
} Search;

static gboolean is_named(CrStrv names, const char *id)
{
  for (guint i = 0; names && names[i]; i++)
    if (!g_ascii_strcasecmp(cr_name_strip(names[i]), id))
      return TRUE;
  return FALSE;
}

static gboolean is_about(const CrAdvisory *advisory, const char *id)
{
  return !g_ascii_strcasecmp(cr_name_strip(advisory->id), id) || !g_ascii_strcasecmp(advisory->id, id) ||
         is_named(advisory->aliases, id) || is_named(advisory->related, id);
}

/* The highest version in which ADVISORY has it fixed, of those that are not above VERSION; or NULL. */
static const char *find_fixed(const CrAdvisory *advisory, CrVersionScheme scheme, const char *version)
{
  const char *fixed = NULL;
  for (guint i = 0; i < advisory->range_count; i++)
    for (guint k = 0; k < advisory->ranges[i].count; k++) {
      const CrEvent *event = &advisory->ranges[i].events[k];
      if (event->kind == CR_EVENT_FIXED && cr_version_compare(scheme, event->version, version) <= 0 &&
          (!fixed || cr_version_compare(scheme, event->version, fixed) > 0))
        fixed = event->version;
    }
  return fixed;
}

static void take(Search *search, const CrPackage *package, const CrAdvisory *advisory)
{
  CrVersionScheme scheme = cr_version_scheme_for(package->type);
  const char *fixed = find_fixed(advisory, scheme, package->source_version);
  if (!search->fixed && fixed) {
    search->fixed = fixed;
    search->source = advisory->source;
  }
  if (!search->source)
    search->source = advisory->source;
  if (search->package == package)
    return;
  search->package = package;
  if (search->count++ < NAMED_MAX)
    g_string_append_printf(search->names, "%s%s %s", search->names->len ? ", " : "", package->name, package->version);
}

static void look(Search *search, const CrPackage *package)
{
  const CrMatcher *matcher = cr_matching_find_matcher(search->matching, package);
  CrStrv ecosystems = matcher ? matcher->list_ecosystems(search->matching, package) : cr_strv_empty;
  const char *names[] = {package->name, strcmp(package->name, package->source_name) ? package->source_name : NULL};
  for (guint e = 0; ecosystems[e]; e++)
    for (guint n = 0; n < G_N_ELEMENTS(names) && names[n]; n++) {
      const GPtrArray *records = cr_matching_find(search->matching, ecosystems[e], names[n]);
      for (guint i = 0; i < records->len; i++)
        if (is_about(records->pdata[i], search->id))
          take(search, package, records->pdata[i]);
    }
}

static CrAbsence explain(const Search *search, CrArena *arena)
{
  CrMatching *matching = search->matching;
  g_autofree char *upper = g_ascii_strup(search->id, -1);
  CrFlaw flaw;
  g_autofree char *more =
      search->count > NAMED_MAX ? g_strdup_printf(" and %u more", search->count - NAMED_MAX) : g_strdup("");
  if (search->fixed)
    return (CrAbsence){"fixed", cr_arena_printf(arena, "%s has it fixed in %s; installed: %s%s", search->source,
                                                search->fixed, search->names->str, more)};
  if (search->package)
    return (CrAbsence){"not_affected", cr_arena_printf(arena, "by the word of %s it is not in the installed: %s%s",
                                                       search->source, search->names->str, more)};
  if (cr_advisories_find_flaw(matching->advisories, upper, arena, &flaw) ||
      cr_advisories_find_aliases(matching->advisories, search->id, arena)[0] ||
      cr_advisories_find_aliases(matching->advisories, upper, arena)[0])
    return (CrAbsence){"no_package", "it is known, and no advisory names a package of this image for it"};
  return (CrAbsence){"unknown", cr_arena_printf(arena, "no feed in the advisory database (data of %.10s) knows it",
                                                cr_advisories_get_date(matching->advisories)
                                                    ? cr_advisories_get_date(matching->advisories)
                                                    : "unknown date")};
}

CrAbsence cr_match_explain_absence(const CrMatchInput *input, const char *id, CrArena *arena)
{
  if (!input->advisories)
    return (CrAbsence){"not_checked", "there is no advisory data yet: careen db update"};
  CrMatching matching = {.input = input, .arena = arena};
  cr_matching_begin(&matching, cr_inventory_get_os(input->inventory));
  g_autoptr(GString) names = g_string_new(NULL);
  Search search = {.matching = &matching, .id = cr_name_strip(id), .names = names};
  const GPtrArray *packages = cr_inventory_get_packages(input->inventory);
  for (guint i = 0; i < packages->len; i++)
    look(&search, packages->pdata[i]);
  CrAbsence absence = explain(&search, arena);
  cr_matching_end(&matching);
  return absence;
}
