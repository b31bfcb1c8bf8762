/* SPDX-License-Identifier: Apache-2.0 */
/* careen rebuild: an image from its recipe again, and what is built on it after it. */
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/stop.h"
#include "cli/fleet-look.h"
#include "fleet/lease.h"
#include "fleet/rebuild-write.h"
#include "record/record.h"
#include "report/json-parts.h"

#include <string.h>

#define INTERRUPTED 130

typedef struct {
  const CrCall *call;
  CrFleetLook *it;
  CrRecord *record;
  GPtrArray *leases; /* CrLease*, dropped before the record is closed */
  char **smoke;
  CrRebuildOptions options;
  GPtrArray *todo;      /* CrFleetImage*, parents first */
  GHashTable *made;     /* CrFleetImage* → its new id (g_free) */
  GHashTable *not_made; /* CrFleetImage*: named or child, and nothing came of it */
  CrReport *report;
  CrJsonWriter *writer; /* or NULL: a table */
  CrProgress *progress;
  gint64 run;
  guint number;
  int code;
} Rebuilding;

static void clear(Rebuilding *work)
{
  g_clear_pointer(&work->leases, g_ptr_array_unref);
  g_clear_pointer(&work->progress, cr_progress_free);
  g_clear_pointer(&work->writer, cr_json_writer_free);
  g_clear_pointer(&work->report, cr_look_report_free);
  g_clear_pointer(&work->not_made, g_hash_table_unref);
  g_clear_pointer(&work->made, g_hash_table_unref);
  g_clear_pointer(&work->todo, g_ptr_array_unref);
  g_clear_pointer(&work->smoke, g_strfreev);
  g_clear_pointer(&work->it, cr_fleet_look_free);
  g_clear_pointer(&work->record, cr_record_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rebuilding, clear)

/* ---- what is to be done ---- */

/* Those that careen can make, level by level: a child is built after everything that it is built on. */
static void add_children(Rebuilding *work, CrFleetImage *image)
{
  if (g_ptr_array_find(work->todo, image, NULL))
    return;
  g_ptr_array_add(work->todo, image);
  for (guint i = 0; !work->call->settings->no_children && i < image->children->len; i++) {
    CrFleetImage *child = image->children->pdata[i];
    if (child->build && child->ours)
      add_children(work, child);
  }
}

static int compare_levels(gconstpointer a, gconstpointer b)
{
  const CrFleetImage *one = *(const CrFleetImage *const *)a, *other = *(const CrFleetImage *const *)b;
  if (one->level != other->level)
    return one->level < other->level ? -1 : 1;
  return strcmp(one->name, other->name);
}

static gboolean choose(Rebuilding *work, GError **error)
{
  for (guint i = 0; work->call->arguments[i]; i++) {
    const char *name = work->call->arguments[i];
    CrFleetImage *image = cr_fleet_find_image(work->it->fleet, name);
    if (!image || !image->build) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot rebuild '%s': %s", name,
                  image ? "it has no recipe here" : "no file names it");
      if (error)
        cr_error_set_hint(*error, "name its recipe in careen.yaml: images: {%s: {build: FOLDER}}", name);
      return FALSE;
    }
    add_children(work, image);
  }
  g_ptr_array_sort(work->todo, compare_levels);
  return TRUE;
}

static gboolean prepare_smoke(Rebuilding *work, const CrSettings *settings, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (settings->smoke && !g_shell_parse_argv(settings->smoke, NULL, &work->smoke, &cause)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use --smoke '%s': %s", settings->smoke, cause->message);
    return FALSE;
  }
  work->options.smoke = (CrSmokeOptions){
      .off = settings->no_smoke,
      .command = (const char *const *)work->smoke,
      .timeout_ms = (guint)settings->smoke_time * 1000,
  };
  return TRUE;
}

static void say(const char *line, gpointer data)
{
  Rebuilding *work = data;
  const CrSettings *settings = work->call->settings;
  if (work->progress)
    cr_progress_advance(work->progress, 0);
  if (!settings->verbose || settings->quiet)
    return;
  g_autofree char *copy = g_strdup(line);
  g_autofree char *safe = cr_escape_terminal(g_strchomp(copy));
  if (*safe)
    g_printerr("%s\n", safe);
}

