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

/* Why an image has no finding of a flaw. `status`:
 *   "fixed"         an installed version is at or above the fix
 *   "not_affected"  an advisory names an installed package and not its version
 *   "no_package"    the flaw is known, and no advisory names a package of the image for it
 *   "unknown"       no feed knows it
 *   "not_checked"   there are no advisories */
typedef struct {
  const char *status;
  const char *what; /* one phrase for people */
} CrAbsence;

/* Of the flaw ID (any of its names), which cr_match_find_findings has not found. Strings are constant or in ARENA. */
CrAbsence cr_match_explain_absence(const CrMatchInput *input, const char *id, CrArena *arena);

/* What an administrator should do first, first: exploited, then severity, reach, EPSS, then id and package. */
void cr_findings_sort(GPtrArray *findings);
/* Does its fix need a new build of the image, not a package manager (a language's package)? */
gboolean cr_finding_needs_build(const CrFinding *finding);
