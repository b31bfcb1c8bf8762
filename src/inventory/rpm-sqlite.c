/* SPDX-License-Identifier: Apache-2.0 */
/* rpmdb.sqlite, rpm's default since 4.16: table Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL). SQLite reads a
 * private copy: in memory when it is small and has no log, else in a folder whose files are unlinked as soon as they
 * are open. The file comes from an image: its schema is not trusted to be rpm's. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/limits.h"
#include "inventory/rpm.h"

/* Where the file header says how it is written and read: 1 rollback journal, 2 write-ahead log. */
#define WRITE_VERSION_AT 18
#define READ_VERSION_AT  19
#define HEADER_BYTES     100

/* Steps of SQLite's machine, in units of CALLS, before a query is given up: reading 100,000 rows takes under 2 million
 * steps, integrity checks some 20 for each; a view that counts to infinity never ends. */
#define STEPS_A_CALL 100000
#define CALLS        1000

typedef struct {
  sqlite3 *handle;
  guint calls;
  char *folder; /* or NULL: in memory */
} Database;

static int give_up(void *data)
{
  Database *database = data;
  return ++database->calls > CALLS;
}

/* What SQLite may make in the folder. */
static const char *const names[] = {"rpmdb.sqlite", "rpmdb.sqlite-wal", "rpmdb.sqlite-shm", "rpmdb.sqlite-journal"};

static gboolean make_folder(Database *database)
{
  database->folder = g_dir_make_tmp("careen-rpm-XXXXXX", NULL);
  if (!database->folder)
    return FALSE;
  cr_leftover_add(database->folder);
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(database->folder, names[i], NULL);
    cr_leftover_add(path);
  }
  return TRUE;
}

static void remove_folder(Database *database)
{
  if (!database->folder)
    return;
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(database->folder, names[i], NULL);
    unlink(path);
    cr_leftover_forget(path);
  }
  rmdir(database->folder);
  cr_leftover_forget(database->folder);
  g_clear_pointer(&database->folder, g_free);
}

static void close_database(Database *database)
{
  sqlite3_close(database->handle);
  remove_folder(database);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Database, close_database)

/* What an untrusted schema may do: nothing. */
static void harden(sqlite3 *handle)
{
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, (int)CR_LIMIT_RPM_HEADER_BYTES);
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 100000);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
}

