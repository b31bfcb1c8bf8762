/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advisory/database-write.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/order.h"
#include "base/reader.h"

enum { ASK_PACKAGE, ASK_TEXT, ASK_ALIAS, ASK_EPSS, ASK_EXPLOITED, ASK_VECTOR, ASK_DOCUMENT, ASKS };
static const char *const questions[ASKS] = {
    [ASK_PACKAGE] = "SELECT file, advisories FROM affected WHERE ecosystem=? AND package=? ORDER BY file",
    [ASK_TEXT] = "SELECT text FROM texts WHERE id=?",
    [ASK_ALIAS] = "SELECT DISTINCT other FROM aliases WHERE id=?",
    [ASK_EPSS] = "SELECT scores FROM epss WHERE block=?",
    [ASK_EXPLOITED] = "SELECT since FROM exploited WHERE cve=?",
    [ASK_VECTOR] =
        ("SELECT vector, vectors.source FROM vectors JOIN files ON files.id=vectors.file WHERE cve=? ORDER BY "
         "files.state<>'vulnrichment', files.name LIMIT 1"),
    [ASK_DOCUMENT] = "SELECT content FROM documents WHERE name=?",
};

typedef struct {
  CrFeedState *state;
  gint64 file;
} FileState;

struct CrAdvisories {
  sqlite3 *handle;
  sqlite3_stmt *asks[ASKS];
  CrArena *arena;
  GPtrArray *feeds; /* CrFeedState* */
  const char *identity;
  GHashTable *states;     /* number of a file → CrFeedState* */
  GHashTable *ecosystems; /* name → number */
  GHashTable *coverage;   /* number of an ecosystem → CrFeedState* */
  const char *date;
  char *failure;
};

/* ---- opening ---- */

static gint64 ask_number(sqlite3 *handle, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  gint64 number = -1;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
    number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return number;
}

static sqlite3 *refuse(sqlite3 *handle, const char *path, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot use the advisory database '%s': %s", path, why);
  if (error)
    cr_error_set_hint(*error, "careen db update");
  sqlite3_close(handle);
  return NULL;
}

/* Immutable: nobody writes into it, a new one takes its name; so no lock and no look at the file's time. */
sqlite3 *cr_database_open(const char *path, GError **error)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return NULL;
  g_autofree char *escaped = g_uri_escape_string(path, "/", TRUE);
  g_autofree char *uri = g_strdup_printf("file:%s?mode=ro&immutable=1", escaped);
  sqlite3 *handle = NULL;
  if (sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return refuse(handle, path, handle ? sqlite3_errmsg(handle) : "it cannot be opened", error);
  g_autofree char *map = g_strdup_printf("PRAGMA mmap_size=%" G_GINT64_FORMAT "; PRAGMA cell_size_check=ON; PRAGMA "
                                         "trusted_schema=OFF; PRAGMA cache_size=-2000",
                                         (gint64)st.st_size);
  sqlite3_exec(handle, map, NULL, NULL, NULL);
  if (ask_number(handle, "PRAGMA application_id") != CR_DATABASE_APPLICATION)
    return refuse(handle, path, "it is none, or damaged", error);
  if (ask_number(handle, "PRAGMA user_version") != CR_DATABASE_VERSION)
    return refuse(handle, path, "another version of careen wrote it", error);
  if (ask_number(handle, "PRAGMA page_count") * ask_number(handle, "PRAGMA page_size") != st.st_size)
    return refuse(handle, path, "it is cut short", error);
  return handle;
}

static char *copy_column(sqlite3_stmt *statement, int at)
{
  return g_strdup((const char *)sqlite3_column_text(statement, at));
}

GPtrArray *cr_database_read_files(sqlite3 *handle, GError **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)cr_database_file_free);
  sqlite3_stmt *statement = NULL;
  int status = sqlite3_prepare_v2(handle,
                                  "SELECT id, name, state, source, licence, etag, last_modified, date, fetched, "
                                  "records, skipped, error FROM files ORDER BY name",
                                  -1, &statement, NULL);
  while ((status == SQLITE_OK || status == SQLITE_ROW) && (status = sqlite3_step(statement)) == SQLITE_ROW) {
    CrDatabaseFile *file = g_new0(CrDatabaseFile, 1);
    char **texts[] = {&file->name, &file->state,         &file->source, &file->licence,
                      &file->etag, &file->last_modified, &file->date,   &file->fetched};
    file->id = sqlite3_column_int64(statement, 0);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
      *texts[i] = copy_column(statement, (int)i + 1);
    file->records = (guint64)sqlite3_column_int64(statement, 9);
    file->skipped = (guint64)sqlite3_column_int64(statement, 10);
    file->error = copy_column(statement, 11);
    g_ptr_array_add(files, file);
  }
  sqlite3_finalize(statement);
  if (status == SQLITE_DONE)
    return g_steal_pointer(&files);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read the advisory database: %s", sqlite3_errmsg(handle));
  return NULL;
}

