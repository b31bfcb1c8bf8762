/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "advisory/match.h"

/* NULL: none yet, or damaged (said). */
static CrAdvisories *open_database(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(GError) error = NULL;
  CrAdvisories *advisories = cr_advisories_open(options->cache, &error);
  if (error)
    cr_problems_add_error(scan->problems, CR_PROBLEM_PARTIAL, "advisories", error);
  return advisories;
}

void cr_scan_find_findings(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(CrAdvisories) advisories = open_database(scan, options);
  CrMatchInput input = {
      .advisories = advisories,
      .inventory = scan->inventory,
      .archives = scan->archive_set,
      .updates = scan->updates,
      .cache = options->cache,
  };
  cr_match_find_findings(&input, scan->arena, scan->findings, scan->coverage, scan->problems);
  for (guint i = 0; i < scan->findings->len; i++) {
    CrFinding *finding = scan->findings->pdata[i];
    finding->reach = finding->package->reach.level;
  }
  cr_findings_sort(scan->findings);
  if (advisories)
    scan->data_advisories = cr_arena_strdup(scan->arena, cr_advisories_get_date(advisories));
}
