/* SPDX-License-Identifier: Apache-2.0 */
/* Which flaws an update fixes, by the changelog inside the candidate itself. One package is fetched for each source and
 * version, the smallest of those to be updated, and only once ever: what its changelog says is kept in the cache. */
#include "vendor/changelog.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/progress.h"
#include "vendor/archive-plan.h"
#include <string.h>

/* One source package at one version. */
typedef struct {
  const char *source, *version;
  GPtrArray *updates; /* CrUpdate* */
  GPtrArray *files;   /* CrArchiveFile*, smallest first */
  GPtrArray *entries; /* CrChangelogEntry*, or NULL */
  GError *error;
} Job;

typedef struct {
  CrArchives *archives;
  const CrVendorOptions *options;
  CrProgress *progress;
  GMutex large; /* packages above 8 MiB come one at a time: each is in memory while it is read */
} Context;

static void job_free(Job *job)
{
  g_ptr_array_unref(job->updates);
  g_ptr_array_unref(job->files);
  g_clear_pointer(&job->entries, g_ptr_array_unref);
  g_clear_error(&job->error);
  g_free(job);
}

/* ---- finding the files ---- */

static gboolean find_record(const CrArchiveData *data, const char *name, const char *version, const char *arch,
                            CrListPackage *out)
{
  for (guint i = 0; i < data->list_count; i++) {
    guint32 first = 0;
    guint count = cr_list_find(data->lists[i].list, name, &first);
    for (guint k = 0; k < count; k++) {
      cr_list_get_named(data->lists[i].list, first, k, out);
      gboolean fits = !arch || strcmp(out->arch, arch) == 0 || strcmp(out->arch, "all") == 0;
      if (fits && strcmp(out->version, version) == 0 && out->filename && out->sha256)
        return TRUE;
    }
  }
  return FALSE;
}

static const CrArchiveData *find_archive(const CrArchives *archives, const CrArchive *archive)
{
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    if (&data->archive == archive)
      return data;
  }
  return NULL;
}

static void fill_file(const CrListPackage *record, const CrArchive *archive, CrArchiveFile *file)
{
  *file = (CrArchiveFile){.name = record->name,
                          .version = record->version,
                          .arch = record->arch,
                          .filename = record->filename,
                          .sha256 = record->sha256,
                          .size_bytes = record->size_bytes,
                          .archive = archive};
}

static gint compare_sizes(gconstpointer a, gconstpointer b)
{
  const CrArchiveFile *one = *(CrArchiveFile *const *)a;
  const CrArchiveFile *two = *(CrArchiveFile *const *)b;
  return (one->size_bytes > two->size_bytes) - (one->size_bytes < two->size_bytes);
}

/* A job for each source and version, in the order of UPDATES. */
static GPtrArray *make_jobs(const CrArchives *archives, const GPtrArray *updates)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func((GDestroyNotify)job_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < updates->len; i++) {
    CrUpdate *update = updates->pdata[i];
    const CrArchiveData *data = find_archive(archives, update->archive);
    CrListPackage record;
    if (!data || !find_record(data, update->package->name, update->candidate, update->package->arch, &record))
      continue;
    char *key = g_strdup_printf("%s_%s", record.source_name, record.source_version);
    Job *job = g_hash_table_lookup(known, key);
    if (!job) {
      job = g_new0(Job, 1);
      job->source = record.source_name;
      job->version = record.source_version;
      job->updates = g_ptr_array_new();
      job->files = g_ptr_array_new_with_free_func(g_free);
      g_ptr_array_add(jobs, job);
      g_hash_table_insert(known, key, job);
    } else
      g_free(key);
    CrArchiveFile *file = g_new0(CrArchiveFile, 1);
    fill_file(&record, update->archive, file);
    g_ptr_array_add(job->updates, update);
    g_ptr_array_add(job->files, file);
  }
  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_sort(((Job *)jobs->pdata[i])->files, compare_sizes);
  return jobs;
}

/* ---- one job ---- */

static char *get_cache_name(const Job *job)
{
  for (const char *p = job->source; *p; p++)
    if (!g_ascii_isalnum(*p) && !strchr("+-.", *p))
      return NULL;
  for (const char *p = job->version; *p; p++)
    if (!g_ascii_isalnum(*p) && !strchr("+-.~:", *p))
      return NULL;
  return g_strdup_printf("%s_%s", job->source, job->version);
}

static GPtrArray *load_kept(const Job *job, const Context *context)
{
  g_autofree char *name = get_cache_name(job);
  g_autoptr(GBytes) kept = name ? cr_cache_load(context->options->cache, "changelogs", name) : NULL;
  gsize size = 0;
  const char *text = kept ? g_bytes_get_data(kept, &size) : NULL;
  return text && size ? cr_changelog_parse_kept(text, size) : NULL;
}

static void store(const Job *job, const Context *context)
{
  g_autofree char *name = get_cache_name(job);
  g_autofree char *text = cr_changelog_format(job->entries);
  if (name && *text) /* a full disk costs the next scan a download, nothing else */
    cr_cache_store(context->options->cache, "changelogs", name, text, strlen(text), NULL);
}

