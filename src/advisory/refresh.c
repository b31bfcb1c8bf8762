/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "advisory/fetch.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"

/* Requests at once: feeds are on different servers. */
#define FETCHES 4
/* A file with fewer records than this may shrink as it likes. */
#define COLLAPSE_FLOOR 20

typedef struct {
  const CrRefreshOptions *options;
  CrRefresh *result;
  sqlite3 *old;      /* or NULL */
  GPtrArray *known;  /* CrDatabaseFile* of the old database */
  GPtrArray *plan;   /* CrFeedFile* */
  GArray *fetched;   /* CrDownload, one for each of the plan */
  GPtrArray *errors; /* GError* or NULL, likewise */
  CrDatabaseWriter *writer;
  CrProgress *progress;
  GError *error; /* the database cannot be written */
} Refresh;

const char *cr_refresh_outcome_get_name(CrRefreshOutcome outcome)
{
  static const char *const names[] = {"new", "unchanged", "fresh", "failed"};
  return names[outcome];
}

static void refresh_file_free(CrRefreshFile *file)
{
  g_free(file->name);
  g_free(file->address);
  g_free(file->why);
  g_ptr_array_unref(file->skips);
  g_free(file);
}

void cr_refresh_free(CrRefresh *refresh)
{
  if (!refresh)
    return;
  g_ptr_array_unref(refresh->files);
  g_free(refresh);
}

static char *format_seconds(gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;
  return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

static const CrDatabaseFile *find_known(const Refresh *refresh, const char *name)
{
  for (guint i = 0; refresh->known && i < refresh->known->len; i++) {
    const CrDatabaseFile *file = refresh->known->pdata[i];
    if (!strcmp(file->name, name))
      return file;
  }
  return NULL;
}

static guint find_planned(const Refresh *refresh, const char *name)
{
  for (guint i = 0; i < refresh->plan->len; i++)
    if (!strcmp(((const CrFeedFile *)refresh->plan->pdata[i])->name, name))
      return i;
  return refresh->plan->len;
}

/* ---- what is fetched ---- */

static gboolean make_plan(Refresh *refresh, GError **error)
{
  const CrRefreshOptions *options = refresh->options;
  g_auto(GStrv) noted = cr_advisories_get_noted(options->cache);
  g_autofree char *folder = options->mirror ? cr_mirror_find_folder(options->mirror) : NULL;
  CrFeedWants wants = {.folder = folder, .ecosystems = (CrStrv)noted, .all = options->all};
  refresh->plan = g_ptr_array_new_with_free_func((GDestroyNotify)cr_feed_file_free);
  if (folder && !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    g_set_error(error, CR_ERROR, CR_ERROR_NOT_FOUND, "cannot read the mirror '%s': it is no folder", folder);
    return FALSE;
  }
  for (const CrFeed *const *feed = cr_feeds_get(); *feed; feed++)
    (*feed)->plan(*feed, &wants, refresh->plan);
  if (refresh->plan->len)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_NOT_FOUND, "cannot read the mirror '%s': it holds no feed", options->mirror);
  if (error)
    cr_error_set_hint(*error, "it has folders such as osv, debian-tracker, alpine-secdb, kev, epss");
  return FALSE;
}

static gboolean is_fresh(const Refresh *refresh, const CrDatabaseFile *known)
{
  gint64 asked = 0;
  guint64 age = refresh->options->max_age_seconds;
  return age && known && !known->error && cr_record_parse_time(known->fetched, &asked) &&
         g_get_real_time() / G_USEC_PER_SEC - asked <= (gint64)age;
}

static void on_bytes(guint64 bytes, gpointer data)
{
  Refresh *refresh = data;
  cr_progress_advance(refresh->progress, bytes);
}

