/* SPDX-License-Identifier: Apache-2.0 */
/* The advisory database: one SQLite file compiled from all feeds ("advisories" in the cache: safe to delete, `careen db
 * update` makes it again). It is written under a temporary name and renamed, so readers never wait and never see half
 * of it. What it holds is what the feeds say, normalised to OSV's shape: ranges of events per ecosystem and package.
 * What it means for an installed package is match.h's.
 *
 * Ecosystems are OSV's names with the release ("Debian:12", "Ubuntu:22.04:LTS", "Ubuntu:Pro:22.04:LTS", "Alpine:v3.18",
 * "AlmaLinux:9", "Rocky Linux:8", "Red Hat:enterprise_linux:9::appstream", "PyPI", "npm", "Go", "Maven", …); names of
 * packages are normalised by the ecosystem's own rule (PEP 503 for PyPI, lower case for NuGet and Composer). */
#pragma once
#include "base/arena.h"
#include "base/cache.h"
#include "model/package.h"
#include "model/problem.h"

/* ---- what a feed says of one package in one ecosystem ---- */

typedef enum {
  CR_EVENT_INTRODUCED, /* "0": from the beginning */
  CR_EVENT_FIXED,
  CR_EVENT_LAST_AFFECTED,
  CR_EVENT_LIMIT,
} CrEventKind;

typedef struct {
  CrEventKind kind;
  const char *version;
} CrEvent;

typedef struct {
  gboolean semver;       /* type SEMVER; else ECOSYSTEM. GIT ranges are not kept: no package has a commit */
  const CrEvent *events; /* in the record's order */
  guint count;
} CrRange;

/* Functions of one package of a Go module (ecosystem_specific.imports); no symbols: the whole of PATH. */
typedef struct {
  const char *path;
  CrStrv symbols;
} CrAffectedSymbols;

/* Constant; in the arena of the question. */
typedef struct {
  const char *id;     /* "DEBIAN-CVE-2024-1", "GHSA-…", "RHSA-2023:2519", "CVE-2020-1" where the feed has no own id */
  CrStrv aliases;     /* other names of the same flaw (OSV aliases and upstream), sorted */
  CrStrv related;     /* errata: the flaws that it fixes; sorted */
  const char *feed;   /* CrFeedState.name */
  const char *source; /* who says so, for people: "Debian", "GitHub", "PyPA", "Go", "RustSec", "Alpine", "Red Hat" */
  guint64 text;       /* for cr_advisories_find_summary: few callers want it, and it is half the bytes */
  const char *published, *modified; /* ISO 8601 or NULL */
  const char *ecosystem, *package;
  const CrRange *ranges;
  guint range_count;
  CrStrv versions;           /* exactly these are affected, besides the ranges */
  const char *vendor_status; /* Debian: "no-dsa", "postponed", "ignored", "undetermined", "end-of-life", "unimportant";
                                Ubuntu: "needed", "deferred", "pending", "ignored", …; NULL. "not-affected" (Debian's
                                and Alpine's fixed version "0"): the vendor says that no version has the flaw; without
                                ranges, kept because it also answers for the language package inside the vendor's */
  const char *urgency; /* the vendor's own word for how bad: Debian "low", Ubuntu "medium", GitHub "HIGH"; or NULL */
  CrStrv cvss;         /* vectors as they stand: "CVSS:3.1/AV:N/…", CVSS 2 without prefix */
  const CrAffectedSymbols *symbols;
  guint symbol_count;
} CrAdvisory;

/* What is known of a flaw whichever package has it. */
typedef struct {
  double epss, epss_percentile; /* <0: none */
  gboolean exploited;           /* in CISA's KEV */
  const char *exploited_since;  /* KEV's dateAdded, or NULL */
  const char *cvss;             /* a vector by CISA or the CNA, or NULL */
  const char *cvss_source;
} CrFlaw;

