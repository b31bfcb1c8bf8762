/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/look.h"
#include "cli/endings.h"

#include "advisory/database.h"
#include "base/error.h"
#include "vendor/asked.h"

#include <errno.h>
#include <string.h>

#define APT_AUTH_FOLDER "/etc/apt/auth.conf.d"

/* "NAME=URI" cut in two; what has no '=', or is a folder of that name, is for all feeds of advisories. */
GHashTable *cr_mirrors_new(const CrSettings *settings)
{
  if (!settings->mirrors->len)
    return NULL;
  GHashTable *mirrors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < settings->mirrors->len; i++) {
    const char *pair = settings->mirrors->pdata[i], *equals = strchr(pair, '=');
    if (!equals || g_file_test(pair, G_FILE_TEST_IS_DIR))
      g_hash_table_replace(mirrors, g_strdup("advisories"), g_strdup(pair));
    else
      g_hash_table_replace(mirrors, g_strndup(pair, (gsize)(equals - pair)), g_strdup(equals + 1));
  }
  return mirrors;
}

/* A list of settings as a vector; NULL when it is empty. Owned by the settings. */
static const char *const *get_vector(GPtrArray *list)
{
  if (!list->len)
    return NULL;
  g_ptr_array_add(list, NULL);
  g_ptr_array_set_size(list, (int)list->len - 1); /* the NULL stays behind the last one */
  return (const char *const *)list->pdata;
}

static gboolean check_mirrors(const CrSettings *settings, GError **error)
{
  for (guint i = 0; i < settings->mirrors->len; i++) {
    const char *pair = settings->mirrors->pdata[i];
    if (strchr(pair, '='))
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for --mirror: it is written NAME=URI here",
                pair);
    return FALSE;
  }
  return TRUE;
}

/* As in a Dockerfile or `docker inspect`: ["nginx", "-g", "daemon off;"]. NULL: TEXT is no such array. */
static char **parse_array(const char *text)
{
  g_autoptr(CrJsonDoc) doc = *text == '[' ? cr_json_parse(text, strlen(text), "--command", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  g_autoptr(GStrvBuilder) words = g_strv_builder_new();
  for (guint i = 0; i < cr_json_get_length(root); i++) {
    const char *word = cr_json_get_string(cr_json_get_element(root, i), NULL);
    if (!word)
      return NULL;
    g_strv_builder_add(words, word);
  }
  return cr_json_get_length(root) ? g_strv_builder_end(words) : NULL;
}

static gboolean parse_command(const CrSettings *settings, CrLook *look, GError **error)
{
  g_autoptr(GError) why = NULL;
  look->command = settings->command ? parse_array(settings->command) : NULL;
  if (look->command)
    return TRUE;
  if (!settings->command || g_shell_parse_argv(settings->command, NULL, &look->command, &why))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for --command: %s", settings->command,
              why->message);
  return FALSE;
}

/* --max-age: old advisories are an error before anything is scanned. */
static gboolean check_age(const CrCache *cache, guint64 max_age, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(CrAdvisories) advisories = max_age ? cr_advisories_open(cache, &why) : NULL;
  if (!max_age || (advisories && cr_advisories_check_age(advisories, max_age, error)))
    return TRUE;
  if (advisories)
    return FALSE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use advisories as young as --max-age asks: %s",
              why ? why->message : "there are none");
  if (error)
    cr_error_set_hint(*error, "careen db update");
  return FALSE;
}

/* SOURCE_DATE_EPOCH fixes time stamps in the output, nothing else (reproducible-builds.org). */
static gboolean read_epoch(gint64 *now, GError **error)
{
  const char *text = g_getenv("SOURCE_DATE_EPOCH");
  *now = g_get_real_time() / G_USEC_PER_SEC;
  if (!text || !*text)
    return TRUE;
  char *end = NULL;
  errno = 0;
  guint64 value = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  if (!end || *end || errno || value > G_MAXINT32 * 100ULL) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "cannot understand '%s' for SOURCE_DATE_EPOCH: it is seconds since 1970", text);
    return FALSE;
  }
  *now = (gint64)value;
  return TRUE;
}

static gboolean load_suppressions(const CrSettings *settings, CrLook *look, GError **error)
{
  look->suppressions = cr_suppressions_new();
  for (guint i = 0; i < settings->ignore_files->len; i++)
    if (!cr_suppressions_add_rules(look->suppressions, settings->ignore_files->pdata[i],
                                   g_strcmp0(settings->ignore_files->pdata[i], settings->rules_config) != 0, error))
      return FALSE;
  for (guint i = 0; i < settings->vex->len; i++)
    if (!cr_suppressions_add_vex(look->suppressions, settings->vex->pdata[i], error))
      return FALSE;
  look->options.suppressions = cr_suppressions_is_empty(look->suppressions) ? NULL : look->suppressions;
  return TRUE;
}

