/* SPDX-License-Identifier: Apache-2.0 */
/* patch-image [OPTION]… [--to DESTINATION] IMAGE LAYER: the new layer that patching IMAGE gives, for the oracle. Prints
 * the plan, what changed and the checks; exits 0 when the proof holds. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "remedy/publish.h"
#include "remedy/rescan.h"

static gboolean offline = FALSE, dry_run = FALSE, show_log = FALSE;
static char *cache_dir = NULL, *updates = NULL, *to = NULL;
static char **mirrors = NULL, **only = NULL, **hold = NULL, **rest = NULL;
static int timeout = 0;
static gint64 epoch = -1;

static const GOptionEntry entries[] = {
    {"cache", 0, 0, G_OPTION_ARG_STRING, &cache_dir, NULL, NULL},
    {"offline", 0, 0, G_OPTION_ARG_NONE, &offline, NULL, NULL},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, NULL, NULL},
    {"log", 0, 0, G_OPTION_ARG_NONE, &show_log, NULL, NULL},
    {"updates", 0, 0, G_OPTION_ARG_STRING, &updates, NULL, NULL},
    {"to", 0, 0, G_OPTION_ARG_STRING, &to, NULL, NULL},
    {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only, NULL, NULL},
    {"hold", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hold, NULL, NULL},
    {"mirror", 0, 0, G_OPTION_ARG_STRING_ARRAY, &mirrors, NULL, NULL},
    {"timeout", 0, 0, G_OPTION_ARG_INT, &timeout, NULL, NULL},
    {"epoch", 0, 0, G_OPTION_ARG_INT64, &epoch, NULL, NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static int print_error(const GError *error)
{
  fprintf(stderr, "%s\n", error->message);
  if (cr_error_get_hint(error))
    fprintf(stderr, "hint: %s\n", cr_error_get_hint(error));
  return cr_error_get_exit_code(error);
}

static void print_plan(const CrPlan *plan)
{
  for (guint i = 0; i < plan->fixes->len; i++) {
    const CrFix *fix = plan->fixes->pdata[i];
    printf("fix %s %s%s%s\n", fix->name, cr_fix_state_get_name(fix->state), fix->why ? ": " : "",
           fix->why ? fix->why : "");
  }
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    printf("change %s:%s %s %s\n", change->name, change->arch, change->package ? change->package->version : "-",
           change->file.name ? change->file.version : "-");
  }
}

static int print_patch(const CrPatch *patch, const CrPlan *plan)
{
  print_plan(plan);
  for (guint i = 0; i < patch->proof->files->len; i++) {
    const CrChangedFile *file = patch->proof->files->pdata[i];
    printf("file %c %s %s%s%s\n", file->mark, file->path, file->owner ? file->owner : "-", file->why ? ": " : "",
           file->why ? file->why : "");
  }
  for (guint i = 0; i < patch->proof->checks->len; i++) {
    const CrCheck *check = patch->proof->checks->pdata[i];
    printf("check %s %s: %s\n", check->name, check->passed ? "passed" : "FAILED", check->detail);
  }
  printf("layer %s %" G_GUINT64_FORMAT "\n", patch->diff_id, patch->size_bytes);
  if (show_log)
    printf("%s\n", patch->log);
  return patch->proof->passed ? 0 : 1;
}

/* The ordinary scan of what would be published; printed like the other checks. */
static gboolean rescan(const CrPatch *patch, const CrScan *scan, const CrPlan *plan, CrDraft *draft,
                       const CrScanOptions *scanning, GError **error)
{
  gint64 start = g_get_monotonic_time();
  if (!cr_patch_rescan(patch->proof, scan, plan, draft, scanning, NULL, error))
    return FALSE;
  fprintf(stderr, "rescan %.3f s\n", (double)(g_get_monotonic_time() - start) / 1e6);
  const CrCheck *check = patch->proof->checks->pdata[patch->proof->checks->len - 1];
  printf("check %s %s: %s\n", check->name, check->passed ? "passed" : "FAILED", check->detail);
  if (!check->passed)
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "it is not published");
  return check->passed;
}

static gboolean publish(const CrPatch *patch, const CrScan *scan, const CrPlan *plan, const CrScanOptions *scanning,
                        GError **error)
{
  CrDraftOptions options = {.compression = CR_COMPRESSION_GZIP};
  CrOriginal original = cr_original_describe(scan->image);
  g_autoptr(CrDraft) draft = cr_patch_make_draft(patch, scan, plan, &original, &options, error);
  if (!draft || !rescan(patch, scan, plan, draft, scanning, error))
    return FALSE;
  CrSourceOptions places = {.offline = offline};
  g_autoptr(CrImageSink) sink = draft ? cr_image_sink_open(to, &places, scan->problems, error) : NULL;
  if (!sink || !cr_image_sink_write(sink, draft, NULL, NULL, error))
    return FALSE;
  printf("published %s\n", cr_draft_get_manifest_digest(draft));
  return TRUE;
}

static int patch_image(CrScan *scan, const CrScanOptions *scanning, GError **error)
{
  CrChoice choice = {.only = (CrStrv)only, .hold = (CrStrv)hold, .resolve = cr_choice_resolve, .data = scan};
  if (g_strcmp0(updates, "all") == 0)
    choice.updates = CR_WANTED_ALL;
  else if (g_strcmp0(updates, "reached") == 0)
    choice.updates = CR_WANTED_REACHED;
  g_autoptr(CrPlan) plan = cr_plan_make(scan, &choice);
  if (dry_run || !plan->changes->len) {
    print_plan(plan);
    return 0;
  }
  CrPatchOptions options = {.cache = scanning->cache, .program_seconds = (guint)timeout, .epoch = epoch};
  gint64 start = g_get_monotonic_time();
  g_autoptr(CrPatch) patch = cr_patch_make(scan, plan, &options, error);
  fprintf(stderr, "%.1f s\n", (double)(g_get_monotonic_time() - start) / 1e6);
  if (!patch)
    return -1;
  int code = print_patch(patch, plan);
  g_autoptr(GFile) layer = g_file_new_for_path(patch->layer_path);
  g_autoptr(GFile) copy = g_file_new_for_path(rest[1]);
  if (!g_file_copy(layer, copy, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error))
    return -1;
  return !to || publish(patch, scan, plan, scanning, error) ? code : -1;
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error) || !rest || g_strv_length(rest) != 2)
    return 2;
  g_autoptr(GHashTable) map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; mirrors && mirrors[i]; i++) {
    char *equals = strchr(mirrors[i], '=');
    if (equals)
      g_hash_table_replace(map, g_strndup(mirrors[i], (gsize)(equals - mirrors[i])), g_strdup(equals + 1));
  }
  CrHttpOptions http_options = {.offline = offline};
  g_autoptr(CrHttp) http = cr_http_new(&http_options);
  g_autoptr(CrCache) cache = cr_cache_new(cache_dir);
  CrScanOptions options = {
      .source = {.cache = cache, .offline = offline},
      .vendor = {.cache = cache,
                 .http = http,
                 .offline = offline,
                 .mirrors = map,
                 .keyrings = g_getenv("CAREEN_KEYRINGS"),
                 .jobs = 4},
      .cache = cache,
      .jobs = 2,
      .now = g_get_real_time() / G_USEC_PER_SEC,
  };
  g_date_clear(&options.vendor.as_of, 1);
  g_date_set_time_t(&options.vendor.as_of, (time_t)options.now);
  g_autoptr(CrScan) scan = cr_scan_run(rest[0], &options, &error);
  int code = scan ? patch_image(scan, &options, &error) : -1;
  return code < 0 ? print_error(error) : code;
}