typedef struct {
  const char *name; /* "osv/PyPI", "debian-tracker", "alpine-secdb/v3.18", "kev", "epss", "endoflife", "vulnrichment" */
  const char *source; /* address it was fetched from, or the mirror's; of several files the folder */
  const char *licence;
  const char *date;         /* of the data: newest record, the feed's own stamp or the server's; ISO 8601; or NULL */
  const char *fetched;      /* when it was last asked and answered, ISO 8601 */
  guint64 records, skipped; /* skipped: broken records, named in the log of the update */
  const char *error;        /* the last update of it failed with this and older data is in use; or NULL */
} CrFeedState;

/* ---- reading ---- */

typedef struct CrAdvisories CrAdvisories;

/* The database in CACHE. NULL without ERROR: there is none yet. CR_ERROR_INPUT when it is damaged (it is then to be
 * made again by `careen db update`). */
CrAdvisories *cr_advisories_open(const CrCache *cache, GError **error);
void cr_advisories_close(CrAdvisories *advisories);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrAdvisories, cr_advisories_close)
/* CrFeedState*, sorted by name; owned by ADVISORIES. */
const GPtrArray *cr_advisories_get_feeds(const CrAdvisories *advisories);
/* The feed that holds ECOSYSTEM (exactly, or the release-less one for languages), or NULL: not covered. */
const CrFeedState *cr_advisories_find_coverage(const CrAdvisories *advisories, const char *ecosystem);
/* All CrAdvisory* of PACKAGE (in the ecosystem's own spelling or another) in ECOSYSTEM, in ARENA, sorted by id, then
 * feed; withdrawn ones are not in the database. Empty, never NULL. Where two feeds hold an ecosystem both answer:
 * "Debian:12" is in debian-tracker (states, urgency; ids are CVEs) and in osv/Debian (DEBIAN-CVE-…, DSA-…);
 * "Alpine:v3.18" in alpine-secdb and osv/Alpine. Not thread-safe. */
GPtrArray *cr_advisories_find(CrAdvisories *advisories, const char *ecosystem, const char *package, CrArena *arena);
/* What is known of a flaw by a name of it (a CVE). FALSE: nothing. */
gboolean cr_advisories_find_flaw(CrAdvisories *advisories, const char *cve, CrArena *arena, CrFlaw *flaw);
/* One line on what it is, in ARENA; or NULL. */
const char *cr_advisories_find_summary(CrAdvisories *advisories, const CrAdvisory *advisory, CrArena *arena);
/* Other names of the flaw ID by any feed (aliases both ways, and theirs), sorted, without ID. A distribution's number
 * for a CVE (DEBIAN-CVE-…, UBUNTU-CVE-…, ALPINE-CVE-…) is asked as the CVE and is not listed. In ARENA. */
CrStrv cr_advisories_find_aliases(CrAdvisories *advisories, const char *id, CrArena *arena);
/* The newest date of the feeds that scans use, ISO 8601, for tool.data.advisories; NULL: empty. */
const char *cr_advisories_get_date(const CrAdvisories *advisories);
/* Another text, other answers: a digest of what each file of a feed was when it was compiled, not of when it was asked.
 * Owned by ADVISORIES. */
const char *cr_advisories_get_identity(const CrAdvisories *advisories);
/* endoflife.date's JSON of PRODUCT ("alpine-linux"), or NULL. */
GBytes *cr_advisories_find_product(CrAdvisories *advisories, const char *product);
/* Why an answer since opening may have lacked something (the file is damaged), or NULL. To be asked when all is asked:
 * found nothing must not look like could not look. */
const char *cr_advisories_get_failure(const CrAdvisories *advisories);
/* CR_ERROR_ENVIRONMENT when a feed in the database was last asked more than MAX_AGE_SECONDS ago: --max-age. */
gboolean cr_advisories_check_age(const CrAdvisories *advisories, guint64 max_age_seconds, GError **error);

/* NAME as feeds of ECOSYSTEM spell it: PEP 503 for PyPI, lower case for NuGet and Packagist. Free with g_free. */
char *cr_ecosystem_normalise_name(const char *ecosystem, const char *name);
