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
} CrRefreshOptions;

/* What became of one file of a feed. */
typedef enum { CR_REFRESH_NEW, CR_REFRESH_UNCHANGED, CR_REFRESH_FRESH, CR_REFRESH_FAILED } CrRefreshOutcome;
const char *cr_refresh_outcome_get_name(CrRefreshOutcome outcome);

typedef struct {
  char *name;    /* "alpine-secdb/v3.18/main" */
  char *address; /* where it was asked */
  CrRefreshOutcome outcome;
  char *why;     /* FAILED */
  guint64 bytes; /* fetched or read */
  guint64 records, skipped;
  GPtrArray *skips; /* char*, the first of the skipped: "GHSA-…: cannot read …" */
} CrRefreshFile;

typedef struct {
  GPtrArray *files; /* CrRefreshFile*, in the order of the feed table */
  gboolean written; /* a new database is in place */
  guint64 json_bytes;
  double fetch_seconds, compile_seconds;
} CrRefresh;
void cr_refresh_free(CrRefresh *refresh);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRefresh, cr_refresh_free)

/* NULL with ERROR when no database can be written; a failed feed is data in the result. */
CrRefresh *cr_refresh_run(const CrRefreshOptions *options, GError **error);

/* The database for a site without a network: a tar.zst of manifest.json (name, size and SHA-256 of what follows) and
 * the database itself. Handed to WRITE piece by piece. CR_ERROR_NOT_FOUND: there is none. */
gboolean cr_advisories_export(const CrCache *cache,
                              gboolean (*write)(const void *bytes, gsize size, gpointer data, GError **error),
                              gpointer data, GError **error);
/* The other way, from FD at its start; WHAT names it in errors. It takes the place of a database that is there when all
 * of it is proved good; else nothing changes. */
gboolean cr_advisories_import(const CrCache *cache, int fd, const char *what, GError **error);