static gboolean prepare(Rebuilding *work, GError **error)
{
  static const char *const whole[] = {NULL};
  const CrSettings *settings = work->call->settings;
  work->it = cr_fleet_look_new(settings, NULL, 0, error);
  if (!work->it)
    return FALSE;
  work->todo = g_ptr_array_new();
  work->made = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  work->not_made = g_hash_table_new(NULL, NULL);
  work->options = (CrRebuildOptions){
      .scan = &work->it->look->options,
      .outdated = whole, /* nothing from the cache */
      .pull = !settings->no_pull,
      .seconds = (guint)settings->time_limit,
      .dry_run = settings->dry_run,
      .daemon = work->it->fleet->daemons->len ? work->it->fleet->daemons->pdata[0] : NULL,
      .builder = settings->builder,
      .say = say,
      .data = work,
  };
  return prepare_smoke(work, settings, error) && choose(work, error);
}

/* ---- one image ---- */

/* Why nothing is done to IMAGE; free with g_free, or NULL. */
static char *find_objection(const Rebuilding *work, const CrFleetImage *image)
{
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  if (image->hold)
    return g_strdup(image->hold);
  if (cr_policy_holds_image(image->policy, image->name))
    return g_strdup("policy: hold");
  if (base && g_hash_table_contains(work->not_made, base->image))
    return g_strdup_printf("waits for '%s', which was not rebuilt", base->image->name);
  return NULL;
}

/* On what its parent is now, where that was just made. */
static void pin(Rebuilding *work, const CrFleetImage *image)
{
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  work->options.base_digest = base ? g_hash_table_lookup(work->made, base->image) : NULL;
  work->options.base_name = work->options.base_digest ? base->image->name : NULL;
}

static void take_code(Rebuilding *work, int code)
{
  static const int order[] = {2, 4, 1, 3, 0};
  for (guint i = 0; i < G_N_ELEMENTS(order); i++)
    if (order[i] == code || order[i] == work->code) {
      work->code = order[i];
      return;
    }
  work->code = code;
}

/* FALSE with ERROR: only one was to be done, and it gave no report. */
static gboolean take_error(Rebuilding *work, const CrFleetImage *image, GError *cause, GError **error)
{
  g_hash_table_add(work->not_made, (gpointer)image);
  if (work->todo->len == 1 || cr_stop_is_wanted()) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  cr_cli_print_error(cause);
  if (work->writer)
    cr_report_write_error(work->writer, "careen.remedy/1", image->name, cause);
  take_code(work, cr_error_get_exit_code(cause));
  g_error_free(cause);
  return TRUE;
}

static gboolean put_step(Rebuilding *work, CrStep *step, GError **error)
{
  return work->options.dry_run || cr_record_put_step(work->record, step, error);
}

static gboolean take_result(Rebuilding *work, const CrFleetImage *image, const CrRebuild *rebuild, CrStep *step,
                            GError **error)
{
  g_autofree char *outcome = cr_rebuild_format_outcome(rebuild);
  step->state = rebuild->good ? CR_STEP_DONE : CR_STEP_FAILED;
  step->ended = g_get_real_time() / G_USEC_PER_SEC;
  step->before = rebuild->before;
  step->after = rebuild->good ? rebuild->after : NULL;
  step->outcome = outcome;
  step->error = cr_rebuild_explain(rebuild);
  if (rebuild->good && !work->options.dry_run)
    g_hash_table_insert(work->made, (gpointer)image, g_strdup(rebuild->after));
  if (!rebuild->good)
    g_hash_table_add(work->not_made, (gpointer)image);
  gboolean partial =
      !cr_problems_are_complete(rebuild->problems) || (rebuild->now && cr_scan_get_exit_code(rebuild->now));
  take_code(work, !rebuild->good ? 1 : partial ? 3 : 0);
  if (work->writer)
    cr_rebuild_write_json(rebuild, work->writer);
  else
    cr_rebuild_write_table(rebuild, work->report);
  return put_step(work, step, error);
}

static gboolean rebuild_one(Rebuilding *work, const CrFleetImage *image, GError **error)
{
  g_autofree char *objection = find_objection(work, image);
  g_autofree char *id = g_strconcat("rebuild ", image->name, NULL);
  if (objection)
    return take_error(work, image,
                      g_error_new(CR_ERROR, CR_ERROR_GATE, "cannot rebuild '%s': %s", image->name, objection), error);
  CrStep step = {
      .run = work->run,
      .number = ++work->number,
      .id = id,
      .kind = "rebuild",
      .subject = image->name,
      .reason = "asked for",
      .state = CR_STEP_STARTED,
      .started = g_get_real_time() / G_USEC_PER_SEC,
      .before = image->id,
      .intent = "{}",
  };
  if (!put_step(work, &step, error))
    return FALSE;
  pin(work, image);
  g_autofree char *label = g_strconcat("rebuilding ", image->name, NULL);
  GError *cause = NULL;
  work->progress = cr_progress_new(label, 0);
  g_autoptr(CrRebuild) rebuild = cr_rebuild_run(image, &work->options, &cause);
  g_clear_pointer(&work->progress, cr_progress_free);
  if (rebuild)
    return take_result(work, image, rebuild, &step, error);
  step.state = CR_STEP_FAILED;
  step.ended = g_get_real_time() / G_USEC_PER_SEC;
  step.error = cause->message;
  gboolean written = put_step(work, &step, NULL);
  return take_error(work, image, cause, error) && written;
}

