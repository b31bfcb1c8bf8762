/* SPDX-License-Identifier: Apache-2.0 */
/* Which lists of a suite are read, and reading them. The components that the image configures for the distribution are
 * read of all the release's own archives, also of one that the image forgot, and `main` where it configures none. */
#include "vendor/archive-plan.h"

#include <string.h>

#include "base/error.h"
#include "base/progress.h"
#include "vendor/asked.h"

typedef struct {
  CrSuite *suite;
  CrListPlace place;
  CrArchiveList entry;
  const char *name; /* in the cache */
  guint64 bytes;
  GError *error;
} Job;

static void free_job(gpointer data)
{
  Job *job = data;
  g_clear_error(&job->error);
  cr_list_free(job->entry.list);
  g_free(job);
}

/* ---- which ---- */

static void add_words(GPtrArray *words, CrStrv from)
{
  for (guint i = 0; from[i]; i++)
    if (!g_ptr_array_find_with_equal_func(words, from[i], g_str_equal, NULL))
      g_ptr_array_add(words, (gpointer)from[i]);
}

static gboolean has_word(const GPtrArray *words, const char *word)
{
  return g_ptr_array_find_with_equal_func((GPtrArray *)words, word, g_str_equal, NULL);
}

/* Components of the distribution that any line of the image names. */
static GPtrArray *list_own_components(const CrArchivePlan *plan)
{
  GPtrArray *words = g_ptr_array_new();
  for (guint i = 0; i < plan->suites->len; i++) {
    const CrSuite *suite = plan->suites->pdata[i];
    for (guint s = 0; (suite->own || suite->own_address) && s < suite->sources->len; s++)
      add_words(words, ((const CrAptSource *)suite->sources->pdata[s])->components);
  }
  if (!words->len)
    g_ptr_array_add(words, "main");
  return words;
}

/* Does SOURCE make apt read ARCHITECTURE's list? `all` comes with every other. */
static gboolean reads_architecture(const CrAptSource *source, const char *architecture)
{
  if (strcmp(architecture, "all") == 0)
    return TRUE;
  if (source->removed && g_strv_contains(source->removed, architecture))
    return FALSE;
  return !source->architectures || g_strv_contains(source->architectures, architecture) ||
         (source->added && g_strv_contains(source->added, architecture));
}

