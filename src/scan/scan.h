/* SPDX-License-Identifier: Apache-2.0 */
/* One image, every question: the table of contents of the product is scan.c. */
#pragma once
#include "advisory/match.h"
#include "advisory/suppress.h"
#include "base/arena.h"
#include "base/cache.h"
#include "base/http.h"
#include "image/readers.h"
#include "image/source.h"
#include "image/tree.h"
#include "inventory/inventory.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"
#include "reach/reach.h"
#include "vendor/vendor.h"

typedef enum {
  CR_VERDICT_BLIND,
  CR_VERDICT_REPLACE,
  CR_VERDICT_PATCH,
  CR_VERDICT_REBUILD,
  CR_VERDICT_CURRENT
} CrVerdict;
const char *cr_verdict_get_name(CrVerdict verdict);

typedef struct {
  CrSourceOptions source;
  CrVendorOptions vendor;
  CrReachOptions reach;
  CrSuppressions *suppressions; /* or NULL */
  CrCache *cache;
  guint jobs;
  CrReaders *apart;        /* layers are read in processes of their own (image/apart.h); NULL: in this one */
  gboolean inventory_only; /* what is in it, not what could be installed or who watches: no archive is asked */
  gboolean as_of_given;
  gint64 now; /* seconds; the clock, or SOURCE_DATE_EPOCH for time stamps in output only */
} CrScanOptions;

typedef struct {
  CrVerdict verdict;
  const char *reason; /* one sentence for people: "4 of 13 security updates reach nginx" */
  CrStrv reasons;     /* all verdict words that apply with their reason: "patch: 13 security updates", … */
  guint packages, updates, security_updates, reached_security_updates;
  guint findings[CR_SEVERITY_COUNT];
  guint exploited, unwatched;
  gboolean complete; /* no partial and no blind problem */
} CrSummary;

/* The answer. Everything hangs on ARENA or on the parts below; constant after cr_scan_run. */
typedef struct {
  CrArena *arena;
  const CrImage *image;
  const char *created; /* of this report, ISO 8601: only as_of and data dates are printed */
  const char *as_of;   /* YYYY-MM-DD, or NULL: today */
  GDate today; /* what ages is judged by: as_of, else the clock, whatever SOURCE_DATE_EPOCH (builds set it) says */
  CrOs *os;
  CrBase base;
  guint archive_count;
  const CrArchive *const *archives;
  GPtrArray *packages;  /* CrPackage* */
  GPtrArray *updates;   /* CrUpdate* */
  GPtrArray *findings;  /* CrFinding* */
  GPtrArray *unowned;   /* CrUnowned* */
  GPtrArray *coverage;  /* CrCoverage* */
  CrProblems *problems; /* sorted */
  CrSummary summary;
  const char *data_advisories, *data_support; /* dates or NULL */
  const char *command;                        /* what it runs, for people, or NULL */
  guint layers_read;                          /* not from the cache */

  /* kept for `why`, `sbom`, `diff` */
  CrSource *source;
  CrTree *tree;
  CrInventory *inventory;
  CrReach *reach;
  CrArchives *archive_set;
  CrAdvisories *advisories; /* or NULL */
  CrVendorOptions vendor;   /* as given, with what the advisories have at hand */
} CrScan;

/* The union of what every reader needs of a layer, NULL-terminated: who reads one beside a scan (the new layer of a
 * patch) gives the pass these. */
const CrCollector *const *cr_scan_get_collectors(void);
/* NULL with ERROR: no report possible (exit 2 or 4). */
CrScan *cr_scan_run(const char *image, const CrScanOptions *options, GError **error);
/* The same of an image that is open already; SOURCE, and PROBLEMS of opening it, are taken in every case. */
CrScan *cr_scan_run_source(CrSource *source, CrProblems *problems, const CrScanOptions *options, GError **error);
/* Was everything examined that should be? FALSE: a problem says what was not. */
gboolean cr_scan_is_inventory_whole(const CrScan *scan);
/* Is the package watched by nobody but its builder, or checked by no data? */
gboolean cr_scan_is_unwatched(const CrScan *scan, const CrPackage *package);
/* Why it has no finding of the flaw ID; strings in ARENA. */
CrAbsence cr_scan_explain_absence(const CrScan *scan, const char *id, CrArena *arena);
void cr_scan_free(CrScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrScan, cr_scan_free)
/* 0 or 3 by the problems; gates come on top in cli/. */
int cr_scan_get_exit_code(const CrScan *scan);