CrLook *cr_look_new(const CrSettings *settings, GError **error)
{
  g_autoptr(CrLook) look = g_new0(CrLook, 1);
  CrScanOptions *options = &look->options;
  if (!cr_endings_check_memory(error) || !check_mirrors(settings, error) || !parse_command(settings, look, error) ||
      !read_epoch(&options->now, error) || !load_suppressions(settings, look, error))
    return NULL;
  guint jobs = settings->jobs ? settings->jobs : g_get_num_processors();
  look->cache = cr_cache_new(settings->cache_dir);
  if (!check_age(look->cache, settings->max_age, error))
    return NULL;
  look->mirrors = cr_mirrors_new(settings);
  CrHttpOptions http = {.ca_file = settings->ca_file, .offline = settings->offline, .auth_conf = APT_AUTH_FOLDER};
  look->http = cr_http_new(&http);
  look->asked = cr_asked_new();
  look->silent = cr_silent_new();
  options->cache = look->cache;
  options->jobs = jobs;
  options->apart = look->readers = settings->confined ? NULL : cr_readers_new(look->cache);
  options->as_of_given = g_date_valid(&settings->as_of);
  options->source = (CrSourceOptions){
      .cache = look->cache,
      .platform = settings->platform,
      .offline = settings->offline,
      .plain_http = settings->plain_http,
      .ca_file = settings->ca_file,
      .publisher = g_getenv("CAREEN_PUBLISH_SOCKET"),
      .docker_host = g_getenv("DOCKER_HOST"),
      .podman_host = g_getenv("CONTAINER_HOST"),
      .mirrors = look->mirrors,
      .silent = look->silent,
  };
  options->vendor = (CrVendorOptions){
      .cache = look->cache,
      .http = look->http,
      .offline = settings->offline,
      .as_of = settings->as_of,
      .allow_expired = get_vector(settings->allow_expired),
      .changelogs = !settings->no_changelogs,
      .mirrors = look->mirrors,
      .keyrings = settings->keyrings,
      .jobs = jobs,
      .asked = look->asked,
  };
  options->reach = (CrReachOptions){
      .command = (const char *const *)look->command,
      .environment = get_vector(settings->environment),
  };
  return g_steal_pointer(&look);
}

void cr_look_free(CrLook *look)
{
  if (!look)
    return;
  g_clear_pointer(&look->http, cr_http_free);
  g_clear_pointer(&look->asked, cr_asked_free);
  g_clear_pointer(&look->silent, cr_silent_free);
  g_clear_pointer(&look->readers, cr_readers_free);
  g_clear_pointer(&look->cache, cr_cache_free);
  g_clear_pointer(&look->mirrors, g_hash_table_unref);
  g_strfreev(look->command);
  g_clear_pointer(&look->suppressions, cr_suppressions_free);
  g_free(look);
}

CrScan *cr_look_scan(const CrLook *look, const CrSettings *settings, const char *image, GError **error)
{
  CrScan *scan = cr_scan_run(image, &look->options, error);
  if (scan && scan->layers_read) { /* nothing new, nothing to make room for */
    cr_cache_prune(look->cache, "layers", settings->cache_size ? settings->cache_size : CR_CACHE_DEFAULT_BYTES, NULL,
                   NULL);
    cr_cache_prune(look->cache, NULL, G_MAXUINT64, NULL, NULL); /* what killed ones left */
  }
  return scan;
}

/* ---- output ---- */

static gboolean wants_colour(const CrCall *call)
{
  const char *when = call->settings->color, *no = g_getenv("NO_COLOR");
  if (when && !strcmp(when, "always"))
    return TRUE;
  if ((when && !strcmp(when, "never")) || (no && *no))
    return FALSE;
  const char *term = g_getenv("TERM");
  return cr_output_is_terminal(call->output) && (!term || strcmp(term, "dumb") != 0);
}

static void drain(CrReport *report)
{
  CrOutput *output = report->drain_data;
  if (!report->failed)
    cr_output_write(output, report->text->str, report->text->len, &report->failed);
  g_string_truncate(report->text, 0);
}

CrReport *cr_look_report_new(const CrCall *call)
{
  CrReport *report = g_new0(CrReport, 1);
  report->text = g_string_new(NULL);
  report->width = cr_output_get_width(call->output);
  report->colour = wants_colour(call);
  report->all = call->settings->all;
  report->drain = drain;
  report->drain_data = call->output;
  report->suppressed = call->settings->show_suppressed;
  return report;
}

void cr_look_report_free(CrReport *report)
{
  if (!report)
    return;
  g_string_free(report->text, TRUE);
  g_clear_error(&report->failed);
  g_free(report);
}

gboolean cr_look_flush(const CrCall *call, CrReport *report, GError **error)
{
  if (report->failed) {
    g_propagate_error(error, g_steal_pointer(&report->failed));
    return FALSE;
  }
  gboolean ok = !report->text->len || cr_output_write(call->output, report->text->str, report->text->len, error);
  g_string_truncate(report->text, 0);
  return ok;
}

gboolean cr_look_wants_json(const CrCall *call)
{
  return call->settings->format && !strcmp(call->settings->format, "json");
}

gboolean cr_look_check_gate(const CrCall *call, const char *command, const char *word, GError **error)
{
  const char *gate = call->settings->fail_on;
  if (!gate || !strcmp(gate, word))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use --fail-on '%s': of careen %s it is '%s'", gate, command,
              word);
  return FALSE;
}
