/* SPDX-License-Identifier: Apache-2.0 */
/* The record's tables. A change is a new row of migrations, never an edit of one that was released. */
#include "record/private.h"

/* "CRN1", in the file's own header (PRAGMA application_id): a database of another program is not touched. */
#define APPLICATION_ID 0x43524e31

static const char *const migrations[CR_RECORD_VERSION] = {
    /* 1 */
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, command TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL"
    "  DEFAULT 0, outcome TEXT, summary TEXT, undoes INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE steps(run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, id TEXT "
    "NOT"
    "  NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT, state INTEGER NOT NULL, started INTEGER NOT NULL,"
    "  ended INTEGER NOT NULL, before TEXT, after TEXT, intent TEXT, outcome TEXT, error TEXT, PRIMARY KEY(run, "
    "number))"
    "  WITHOUT ROWID;"
    "CREATE INDEX steps_subject ON steps(subject);"
    "CREATE TABLE operations(id TEXT PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, daemon TEXT NOT NULL,"
    "  container TEXT NOT NULL, phase TEXT NOT NULL, state TEXT NOT NULL, began INTEGER NOT NULL, changed INTEGER NOT"
    "  NULL, open INTEGER NOT NULL, outcome TEXT);"
    "CREATE INDEX operations_open ON operations(open, daemon);"
    "CREATE TABLE marks(kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, since INTEGER NOT NULL,"
    "  PRIMARY KEY(kind, key)) WITHOUT ROWID;"
    "CREATE TABLE leases(name TEXT PRIMARY KEY, pid INTEGER NOT NULL, started INTEGER NOT NULL, boot TEXT NOT NULL,"
    "  command TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;"
    /* What was seen. Packages and flaws are shared by the images that have them. */
    "CREATE TABLE images(id INTEGER PRIMARY KEY, image_id TEXT NOT NULL UNIQUE, name TEXT, digest TEXT, platform TEXT, "
    "os"
    "  TEXT, verdict TEXT, reason TEXT, data TEXT, observed INTEGER NOT NULL, layers TEXT NOT NULL, bases TEXT NOT "
    "NULL);"
    "CREATE TABLE packages(id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, "
    "version"
    "  TEXT NOT NULL, arch TEXT NOT NULL, purl TEXT, UNIQUE(name, type, version, arch, source));"
    "CREATE INDEX packages_source ON packages(source);"
    "CREATE TABLE image_packages(image INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE, package INTEGER NOT "
    "NULL"
    "  REFERENCES packages(id), reach TEXT NOT NULL, candidate TEXT, security INTEGER NOT NULL, PRIMARY KEY(image,"
    "  package)) WITHOUT ROWID;"
    "CREATE INDEX image_packages_package ON image_packages(package);"
    "CREATE TABLE flaws(id INTEGER PRIMARY KEY, flaw TEXT NOT NULL, package TEXT NOT NULL, installed TEXT NOT NULL, "
    "fixed"
    "  TEXT NOT NULL, status TEXT NOT NULL, severity TEXT NOT NULL, exploited INTEGER NOT NULL,"
    "  UNIQUE(flaw, package, installed, fixed, status, severity, exploited));"
    "CREATE TABLE aliases(alias TEXT NOT NULL, flaw TEXT NOT NULL, PRIMARY KEY(alias, flaw)) WITHOUT ROWID;"
    "CREATE TABLE image_flaws(image INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE, flaw INTEGER NOT NULL"
    "  REFERENCES flaws(id), reach TEXT NOT NULL, PRIMARY KEY(image, flaw)) WITHOUT ROWID;"
    "CREATE INDEX image_flaws_flaw ON image_flaws(flaw);"
    "CREATE TABLE sightings(host TEXT NOT NULL, kind TEXT NOT NULL, daemon TEXT NOT NULL, name TEXT NOT NULL, image_id"
    "  TEXT NOT NULL, state TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(host, kind, daemon, name))"
    "  WITHOUT ROWID;"
    "CREATE INDEX sightings_image ON sightings(image_id);",
    /* 2: what a run was to do, as careen.plan/1 */
    "ALTER TABLE runs ADD COLUMN plan TEXT;",
    /* 3: what a look found besides packages and flaws; `report` is JSON, compressed (zlib), of SIZE bytes before */
    "CREATE TABLE reports(image INTEGER PRIMARY KEY REFERENCES images(id) ON DELETE CASCADE, phase TEXT NOT NULL, until"
    "  TEXT, steward TEXT, updates INTEGER NOT NULL, security INTEGER NOT NULL, reached INTEGER NOT NULL, findings"
    "  INTEGER NOT NULL, urgent INTEGER NOT NULL, exploited INTEGER NOT NULL, unwatched INTEGER NOT NULL, complete"
    "  INTEGER NOT NULL, size INTEGER NOT NULL, report BLOB NOT NULL);",
};