static gboolean read_file(const CrArchiveFile *file, Context *context, CrChangelogFile *out, GError **error)
{
  if (file->size_bytes > CR_LIMIT_CHANGELOG_DEB) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "its package is too large (%" G_GUINT64_FORMAT " MiB)",
                (guint64)(file->size_bytes / CR_MIB));
    return FALSE;
  }
  gboolean large = file->size_bytes > 8 * CR_MIB;
  if (large)
    g_mutex_lock(&context->large);
  g_autoptr(GBytes) deb = cr_archives_fetch_file(context->archives, file, context->options, error);
  gboolean good = deb && cr_changelog_read_deb(deb, file->name, out, error);
  if (large)
    g_mutex_unlock(&context->large);
  cr_progress_advance(context->progress, file->size_bytes);
  return good;
}

/* The package whose doc folder FILE's is a link to, of the same version. */
static gboolean follow_link(const CrArchiveFile *file, const char *name, Context *context, CrChangelogFile *out,
                            GError **error)
{
  const CrArchiveData *data = find_archive(context->archives, file->archive);
  CrListPackage record;
  CrArchiveFile other;
  if (!data || !find_record(data, name, file->version, NULL, &record))
    return TRUE; /* has none then */
  fill_file(&record, file->archive, &other);
  return read_file(&other, context, out, error);
}

/* Try the packages from the smallest until one carries the changelog of its source. */
static void run_job(gpointer data, gpointer user)
{
  Job *job = data;
  Context *context = user;
  for (guint i = 0; i < job->files->len && !job->entries; i++) {
    const CrArchiveFile *file = job->files->pdata[i];
    CrChangelogFile found = {0};
    g_clear_error(&job->error);
    if (!read_file(file, context, &found, &job->error))
      continue;
    if (!found.text && found.elsewhere) {
      g_autofree char *name = g_steal_pointer(&found.elsewhere);
      if (!follow_link(file, name, context, &found, &job->error))
        continue;
    }
    gsize size = 0;
    const char *text = found.text ? g_bytes_get_data(found.text, &size) : NULL;
    g_autoptr(GPtrArray) entries = text ? cr_changelog_parse(text, size) : NULL;
    if (entries && entries->len)
      job->entries = g_steal_pointer(&entries);
    cr_changelog_file_clear(&found);
  }
  if (job->entries)
    store(job, context);
  else if (!job->error)
    job->error = g_error_new(CR_ERROR, CR_ERROR_INPUT, "no package of it carries one");
}

static void fetch(GPtrArray *jobs, Context *context)
{
  g_autoptr(GPtrArray) missing = g_ptr_array_new();
  guint64 total = 0;
  for (guint i = 0; i < jobs->len; i++) {
    Job *job = jobs->pdata[i];
    job->entries = load_kept(job, context);
    if (job->entries)
      continue;
    if (context->options->offline)
      job->error = g_error_new(CR_ERROR, CR_ERROR_OFFLINE, "it is not in the cache");
    else {
      g_ptr_array_add(missing, job);
      total += ((const CrArchiveFile *)job->files->pdata[0])->size_bytes;
    }
  }
  if (!missing->len)
    return;
  context->progress = cr_progress_new("changelogs", total);
  guint threads = CLAMP(context->options->jobs, 1, 8);
  GThreadPool *pool = g_thread_pool_new(run_job, context, (gint)threads, FALSE, NULL);
  for (guint i = 0; i < missing->len; i++)
    g_thread_pool_push(pool, missing->pdata[i], NULL);
  g_thread_pool_free(pool, FALSE, TRUE);
  cr_progress_free(context->progress);
}

/* ---- the answer ---- */

static void answer(const Job *job, CrUpdate *update, CrArena *arena)
{
  const char *since = NULL;
  g_autofree const char **fixes =
      cr_changelog_find_fixes(job->entries, update->package->source_version, job->version, &since);
  guint count = g_strv_length((char **)fixes);
  const char **kept = cr_arena_alloc(arena, sizeof(char *) * (count + 1));
  for (guint i = 0; i < count; i++)
    kept[i] = cr_arena_strdup(arena, fixes[i]);
  update->fixes = (CrStrv)kept;
  update->fix_since = cr_arena_strdup(arena, since);
  /* of the release line only: what a third party writes into its changelog makes no security update */
  update->security |= count > 0 && update->archive->distribution;
}

/* TRUE: something was. */
static gboolean say_missing(const GPtrArray *jobs, CrProblems *problems)
{
  guint count = 0;
  const Job *first = NULL;
  for (guint i = 0; i < jobs->len; i++) {
    const Job *job = jobs->pdata[i];
    if (!job->entries) {
      count++;
      first = first ? first : job;
    }
  }
  if (count == 1)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "changelogs", "cannot look up what the update of '%s' fixes: %s",
                    first->source, first->error->message);
  else if (count)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "changelogs",
                    "cannot look up what updates of %u source packages fix, '%s' first: %s", count, first->source,
                    first->error->message);
  return count > 0;
}

void cr_archives_find_fixes(CrArchives *archives, GPtrArray *updates, const CrVendorOptions *options, CrArena *arena,
                            CrProblems *problems)
{
  if (!options->changelogs || archives->kind != &cr_archive_kind_deb) /* others' packages are no debs */
    return;
  Context context = {.archives = archives, .options = options};
  g_mutex_init(&context.large);
  g_autoptr(GPtrArray) jobs = make_jobs(archives, updates);
  fetch(jobs, &context);
  for (guint i = 0; i < jobs->len; i++) {
    const Job *job = jobs->pdata[i];
    for (guint k = 0; job->entries && k < job->updates->len; k++)
      answer(job, job->updates->pdata[k], arena);
  }
  archives->unsettled |= say_missing(jobs, problems) && !options->offline;
  g_mutex_clear(&context.large);
}