/* The folder that A and B, addresses of two files of one feed, have in common. */
static const char *find_common(const char *a, const char *b, CrArena *arena)
{
  gsize at = 0, slash = 0;
  for (; a[at] && a[at] == b[at]; at++)
    if (a[at] == '/')
      slash = at + 1;
  return a[at] || b[at] ? cr_arena_strndup(arena, a, slash) : a;
}

/* Several files of one feed are one row for people: the newest date, the oldest asking, the first error. */
static void join_file(CrAdvisories *advisories, const CrDatabaseFile *file)
{
  CrFeedState *state = NULL;
  for (guint i = 0; i < advisories->feeds->len && !state; i++) {
    CrFeedState *known = advisories->feeds->pdata[i];
    if (!strcmp(known->name, file->state))
      state = known;
  }
  if (!state) {
    state = cr_arena_new0(advisories->arena, CrFeedState);
    state->name = cr_arena_strdup(advisories->arena, file->state);
    state->source = cr_arena_strdup(advisories->arena, file->source);
    state->licence = cr_arena_strdup(advisories->arena, file->licence);
    state->fetched = cr_arena_strdup(advisories->arena, file->fetched);
    g_ptr_array_add(advisories->feeds, state);
  } else {
    state->source = find_common(state->source, file->source, advisories->arena);
  }
  if (file->date && (!state->date || strcmp(file->date, state->date) > 0))
    state->date = cr_arena_strdup(advisories->arena, file->date);
  if (file->fetched && (!state->fetched || strcmp(file->fetched, state->fetched) < 0))
    state->fetched = cr_arena_strdup(advisories->arena, file->fetched);
  if (file->error && !state->error)
    state->error = cr_arena_strdup(advisories->arena, file->error);
  state->records += file->records;
  state->skipped += file->skipped;
  if (file->date && (!advisories->date || strcmp(file->date, advisories->date) > 0))
    advisories->date = state->date;
  g_hash_table_insert(advisories->states, GINT_TO_POINTER((int)file->id), state);
}

static int compare_states(gconstpointer a, gconstpointer b)
{
  const CrFeedState *x = *(const CrFeedState *const *)a, *y = *(const CrFeedState *const *)b;
  return strcmp(x->name, y->name);
}

static void set_failure(CrAdvisories *advisories)
{
  if (!advisories->failure)
    advisories->failure = g_strdup_printf("the advisory database is damaged (%s): careen cache prune --all "
                                          "--advisories, then careen db update",
                                          sqlite3_errmsg(advisories->handle));
}

/* The vendor's own feed before its twin in OSV. */
static void load_coverage(CrAdvisories *advisories)
{
  sqlite3_stmt *statement = NULL;
  int status = sqlite3_prepare_v2(advisories->handle,
                                  "SELECT e.name, e.id, c.file FROM ecosystems e LEFT JOIN coverage c ON c.ecosystem "
                                  "= e.id",
                                  -1, &statement, NULL);
  while ((status == SQLITE_OK || status == SQLITE_ROW) && (status = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    gpointer id = GINT_TO_POINTER(sqlite3_column_int(statement, 1));
    CrFeedState *state = g_hash_table_lookup(advisories->states, GINT_TO_POINTER(sqlite3_column_int(statement, 2)));
    const CrFeedState *known = g_hash_table_lookup(advisories->coverage, id);
    g_hash_table_insert(advisories->ecosystems, (gpointer)cr_arena_strdup(advisories->arena, name), id);
    if (state && (!known || (g_str_has_prefix(known->name, "osv/") && !g_str_has_prefix(state->name, "osv/"))))
      g_hash_table_insert(advisories->coverage, id, state);
  }
  sqlite3_finalize(statement);
  if (status != SQLITE_DONE)
    set_failure(advisories);
}

static const char *identify(const GPtrArray *files, CrArena *arena)
{
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  for (guint i = 0; i < files->len; i++) {
    const CrDatabaseFile *file = files->pdata[i];
    const char *const texts[] = {file->name, file->etag, file->last_modified, file->date, file->error};
    for (guint k = 0; k < G_N_ELEMENTS(texts); k++)
      g_checksum_update(checksum, (const guchar *)(texts[k] ? texts[k] : ""),
                        texts[k] ? (gssize)strlen(texts[k]) + 1 : 1);
    g_autofree char *counts = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, file->records, file->skipped);
    g_checksum_update(checksum, (const guchar *)counts, -1);
  }
  return cr_arena_strdup(arena, g_checksum_get_string(checksum));
}

