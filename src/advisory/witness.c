/* SPDX-License-Identifier: Apache-2.0 */
/* Advisories and archives are two witnesses that do not know of each other. Where they disagree it is said. */
#include "advisory/matching.h"

#include <string.h>

#define NAMES_SHOWN 3

typedef struct {
  GString *names;
  guint count;
} Examples;

static void add_example(Examples *examples, const char *format, const char *a, const char *b)
{
  if (examples->count < NAMES_SHOWN)
    g_string_append_printf(examples->names, "%s%s %s%s", examples->count ? ", " : "", a, format, b);
  else if (examples->count == NAMES_SHOWN)
    g_string_append(examples->names, ", …");
  examples->count++;
}

/* ---- an advisory says fixed, no archive has it ---- */

static void tell_pending(CrMatching *matching, const GPtrArray *findings)
{
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Examples examples = {names, 0};
  for (guint i = 0; i < findings->len; i++) {
    const CrFinding *finding = findings->pdata[i];
    if (!finding->fixed || strcmp(finding->status, "pending_archive") != 0)
      continue;
    if (g_hash_table_add(seen, g_strdup_printf("%s %s", finding->package->source_name, finding->id)))
      add_example(&examples, "in ", finding->id,
                  cr_arena_printf(matching->arena, "%s %s", finding->package->source_name, finding->fixed));
  }
  if (!examples.count)
    return;
  if (matching->answering)
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "%u flaw%s fixed by the advisories in versions that no verified archive has: %s", examples.count,
                    examples.count == 1 ? " is" : "s are", names->str);
  else
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "%u flaw%s fixed by the advisories; whether the fix can be installed is not known, for no verified "
                    "archive answered: %s",
                    examples.count, examples.count == 1 ? " is" : "s are", names->str);
}

/* Families whose archives are not asked yet, or did not answer. */
static void tell_unproved(CrMatching *matching, const GPtrArray *findings)
{
  guint count = 0;
  for (guint i = 0; !matching->answering && i < findings->len; i++) {
    const CrFinding *finding = findings->pdata[i];
    gboolean system = !strcmp(finding->package->type, "apk") || !strcmp(finding->package->type, "rpm");
    count += system && !strcmp(finding->status, "fixable");
  }
  if (count)
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "that %u finding%s fixable is the advisories' word: no verified archive answered", count,
                    count == 1 ? " is" : "s are");
}

/* ---- an archive has a security update, no advisory knows of it ---- */

static gboolean is_known(const GPtrArray *records, const char *cve)
{
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i];
    if (!strcmp(cr_name_strip(advisory->id), cve) || g_strv_contains(advisory->aliases, cve) ||
        (advisory->related && g_strv_contains(advisory->related, cve)))
      return TRUE;
  }
  return FALSE;
}

static void compare_update(CrMatching *matching, CrStrv ecosystems, const CrUpdate *update, GHashTable *seen,
                           Examples *examples)
{
  for (guint i = 0; update->fixes && update->fixes[i]; i++) {
    if (!cr_name_is_cve(update->fixes[i]))
      continue;
    gboolean known = FALSE;
    for (guint e = 0; !known && ecosystems[e]; e++)
      known = is_known(cr_matching_find(matching, ecosystems[e], update->package->source_name), update->fixes[i]);
    if (!known && g_hash_table_add(seen, g_strdup_printf("%s %s", update->package->source_name, update->fixes[i])))
      add_example(examples, "by ", update->fixes[i],
                  cr_arena_printf(matching->arena, "%s %s", update->source, update->candidate));
  }
}

static void tell_unknown(CrMatching *matching)
{
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Examples examples = {names, 0};
  const GPtrArray *updates = matching->input->updates;
  for (guint i = 0; updates && i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    const CrMatcher *matcher =
        update->security && update->package->advisories ? cr_matching_find_matcher(matching, update->package) : NULL;
    if (matcher)
      compare_update(matching, matcher->list_ecosystems(matching, update->package), update, seen, &examples);
  }
  if (examples.count)
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "%u flaw%s fixed by updates in the archives that no advisory of their packages names: %s",
                    examples.count, examples.count == 1 ? " is" : "s are", names->str);
}

void cr_witness_compare(CrMatching *matching, const GPtrArray *findings)
{
  tell_pending(matching, findings);
  tell_unproved(matching, findings);
  tell_unknown(matching);
}
