/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/database-write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/leftover.h"
#include "base/write-all.h"

static const char schema[] =
    "CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state TEXT NOT NULL, source TEXT NOT NULL, "
    "licence TEXT, etag TEXT, last_modified TEXT, date TEXT, fetched TEXT, records INTEGER NOT NULL, skipped INTEGER "
    "NOT NULL, error TEXT);"
    "CREATE TABLE ecosystems(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE coverage(ecosystem INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY(ecosystem, file)) WITHOUT "
    "ROWID;"
    "CREATE TABLE affected(ecosystem INTEGER NOT NULL, package TEXT NOT NULL, file INTEGER NOT NULL, advisories BLOB "
    "NOT NULL);"
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE aliases(id TEXT NOT NULL, other TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY(id, other, file)) "
    "WITHOUT ROWID;"
    "CREATE TABLE epss(block INTEGER PRIMARY KEY, file INTEGER NOT NULL, scores BLOB NOT NULL);"
    "CREATE TABLE exploited(cve TEXT PRIMARY KEY, file INTEGER NOT NULL, since TEXT) WITHOUT ROWID;"
    "CREATE TABLE vectors(cve TEXT NOT NULL, file INTEGER NOT NULL, vector TEXT NOT NULL, source TEXT, PRIMARY "
    "KEY(cve, file)) WITHOUT ROWID;"
    "CREATE TABLE documents(name TEXT PRIMARY KEY, file INTEGER NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;";

#define COPY_BYTES (1U << 20)

/* What is written once a row, and where its rows are taken from when they are kept. */
enum { PUT_COVERAGE, PUT_AFFECTED, PUT_TEXT, PUT_ALIAS, PUT_EPSS, PUT_EXPLOITED, PUT_VECTOR, PUT_DOCUMENT, PUTS };
static const struct {
  const char *put, *keep;
  int columns;
} tables[PUTS] = {
    [PUT_COVERAGE] = {"INSERT OR IGNORE INTO coverage VALUES(?,?)", "SELECT * FROM coverage WHERE file IN", 2},
    [PUT_AFFECTED] = {"INSERT INTO affected VALUES(?,?,?,?)", "SELECT * FROM affected WHERE file IN", 4},
    [PUT_TEXT] = {"INSERT OR REPLACE INTO texts VALUES(?,?)", "SELECT * FROM texts WHERE id>>44 IN", 2},
    [PUT_ALIAS] = {"INSERT OR IGNORE INTO aliases VALUES(?,?,?)", "SELECT * FROM aliases WHERE file IN", 3},
    [PUT_EPSS] = {"INSERT OR REPLACE INTO epss VALUES(?,?,?)", "SELECT * FROM epss WHERE file IN", 3},
    [PUT_EXPLOITED] = {"INSERT OR REPLACE INTO exploited VALUES(?,?,?)", "SELECT * FROM exploited WHERE file IN", 3},
    [PUT_VECTOR] = {"INSERT OR REPLACE INTO vectors VALUES(?,?,?,?)", "SELECT * FROM vectors WHERE file IN", 4},
    [PUT_DOCUMENT] = {"INSERT OR REPLACE INTO documents VALUES(?,?,?)", "SELECT * FROM documents WHERE file IN", 3},
};

struct CrDatabaseWriter {
  char *folder, *temporary;
  int fd; /* of the temporary file: locked, so that a later careen knows that it is not left over */
  sqlite3 *handle;
  sqlite3_stmt *puts[PUTS];
  GHashTable *ecosystems; /* name → number */
  gint64 next_file;
};

static gboolean fail(CrDatabaseWriter *writer, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write the advisory database in '%s': %s", writer->folder,
              writer->handle ? sqlite3_errmsg(writer->handle) : "it cannot be opened");
  if (error && writer->handle && sqlite3_errcode(writer->handle) == SQLITE_FULL)
    cr_error_set_hint(*error, "make room there, or name another folder with --cache-dir; the old database is in use");
  return FALSE;
}