static void fetch_one(gpointer item, gpointer data)
{
  Refresh *refresh = data;
  guint i = GPOINTER_TO_UINT(item) - 1;
  const CrFeedFile *file = refresh->plan->pdata[i];
  const CrDatabaseFile *known = find_known(refresh, file->name);
  CrDownload *fetched = &g_array_index(refresh->fetched, CrDownload, i);
  CrRefreshFile *outcome = refresh->result->files->pdata[i];
  GError *error = NULL;
  *fetched = (CrDownload){.fd = -1};
  if (is_fresh(refresh, known)) {
    outcome->outcome = CR_REFRESH_FRESH;
    outcome->address = g_strdup(known->source);
    return;
  }
  if (!cr_feed_fetch(refresh->options, file, known, refresh->progress, fetched, &error))
    refresh->errors->pdata[i] = error;
  outcome->outcome = error ? CR_REFRESH_FAILED : fetched->fd >= 0 ? CR_REFRESH_NEW : CR_REFRESH_UNCHANGED;
  outcome->address = g_strdup(fetched->source);
  outcome->bytes = fetched->bytes;
}

static void fetch_all(Refresh *refresh)
{
  g_autofree char *label = g_strdup_printf("fetching %u feed files", refresh->plan->len);
  gint64 start = g_get_monotonic_time();
  refresh->progress = cr_progress_new(label, 0);
  for (guint i = 0; i < refresh->plan->len; i++) {
    CrRefreshFile *outcome = g_new0(CrRefreshFile, 1);
    outcome->name = g_strdup(((const CrFeedFile *)refresh->plan->pdata[i])->name);
    outcome->skips = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(refresh->result->files, outcome);
  }
  g_array_set_size(refresh->fetched, refresh->plan->len);
  g_ptr_array_set_size(refresh->errors, (int)refresh->plan->len);
  GThreadPool *pool = g_thread_pool_new(fetch_one, refresh, FETCHES, FALSE, NULL);
  for (guint i = 0; i < refresh->plan->len; i++)
    g_thread_pool_push(pool, GUINT_TO_POINTER(i + 1), NULL);
  g_thread_pool_free(pool, FALSE, TRUE);
  g_clear_pointer(&refresh->progress, cr_progress_free);
  refresh->result->fetch_seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

/* ---- what the database will say of a file ---- */

static CrDatabaseFile *make_row(const CrFeedFile *file, const CrDownload *fetched)
{
  CrDatabaseFile *row = g_new0(CrDatabaseFile, 1);
  row->name = g_strdup(file->name);
  row->state = g_strdup(file->state);
  row->source = g_strdup(fetched->source);
  row->licence = g_strdup(file->licence);
  row->etag = g_strdup(fetched->etag);
  row->last_modified = g_strdup(fetched->last_modified);
  row->fetched = format_seconds(g_get_real_time() / G_USEC_PER_SEC);
  return row;
}

/* What is known stays, with WHY; of what was never there only that it failed. */
static CrDatabaseFile *make_failed_row(const CrDatabaseFile *known, const CrFeedFile *file, const CrDownload *fetched,
                                       const char *why)
{
  CrDatabaseFile *row = known ? cr_database_file_copy(known) : make_row(file, fetched);
  if (!known) {
    g_clear_pointer(&row->etag, g_free);
    g_clear_pointer(&row->last_modified, g_free);
    g_clear_pointer(&row->fetched, g_free);
  }
  g_free(row->error);
  row->error = g_strdup(why);
  return row;
}

static void set_failed(CrRefreshFile *outcome, const char *why)
{
  outcome->outcome = CR_REFRESH_FAILED;
  g_free(outcome->why);
  outcome->why = g_strdup(why);
}

/* Rows of files that stay as they are: not asked, unchanged, or not to be had. */
static GPtrArray *make_kept(Refresh *refresh)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func((GDestroyNotify)cr_database_file_free);
  for (guint i = 0; refresh->known && i < refresh->known->len; i++) {
    const CrDatabaseFile *known = refresh->known->pdata[i];
    guint at = find_planned(refresh, known->name);
    CrRefreshFile *outcome = at < refresh->plan->len ? refresh->result->files->pdata[at] : NULL;
    if (outcome && outcome->outcome == CR_REFRESH_NEW)
      continue;
    CrDatabaseFile *row = cr_database_file_copy(known);
    if (outcome) {
      outcome->records = row->records;
      outcome->skipped = row->skipped;
    }
    if (outcome && outcome->outcome == CR_REFRESH_UNCHANGED) {
      g_clear_pointer(&row->error, g_free);
      g_free(row->fetched);
      row->fetched = format_seconds(g_get_real_time() / G_USEC_PER_SEC);
    } else if (outcome && outcome->outcome == CR_REFRESH_FAILED) {
      g_free(row->error);
      row->error = g_strdup(outcome->why);
    }
    g_ptr_array_add(kept, row);
  }
  return kept;
}

