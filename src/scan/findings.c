/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "base/order.h"

#include "advisory/match.h"
#include "model/version.h"

#include <string.h>

CrAdvisories *cr_scan_open_advisories(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(GError) error = NULL;
  CrAdvisories *advisories = cr_advisories_open(options->cache, &error);
  if (error)
    cr_problems_add_error(scan->problems, CR_PROBLEM_PARTIAL, "advisories", error);
  return advisories;
}

GBytes *cr_scan_find_product(const char *product, gint64 *asked, gpointer data)
{
  const GPtrArray *feeds = cr_advisories_get_feeds(data);
  for (guint i = 0; i < feeds->len; i++) {
    const CrFeedState *feed = feeds->pdata[i];
    g_autoptr(GDateTime) time =
        !strcmp(feed->name, "endoflife") && feed->fetched ? g_date_time_new_from_iso8601(feed->fetched, NULL) : NULL;
    if (time)
      *asked = g_date_time_to_unix(time);
  }
  return cr_advisories_find_product(data, product);
}

/* Archives that neither label what is for security nor carry changelogs (apk; rpm without notices of updates): an
 * update is for security when advisories say that it closes a flaw. */
static gboolean is_silent(const CrUpdate *update)
{
  return strcmp(update->package->type, "deb") != 0 && !update->fixes;
}

static gboolean closes(const CrUpdate *update, const CrFinding *finding)
{
  CrVersionScheme scheme = cr_version_scheme_for(finding->package->type);
  return finding->package == update->package && finding->fixed &&
         cr_version_compare(scheme, update->source_version ? update->source_version : update->candidate,
                            finding->fixed) >= 0;
}

static void take_fixes(CrScan *scan, CrUpdate *update)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (closes(update, finding) && !g_ptr_array_find_with_equal_func(names, finding->id, g_str_equal, NULL))
      g_ptr_array_add(names, (gpointer)finding->id);
  }
  g_ptr_array_sort(names, cr_compare_texts);
  const char **list = cr_arena_alloc(scan->arena, (names->len + 1) * sizeof *list);
  for (guint i = 0; i < names->len; i++)
    list[i] = names->pdata[i];
  list[names->len] = NULL;
  update->fixes = list;
  update->security |= names->len > 0 && update->archive->distribution;
}

static void judge_updates(CrScan *scan)
{
  guint unknown = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    CrUpdate *update = scan->updates->pdata[i];
    if (!is_silent(update))
      continue;
    if (update->package->advisories)
      take_fixes(scan, update);
    else
      unknown++;
  }
  if (unknown)
    cr_problems_add(scan->problems, CR_PROBLEM_PARTIAL, "updates",
                    "whether %u update%s for security is not known: the archive does not say it, and no advisories "
                    "are at hand (careen db update)",
                    unknown, unknown == 1 ? " is" : "s are");
}

static CrMatchInput make_input(const CrScan *scan, const CrCache *cache)
{
  return (CrMatchInput){
      .advisories = scan->advisories,
      .inventory = scan->inventory,
      .archives = scan->archive_set,
      .updates = scan->updates,
      .cache = cache,
  };
}

CrAbsence cr_scan_explain_absence(const CrScan *scan, const char *id, CrArena *arena)
{
  CrMatchInput input = make_input(scan, NULL);
  return cr_match_explain_absence(&input, id, arena);
}

void cr_scan_find_findings(CrScan *scan, const CrScanOptions *options)
{
  CrMatchInput input = make_input(scan, options->cache);
  cr_match_find_findings(&input, scan->arena, scan->findings, scan->coverage, scan->problems);
  for (guint i = 0; i < scan->findings->len; i++) {
    CrFinding *finding = scan->findings->pdata[i];
    finding->reach = finding->absent ? CR_REACH_UNREACHED : finding->package->reach.level;
  }
  cr_findings_sort(scan->findings);
  judge_updates(scan);
  if (scan->advisories)
    scan->data_advisories = cr_arena_strdup(scan->arena, cr_advisories_get_date(scan->advisories));
}