CrAdvisories *cr_advisories_open(const CrCache *cache, GError **error)
{
  g_autofree char *path = cr_cache_get_path(cache, CR_DATABASE_AREA, CR_DATABASE_NAME);
  sqlite3 *handle = cr_database_open(path, error);
  if (!handle)
    return NULL;
  int fd = cr_cache_open(cache, CR_DATABASE_AREA, CR_DATABASE_NAME); /* marks it as used */
  if (fd >= 0)
    close(fd);
  g_autoptr(CrAdvisories) advisories = g_new0(CrAdvisories, 1);
  advisories->handle = handle;
  advisories->arena = cr_arena_new();
  advisories->feeds = g_ptr_array_new();
  advisories->states = g_hash_table_new(NULL, NULL);
  advisories->coverage = g_hash_table_new(NULL, NULL);
  advisories->ecosystems = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) files = cr_database_read_files(handle, error);
  for (guint i = 0; files && i < files->len; i++)
    join_file(advisories, files->pdata[i]);
  if (files)
    advisories->identity = identify(files, advisories->arena);
  g_ptr_array_sort(advisories->feeds, compare_states);
  if (files)
    load_coverage(advisories);
  if (!files || advisories->failure) {
    if (files)
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot use '%s': %s", path, advisories->failure);
    return NULL;
  }
  return g_steal_pointer(&advisories);
}

void cr_advisories_close(CrAdvisories *advisories)
{
  if (!advisories)
    return;
  for (guint i = 0; i < ASKS; i++)
    sqlite3_finalize(advisories->asks[i]);
  sqlite3_close(advisories->handle);
  g_ptr_array_unref(advisories->feeds);
  g_hash_table_unref(advisories->states);
  g_hash_table_unref(advisories->coverage);
  g_hash_table_unref(advisories->ecosystems);
  cr_arena_free(advisories->arena);
  g_free(advisories->failure);
  g_free(advisories);
}

const GPtrArray *cr_advisories_get_feeds(const CrAdvisories *advisories)
{
  return advisories->feeds;
}

const char *cr_advisories_get_identity(const CrAdvisories *advisories)
{
  return advisories->identity;
}

const char *cr_advisories_get_date(const CrAdvisories *advisories)
{
  return advisories->date;
}

const char *cr_advisories_get_failure(const CrAdvisories *advisories)
{
  return advisories->failure;
}

/* ---- questions ---- */

/* The statement, ready to be bound; NULL: the database is damaged. */
static sqlite3_stmt *ask(CrAdvisories *advisories, guint question)
{
  sqlite3_stmt **statement = &advisories->asks[question];
  if (!*statement && sqlite3_prepare_v3(advisories->handle, questions[question], -1, SQLITE_PREPARE_PERSISTENT,
                                        statement, NULL) != SQLITE_OK)
    set_failure(advisories);
  return *statement;
}

static gboolean step(CrAdvisories *advisories, sqlite3_stmt *statement)
{
  int status = statement ? sqlite3_step(statement) : SQLITE_DONE;
  if (status != SQLITE_ROW && status != SQLITE_DONE)
    set_failure(advisories);
  return status == SQLITE_ROW;
}

static sqlite3_stmt *ask_text(CrAdvisories *advisories, guint question, const char *text)
{
  sqlite3_stmt *statement = ask(advisories, question);
  if (statement)
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
  return statement;
}

static const char *find_text(sqlite3_stmt *statement, int at, CrArena *arena)
{
  return cr_arena_strdup(arena, (const char *)sqlite3_column_text(statement, at));
}