/* ---- compiling ---- */

static gboolean keep_failed(Refresh *refresh, const CrCompileJob *job, guint at, const char *why)
{
  const CrDatabaseFile *known = find_known(refresh, job->file->name);
  set_failed(refresh->result->files->pdata[at], why);
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func((GDestroyNotify)cr_database_file_free);
  g_ptr_array_add(kept, make_failed_row(known, job->file, &g_array_index(refresh->fetched, CrDownload, at), why));
  if (known)
    return cr_database_writer_keep(refresh->writer, refresh->old, kept, &refresh->error);
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  CrCompileJob empty = {.file = job->file, .fd = -1, .builders = none};
  return cr_database_writer_add(refresh->writer, kept->pdata[0], &empty, &refresh->error);
}

static gboolean take_job(CrCompileJob *job, gpointer data)
{
  Refresh *refresh = data;
  guint at = find_planned(refresh, job->file->name);
  CrRefreshFile *outcome = refresh->result->files->pdata[at];
  const CrDownload *fetched = &g_array_index(refresh->fetched, CrDownload, at);
  const CrDatabaseFile *known = find_known(refresh, job->file->name);
  refresh->result->json_bytes += job->json_bytes;
  if (job->error)
    return keep_failed(refresh, job, at, job->error->message);
  if (known && known->records >= COLLAPSE_FLOOR && job->records < known->records / 2) {
    g_autofree char *why =
        g_strdup_printf("cannot believe '%s': it has %" G_GUINT64_FORMAT " records, and the one before had "
                        "%" G_GUINT64_FORMAT "; if that is right: careen cache prune --all --advisories",
                        job->file->path, job->records, known->records);
    return keep_failed(refresh, job, at, why);
  }
  CrDatabaseFile *row = make_row(job->file, fetched);
  row->id = known ? known->id : 0;
  row->records = outcome->records = job->records;
  row->skipped = outcome->skipped = job->skipped;
  row->date = format_seconds(job->newest ? job->newest : fetched->modified);
  for (guint i = 0; i < job->skips->len; i++)
    g_ptr_array_add(outcome->skips, g_strdup(job->skips->pdata[i]));
  gboolean ok = cr_database_writer_add(refresh->writer, row, job, &refresh->error);
  cr_database_file_free(row);
  return ok;
}

/* A file that never was there and could not be had is a row all the same, so that `db status` says so. */
static gboolean add_missing(Refresh *refresh)
{
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  for (guint i = 0; i < refresh->plan->len; i++) {
    const CrFeedFile *file = refresh->plan->pdata[i];
    const CrRefreshFile *outcome = refresh->result->files->pdata[i];
    if (outcome->outcome != CR_REFRESH_FAILED || find_known(refresh, file->name) || !refresh->errors->pdata[i])
      continue;
    CrDatabaseFile *row = make_failed_row(NULL, file, &g_array_index(refresh->fetched, CrDownload, i), outcome->why);
    CrCompileJob empty = {.file = file, .fd = -1, .builders = none};
    gboolean ok = cr_database_writer_add(refresh->writer, row, &empty, &refresh->error);
    cr_database_file_free(row);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

static gboolean compile(Refresh *refresh, const GPtrArray *kept, GError **error)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)cr_compile_job_free);
  gint64 start = g_get_monotonic_time();
  for (guint i = 0; i < refresh->plan->len; i++) {
    CrDownload *fetched = &g_array_index(refresh->fetched, CrDownload, i);
    if (fetched->fd < 0)
      continue;
    g_ptr_array_add(jobs, cr_compile_job_new(refresh->plan->pdata[i], fetched->fd));
    fetched->fd = -1;
  }
  refresh->writer = cr_database_writer_new(refresh->options->cache, error);
  if (!refresh->writer)
    return FALSE;
  guint threads = refresh->options->jobs ? refresh->options->jobs : g_get_num_processors();
  refresh->progress = cr_progress_new("compiling advisories", 0);
  gboolean ok = (!refresh->old || cr_database_writer_keep(refresh->writer, refresh->old, kept, &refresh->error)) &&
                cr_compile_run(jobs, threads, take_job, on_bytes, refresh) && add_missing(refresh) &&
                cr_database_writer_publish(refresh->writer, &refresh->error);
  g_clear_pointer(&refresh->progress, cr_progress_free);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&refresh->error));
  refresh->result->compile_seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
  return ok;
}

