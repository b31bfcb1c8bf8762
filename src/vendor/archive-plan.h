/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: one suite on its way from a line of configuration to verified lists. archive-plan.c says which suites
 * there are, archive-trust.c obtains and judges each, archive-lists.c opens their lists, archive-set.c joins it. */
#pragma once
#include "vendor/archive-fetch.h"
#include "vendor/keyring.h"

typedef struct {
  CrArchiveData data; /* first: what the rest of vendor/ sees */
  CrArena *arena;     /* of its own: suites are obtained in parallel */
  const CrKnownArchive *known;
  const char *uri;          /* public address, no mirror applied */
  const char *archived_uri; /* or NULL */
  const char *suite;        /* as in the address: "bookworm", "buster/updates", "./" */
  gboolean own_address;     /* an address of the distribution's own network */
  GPtrArray *sources;       /* CrAptSource*: lines that configure it */
  /* what was obtained */
  CrRelease *release;
  const char *folder; /* address that answered: of the suite */
  const char *base;   /* and of the files that its lists name */
  gint64 fetched;
  gboolean own;      /* vouched for by the distribution's keys */
  gboolean offline;  /* not asked because of --offline */
  char *error;       /* why it is not used */
  char *hint;        /* or NULL */
  GPtrArray *doubts; /* char*: why it is used but not in full */
  GPtrArray *notes;  /* char* */
} CrSuite;
CrSuite *cr_suite_new(const char *uri, const char *suite);
void cr_suite_free(CrSuite *suite);
void cr_suite_refuse(CrSuite *suite, const char *format, ...) G_GNUC_PRINTF(2, 3);
void cr_suite_doubt(CrSuite *suite, const char *format, ...) G_GNUC_PRINTF(2, 3);
void cr_suite_note(CrSuite *suite, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* An exact path: no dists/, no components. */
gboolean cr_suite_is_flat(const CrSuite *suite);
/* The folder of its release file below BASE; free with g_free. */
char *cr_suite_format_folder(const CrSuite *suite, const char *base);

/* What all steps share. */
typedef struct {
  CrArchives *set;
  CrTree *tree;
  const CrOs *os;
  const CrVendorOptions *options;
  const CrDistribution *distribution; /* or NULL */
  CrKeyring *keyring; /* its keys for releases that are not over, read once; NULL: whoever needs them learns why */
  CrProblems *problems;
  GPtrArray *suites;  /* CrSuite*, in the order of reports */
  GPtrArray *sources; /* CrAptSource* */
} CrArchivePlan;

/* ---- archive-plan.c ---- */

/* Fill PLAN->suites: the release's own, then what the image configures beside them. */
void cr_archive_plan_make(CrArchivePlan *plan);
/* When all are obtained: mirrors of the distribution become what they are copies of, names are given, crossings said.
 */
void cr_archive_plan_join(CrArchivePlan *plan);

/* ---- archive-trust.c ---- */

/* Obtain SUITE's release file: from the cache or the network, verified, fresh enough. Any number in parallel. */
void cr_archive_obtain(const CrArchivePlan *plan, CrSuite *suite);
/* Would that ask? */
gboolean cr_archive_needs_network(const CrArchivePlan *plan, const CrSuite *suite);
/* Is SUITE named by --allow-expired? */
gboolean cr_archive_is_allowed(const CrVendorOptions *options, const CrSuite *suite);

/* ---- archive-lists.c ---- */

/* Open, or fetch and compile, the lists of every suite that has a release file. */
void cr_archive_open_lists(CrArchivePlan *plan);