static gboolean read_pragma(CrRecord *record, const char *text, gint64 *value, GError **error)
{
  g_auto(CrSql) sql = {0};
  GError *cause = NULL;
  if (!cr_sql_prepare(&sql, record, text, error) || !cr_sql_next(&sql, &cause)) {
    if (cause)
      g_propagate_error(error, cause);
    return FALSE;
  }
  *value = cr_sql_get_integer(&sql, 0);
  return TRUE;
}

static gboolean refuse(const CrRecord *record, CrErrorCode code, const char *why, const char *hint, GError **error)
{
  GError *cause = g_error_new(CR_ERROR, code, "cannot use the record '%s': %s", record->path, why);
  cr_error_set_hint(cause, "%s", hint);
  g_propagate_error(error, cause);
  return FALSE;
}

/* Another's database has tables and not our id; an empty file has neither. A view in the place of a table could answer
 * without an end, and a trigger change what was not asked for: careen makes neither. */
static gboolean check_owner(CrRecord *record, GError **error)
{
  gint64 id = 0, tables = 0, foreign = 0;
  if (!read_pragma(record, "PRAGMA application_id", &id, error) ||
      !read_pragma(record, "SELECT count(*) FROM sqlite_master", &tables, error) ||
      !read_pragma(record, "SELECT count(*) FROM sqlite_master WHERE type IN ('view', 'trigger')", &foreign, error))
    return FALSE;
  if (id == APPLICATION_ID && foreign)
    return refuse(record, CR_ERROR_INPUT, "it has views or triggers, which careen makes none of",
                  "name another file, or move it aside", error);
  if (id == APPLICATION_ID || (!id && !tables))
    return TRUE;
  return refuse(record, CR_ERROR_INPUT, "it is a database of another program", "name another file, or move it aside",
                error);
}

gboolean cr_record_is_blank(CrRecord *record)
{
  gint64 id = 0, tables = 0;
  return read_pragma(record, "PRAGMA application_id", &id, NULL) && !id &&
         read_pragma(record, "SELECT count(*) FROM sqlite_master", &tables, NULL) && !tables;
}

static gboolean migrate_from(CrRecord *record, gint64 version, GError **error)
{
  if (!cr_record_begin(record, error))
    return FALSE;
  gint64 now = version;
  gboolean ok = read_pragma(record, "PRAGMA user_version", &now, error); /* another process may have been faster */
  for (gint64 i = now; ok && i < CR_RECORD_VERSION; i++)
    ok = cr_sql_exec(record, migrations[i], error);
  g_autofree char *stamp =
      g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID, CR_RECORD_VERSION);
  ok = ok && cr_sql_exec(record, stamp, error);
  return cr_record_end(record, ok, error);
}

gboolean cr_record_migrate(CrRecord *record, GError **error)
{
  gint64 version = 0;
  if (!check_owner(record, error) || !read_pragma(record, "PRAGMA user_version", &version, error))
    return FALSE;
  if (version > CR_RECORD_VERSION)
    return refuse(record, CR_ERROR_USAGE, "a newer careen wrote it", "use that careen, or name another state folder",
                  error);
  if (version == CR_RECORD_VERSION)
    return TRUE;
  if (!record->write)
    return refuse(record, CR_ERROR_USAGE, "it is of an older careen, and may not be written here",
                  "let whoever owns it run careen once", error);
  return migrate_from(record, version, error);
}