static gpointer find_ecosystem(const CrAdvisories *advisories, const char *name)
{
  gpointer id = g_hash_table_lookup(advisories->ecosystems, name);
  const char *colon = id ? NULL : strchr(name, ':');
  if (!colon)
    return id;
  g_autofree char *base = g_strndup(name, (gsize)(colon - name));
  return g_hash_table_lookup(advisories->ecosystems, base);
}

const CrFeedState *cr_advisories_find_coverage(const CrAdvisories *advisories, const char *ecosystem)
{
  return g_hash_table_lookup(advisories->coverage, find_ecosystem(advisories, ecosystem));
}

/* Both halves of FOUND, up to MIDDLE and from there, are sorted by id: one file's rows are. Sorting them again took
 * half of a query about a kernel. */
static GPtrArray *merge(GPtrArray *found, guint middle)
{
  if (!middle || middle == found->len)
    return found;
  GPtrArray *merged = g_ptr_array_sized_new(found->len);
  for (guint i = 0, j = middle; i < middle || j < found->len;) {
    const CrAdvisory *x = i < middle ? found->pdata[i] : NULL, *y = j < found->len ? found->pdata[j] : NULL;
    int order = !x ? 1 : !y ? -1 : strcmp(x->id, y->id);
    if (!order)
      order = strcmp(x->feed, y->feed);
    g_ptr_array_add(merged, order <= 0 ? found->pdata[i++] : found->pdata[j++]);
  }
  g_ptr_array_unref(found);
  return merged;
}

static void decode(CrAdvisories *advisories, sqlite3_stmt *statement, const CrAdvisory *template, CrArena *arena,
                   GPtrArray *found)
{
  gint64 file = sqlite3_column_int64(statement, 0);
  const CrFeedState *state = g_hash_table_lookup(advisories->states, GINT_TO_POINTER((int)file));
  const void *bytes = sqlite3_column_blob(statement, 1);
  gsize size = (gsize)sqlite3_column_bytes(statement, 1);
  CrAdvisory shared = *template;
  guint first = found->len;
  shared.feed = state ? state->name : "";
  /* A copy: what SQLite gives ends with the next step. */
  const char *copy = bytes ? cr_arena_strndup(arena, bytes, size) : NULL;
  if (!copy || !state || !cr_record_decode((const guint8 *)copy, size, &shared, arena, found)) {
    g_free(advisories->failure);
    advisories->failure = g_strdup_printf("the advisory database is damaged at %s %s: careen cache prune --all "
                                          "--advisories, then careen db update",
                                          template->ecosystem, template->package);
  }
  for (guint i = first; i < found->len; i++) {
    CrAdvisory *advisory = found->pdata[i];
    if (advisory->text)
      advisory->text = CR_DATABASE_TEXT(file, advisory->text);
  }
}

GPtrArray *cr_advisories_find(CrAdvisories *advisories, const char *ecosystem, const char *package, CrArena *arena)
{
  GPtrArray *found = g_ptr_array_new();
  gpointer id = find_ecosystem(advisories, ecosystem);
  sqlite3_stmt *statement = id ? ask(advisories, ASK_PACKAGE) : NULL;
  if (!statement)
    return found;
  g_autofree char *base = g_strndup(ecosystem, strcspn(ecosystem, ":"));
  g_autofree char *name = cr_ecosystem_normalise_name(base, package);
  sqlite3_bind_int64(statement, 1, GPOINTER_TO_INT(id));
  sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
  CrAdvisory template = {0};
  guint rows = 0;
  for (; step(advisories, statement); rows++) {
    if (!rows) {
      template.ecosystem = cr_arena_strdup(arena, ecosystem);
      template.package = cr_arena_strdup(arena, name);
    }
    guint middle = found->len;
    decode(advisories, statement, &template, arena, found);
    found = merge(found, middle);
  }
  sqlite3_reset(statement);
  return found;
}

const char *cr_advisories_find_summary(CrAdvisories *advisories, const CrAdvisory *advisory, CrArena *arena)
{
  sqlite3_stmt *statement = advisory->text ? ask(advisories, ASK_TEXT) : NULL;
  if (!statement)
    return NULL;
  sqlite3_bind_int64(statement, 1, (gint64)advisory->text);
  const char *text = step(advisories, statement) ? find_text(statement, 0, arena) : NULL;
  sqlite3_reset(statement);
  return text;
}

