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
  CrArchives *archives;  /* or NULL: no archive asked */
  GPtrArray *updates;    /* CrUpdate*, for the meeting of the witnesses; `fixes` may be read */
  const char *const *no; /* reserved, NULL */
} CrMatchInput;

/* Fill FINDINGS (CrFinding*, in ARENA; one flaw in one package once, with all its names; sorted by what an
 * administrator should do first) and COVERAGE's `advisories` (rows of CrCoverage by type). `reach`, `seen_since`,
 * `suppressed` and layers are scan/'s. */
void cr_match_find_findings(const CrMatchInput *input, CrArena *arena, GPtrArray *findings, GPtrArray *coverage,
                            CrProblems *problems);
