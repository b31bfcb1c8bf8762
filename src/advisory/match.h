/* SPDX-License-Identifier: Apache-2.0 */
/* Which known flaws does each package have, judged as its own vendor would. A family: one const struct per vendor or
 * language group, one file each (match-debian.c, match-ubuntu.c, match-alpine.c, match-rpm.c, match-osv.c), one table
 * in match.c. The second of careen's two witnesses; where it disagrees with the archives, PROBLEMS say so. */
#pragma once
#include "advisory/database.h"
#include "inventory/inventory.h"
#include "vendor/vendor.h"

typedef struct {
  CrAdvisories *advisories; /* NULL: no data; everything is then not checked */
  CrInventory *inventory;
  CrArchives *archives; /* or NULL: no archive asked */
  GPtrArray *updates;   /* CrUpdate*, for the meeting of the witnesses; `fixes` may be read */
  const CrCache *cache; /* where the ecosystems seen are noted for the next update, or NULL */
} CrMatchInput;

/* Fill FINDINGS (CrFinding*, in ARENA; one flaw in one package once, with all its names), each package's `advisories`
 * and that of COVERAGE's rows (CrCoverage by type). `reach`, `seen_since`, `suppressed` are scan/'s. */
void cr_match_find_findings(const CrMatchInput *input, CrArena *arena, GPtrArray *findings, GPtrArray *coverage,
                            CrProblems *problems);
/* What an administrator should do first, first: exploited, then severity, reach, EPSS, then id and package. */
void cr_findings_sort(GPtrArray *findings);
/* Does its fix need a new build of the image, not a package manager (a language's package)? */
gboolean cr_finding_needs_build(const CrFinding *finding);
