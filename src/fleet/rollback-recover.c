/* SPDX-License-Identifier: Apache-2.0 */
/* A rollback that was killed: what it was to do is in its run and steps, and all of it may be done twice. */
#include <string.h>

#include "base/json.h"
#include "base/stop.h"
#include "fleet/rollback-private.h"

/* What was killed is found at the next start: so far back it is looked for. */
#define RECENT_RUNS 32U

/* ---- intents ---- */

char *cr_rollback_format_intent(const char *daemon, const char *to)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "daemon", daemon);
  cr_json_key_string(writer, "to", to);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* What STEP was to do, as far as that is on record: the engine, and the image that was to have the name; else NULL. */
typedef struct {
  const char *daemon, *to;
} Intent;

static Intent read_intent(const CrStep *step, CrArena *arena)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(step->intent, strlen(step->intent), "an intent", NULL);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  return (Intent){.daemon = cr_arena_strdup(arena, cr_json_find_string(root, "daemon", NULL)),
                  .to = cr_arena_strdup(arena, cr_json_find_string(root, "to", NULL))};
}

gboolean cr_rollback_meant(const CrStep *step, const char *id, CrArena *arena)
{
  Intent intent = read_intent(step, arena);
  return !intent.to || !strcmp(intent.to, id);
}

/* The image whose name STEP was to give back; NULL: it is not here, or its name is neither of the two by now. */
static const CrFleetImage *find_image(const CrFleet *fleet, const CrStep *step, CrArena *arena)
{
  Intent intent = read_intent(step, arena);
  for (guint i = 0; intent.daemon && intent.to && i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    if (image->daemon && !strcmp(image->name, step->subject) &&
        !strcmp(cr_daemon_get_name(image->daemon), intent.daemon))
      return !g_strcmp0(image->id, step->before) || !g_strcmp0(image->id, intent.to) ? image : NULL;
  }
  return NULL;
}

/* ---- what was done since ---- */

gboolean cr_rollback_is_naming(const CrStep *step)
{
  static const char *const kinds[] = {"patch", "rebuild", "pull", "name", NULL};
  return g_strv_contains(kinds, step->kind);
}

static gboolean is_cut(const CrRun *run)
{
  return !strcmp(run->command, "rollback") && (!run->ended || !g_strcmp0(run->outcome, "interrupted"));
}

static gboolean has_changed(const CrStep *step)
{
  return step->state == CR_STEP_DONE && g_strcmp0(step->before, step->after) != 0;
}

/* Two engines may each have something of one name. */
static gboolean are_about_one(const CrStep *a, const CrStep *b, CrArena *arena)
{
  if (strcmp(a->subject, b->subject) != 0)
    return FALSE;
  const char *one = read_intent(a, arena).daemon, *other = read_intent(b, arena).daemon;
  return !one || !other || !strcmp(one, other);
}

/* Did one of RUNS (newest first) before the LIMITth change what one of STEPS is about? */
static gboolean was_changed(CrRecord *record, const GPtrArray *runs, guint limit, const GPtrArray *steps,
                            CrArena *arena)
{
  for (guint r = 0; r < limit; r++) {
    g_autoptr(GPtrArray) later = cr_record_list_steps(record, ((const CrRun *)runs->pdata[r])->id, arena, NULL);
    for (guint i = 0; later && i < later->len; i++)
      for (guint k = 0; has_changed(later->pdata[i]) && k < steps->len; k++)
        if (are_about_one(later->pdata[i], steps->pdata[k], arena))
          return TRUE;
  }
  return FALSE;
}

/* Of the INDEXth of RUNS; FALSE: it ended, there is nothing to finish of it, or something was done to it since. */
static gboolean find_aim(const CrFleet *fleet, CrRecord *record, const GPtrArray *runs, guint index, CrArena *arena,
                         CrRollbackAim *aim)
{
  const CrRun *run = runs->pdata[index];
  if (!is_cut(run))
    return FALSE;
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run->id, arena, NULL);
  const CrStep *first = steps && steps->len ? steps->pdata[0] : NULL;
  if (!first || was_changed(record, runs, index, steps, arena))
    return FALSE;
  *aim = (CrRollbackAim){.run = run, .undoes = run->undoes, .steps = steps->len};
  if (!run->undoes && !strcmp(first->kind, "name"))
    aim->image = find_image(fleet, first, arena);
  return aim->undoes || aim->image;
}

gboolean cr_rollback_find_killed(const CrFleet *fleet, CrRecord *record, gint64 undoes, const CrFleetImage *image,
                                 CrArena *arena, CrRollbackAim *aim)
{
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, RECENT_RUNS, arena, NULL);
  for (guint i = 0; runs && i < runs->len; i++)
    if (find_aim(fleet, record, runs, i, arena, aim) && aim->undoes == undoes && aim->image == image)
      return TRUE;
  return FALSE;
}

/* ---- finishing ---- */