/* ---- all of them ---- */

static gboolean begin(Rebuilding *work, GError **error)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  work->leases =
      cr_leases_take(work->record, work->it->fleet->daemons, work->call->settings->lock_dir, problems, error);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    cr_log_note("%s: %s", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  if (!work->leases)
    return FALSE;
  return work->options.dry_run || (cr_record_end_killed(work->record, "careen was killed while it did this", error) &&
                                   cr_record_begin_run(work->record, "rebuild", 0, &work->run, error));
}

static gboolean end(Rebuilding *work, gboolean whole, GError **error)
{
  if (work->options.dry_run)
    return TRUE;
  g_autofree char *summary =
      g_strdup_printf("%u rebuilt, %u not", g_hash_table_size(work->made), g_hash_table_size(work->not_made));
  const char *outcome = !whole ? "interrupted" : g_hash_table_size(work->not_made) ? "failed" : "done";
  return cr_record_end_run(work->record, work->run, outcome, summary, error);
}

static gboolean rebuild_all(Rebuilding *work, GError **error)
{
  gboolean json = cr_look_wants_json(work->call), many = work->todo->len > 1;
  work->report = cr_look_report_new(work->call);
  work->writer = json ? cr_json_writer_new(TRUE) : NULL;
  if (json && many)
    cr_json_begin_array(work->writer);
  for (guint i = 0; i < work->todo->len; i++)
    if (!rebuild_one(work, work->todo->pdata[i], error) || (!json && !cr_look_flush(work->call, work->report, error)))
      return FALSE;
  if (json && many)
    cr_json_end_array(work->writer);
  if (json)
    cr_report_take_json(work->report, work->writer);
  return cr_look_flush(work->call, work->report, error);
}

static int run(const CrCall *call, GError **error)
{
  g_auto(Rebuilding) work = {.call = call, .code = 0};
  work.record = cr_record_open(NULL, TRUE, error);
  if (!work.record || !prepare(&work, error) || !begin(&work, error))
    return -1;
  GError *cause = NULL;
  cr_stop_arm();
  gboolean good = rebuild_all(&work, &cause);
  gboolean stopped = cr_stop_is_wanted();
  cr_stop_disarm();
  good &= end(&work, good, cause ? NULL : &cause);
  if (good)
    return work.code;
  g_propagate_error(error, cause);
  if (!stopped)
    return -1;
  cr_cli_print_error(*error);
  return INTERRUPTED;
}

static const CrExample examples[] = {
    {"careen rebuild shop/web:4", "from its recipe in careen.yaml, and what is built on it after it"},
    {"careen rebuild --dry-run shop/web:4", "build and prove it, and name nothing"},
    {"careen rebuild --no-pull --no-children shop/base:1", "this one alone, on the base that is here"},
    {"careen rebuild --builder buildah -v shop/app:2", "by buildah, with what it says"},
    {NULL, NULL},
};

const CrCommand cr_command_rebuild = {
    .name = "rebuild",
    .arguments = "NAME…",
    .min = 1,
    .max = 100,
    .summary = "build images from their recipes again, proved before they are named",
    .description =
        "Build each image from its recipe in careen.yaml (or a Compose file or Dockerfile that it names) again, and "
        "after it those that are built on it. A base that others make is pulled first, where the policy allows it, and "
        "FROM is pinned to what it is then; a child is built on exactly what its parent has become. Nothing comes from "
        "the build's cache.\n\n"
        "The result gets the name only when it is proved: a scan finds no update and no flaw that the old one had not, "
        "no package is lost or older but for what the recipe itself took out, its config is what the recipe says, and "
        "it starts. The old one stays as REPOSITORY:careen-keep-TAG. Where push: names a registry it goes there, too, "
        "or nothing is named. When the build or the proof fails, a base that was pulled for it has its old name "
        "again.\n\n"
        "The engine's own builder is used; what Docker's cannot do (RUN --mount, here-documents, COPY --chmod, "
        "secrets, additional contexts) is built by docker buildx or, without it, by buildah.\n\n"
        "Exit codes: 0 done; 1 a build failed or its proof does not hold: the old one has its name; 2 wrong use, or no "
        "recipe; 3 done, but something could not be examined; 4 the environment, or another careen is at work on the "
        "same engine; 130 interrupted: nothing is half done.",
    .examples = examples,
    .run = run,
};