static guint32 read_share(const guint8 *bytes)
{
  return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16;
}

static gboolean find_score(CrAdvisories *advisories, guint64 cve, CrFlaw *flaw)
{
  sqlite3_stmt *statement = cve ? ask(advisories, ASK_EPSS) : NULL;
  gboolean found = FALSE;
  if (!statement)
    return FALSE;
  sqlite3_bind_int64(statement, 1, (gint64)(cve >> 8));
  if (step(advisories, statement)) {
    const guint8 *rows = sqlite3_column_blob(statement, 0);
    int size = rows ? sqlite3_column_bytes(statement, 0) : 0;
    for (int at = 0; at + 7 <= size && !found; at += 7) {
      if (rows[at] != (guint8)cve)
        continue;
      flaw->epss = read_share(rows + at + 1) / 100000.0;
      flaw->epss_percentile = read_share(rows + at + 4) / 100000.0;
      found = TRUE;
    }
  }
  sqlite3_reset(statement);
  return found;
}

gboolean cr_advisories_find_flaw(CrAdvisories *advisories, const char *cve, CrArena *arena, CrFlaw *flaw)
{
  *flaw = (CrFlaw){.epss = -1, .epss_percentile = -1};
  cve = cr_record_strip_prefix(cve);
  gboolean found = find_score(advisories, cr_cve_parse(cve), flaw);
  sqlite3_stmt *statement = ask_text(advisories, ASK_EXPLOITED, cve);
  if (step(advisories, statement)) {
    flaw->exploited = found = TRUE;
    flaw->exploited_since = find_text(statement, 0, arena);
  }
  sqlite3_reset(statement);
  statement = ask_text(advisories, ASK_VECTOR, cve);
  if (step(advisories, statement)) {
    found = TRUE;
    flaw->cvss = find_text(statement, 0, arena);
    flaw->cvss_source = find_text(statement, 1, arena);
  }
  sqlite3_reset(statement);
  return found;
}

CrStrv cr_advisories_find_aliases(CrAdvisories *advisories, const char *id, CrArena *arena)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  g_ptr_array_add(names, (gpointer)cr_record_strip_prefix(id));
  for (guint i = 0; i < names->len; i++) {
    sqlite3_stmt *statement = ask_text(advisories, ASK_ALIAS, names->pdata[i]);
    while (names->len <= CR_LIMIT_ADVISORY_ALIASES && step(advisories, statement)) {
      const char *other = (const char *)sqlite3_column_text(statement, 0);
      if (other && !g_ptr_array_find_with_equal_func(names, other, g_str_equal, NULL))
        g_ptr_array_add(names, (gpointer)cr_arena_strdup(arena, other));
    }
    sqlite3_reset(statement);
  }
  if (!strcmp(names->pdata[0], id))
    g_ptr_array_remove_index(names, 0);
  else
    names->pdata[0] = (gpointer)cr_arena_strdup(arena, names->pdata[0]);
  if (!names->len)
    return cr_strv_empty;
  g_ptr_array_sort(names, cr_compare_texts);
  const char **list = cr_arena_alloc(arena, (names->len + 1) * sizeof *list);
  memcpy(list, names->pdata, names->len * sizeof *list);
  return list;
}

GBytes *cr_advisories_find_product(CrAdvisories *advisories, const char *product)
{
  sqlite3_stmt *statement = ask_text(advisories, ASK_DOCUMENT, product);
  GBytes *bytes = NULL;
  if (step(advisories, statement))
    bytes = g_bytes_new(sqlite3_column_blob(statement, 0), (gsize)sqlite3_column_bytes(statement, 0));
  sqlite3_reset(statement);
  return bytes;
}

gboolean cr_advisories_check_age(const CrAdvisories *advisories, guint64 max_age_seconds, GError **error)
{
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  for (guint i = 0; i < advisories->feeds->len; i++) {
    const CrFeedState *state = advisories->feeds->pdata[i];
    gint64 asked = 0;
    if (cr_record_parse_time(state->fetched, &asked) && now - asked <= (gint64)max_age_seconds)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
                "cannot use advisories of '%s': they were last asked for on %s, longer ago than --max-age allows",
                state->name, state->fetched ? state->fetched : "an unknown day");
    if (error)
      cr_error_set_hint(*error, "careen db update");
    return FALSE;
  }
  return TRUE;
}