/* The image's apt reads this list. */
static gboolean is_configured(const CrSuite *suite, const char *component, const char *architecture)
{
  for (guint i = 0; i < suite->sources->len; i++) {
    const CrAptSource *source = suite->sources->pdata[i];
    if (reads_architecture(source, architecture) &&
        (cr_suite_is_flat(suite) || g_strv_contains(source->components, component)))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_offered(const CrRelease *release, const char *architecture)
{
  return !release->architectures[0] || g_strv_contains(release->architectures, architecture);
}

static void add_job(GPtrArray *jobs, CrSuite *suite, const char *component, const char *architecture)
{
  gboolean by_hash = suite->release->by_hash;
  for (guint i = 0; i < suite->sources->len; i++)
    by_hash &= !((const CrAptSource *)suite->sources->pdata[i])->no_by_hash || suite->own;
  Job *job = g_new0(Job, 1);
  job->suite = suite;
  job->place = (CrListPlace){
      .url = suite->folder,
      .release = suite->release,
      .folder = cr_suite_is_flat(suite) ? "" : cr_arena_printf(suite->arena, "%s/binary-%s", component, architecture),
      .by_hash = by_hash,
  };
  job->entry.component = cr_arena_strdup(suite->arena, component);
  job->entry.architecture = architecture;
  gboolean taken = !suite->sources->len && suite->data.archive.configured; /* nothing tells: CrVendorOptions */
  job->entry.configured = taken || is_configured(suite, component, architecture);
  job->name = cr_list_place_get_name(&job->place, suite->arena, &job->bytes);
  g_ptr_array_add(jobs, job);
}

static void say_unoffered(const CrArchivePlan *plan, CrSuite *suite, const char *architecture)
{
  if (strcmp(architecture, "all") == 0)
    return;
  if (strcmp(architecture, plan->set->native) == 0)
    cr_suite_refuse(suite, "it has no packages for %s", architecture);
  else if (suite->known || is_configured(suite, "", architecture))
    cr_suite_note(suite, "it has no packages for %s", architecture);
}

static void add_architecture(const CrArchivePlan *plan, GPtrArray *jobs, CrSuite *suite, const GPtrArray *components,
                             const char *architecture)
{
  if (!is_offered(suite->release, architecture)) {
    say_unoffered(plan, suite, architecture);
    return;
  }
  for (guint c = 0; c < components->len; c++) {
    const char *component = components->pdata[c];
    if (suite->known || is_configured(suite, component, architecture))
      add_job(jobs, suite, component, architecture);
  }
}

static void plan_suite(const CrArchivePlan *plan, GPtrArray *jobs, CrSuite *suite, const GPtrArray *own)
{
  g_autoptr(GPtrArray) components = g_ptr_array_new();
  if (cr_suite_is_flat(suite)) {
    add_job(jobs, suite, "", plan->set->native);
    return;
  }
  for (guint s = 0; s < suite->sources->len; s++)
    add_words(components, ((const CrAptSource *)suite->sources->pdata[s])->components);
  for (guint i = 0; suite->known && i < own->len; i++)
    if (!has_word(components, own->pdata[i]))
      g_ptr_array_add(components, own->pdata[i]);
  for (guint a = 0; plan->set->architectures[a]; a++)
    add_architecture(plan, jobs, suite, components, plan->set->architectures[a]);
  if (suite->release->separate_all && g_strv_contains(suite->release->architectures, "all"))
    add_architecture(plan, jobs, suite, components, "all");
}

/* ---- reading ---- */

typedef struct {
  const CrVendorOptions *options;
  CrProgress *progress;
} Fetching;

static void on_bytes(guint64 bytes, gpointer data)
{
  cr_progress_advance(data, bytes);
}

/* A list is large, and compiling it costs: images that share it have it made by the first. */
static gboolean fetch_once(Job *job, const Fetching *fetching, GError **error)
{
  const CrVendorOptions *options = fetching->options;
  g_autoptr(GError) cause = NULL;
  g_autofree char *key = g_strconcat(job->name, " ", job->place.url, NULL);
  if (cr_asked_begin(options->asked, key, &cause)) {
    job->entry.list = cr_list_open(options->cache, job->name); /* another thread was faster */
    if (!job->entry.list)
      cr_fetch_list(options, &job->place, job->name, on_bytes, fetching->progress, &cause);
    cr_asked_end(options->asked, key, cause);
  }
  gboolean ok = !cause;
  if (cause)
    g_propagate_error(error, g_steal_pointer(&cause));
  return ok;
}

static void fetch_job(gpointer data, gpointer user_data)
{
  Job *job = data;
  const Fetching *fetching = user_data;
  if (!fetch_once(job, fetching, &job->error))
    return;
  if (!job->entry.list)
    job->entry.list = cr_list_open(fetching->options->cache, job->name);
  if (!job->entry.list)
    g_set_error_literal(&job->error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the cache lost what was just written");
}

static void fetch_missing(const CrArchivePlan *plan, const GPtrArray *missing, guint64 bytes)
{
  guint threads = CLAMP(plan->options->jobs, 1, 8);
  Fetching fetching = {.options = plan->options, .progress = cr_progress_new("package lists", bytes)};
  GThreadPool *pool = g_thread_pool_new(fetch_job, &fetching, (gint)MIN(threads, missing->len), FALSE, NULL);
  for (guint i = 0; i < missing->len; i++)
    g_thread_pool_push(pool, missing->pdata[i], NULL);
  g_thread_pool_free(pool, FALSE, TRUE);
  cr_progress_free(fetching.progress);
}

/* A component that the archive does not have: apt warns and goes on. One that it has but that holds no list for this
 * architecture is the same to it. */
static void say_absent(const Job *job)
{
  if (job->entry.configured && !g_strv_contains(job->suite->release->components, job->entry.component) &&
      job->suite->release->components[0])
    cr_suite_note(job->suite, "it has no component '%s'", job->entry.component);
  else if (job->entry.configured || !job->suite->known)
    cr_suite_doubt(job->suite, "its release file names no list '%s' with a SHA256", job->place.folder);
}

static void finish_suite(CrSuite *suite, const GPtrArray *jobs)
{
  g_autoptr(GArray) lists = g_array_new(FALSE, FALSE, sizeof(CrArchiveList));
  for (guint i = 0; i < jobs->len; i++) {
    Job *job = jobs->pdata[i];
    if (job->suite != suite)
      continue;
    if (!job->name)
      say_absent(job);
    else if (!job->entry.list) {
      suite->unsettled |= !g_error_matches(job->error, CR_ERROR, CR_ERROR_OFFLINE);
      cr_suite_refuse(suite, "its list '%s' cannot be used: %s", job->place.folder,
                      job->error ? job->error->message : "not there");
    } else
      g_array_append_val(lists, job->entry);
    job->entry.list = NULL; /* the suite's now */
  }
  suite->data.list_count = lists->len;
  suite->data.lists = cr_arena_alloc(suite->arena, (lists->len + 1) * sizeof(CrArchiveList));
  memcpy(suite->data.lists, lists->data, lists->len * sizeof(CrArchiveList));
}

void cr_archive_open_lists(CrArchivePlan *plan)
{
  g_autoptr(GPtrArray) own = list_own_components(plan);
  g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(free_job);
  g_autoptr(GPtrArray) missing = g_ptr_array_new();
  guint64 bytes = 0;
  for (guint i = 0; i < plan->suites->len; i++) {
    CrSuite *suite = plan->suites->pdata[i];
    if (suite->release)
      plan_suite(plan, jobs, suite, own);
  }
  for (guint i = 0; i < jobs->len; i++) {
    Job *job = jobs->pdata[i];
    job->entry.list = job->name ? cr_list_open(plan->options->cache, job->name) : NULL;
    if (!job->name || job->entry.list)
      continue;
    if (plan->options->offline && !g_str_has_prefix(job->place.url, "file:")) {
      g_set_error_literal(&job->error, CR_ERROR, CR_ERROR_OFFLINE,
                          "it was never fetched, and --offline forbids it now");
      continue;
    }
    bytes += job->bytes;
    g_ptr_array_add(missing, job);
  }
  if (missing->len)
    fetch_missing(plan, missing, bytes);
  for (guint i = 0; i < plan->suites->len; i++)
    if (((CrSuite *)plan->suites->pdata[i])->release)
      finish_suite(plan->suites->pdata[i], jobs);
}
