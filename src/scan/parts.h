/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a scan that are scan/'s own: they only join what the modules below have answered. Private to scan/. */
#pragma once
#include "scan/scan.h"

/* The merged tree of an opened source: layers from the cache, the missing ones by one pass each. */
CrTree *cr_scan_read_tree(CrSource *source, const CrScanOptions *options, CrProblems *problems, guint *layers_read,
                          GError **error);

/* scan/reach.c: give each package and unowned file the highest level of its files, with the way to it. */
void cr_scan_spread_reach(CrScan *scan);
/* scan/base.c: what came with the base, what the newest base would fix; `from` of each update. */
void cr_scan_judge_base(CrScan *scan, const CrScanOptions *options);
/* scan/coverage.c: a row for each kind of package, with what archives answer for it. */
void cr_scan_list_coverage(CrScan *scan);
/* scan/findings.c: what the advisories know of the packages, with their reach; `advisories` of the coverage. */
void cr_scan_find_findings(CrScan *scan, const CrScanOptions *options);
/* scan/findings.c: the advisory database; NULL: none yet, or damaged (said). */
CrAdvisories *cr_scan_open_advisories(CrScan *scan, const CrScanOptions *options);
/* scan/findings.c: CrVendorOptions.find_product of a CrAdvisories. */
GBytes *cr_scan_find_product(const char *product, gint64 *asked, gpointer advisories);
/* scan/coverage.c: which ecosystems and releases no data answers for is a `partial` problem. */
void cr_scan_judge_coverage(CrScan *scan);
/* scan/verdict.c: the counts, the verdict and its reasons (CONTRACT.md §3 "verdict", the first that applies). */
void cr_scan_judge_verdict(CrScan *scan, const CrScanOptions *options);
/* scan/verdict.c: only how complete the look was, for callers that ask for nothing else. */
void cr_scan_judge_inventory(CrScan *scan);
/* scan/names.c: a note with the exact bytes of each text in the answer that is not UTF-8. The last to add problems. */
void cr_scan_tell_odd_names(CrScan *scan);
/* scan/verdict.c: time stamps. */
void cr_scan_stamp(CrScan *scan, const CrScanOptions *options);
