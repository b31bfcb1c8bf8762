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
  const char *key;    /* of it in the cache; NULL: it was not asked */
  const char *hash;   /* of the release file in use: CrSite.hash */
  const char *asked;  /* the folder that was asked last, where… */
  char *failure;      /* …nothing came, and why; or NULL */
  gboolean unsettled; /* something of it was refused or did not come: archive-state.h */
  gboolean own;       /* vouched for by the distribution's keys */
  gboolean offline;   /* not asked because of --offline */
  char *error;        /* why it is not used */
  char *hint;         /* or NULL */
  GPtrArray *doubts;  /* char*: why it is used but not in full */
  GPtrArray *notes;   /* char* */
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

/* What is to be judged. */
typedef struct {
  const char *hash;
  GBytes *release, *signature; /* RELEASE NULL: a kept verdict only */
  GBytes *body;                /* CrFetched.body */
} CrReleaseCandidate;

/* A kind of archive: how the archives of one package manager are planned, fetched, verified, read and asked. What all
 * have in common (the cache, conditional requests, --offline, steps back in time, falling back) is archive-trust.c's
 * and archive-set.c's. */
struct CrArchiveKind {
  const char *type; /* purl type of the packages that it answers for */
  /* Fill set->native and architectures. */
  void (*find_architectures)(CrArchivePlan *plan, CrInventory *inventory);
  /* Fill PLAN->suites: the release's own, then what the image configures beside them. */
  void (*make)(CrArchivePlan *plan);
  /* Ask FOLDER for the release file of SUITE, on condition that it is another than OLD's. */
  gboolean (*fetch)(const CrArchivePlan *plan, const CrSuite *suite, const char *folder, const CrSite *old,
                    CrFetched *fetched, GError **error);
  /* Who vouches for CANDIDATE, and is it what was asked for? NULL without ERROR: the bytes are needed. */
  CrRelease *(*judge)(const CrArchivePlan *plan, CrSuite *suite, gboolean archived, const CrReleaseCandidate *candidate,
                      gboolean *own, GError **error);
  void (*join)(CrArchivePlan *plan);
  void (*open_lists)(CrArchivePlan *plan);
  /* cr_archives_find_updates. */
  void (*find_updates)(CrArchives *archives, CrInventory *inventory, CrArena *arena, GPtrArray *updates,
                       CrProblems *problems);
  /* cr_archives_resolve; NULL: nobody can say. */
  gboolean (*resolve)(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                      GPtrArray *changes, GError **error);
  /* cr_archives_find_unused; NULL: nothing is ever known to be unused. */
  void (*find_unused)(CrArchives *archives, const GPtrArray *packages, const GPtrArray *changes, CrArena *arena,
                      GPtrArray *removals);
  /* Is BYTES, of the right size, the package FILE of SUITE? NULL: by its SHA256. CR_ERROR_TRUST with the reason. */
  gboolean (*check_file)(CrArchives *archives, const CrSuite *suite, const CrArchiveFile *file, GBytes *bytes,
                         const CrVendorOptions *options, GError **error);
  /* RECORD has the name, version and architecture of PACKAGE: is it the same in what both keep besides? */
  gboolean (*is_same)(const CrPackage *package, const CrListPackage *record);
};
extern const CrArchiveKind cr_archive_kind_deb, cr_archive_kind_apk, cr_archive_kind_rpmmd;
/* By the distribution, else by the family of databases: then third parties' archives are read. */
const CrArchiveKind *cr_archive_kind_find(const CrDistribution *distribution, const CrOs *os);
/* What of a release file every report shows, into SUITE's archive. */
void cr_suite_describe(CrSuite *suite);

/* ---- archive-plan.c ---- */

/* Fill PLAN->suites: the release's own, then what the image configures beside them. */
void cr_archive_plan_make(CrArchivePlan *plan);
/* When all are obtained: mirrors of the distribution become what they are copies of, names are given, crossings said.
 */
void cr_archive_plan_join(CrArchivePlan *plan);

/* ---- archive-set.c ---- */

/* What MANAGER's own package of TYPE tells; without it (distroless) what most packages are of. NULL: no package. */
const char *cr_archive_find_native(CrInventory *inventory, const char *type, const char *manager);

/* ---- archive-find.c ---- */

/* is_same of the kind deb. */
gboolean cr_archive_is_same_deb(const CrPackage *package, const CrListPackage *record);

/* ---- archive-deb.c ---- */

/* judge of the kind deb. */
CrRelease *cr_archive_deb_judge(const CrArchivePlan *plan, CrSuite *suite, gboolean archived,
                                const CrReleaseCandidate *candidate, gboolean *own, GError **error);

/* ---- archive-trust.c ---- */

/* Obtain SUITE's release file: from the cache or the network, verified, fresh enough. Any number in parallel. */
void cr_archive_obtain(const CrArchivePlan *plan, CrSuite *suite);
/* Would that ask? */
gboolean cr_archive_needs_network(const CrArchivePlan *plan, const CrSuite *suite);
/* archive-release.c: the public address, below URI, and digest of SITE's release file into SUITE's archive. */
void cr_suite_note_release(const CrArchivePlan *plan, CrSuite *suite, const CrSite *site, const char *uri);
/* Is SUITE named by --allow-expired? */
gboolean cr_archive_is_allowed(const CrVendorOptions *options, const CrSuite *suite);

/* ---- archive-lists.c ---- */

/* Open, or fetch and compile, the lists of every suite that has a release file. */
void cr_archive_open_lists(CrArchivePlan *plan);