static gboolean execute(CrDatabaseWriter *writer, const char *sql, GError **error)
{
  return sqlite3_exec(writer->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(writer, error);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
  sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static gboolean put(CrDatabaseWriter *writer, sqlite3_stmt *statement, GError **error)
{
  gboolean ok = sqlite3_step(statement) == SQLITE_DONE;
  if (sqlite3_reset(statement) != SQLITE_OK || !ok)
    return fail(writer, error);
  return TRUE;
}

/* INTO: "INSERT", or what replaces the file of that number. */
static gboolean put_file(CrDatabaseWriter *writer, const char *into, const CrDatabaseFile *file, GError **error)
{
  sqlite3_stmt *statement = NULL;
  g_autofree char *sql = g_strconcat(into, " INTO files VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", NULL);
  if (sqlite3_prepare_v2(writer->handle, sql, -1, &statement, NULL) != SQLITE_OK)
    return fail(writer, error);
  const char *texts[] = {file->name, file->state,         file->source, file->licence,
                         file->etag, file->last_modified, file->date,   file->fetched};
  sqlite3_bind_int64(statement, 1, file->id);
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    bind_text(statement, (int)i + 2, texts[i]);
  sqlite3_bind_int64(statement, 10, (gint64)file->records);
  sqlite3_bind_int64(statement, 11, (gint64)file->skipped);
  bind_text(statement, 12, file->error);
  gboolean ok = sqlite3_step(statement) == SQLITE_DONE || fail(writer, error);
  sqlite3_finalize(statement);
  return ok;
}

/* ---- the temporary file ---- */

/* What a killed careen left: nobody holds its lock. */
static void remove_left_over(const char *folder)
{
  g_autoptr(GDir) handle = g_dir_open(folder, 0, NULL);
  for (const char *name = handle ? g_dir_read_name(handle) : NULL; name; name = g_dir_read_name(handle)) {
    if (!g_str_has_prefix(name, ".tmp-db-"))
      continue;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
      (void)unlink(path);
    if (fd >= 0)
      close(fd);
  }
}

CrDatabaseWriter *cr_database_writer_new_empty(const CrCache *cache, GError **error)
{
  CrDatabaseWriter *writer = g_new0(CrDatabaseWriter, 1);
  writer->fd = -1;
  writer->folder = g_build_filename(cr_cache_get_dir(cache), CR_DATABASE_AREA, NULL);
  writer->ecosystems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  writer->next_file = 1;
  if (g_mkdir_with_parents(writer->folder, 0700) == 0) {
    remove_left_over(writer->folder);
    writer->temporary = g_strdup_printf("%s/.tmp-db-%d-%08x", writer->folder, (int)getpid(), g_random_int());
    cr_leftover_add(writer->temporary);
    writer->fd = open(writer->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  if (writer->fd >= 0 && flock(writer->fd, LOCK_EX | LOCK_NB) == 0)
    return writer;
  cr_cache_set_error(error, errno, writer->folder);
  cr_database_writer_free(writer);
  return NULL;
}

/* No journal, no sync: a file that is not published is nothing, and publishing syncs once. */
static gboolean open_temporary(CrDatabaseWriter *writer, GError **error)
{
  return (sqlite3_open_v2(writer->temporary, &writer->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
              SQLITE_OK ||
          fail(writer, error)) &&
         execute(writer,
                 "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA "
                 "locking_mode=EXCLUSIVE; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY; BEGIN",
                 error);
}

CrDatabaseWriter *cr_database_writer_new(const CrCache *cache, GError **error)
{
  g_autoptr(CrDatabaseWriter) writer = cr_database_writer_new_empty(cache, error);
  if (!writer || !open_temporary(writer, error) || !execute(writer, schema, error))
    return NULL;
  for (guint i = 0; i < PUTS; i++)
    if (sqlite3_prepare_v3(writer->handle, tables[i].put, -1, SQLITE_PREPARE_PERSISTENT, &writer->puts[i], NULL) !=
        SQLITE_OK) {
      fail(writer, error);
      return NULL;
    }
  return g_steal_pointer(&writer);
}

static void close_handle(CrDatabaseWriter *writer)
{
  for (guint i = 0; i < PUTS; i++)
    g_clear_pointer(&writer->puts[i], sqlite3_finalize);
  g_clear_pointer(&writer->handle, sqlite3_close);
}

void cr_database_writer_free(CrDatabaseWriter *writer)
{
  if (!writer)
    return;
  close_handle(writer);
  if (writer->fd >= 0 && writer->temporary)
    (void)unlink(writer->temporary);
  if (writer->temporary)
    cr_leftover_forget(writer->temporary);
  if (writer->fd >= 0)
    close(writer->fd);
  g_free(writer->temporary);
  g_free(writer->folder);
  g_hash_table_unref(writer->ecosystems);
  g_free(writer);
}

/* The name must reach the disk too, or a power cut could bring the old file back with neither a word nor harm. */
gboolean cr_database_writer_rename(CrDatabaseWriter *writer, GError **error)
{
  g_autofree char *path = g_build_filename(writer->folder, CR_DATABASE_NAME, NULL);
  if (fsync(writer->fd) != 0 || rename(writer->temporary, path) != 0) {
    int errnum = errno;
    cr_error_set_errno(error, errnum, "cannot write '%s'", path);
    return FALSE;
  }
  cr_leftover_forget(writer->temporary);
  g_clear_pointer(&writer->temporary, g_free);
  int folder = open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    (void)fsync(folder);
    close(folder);
  }
  return TRUE;
}

int cr_database_writer_get_fd(const CrDatabaseWriter *writer)
{
  return writer->fd;
}

gboolean cr_database_writer_check(const CrDatabaseWriter *writer, GError **error)
{
  sqlite3 *handle = cr_database_open(writer->temporary, error);
  sqlite3_stmt *statement = NULL;
  g_autoptr(GPtrArray) files = handle ? cr_database_read_files(handle, error) : NULL;
  const char *answer = NULL;
  if (files && sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    answer = (const char *)sqlite3_column_text(statement, 0);
  gboolean ok = answer && !strcmp(answer, "ok");
  if (!ok && files)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "SQLite says: %s", answer ? answer : sqlite3_errmsg(handle));
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return ok;
}

gboolean cr_database_writer_publish(CrDatabaseWriter *writer, GError **error)
{
  g_autofree char *stamp =
      g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%d", CR_DATABASE_APPLICATION, CR_DATABASE_VERSION);
  if (!execute(writer, "CREATE INDEX by_package ON affected(ecosystem, package)", error) ||
      !execute(writer, stamp, error) || !execute(writer, "COMMIT", error))
    return FALSE;
  close_handle(writer);
  return cr_database_writer_rename(writer, error);
}

/* ---- what a job says ---- */

static gint64 get_ecosystem(CrDatabaseWriter *writer, const char *name)
{
  gint64 id = GPOINTER_TO_INT(g_hash_table_lookup(writer->ecosystems, name));
  if (id)
    return id;
  id = g_hash_table_size(writer->ecosystems) + 1;
  sqlite3_stmt *statement = NULL;
  sqlite3_prepare_v2(writer->handle, "INSERT INTO ecosystems VALUES(?,?)", -1, &statement, NULL);
  sqlite3_bind_int64(statement, 1, id);
  bind_text(statement, 2, name);
  gboolean ok = sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_finalize(statement);
  g_hash_table_insert(writer->ecosystems, g_strdup(name), GINT_TO_POINTER((int)id));
  return ok ? id : -1;
}

typedef struct {
  gint64 ecosystem;
  const CrBuiltRow *row;
} Place;

static int compare_places(const void *a, const void *b)
{
  const Place *x = a, *y = b;
  if (x->ecosystem != y->ecosystem)
    return x->ecosystem < y->ecosystem ? -1 : 1;
  int order = x->row->package == y->row->package ? 0 : strcmp(x->row->package, y->row->package);
  if (!order)
    order = strcmp(x->row->id, y->row->id);
  return order ? order : x->row < y->row ? -1 : x->row > y->row;
}

static GArray *sort_rows(CrDatabaseWriter *writer, const CrCompileJob *job, gint64 file, GError **error)
{
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
  for (guint i = 0; i < job->builders->len; i++) {
    const CrBuilder *builder = job->builders->pdata[i];
    g_autofree gint64 *numbers = g_new(gint64, builder->ecosystems->len + 1);
    for (guint j = 0; j < builder->ecosystems->len; j++) {
      numbers[j] = get_ecosystem(writer, builder->ecosystems->pdata[j]);
      sqlite3_bind_int64(writer->puts[PUT_COVERAGE], 1, numbers[j]);
      sqlite3_bind_int64(writer->puts[PUT_COVERAGE], 2, file);
      if (numbers[j] < 0 || !put(writer, writer->puts[PUT_COVERAGE], error))
        return NULL;
    }
    for (guint j = 0; j < builder->rows->len; j++) {
      const CrBuiltRow *row = &g_array_index(builder->rows, CrBuiltRow, j);
      Place place = {numbers[row->ecosystem], row};
      g_array_append_val(places, place);
    }
  }
  if (places->len)
    qsort(places->data, places->len, sizeof(Place), compare_places);
  return g_steal_pointer(&places);
}

/* One row of the database for all advisories of a package. */
static gboolean put_affected(CrDatabaseWriter *writer, const CrCompileJob *job, gint64 file, GError **error)
{
  g_autoptr(GArray) places = sort_rows(writer, job, file, error);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  sqlite3_stmt *statement = writer->puts[PUT_AFFECTED];
  for (guint i = 0; places && i < places->len;) {
    const Place *first = &g_array_index(places, Place, i);
    g_byte_array_set_size(bytes, 0);
    for (; i < places->len; i++) {
      const Place *place = &g_array_index(places, Place, i);
      if (place->ecosystem != first->ecosystem || strcmp(place->row->package, first->row->package) != 0)
        break;
      g_byte_array_append(bytes, place->row->bytes, place->row->size);
    }
    sqlite3_bind_int64(statement, 1, first->ecosystem);
    bind_text(statement, 2, first->row->package);
    sqlite3_bind_int64(statement, 3, file);
    sqlite3_bind_blob(statement, 4, bytes->data, (int)bytes->len, SQLITE_STATIC);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return places != NULL;
}

static gboolean put_texts(CrDatabaseWriter *writer, const CrBuilder *builder, gint64 file, GError **error)
{
  sqlite3_stmt *statement = writer->puts[PUT_TEXT];
  for (guint i = 0; i < builder->texts->len; i++) {
    const CrBuiltText *text = &g_array_index(builder->texts, CrBuiltText, i);
    sqlite3_bind_int64(statement, 1, (gint64)CR_DATABASE_TEXT(file, text->id));
    bind_text(statement, 2, text->text);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return TRUE;
}

static int compare_aliases(const void *a, const void *b)
{
  const CrBuiltAlias *x = a, *y = b;
  int order = strcmp(x->id, y->id);
  return order ? order : strcmp(x->other, y->other);
}

static gboolean put_aliases(CrDatabaseWriter *writer, const CrCompileJob *job, gint64 file, GError **error)
{
  g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(CrBuiltAlias));
  for (guint i = 0; i < job->builders->len; i++) {
    const CrBuilder *builder = job->builders->pdata[i];
    for (guint j = 0; j < builder->aliases->len; j++) {
      CrBuiltAlias pair = g_array_index(builder->aliases, CrBuiltAlias, j), back = {pair.other, pair.id};
      g_array_append_val(pairs, pair);
      g_array_append_val(pairs, back);
    }
  }
  if (pairs->len) /* else there is nothing to point to */
    qsort(pairs->data, pairs->len, sizeof(CrBuiltAlias), compare_aliases);
  sqlite3_stmt *statement = writer->puts[PUT_ALIAS];
  for (guint i = 0; i < pairs->len; i++) {
    const CrBuiltAlias *pair = &g_array_index(pairs, CrBuiltAlias, i);
    if (i && !compare_aliases(pair, pair - 1))
      continue;
    bind_text(statement, 1, pair->id);
    bind_text(statement, 2, pair->other);
    sqlite3_bind_int64(statement, 3, file);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return TRUE;
}

static int compare_scores(const void *a, const void *b)
{
  const CrBuiltScore *x = a, *y = b;
  return x->cve < y->cve ? -1 : x->cve > y->cve;
}

static gboolean put_scores(CrDatabaseWriter *writer, const CrCompileJob *job, gint64 file, GError **error)
{
  g_autoptr(GArray) scores = g_array_new(FALSE, FALSE, sizeof(CrBuiltScore));
  for (guint i = 0; i < job->builders->len; i++) {
    const CrBuilder *builder = job->builders->pdata[i];
    g_array_append_vals(scores, builder->scores->data, builder->scores->len);
  }
  if (scores->len)
    qsort(scores->data, scores->len, sizeof(CrBuiltScore), compare_scores);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  sqlite3_stmt *statement = writer->puts[PUT_EPSS];
  for (guint i = 0; i < scores->len;) {
    guint64 block = g_array_index(scores, CrBuiltScore, i).cve >> 8;
    g_byte_array_set_size(bytes, 0);
    for (; i < scores->len; i++) {
      const CrBuiltScore *row = &g_array_index(scores, CrBuiltScore, i);
      if (row->cve >> 8 != block)
        break;
      if (bytes->len && bytes->data[bytes->len - 7] == (guint8)row->cve)
        continue; /* a CVE twice: the first counts */
      const guint8 packed[7] = {(guint8)row->cve,
                                (guint8)row->score,
                                (guint8)(row->score >> 8),
                                (guint8)(row->score >> 16),
                                (guint8)row->percentile,
                                (guint8)(row->percentile >> 8),
                                (guint8)(row->percentile >> 16)};
      g_byte_array_append(bytes, packed, sizeof packed);
    }
    sqlite3_bind_int64(statement, 1, (gint64)block);
    sqlite3_bind_int64(statement, 2, file);
    sqlite3_bind_blob(statement, 3, bytes->data, (int)bytes->len, SQLITE_STATIC);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean put_flaws(CrDatabaseWriter *writer, const GArray *flaws, guint table, gint64 file, GError **error)
{
  sqlite3_stmt *statement = writer->puts[table];
  for (guint i = 0; i < flaws->len; i++) {
    const CrBuiltFlaw *flaw = &g_array_index(flaws, CrBuiltFlaw, i);
    bind_text(statement, 1, flaw->cve);
    sqlite3_bind_int64(statement, 2, file);
    bind_text(statement, 3, flaw->value);
    if (tables[table].columns > 3)
      bind_text(statement, 4, flaw->source);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean put_documents(CrDatabaseWriter *writer, const GArray *documents, gint64 file, GError **error)
{
  sqlite3_stmt *statement = writer->puts[PUT_DOCUMENT];
  for (guint i = 0; i < documents->len; i++) {
    const CrBuiltDocument *document = &g_array_index(documents, CrBuiltDocument, i);
    gsize size = 0;
    const void *data = g_bytes_get_data(document->bytes, &size);
    bind_text(statement, 1, document->name);
    sqlite3_bind_int64(statement, 2, file);
    sqlite3_bind_blob64(statement, 3, data, size, SQLITE_STATIC);
    if (!put(writer, statement, error))
      return FALSE;
  }
  return TRUE;
}

gboolean cr_database_writer_add(CrDatabaseWriter *writer, CrDatabaseFile *file, const CrCompileJob *job, GError **error)
{
  if (!file->id)
    file->id = writer->next_file;
  writer->next_file = MAX(writer->next_file, file->id + 1);
  if (!put_file(writer, "INSERT", file, error) || !put_affected(writer, job, file->id, error) ||
      !put_aliases(writer, job, file->id, error) || !put_scores(writer, job, file->id, error))
    return FALSE;
  for (guint i = 0; i < job->builders->len; i++) {
    const CrBuilder *builder = job->builders->pdata[i];
    if (!put_texts(writer, builder, file->id, error) ||
        !put_flaws(writer, builder->exploited, PUT_EXPLOITED, file->id, error) ||
        !put_flaws(writer, builder->vectors, PUT_VECTOR, file->id, error) ||
        !put_documents(writer, builder->documents, file->id, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- what is kept ---- */

static gboolean fail_old(sqlite3 *old, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read the old advisory database: %s", sqlite3_errmsg(old));
  if (error)
    cr_error_set_hint(*error, "careen cache prune --all --advisories, and the update again");
  return FALSE;
}

static gboolean copy_rows(CrDatabaseWriter *writer, sqlite3 *old, const char *select, sqlite3_stmt *into, int columns,
                          GError **error)
{
  sqlite3_stmt *from = NULL;
  int status = sqlite3_prepare_v2(old, select, -1, &from, NULL);
  gboolean ok = status == SQLITE_OK;
  while (ok && (status = sqlite3_step(from)) == SQLITE_ROW) {
    for (int i = 0; i < columns; i++)
      sqlite3_bind_value(into, i + 1, sqlite3_column_value(from, i));
    if (!put(writer, into, error)) {
      sqlite3_finalize(from);
      return FALSE;
    }
  }
  ok = ok && status == SQLITE_DONE;
  if (!ok)
    fail_old(old, error);
  sqlite3_finalize(from);
  return ok;
}

static gboolean copy_ecosystems(CrDatabaseWriter *writer, sqlite3 *old, GError **error)
{
  sqlite3_stmt *from = NULL;
  gboolean ok = sqlite3_prepare_v2(old, "SELECT name FROM ecosystems ORDER BY id", -1, &from, NULL) == SQLITE_OK;
  int status = SQLITE_DONE;
  /* Numbers are given in order, so they come out the same. */
  while (ok && (status = sqlite3_step(from)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(from, 0);
    ok = name && get_ecosystem(writer, name) > 0;
  }
  sqlite3_finalize(from);
  return (ok && status == SQLITE_DONE) || fail_old(old, error);
}

/* Files that are compiled anew keep their numbers: those of new files must be none of the old database's. */
static gboolean reserve_numbers(CrDatabaseWriter *writer, sqlite3 *old, GError **error)
{
  sqlite3_stmt *most = NULL;
  gboolean ok = sqlite3_prepare_v2(old, "SELECT max(id) FROM files", -1, &most, NULL) == SQLITE_OK &&
                sqlite3_step(most) == SQLITE_ROW;
  if (ok)
    writer->next_file = MAX(writer->next_file, sqlite3_column_int64(most, 0) + 1);
  sqlite3_finalize(most);
  return ok || fail_old(old, error);
}

gboolean cr_database_writer_keep(CrDatabaseWriter *writer, sqlite3 *old, const GPtrArray *kept, GError **error)
{
  g_autoptr(GString) list = g_string_new("(");
  for (guint i = 0; i < kept->len; i++) {
    const CrDatabaseFile *file = kept->pdata[i];
    g_string_append_printf(list, "%s%" G_GINT64_FORMAT, i ? "," : "", file->id);
    if (!put_file(writer, "INSERT", file, error))
      return FALSE;
  }
  g_string_append_c(list, ')');
  if (!reserve_numbers(writer, old, error) || !copy_ecosystems(writer, old, error))
    return FALSE;
  for (guint i = 0; i < PUTS; i++) {
    g_autofree char *select = g_strconcat(tables[i].keep, " ", list->str, NULL);
    if (!copy_rows(writer, old, select, writer->puts[i], tables[i].columns, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean copy_bytes(CrDatabaseWriter *writer, int from, GError **error)
{
  g_autofree char *buffer = g_malloc(COPY_BYTES);
  gssize n = 0;
  while ((n = read(from, buffer, COPY_BYTES)) > 0)
    if (!cr_write_fully(writer->fd, buffer, (gsize)n))
      break;
  struct stat old, new;
  if (n == 0 && fstat(from, &old) == 0 && fstat(writer->fd, &new) == 0 && old.st_size == new.st_size)
    return TRUE;
  int errnum = errno ? errno : ENOSPC;
  cr_error_set_errno(error, errnum, "cannot write '%s'", writer->temporary);
  return FALSE;
}

gboolean cr_database_touch(const CrCache *cache, const GPtrArray *files, GError **error)
{
  g_autoptr(CrDatabaseWriter) writer = cr_database_writer_new_empty(cache, error);
  if (!writer)
    return FALSE;
  g_autofree char *path = g_build_filename(writer->folder, CR_DATABASE_NAME, NULL);
  int from = open(path, O_RDONLY | O_CLOEXEC);
  gboolean ok = from >= 0 && copy_bytes(writer, from, error);
  if (from < 0)
    cr_error_set_errno(error, errno, "cannot read '%s'", path);
  else
    close(from);
  ok = ok && open_temporary(writer, error);
  for (guint i = 0; i < files->len && ok; i++)
    ok = put_file(writer, "INSERT OR REPLACE", files->pdata[i], error);
  ok = ok && execute(writer, "COMMIT", error);
  close_handle(writer);
  return ok && cr_database_writer_rename(writer, error);
}
