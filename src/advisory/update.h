/* SPDX-License-Identifier: Apache-2.0 */
/* Making and renewing the advisory database: fetch what is new (one conditional request a file, broken downloads
 * resumed), compile, put in place of the old one. A feed that fails keeps its old rows and says so; a broken record is
 * skipped, counted and named. Two updates at once are fine: the last to end wins, both are whole. */
#pragma once
#include "advisory/database.h"
#include "base/http.h"

/* Remember that an image had packages of ECOSYSTEMS ("Debian:12", "PyPI"): `db update` fetches the feeds that hold
 * them. Cheap when all are known already. A cache that cannot be written is no error: nothing is remembered. */
void cr_advisories_note(const CrCache *cache, CrStrv ecosystems);
/* What was noted, sorted; free with g_strfreev. Never NULL. */
char **cr_advisories_get_noted(const CrCache *cache);

typedef struct {
  const CrCache *cache;
  CrHttp *http;
  const char *mirror;  /* folder or URL with every feed under its path of doc/advisories.md, or NULL */
  GHashTable *mirrors; /* feed ("osv", "kev"), file ("osv/PyPI"), or start of an address → folder or URL; or NULL */
  gboolean all;        /* every ecosystem, not only the noted ones; a folder is always read whole */
  guint64 max_age_seconds; /* do not ask again what was asked within; 0: ask */
  guint jobs;              /* 0: one a processor */
} CrUpdateOptions;

/* What became of one file of a feed. */
typedef enum { CR_UPDATE_NEW, CR_UPDATE_UNCHANGED, CR_UPDATE_FRESH, CR_UPDATE_FAILED } CrUpdateOutcome;
const char *cr_update_outcome_get_name(CrUpdateOutcome outcome);

typedef struct {
  char *name;    /* "alpine-secdb/v3.18/main" */
  char *address; /* where it was asked */
  CrUpdateOutcome outcome;
  char *why;             /* FAILED */
  guint64 bytes;         /* fetched or read */
  guint64 records, skipped;
  GPtrArray *skips;      /* char*, the first of the skipped: "GHSA-…: cannot read …" */
} CrUpdateFile;

typedef struct {
  GPtrArray *files; /* CrUpdateFile*, in the order of the feed table */
  gboolean written; /* a new database is in place */
  guint64 json_bytes;
  double fetch_seconds, compile_seconds;
} CrUpdate;
void cr_update_free(CrUpdate *update);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrUpdate, cr_update_free)

/* NULL with ERROR when no database can be written; a failed feed is data in the result. */
CrUpdate *cr_update_run(const CrUpdateOptions *options, GError **error);

/* The database as one file (zstd of a manifest with sizes and SHA-256, then the database) for a site without a network.
 * Writing goes to FD. */
gboolean cr_advisories_export(const CrCache *cache, int fd, GError **error);
/* The other way; what is no such file, or damaged, changes nothing. */
gboolean cr_advisories_import(const CrCache *cache, int fd, const char *what, GError **error);