/* Counts of outcomes. */
static guint count(const Refresh *refresh, CrRefreshOutcome outcome)
{
  guint n = 0;
  for (guint i = 0; i < refresh->result->files->len; i++)
    n += ((const CrRefreshFile *)refresh->result->files->pdata[i])->outcome == outcome ? 1 : 0;
  return n;
}

static gboolean write_database(Refresh *refresh, GError **error)
{
  guint new = count(refresh, CR_REFRESH_NEW), failed = count(refresh, CR_REFRESH_FAILED);
  if (!new && !refresh->old) {
    const GError *first = NULL;
    for (guint i = 0; i < refresh->errors->len && !first; i++)
      first = refresh->errors->pdata[i];
    if (!first)
      g_set_error(error, CR_ERROR, CR_ERROR_NOT_FOUND, "cannot fetch any advisories: no file of any feed is there");
    else
      cr_error_refuse(error, first->code, cr_error_get_hint(first), "cannot fetch any advisories: %s", first->message);
    return FALSE;
  }
  g_autoptr(GPtrArray) kept = make_kept(refresh);
  gboolean all_fresh = !new && !failed &&count(refresh, CR_REFRESH_FRESH) == refresh->plan->len;
  gboolean ok =
      new ? compile(refresh, kept, error) : all_fresh || cr_database_touch(refresh->options->cache, kept, error);
  refresh->result->written = ok && new > 0;
  return ok;
}

static void open_old(Refresh *refresh)
{
  g_autofree char *path = cr_cache_get_path(refresh->options->cache, CR_DATABASE_AREA, CR_DATABASE_NAME);
  g_autoptr(GError) why = NULL;
  refresh->old = cr_database_open(path, &why);
  refresh->known = refresh->old ? cr_database_read_files(refresh->old, &why) : NULL;
  if (refresh->known)
    return;
  if (why)
    cr_log_note("%s; it is made again", why->message);
  g_clear_pointer(&refresh->old, sqlite3_close);
}

static void clear_fetched(Refresh *refresh, gboolean used)
{
  for (guint i = 0; i < refresh->fetched->len; i++) {
    CrDownload *fetched = &g_array_index(refresh->fetched, CrDownload, i);
    if (used && !refresh->errors->pdata[i])
      cr_download_forget(refresh->options, fetched);
    cr_download_clear(fetched);
  }
}

CrRefresh *cr_refresh_run(const CrRefreshOptions *options, GError **error)
{
  g_autoptr(CrRefresh) result = g_new0(CrRefresh, 1);
  result->files = g_ptr_array_new_with_free_func((GDestroyNotify)refresh_file_free);
  Refresh refresh = {.options = options, .result = result};
  refresh.fetched = g_array_new(FALSE, TRUE, sizeof(CrDownload));
  refresh.errors = g_ptr_array_new();
  open_old(&refresh);
  gboolean ok = make_plan(&refresh, error);
  if (ok) {
    fetch_all(&refresh);
    for (guint i = 0; i < refresh.errors->len; i++)
      if (refresh.errors->pdata[i])
        set_failed(result->files->pdata[i], ((const GError *)refresh.errors->pdata[i])->message);
    ok = write_database(&refresh, error);
    clear_fetched(&refresh, ok);
  }
  for (guint i = 0; i < refresh.errors->len; i++)
    g_clear_error((GError **)&refresh.errors->pdata[i]);
  g_ptr_array_unref(refresh.errors);
  g_array_unref(refresh.fetched);
  cr_database_writer_free(refresh.writer);
  g_clear_error(&refresh.error);
  if (refresh.known)
    g_ptr_array_unref(refresh.known);
  if (refresh.plan)
    g_ptr_array_unref(refresh.plan);
  sqlite3_close(refresh.old);
  return ok ? g_steal_pointer(&result) : NULL;
}
