/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "advisory/match.h"

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

void cr_scan_find_findings(CrScan *scan, const CrScanOptions *options)
{
  CrMatchInput input = {
      .advisories = scan->advisories,
      .inventory = scan->inventory,
      .archives = scan->archive_set,
      .updates = scan->updates,
      .cache = options->cache,
  };
  cr_match_find_findings(&input, scan->arena, scan->findings, scan->coverage, scan->problems);
  for (guint i = 0; i < scan->findings->len; i++) {
    CrFinding *finding = scan->findings->pdata[i];
    finding->reach = finding->absent ? CR_REACH_UNREACHED : finding->package->reach.level;
  }
  cr_findings_sort(scan->findings);
  if (scan->advisories)
    scan->data_advisories = cr_arena_strdup(scan->arena, cr_advisories_get_date(scan->advisories));
}