static gboolean open_in_memory(Database *database, const guint8 *data, gsize size)
{
  unsigned char *copy = sqlite3_malloc64(size);
  if (!copy || sqlite3_open_v2(":memory:", &database->handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
    sqlite3_free(copy);
    return FALSE;
  }
  memcpy(copy, data, size);
  copy[WRITE_VERSION_AT] = copy[READ_VERSION_AT] = 1;
  return sqlite3_deserialize(database->handle, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
                             SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) == SQLITE_OK;
}

static gboolean write_file(const char *path, const guint8 *data, gsize size, gboolean no_log)
{
  int fd = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gsize at = 0;
  while (fd >= 0 && at < size) {
    gssize n = write(fd, data + at, MIN(size - at, (gsize)CR_MIB));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    at += (gsize)n;
    if (at % CR_RPM_RELEASE_EVERY < (gsize)n)
      cr_rpm_release_pages(data, at);
  }
  gboolean good = fd >= 0 && at == size && (!no_log || pwrite(fd, "\1\1", 2, WRITE_VERSION_AT) == 2);
  int error = errno;
  if (fd >= 0)
    close(fd);
  errno = error;
  return good;
}

static gboolean open_in_folder(Database *database, const CrRpmWalk *walk, const guint8 *data, gsize size)
{
  if (!make_folder(database))
    return FALSE;
  g_autofree char *path = g_build_filename(database->folder, "rpmdb.sqlite", NULL);
  g_autofree char *log = g_strconcat(path, "-wal", NULL);
  gsize log_size = 0;
  const guint8 *log_data = walk->log ? g_bytes_get_data(walk->log, &log_size) : NULL;
  return write_file(path, data, size, !log_data) && (!log_data || write_file(log, log_data, log_size, FALSE)) &&
         sqlite3_open_v2(path, &database->handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
}

static int run(sqlite3 *handle, const char *sql)
{
  return sqlite3_exec(handle, sql, NULL, NULL, NULL);
}

/* One row, one number; -1 on any failure. */
static gint64 ask(sqlite3 *handle, const char *sql)
{
  sqlite3_stmt *query = NULL;
  gint64 answer = -1;
  if (sqlite3_prepare_v2(handle, sql, -1, &query, NULL) == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW)
    answer = sqlite3_column_int64(query, 0);
  sqlite3_finalize(query);
  return answer;
}

static gboolean read_row(CrRpmWalk *walk, sqlite3_stmt *query)
{
  const guint8 *blob = sqlite3_column_blob(query, 1);
  int size = sqlite3_column_bytes(query, 1);
  guint64 number = (guint64)sqlite3_column_int64(query, 0);
  if (blob && size > 0)
    return cr_rpm_walk_give(walk, number, blob, (gsize)size);
  cr_rpm_walk_damaged(walk, "record %" G_GUINT64_FORMAT " is empty", number);
  return TRUE;
}

static void read_rows(CrRpmWalk *walk, sqlite3 *handle)
{
  sqlite3_stmt *query = NULL;
  int result = sqlite3_prepare_v2(handle, "SELECT hnum, blob FROM Packages", -1, &query, NULL);
  while (result == SQLITE_OK || result == SQLITE_ROW) {
    result = sqlite3_step(query);
    if (result == SQLITE_ROW && !read_row(walk, query))
      result = SQLITE_DONE;
  }
  if (result != SQLITE_DONE)
    cr_rpm_walk_damaged(walk, "SQLite says: %s", sqlite3_errmsg(handle));
  sqlite3_finalize(query);
}

/* A page of the table that lost rows without a trace shows here. */
static void check_table(CrRpmWalk *walk, sqlite3 *handle)
{
  sqlite3_stmt *query = NULL;
  if (sqlite3_prepare_v2(handle, "PRAGMA quick_check('Packages')", -1, &query, NULL) == SQLITE_OK &&
      sqlite3_step(query) == SQLITE_ROW) {
    const char *text = (const char *)sqlite3_column_text(query, 0);
    if (g_strcmp0(text, "ok") != 0)
      cr_rpm_walk_damaged(walk, "SQLite says: %s", text);
  }
  sqlite3_finalize(query);
}

static void walk_sqlite(CrRpmWalk *walk)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(walk->bytes, &size);
  if (size < HEADER_BYTES || memcmp(data, "SQLite format 3", 16) != 0) {
    cr_rpm_walk_damaged(walk, "it is no SQLite database");
    return;
  }
  g_auto(Database) database = {0};
  gboolean small = size <= CR_LIMIT_FILE_MEMORY && !walk->log;
  if (!(small ? open_in_memory(&database, data, size) : open_in_folder(&database, walk, data, size))) {
    cr_rpm_walk_damaged(walk, "a private copy cannot be opened: %s",
                        database.handle ? sqlite3_errmsg(database.handle) : g_strerror(errno));
    return;
  }
  harden(database.handle);
  sqlite3_progress_handler(database.handle, STEPS_A_CALL, give_up, &database);
  /* An exclusive lock keeps the log's index in memory, and the transaction has all files open from here on. */
  run(database.handle, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA mmap_size=0; PRAGMA cache_size=-2000; "
                       "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; BEGIN");
  gint64 is_table =
      ask(database.handle, "SELECT count(*) FROM sqlite_schema WHERE name='Packages' AND type='table' AND "
                           "rootpage>0");
  remove_folder(&database);
  if (is_table == 1) {
    read_rows(walk, database.handle);
    if (walk->thorough && !walk->damages)
      check_table(walk, database.handle);
  } else if (is_table < 0)
    cr_rpm_walk_damaged(walk, "SQLite says: %s", sqlite3_errmsg(database.handle));
  else
    cr_rpm_walk_damaged(walk, "it has no table Packages");
}

const CrRpmBackend cr_rpm_sqlite = {.file = "rpmdb.sqlite", .log = "rpmdb.sqlite-wal", .walk = walk_sqlite};
