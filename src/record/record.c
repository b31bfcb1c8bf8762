/* SPDX-License-Identifier: Apache-2.0 */
#include "record/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"

/* ---- errors ---- */

/* SQLite's own code says what kind of failure it is. */
static void set_error(const CrRecord *record, GError **error)
{
  int code = sqlite3_errcode(record->db) & 0xff;
  CrErrorCode kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? CR_ERROR_INPUT : CR_ERROR_ENVIRONMENT;
  GError *cause =
      g_error_new(CR_ERROR, kind, "cannot use the record '%s': %s", record->path, sqlite3_errmsg(record->db));
  if (kind == CR_ERROR_INPUT)
    cr_error_set_hint(cause, "what it held cannot be had from it; move it aside and a new one is begun");
  else if (code == SQLITE_BUSY)
    cr_error_set_hint(cause, "another careen has been writing to it for ten seconds");
  g_propagate_error(error, cause);
}

/* ---- statements ---- */

void cr_sql_clear(CrSql *sql)
{
  if (sql->statement)
    sqlite3_finalize(sql->statement);
  sql->statement = NULL;
}

gboolean cr_sql_prepare(CrSql *sql, CrRecord *record, const char *text, GError **error)
{
  cr_sql_clear(sql);
  *sql = (CrSql){.record = record};
  if (sqlite3_prepare_v2(record->db, text, -1, &sql->statement, NULL) == SQLITE_OK)
    return TRUE;
  set_error(record, error);
  return FALSE;
}

void cr_sql_bind_text(CrSql *sql, const char *text)
{
  sqlite3_bind_text(sql->statement, ++sql->bound, text, -1, SQLITE_STATIC);
}

void cr_sql_bind_integer(CrSql *sql, gint64 value)
{
  sqlite3_bind_int64(sql->statement, ++sql->bound, value);
}

gboolean cr_sql_next(CrSql *sql, GError **error)
{
  int code = sqlite3_step(sql->statement);
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    set_error(sql->record, error);
  return FALSE;
}

gboolean cr_sql_run(CrSql *sql, GError **error)
{
  int code;
  while ((code = sqlite3_step(sql->statement)) == SQLITE_ROW)
    ;
  if (code != SQLITE_DONE)
    set_error(sql->record, error);
  sqlite3_reset(sql->statement);
  sql->bound = 0;
  return code == SQLITE_DONE;
}

GPtrArray *cr_sql_finish(GPtrArray *list, GError *cause, GError **error)
{
  if (!cause)
    return list;
  g_propagate_error(error, cause);
  g_ptr_array_unref(list);
  return NULL;
}

const char *cr_sql_get_text(const CrSql *sql, int column, CrArena *arena)
{
  return cr_arena_strdup(arena, (const char *)sqlite3_column_text(sql->statement, column));
}

gint64 cr_sql_get_integer(const CrSql *sql, int column)
{
  return sqlite3_column_int64(sql->statement, column);
}

gboolean cr_sql_exec(CrRecord *record, const char *text, GError **error)
{
  if (sqlite3_exec(record->db, text, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error(record, error);
  return FALSE;
}

/* ---- transactions ---- */

gboolean cr_record_begin(CrRecord *record, GError **error)
{
  if (!record->depth && !cr_sql_exec(record, "BEGIN IMMEDIATE", error))
    return FALSE;
  record->depth++;
  return TRUE;
}

gboolean cr_record_end(CrRecord *record, gboolean ok, GError **error)
{
  if (--record->depth)
    return ok;
  if (ok && cr_sql_exec(record, "COMMIT", error))
    return TRUE;
  sqlite3_exec(record->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* ---- the file ---- */

/* For reading only: one that is not there is an empty one. */
static gboolean open_empty(CrRecord *record, GError **error)
{
  record->write = TRUE;
  gboolean ok = sqlite3_open_v2(":memory:", &record->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK;
  if (!ok)
    set_error(record, error);
  return ok && cr_record_migrate(record, error);
}

/* Made with the right mode from the start: what it holds is nobody else's business. One that is there is never opened
 * beside SQLite: closing it again would drop the locks of whoever in this process has it open, too (fcntl(2)), and the
 * next process to end would take the log away from under it. */
static gboolean create(const CrRecord *record, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(record->path);
  gboolean there = faccessat(AT_FDCWD, record->path, R_OK | W_OK, AT_EACCESS) == 0;
  int fd = -1;
  if (!there && errno == ENOENT && g_mkdir_with_parents(folder, 0700) == 0)
    fd = open(record->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (!there && fd < 0 && errno != EEXIST) {
    cr_error_set_errno(error, errno, "cannot write the record '%s'", record->path);
    if (error)
      cr_error_set_hint(*error, "name a folder that can be written with XDG_STATE_HOME");
    return FALSE;
  }
  if (fd >= 0)
    close(fd);
  return TRUE;
}

static int access_effective(const char *path, int mode)
{
  return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

/* access(2) leaves capabilities out. By it SQLite takes a log that only CAP_DAC_READ_SEARCH leads to (the page's, to
 * root's record in a folder of mode 0700) for one that is not there and would have to be made. */
static void count_capabilities(void)
{
  static gsize done;
  if (!g_once_init_enter(&done))
    return;
  sqlite3_vfs *files = sqlite3_vfs_find(NULL);
  if (files && files->iVersion >= 3 && files->xSetSystemCall)
    files->xSetSystemCall(files, "access", (sqlite3_syscall_ptr)access_effective);
  g_once_init_leave(&done, 1);
}

static gboolean open_file(CrRecord *record, GError **error)
{
  int flags = record->write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  if (!record->write)
    count_capabilities();
  if (sqlite3_open_v2(record->path, &record->db, flags, NULL) != SQLITE_OK) {
    set_error(record, error);
    return FALSE;
  }
  /* A transaction that has returned is on the disk: what acts on containers relies on it. */
  const char *settings = record->write ? "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                         "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF"
                                       : "PRAGMA busy_timeout=10000; PRAGMA query_only=ON; PRAGMA trusted_schema=OFF";
  if (!cr_sql_exec(record, settings, error))
    return FALSE;
  /* The log and its index stay when the last one closes: who may only read (the page) could not make them. */
  int keep = 1;
  if (record->write)
    sqlite3_file_control(record->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  if (record->write || !cr_record_is_blank(record))
    return cr_record_migrate(record, error);
  sqlite3_close(g_steal_pointer(&record->db));
  return open_empty(record, error);
}

CrRecord *cr_record_open(const char *path, gboolean write, GError **error)
{
  g_autoptr(CrRecord) record = g_new0(CrRecord, 1);
  g_autofree char *state = cr_state_get_dir();
  record->path = path ? g_strdup(path) : g_build_filename(state, "record.db", NULL);
  record->write = write;
  struct stat st;
  gboolean there = stat(record->path, &st) == 0;
  /* below a file it could never be: of what was done nothing is known */
  if (!there && errno != ENOENT && !(write && errno == ENOTDIR)) {
    cr_error_set_errno(error, errno, "cannot read the record '%s'", record->path);
    return NULL;
  }
  gboolean ok =
      !there && !write ? open_empty(record, error) : (!write || create(record, error)) && open_file(record, error);
  return ok ? g_steal_pointer(&record) : NULL;
}

void cr_record_free(CrRecord *record)
{
  if (!record)
    return;
  if (record->db)
    sqlite3_close(record->db);
  g_free(record->path);
  g_free(record);
}

const char *cr_record_get_path(const CrRecord *record)
{
  return record->path;
}