gboolean cr_rollback_finish(CrTakingBack *it, const CrRollbackAim *aim, GError **error)
{
  it->result->run = aim->run->id;
  it->result->undoes = aim->undoes;
  it->first = aim->steps;
  it->before_run = aim->run->id;
  if (aim->image ? !cr_rollback_take_image_back(it, aim->image, error)
                 : !cr_rollback_take_run_back(it, aim->undoes, error))
    return FALSE;
  if (cr_stop_is_wanted() && !cr_rollback_is_done(it->result))
    return TRUE;
  return cr_record_end_run(it->options->record, aim->run->id, cr_rollback_is_done(it->result) ? "done" : "failed",
                           "it was killed, and finished later", error);
}

static void say(const CrRollbackOptions *options, const CrRollback *result)
{
  const char *why = NULL;
  for (guint i = 0; i < result->items->len && !why; i++)
    why = ((const CrRollbackItem *)result->items->pdata[i])->why;
  g_autofree char *line = g_strdup_printf("run %" G_GINT64_FORMAT ", a rollback: what was interrupted is finished%s%s",
                                          result->run, why ? ", but not all of it: " : "", why ? why : "");
  if (options->say)
    options->say(line, options->data);
}

static gboolean finish(const CrFleet *fleet, const CrRollbackOptions *options, const CrRollbackAim *aim, GError **error)
{
  g_autoptr(CrRollback) result = cr_rollback_new();
  CrTakingBack it = {.fleet = fleet, .options = options, .result = result, .arena = result->arena};
  if (!cr_rollback_finish(&it, aim, error))
    return FALSE;
  say(options, result);
  return TRUE;
}

static gboolean is_engine_silent(const CrFleet *fleet)
{
  for (guint i = 0; i < cr_problems_get_count(fleet->problems); i++) {
    const CrProblem *problem = cr_problems_get(fleet->problems, i);
    if (problem->kind == CR_PROBLEM_PARTIAL && cr_fleet_is_engine(problem->where))
      return TRUE;
  }
  return FALSE;
}

/* Can all be asked that the run UNDOES acted on? What an engine has that does not answer yet would be refused, for
 * good.
 */
static gboolean can_take_back(const CrFleet *fleet, CrRecord *record, gint64 undoes, CrArena *arena)
{
  g_autoptr(GPtrArray) operations = cr_record_list_operations(record, NULL, FALSE, arena, NULL);
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, undoes, arena, NULL);
  for (guint i = 0; operations && i < operations->len; i++) {
    const CrOperation *operation = operations->pdata[i];
    if (operation->run == undoes && !cr_rollback_has_daemon(fleet, operation->daemon))
      return FALSE;
  }
  for (guint i = 0; steps && i < steps->len && is_engine_silent(fleet); i++) {
    const CrStep *step = steps->pdata[i];
    gboolean named = has_changed(step) && cr_rollback_is_naming(step);
    const CrFleetImage *image = named ? cr_fleet_find_image(fleet, step->subject) : NULL;
    if (named && (!image || !image->daemon))
      return FALSE;
  }
  return operations && steps;
}

/* One at a time: after it the fleet is another. */
gboolean cr_rollback_recover(const CrFleet *fleet, const CrRollbackOptions *options, guint *count, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) runs = cr_record_list_runs(options->record, NULL, RECENT_RUNS, arena, error);
  gint64 pid = 0, since = 0;
  const char *command = NULL;
  if (!runs)
    return FALSE;
  for (guint i = 0; i < runs->len; i++) {
    CrRollbackAim aim;
    if (!find_aim(fleet, options->record, runs, i, arena, &aim))
      continue;
    if (!aim.run->ended && cr_record_find_lease(options->record, NULL, arena, &pid, &since, &command))
      continue; /* it may be that one's, on another engine */
    if (aim.undoes && !can_take_back(fleet, options->record, aim.undoes, arena))
      continue;
    *count += 1;
    return finish(fleet, options, &aim, error);
  }
  return TRUE;
}

/* ---- what was taken back already ---- */

gboolean cr_rollback_goes_back(CrRecord *record, const CrRun *run, CrArena *arena)
{
  gboolean back = FALSE;
  for (; run && !strcmp(run->command, "rollback");
       run = run->undoes ? cr_record_find_run(record, run->undoes, arena, NULL) : NULL)
    back = !back;
  return back;
}

gint64 cr_rollback_find_undoing(CrRecord *record, const CrFleetImage *image)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, image->name, 0, arena, NULL);
  for (guint r = 0; runs && r < runs->len; r++) {
    const CrRun *run = runs->pdata[r];
    g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run->id, arena, NULL);
    for (guint i = 0; steps && i < steps->len; i++) {
      const CrStep *step = steps->pdata[i];
      const char *daemon = read_intent(step, arena).daemon;
      if (daemon && image->daemon && strcmp(daemon, cr_daemon_get_name(image->daemon)) != 0)
        continue; /* another engine's of that name */
      if (has_changed(step) && cr_rollback_is_naming(step) && !strcmp(step->subject, image->name))
        return cr_rollback_goes_back(record, run, arena) && !g_strcmp0(run->outcome, "done") ? run->id : 0;
    }
  }
  return 0;
}
