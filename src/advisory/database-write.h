/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: the database's tables, and writing a new one.
 *
 * - files: one row a file of a feed: where from, validators for the next request, date, counts, last error.
 * - ecosystems: numbers for names; coverage: which file holds which.
 * - affected: (ecosystem, package, file) → advisories as record.h writes them; rows of one file stand together, sorted.
 * - texts: summaries, apart because matching does not read them; aliases: both ways.
 * - epss: 256 CVEs a row (number / 256 → low byte, score, percentile in 1/100,000, 3 bytes each, little endian): a row
 * a CVE took longer to write than all advisories.
 * - exploited: KEV; vectors: CVSS of a CVE by vulnrichment and by each file whose record is about that CVE alone.
 * - documents: endoflife.date.
 *
 * Every table but the first two has the file in it, so that what a failed or unchanged file said is kept by number.
 */
#pragma once
#include <sqlite3.h>

#include "advisory/compile.h"

#define CR_DATABASE_AREA "advisories"
#define CR_DATABASE_NAME "advisories.db"
/* "care", and the version of all this: another one is not read but made again. */
#define CR_DATABASE_APPLICATION 0x63617265
#define CR_DATABASE_VERSION     2
/* The number of a text: that of its file, above what record.h counts with. */
#define CR_DATABASE_TEXT(file, text) ((guint64)(file) << 44 | (text))

/* A row of `files`. */
typedef struct {
  gint64 id; /* 0: not in the database yet */
  char *name, *state, *source, *licence;
  char *etag, *last_modified; /* validators, or NULL */
  char *date, *fetched, *error;
  guint64 records, skipped;
} CrDatabaseFile;
void cr_database_file_free(CrDatabaseFile *file);
CrDatabaseFile *cr_database_file_copy(const CrDatabaseFile *file);

typedef struct CrDatabaseWriter CrDatabaseWriter;
/* A new database beside CACHE's own. */
CrDatabaseWriter *cr_database_writer_new(const CrCache *cache, GError **error);
/* Not published: removed. */
void cr_database_writer_free(CrDatabaseWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDatabaseWriter, cr_database_writer_free)
/* What JOB says is FILE's; FILE->id is given. */
gboolean cr_database_writer_add(CrDatabaseWriter *writer, CrDatabaseFile *file, const CrCompileJob *job,
                                GError **error);
/* The rows of KEPT (CrDatabaseFile*, with the ids of the database OLD) as they are there. Before any is added. */
gboolean cr_database_writer_keep(CrDatabaseWriter *writer, sqlite3 *old, const GPtrArray *kept, GError **error);
/* Nothing changed but what is known of the files (CrDatabaseFile*, with ids): the database in CACHE, copied and
 * published with them. */
gboolean cr_database_touch(const CrCache *cache, const GPtrArray *files, GError **error);
/* Synced and in place. WRITER can only be freed then. */
gboolean cr_database_writer_publish(CrDatabaseWriter *writer, GError **error);

/* A file that becomes the database: cr_database_writer_get_fd, and in place when it is good. For an import. */
CrDatabaseWriter *cr_database_writer_new_empty(const CrCache *cache, GError **error);
int cr_database_writer_get_fd(const CrDatabaseWriter *writer);
/* Is what was written to it a whole database of this version? */
gboolean cr_database_writer_check(const CrDatabaseWriter *writer, GError **error);
gboolean cr_database_writer_rename(CrDatabaseWriter *writer, GError **error);

/* Open the database at PATH for reading only. NULL without ERROR: there is none; CR_ERROR_INPUT: damaged, or of another
 * version. What is open stays whole when another one takes its place. */
sqlite3 *cr_database_open(const char *path, GError **error);
/* Rows of `files` (CrDatabaseFile*), sorted by name; NULL with ERROR. */
GPtrArray *cr_database_read_files(sqlite3 *handle, GError **error);
