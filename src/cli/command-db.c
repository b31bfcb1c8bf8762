/* SPDX-License-Identifier: Apache-2.0 */
/* careen db update, status. */
#include <string.h>
#include <sys/stat.h>

#include "advisory/refresh.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/look.h"
#include "report/text.h"

/* Skipped records that the table names, of one file; JSON names more. */
#define NAMED_SKIPS 3

static int write_writer(const CrCall *call, CrJsonWriter *writer, GError **error)
{
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return cr_output_write(call->output, text, size, error) ? 0 : -1;
}

static int write_text(const CrCall *call, const CrText *text, GError **error)
{
  return cr_output_write(call->output, text->out->str, text->out->len, error) ? 0 : -1;
}

/* ---- update ---- */

typedef struct {
  guint by[4]; /* of each outcome */
  guint64 records, skipped;
} Sums;

static Sums sum_up(const CrRefresh *refresh)
{
  Sums sums = {0};
  for (guint i = 0; i < refresh->files->len; i++) {
    const CrRefreshFile *file = refresh->files->pdata[i];
    sums.by[file->outcome]++;
    sums.records += file->records;
    sums.skipped += file->skipped;
  }
  return sums;
}

static int write_update_json(const CrCall *call, const CrRefresh *refresh, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.db-update/1");
  cr_json_key_boolean(writer, "written", refresh->written);
  cr_json_key(writer, "files");
  cr_json_begin_array(writer);
  for (guint i = 0; i < refresh->files->len; i++) {
    const CrRefreshFile *file = refresh->files->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", file->name);
    cr_json_key_string(writer, "source", file->address);
    cr_json_key_string(writer, "outcome", cr_refresh_outcome_get_name(file->outcome));
    cr_json_key_string(writer, "error", file->why);
    cr_json_key_integer(writer, "size", (gint64)file->bytes);
    cr_json_key_integer(writer, "records", (gint64)file->records);
    cr_json_key_integer(writer, "skipped", (gint64)file->skipped);
    cr_json_key(writer, "skips");
    cr_json_begin_array(writer);
    for (guint j = 0; j < file->skips->len; j++)
      cr_json_string(writer, file->skips->pdata[j]);
    cr_json_end_array(writer);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return write_writer(call, writer, error);
}

/* Files that went well are one line a feed, but for OSV's: there a file is an ecosystem. */
static char *find_group(const CrRefreshFile *file)
{
  gboolean alone = file->outcome == CR_REFRESH_FAILED || file->skips->len || g_str_has_prefix(file->name, "osv/");
  return g_strndup(file->name, alone ? strlen(file->name) : strcspn(file->name, "/"));
}

static void append_group(CrTextGrid *grid, const char *name, guint64 records, guint files, const CrRefreshFile *last)
{
  g_autofree char *count = cr_text_format_count(records);
  g_autofree char *more = files > 1       ? g_strdup_printf("%u files", files)
                          : last->skipped ? g_strdup_printf("%" G_GUINT64_FORMAT " skipped", last->skipped)
                                          : g_strdup("");
  cr_text_grid_add(grid, name, count, cr_refresh_outcome_get_name(last->outcome), more, NULL);
  if (last->why)
    cr_text_grid_note(grid, CR_STYLE_RED, "%s", last->why);
  for (guint i = 0; i < MIN(last->skips->len, NAMED_SKIPS); i++)
    cr_text_grid_note(grid, CR_STYLE_DIM, "skipped %s", (const char *)last->skips->pdata[i]);
}

static void append_files(CrText *text, const GPtrArray *files)
{
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  cr_text_grid_align_right(grid, 1);
  for (guint i = 0; i < files->len;) {
    const CrRefreshFile *first = files->pdata[i];
    g_autofree char *group = find_group(first);
    guint64 records = 0;
    guint count = 0;
    for (gboolean same = TRUE; same && i < files->len;) {
      const CrRefreshFile *file = files->pdata[i];
      g_autofree char *own = find_group(file);
      same = !strcmp(own, group) && file->outcome == first->outcome;
      records += same ? file->records : 0;
      count += same ? 1 : 0;
      i += same ? 1 : 0;
    }
    if (first->outcome == CR_REFRESH_NEW || first->outcome == CR_REFRESH_FAILED)
      append_group(grid, group, records, count, first);
  }
  cr_text_grid_end(grid);
}

static int write_update_table(const CrCall *call, const CrRefresh *refresh, GError **error)
{
  g_autoptr(CrText) text = cr_text_new(cr_output_get_width(call->output), FALSE);
  Sums sums = sum_up(refresh);
  g_autofree char *records = cr_text_format_count(sums.records);
  cr_text_line(text, "%u file%s new, %u unchanged, %u failed; %s record%s", sums.by[CR_REFRESH_NEW],
               sums.by[CR_REFRESH_NEW] == 1 ? "" : "s", sums.by[CR_REFRESH_UNCHANGED] + sums.by[CR_REFRESH_FRESH],
               sums.by[CR_REFRESH_FAILED], records, sums.records == 1 ? "" : "s");
  append_files(text, refresh->files);
  return write_text(call, text, error);
}

static int run_update(const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  g_autoptr(CrCache) cache = cr_cache_new(settings->cache_dir);
  CrHttpOptions http_options = {.ca_file = settings->ca_file, .offline = settings->offline};
  g_autoptr(CrHttp) http = cr_http_new(&http_options);
  g_autoptr(GHashTable) mirrors = cr_mirrors_new(settings);
  CrRefreshOptions options = {
      .cache = cache,
      .http = http,
      .mirror = mirrors ? g_hash_table_lookup(mirrors, "advisories") : NULL,
      .mirrors = mirrors,
      .all = settings->all,
      .max_age_seconds = settings->max_age,
      .jobs = settings->jobs,
  };
  g_autoptr(CrRefresh) refresh = cr_refresh_run(&options, error);
  if (!refresh)
    return -1;
  cr_log_verbose("fetched in %.1f s, compiled %.1f MB of records in %.2f s", refresh->fetch_seconds,
                 (double)refresh->json_bytes / 1e6, refresh->compile_seconds);
  Sums sums = sum_up(refresh);
  int code = cr_look_wants_json(call)                         ? write_update_json(call, refresh, error)
             : settings->quiet && !sums.by[CR_REFRESH_FAILED] ? 0
                                                              : write_update_table(call, refresh, error);
  if (code < 0 || !sums.by[CR_REFRESH_FAILED])
    return code;
  return sums.by[CR_REFRESH_FAILED] == refresh->files->len ? 4 : 3;
}

static const CrExample update_examples[] = {
    {"careen db update", "fetch what is new for the systems and languages that scans have met"},
    {"careen db update --all", "every ecosystem careen can match"},
    {"careen db update --mirror /srv/feeds", "all that a folder has, laid out as doc/advisories.md says"},
    {"careen db update --max-age 12h", "ask only for what is older than half a day"},
    {NULL, NULL},
};

const CrCommand cr_command_db_update = {
    .name = "db update",
    .summary = "fetch advisories and compile them",
    .description =
        "Fetch the feeds of known flaws and compile them into one database in the cache. Only the ecosystems that "
        "scanned images contain are fetched, with CISA's list of exploited flaws, the EPSS scores and dates of "
        "support; with --all every one. An unchanged feed costs one request, a broken download goes on where it "
        "ended.\n\n"
        "A feed that fails keeps its old data and says so: exit 3, or 4 when every one failed. A record that cannot "
        "be understood is skipped, counted and named. Scans meanwhile use the old database.",
    .examples = update_examples,
    .run = run_update,
};

/* ---- status ---- */

/* "5 h", "3 d" since an ISO 8601 time. */
static char *format_age(const char *iso)
{
  g_autoptr(GDateTime) then = iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  if (!then)
    return g_strdup("never");
  gint64 minutes = g_date_time_difference(now, then) / G_TIME_SPAN_MINUTE;
  if (minutes < 60)
    return g_strdup_printf("%" G_GINT64_FORMAT " min", MAX(minutes, 0));
  return minutes < 48 * 60 ? g_strdup_printf("%" G_GINT64_FORMAT " h", minutes / 60)
                           : g_strdup_printf("%" G_GINT64_FORMAT " d", minutes / 60 / 24);
}

static int write_status_json(const CrCall *call, const char *path, guint64 size, const CrAdvisories *advisories,
                             char **noted, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  const GPtrArray *feeds = advisories ? cr_advisories_get_feeds(advisories) : NULL;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.db-status/1");
  cr_json_key_string(writer, "path", path);
  cr_json_key_integer(writer, "size", (gint64)size);
  cr_json_key_string(writer, "date", advisories ? cr_advisories_get_date(advisories) : NULL);
  cr_json_key_strings(writer, "ecosystems", (const char *const *)noted);
  cr_json_key(writer, "feeds");
  cr_json_begin_array(writer);
  for (guint i = 0; feeds && i < feeds->len; i++) {
    const CrFeedState *feed = feeds->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", feed->name);
    cr_json_key_string(writer, "source", feed->source);
    cr_json_key_string(writer, "licence", feed->licence);
    cr_json_key_string(writer, "date", feed->date);
    cr_json_key_string(writer, "fetched", feed->fetched);
    cr_json_key_integer(writer, "records", (gint64)feed->records);
    cr_json_key_integer(writer, "skipped", (gint64)feed->skipped);
    cr_json_key_string(writer, "error", feed->error);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return write_writer(call, writer, error);
}

static gboolean is_same(const CrFeedState *a, const CrFeedState *b)
{
  gsize family = strcspn(a->name, "/");
  g_autofree char *age_of_a = format_age(a->fetched), *age_of_b = format_age(b->fetched);
  return a->name[family] && !g_str_has_prefix(a->name, "osv/") && !strncmp(a->name, b->name, family + 1) && !a->error &&
         !b->error && !a->skipped && !b->skipped && !g_strcmp0(a->date, b->date) && !strcmp(age_of_a, age_of_b) &&
         !g_strcmp0(a->licence, b->licence);
}

/* Releases of one feed of which the same is to be told, "alpine-secdb, 21 releases", are one line. */
static void append_feed(CrTextGrid *grid, const GPtrArray *feeds, guint from, guint count)
{
  const CrFeedState *feed = feeds->pdata[from];
  guint64 sum = 0;
  for (guint i = from; i < from + count; i++)
    sum += ((const CrFeedState *)feeds->pdata[i])->records;
  gsize family = strcspn(feed->name, "/");
  g_autofree char *name =
      count > 1 ? g_strdup_printf("%.*s, %u releases", (int)family, feed->name, count) : g_strdup(feed->name);
  const char *behind = count > 1 && feed->source ? g_strrstr(feed->source, feed->name + family) : NULL;
  g_autofree char *source =
      behind ? g_strndup(feed->source, (gsize)(behind - feed->source) + 1) : g_strdup(feed->source ? feed->source : "");
  g_autofree char *records = cr_text_format_count(sum);
  g_autofree char *skipped = cr_text_format_count(feed->skipped);
  g_autofree char *age = format_age(feed->fetched);
  g_autofree char *day = g_strndup(feed->date ? feed->date : "not said", feed->date ? 10 : 8);
  cr_text_grid_add(grid, name, day, records, skipped, age, feed->licence ? feed->licence : "", source, NULL);
  if (feed->error)
    cr_text_grid_note(grid, CR_STYLE_RED, "%s", feed->error);
}

static void append_feeds(CrText *text, const GPtrArray *feeds, gboolean all)
{
  CrTextGrid *grid = cr_text_grid_new(text, 7);
  cr_text_grid_align_right(grid, 2);
  cr_text_grid_align_right(grid, 3);
  cr_text_grid_align_right(grid, 4);
  cr_text_grid_add(grid, "FEED", "DATA OF", "RECORDS", "SKIPPED", "ASKED", "LICENCE", "SOURCE", NULL);
  for (guint i = 0, count = 1; i < feeds->len; i += count) {
    for (count = 1; !all && i + count < feeds->len && is_same(feeds->pdata[i], feeds->pdata[i + count]);)
      count++;
    append_feed(grid, feeds, i, count);
  }
  cr_text_grid_end(grid);
}

static int run_status(const CrCall *call, GError **error)
{
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  g_autoptr(GError) why = NULL;
  g_autoptr(CrAdvisories) advisories = cr_advisories_open(cache, &why);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return -1;
  }
  g_auto(GStrv) noted = cr_advisories_get_noted(cache);
  g_autofree char *path = cr_cache_get_path(cache, "advisories", "advisories.db");
  struct stat st = {0};
  guint64 size = advisories && stat(path, &st) == 0 ? (guint64)st.st_size : 0;
  if (cr_look_wants_json(call))
    return write_status_json(call, path, size, advisories, noted, error);
  g_autoptr(CrText) text = cr_text_new(cr_output_get_width(call->output), FALSE);
  g_autofree char *names = g_strjoinv(", ", noted);
  g_autofree char *human = g_format_size_full(size, G_FORMAT_SIZE_IEC_UNITS);
  if (advisories)
    cr_text_line(text, "%s  %s", path, human);
  else
    cr_text_line(text, "there are no advisories yet: careen db update");
  if (*names)
    cr_text_line(text, "scans met: %s", names);
  if (advisories)
    append_feeds(text, cr_advisories_get_feeds(advisories), call->settings->all);
  return write_text(call, text, error);
}

static const CrExample status_examples[] = {
    {"careen db status", "every feed: of which day, how many records, when it was last asked, from where"},
    {NULL, NULL},
};

const CrCommand cr_command_db_status = {
    .name = "db status",
    .summary = "what advisories there are, and how old",
    .description = "List the feeds in the database: the day that the data are of, records, records that were skipped, "
                   "how long ago the feed was asked, licence, source, and why the last update of it failed; releases "
                   "of one feed in one line, with --all in a line each. Above it the systems and languages that scans "
                   "have met, which db update fetches.",
    .examples = status_examples,
    .run = run_status,
};
