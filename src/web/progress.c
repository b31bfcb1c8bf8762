/* SPDX-License-Identifier: Apache-2.0 */
#include "web/progress.h"

#include <string.h>

#include "fleet/history.h"
#include "report/json-parts.h"

/* What the plan of RUN has something to do for; steps are on record only as they are begun. */
static guint count_planned(CrRecord *record, gint64 run, CrArena *arena)
{
  const char *text = cr_record_find_plan(record, run, arena);
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, strlen(text), "a plan", NULL) : NULL;
  const CrJson *steps = doc ? cr_json_find(cr_json_get_root(doc), "steps") : NULL;
  guint count = 0;
  for (guint i = 0; i < cr_json_get_length(steps); i++) {
    const char *action = cr_json_find_string(cr_json_get_element(steps, i), "action", "");
    count += !strcmp(action, "patch") || !strcmp(action, "rebuild") || !strcmp(action, "pull");
    count += cr_json_get_length(cr_json_find(cr_json_get_element(steps, i), "containers"));
  }
  return count;
}

static gboolean look_at_steps(CrWebProgress *it, CrRecord *record, CrArena *arena, GError **error)
{
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, it->last->id, arena, error);
  for (guint i = 0; steps && i < steps->len; i++) {
    const CrStep *step = steps->pdata[i];
    it->steps[step->state]++;
    if (step->state == CR_STEP_STARTED)
      it->current = step;
  }
  return steps != NULL;
}

static gboolean look_for_rest(CrWebProgress *it, CrRecord *record, CrArena *arena, GError **error)
{
  const char *command = NULL;
  if (!cr_record_find_lease(record, NULL, arena, &it->worker, &it->worker_since, &it->worker_command))
    it->worker = 0;
  if (!cr_record_find_lease(record, "watch", arena, &it->watcher, &it->watcher_since, &command))
    it->watcher = 0;
  g_autoptr(GPtrArray) started = cr_record_list_steps(record, 0, arena, error);
  g_autoptr(GPtrArray) open = started ? cr_record_list_operations(record, NULL, TRUE, arena, error) : NULL;
  if (!open)
    return FALSE;
  gboolean acting = it->last && !it->last->ended && !it->cut_off;
  it->interrupted = acting ? 0 : started->len + open->len;
  return TRUE;
}

CrWebProgress *cr_web_progress_load(CrRecord *record, CrArena *arena, GError **error)
{
  CrWebProgress *it = cr_arena_new0(arena, CrWebProgress);
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 1, arena, error);
  if (!runs)
    return NULL;
  it->stage = cr_stage_find(record, arena);
  it->last = runs->len ? runs->pdata[0] : NULL;
  it->cut_off = it->last && cr_history_is_cut_off(record, it->last);
  if (it->last && !look_at_steps(it, record, arena, error))
    return NULL;
  if (it->last && !it->last->ended)
    it->planned = count_planned(record, it->last->id, arena);
  return look_for_rest(it, record, arena, error) ? it : NULL;
}

static void write_run(CrJsonWriter *writer, const CrWebProgress *it)
{
  const CrRun *run = it->last;
  cr_json_key(writer, "run");
  if (!run) {
    cr_json_null(writer);
    return;
  }
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "id", run->id);
  cr_json_key_string(writer, "command", run->command);
  cr_json_key_string(writer, "result", cr_history_get_outcome(run, it->cut_off));
  cr_report_write_time(writer, "started", run->started);
  cr_report_write_time(writer, "ended", run->ended);
  cr_json_key_integer(writer, "planned", it->planned);
  cr_json_key(writer, "steps");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(it->steps); i++)
    cr_json_key_integer(writer, cr_step_state_get_name(i), it->steps[i]);
  cr_json_end_object(writer);
  cr_json_key_string(writer, "current", it->current ? it->current->kind : NULL);
  cr_json_key_string(writer, "subject", it->current ? it->current->subject : NULL);
  cr_json_end_object(writer);
}

void cr_web_progress_write(const CrWebProgress *it, CrJsonWriter *writer)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-progress/1");
  write_run(writer, it);
  cr_json_key(writer, "stage");
  if (it->stage) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "what", it->stage->what);
    cr_json_key_string(writer, "unit", it->stage->unit);
    cr_json_key_integer(writer, "done", it->stage->done);
    cr_json_key_integer(writer, "total", it->stage->total);
    cr_json_key_string(writer, "subject", it->stage->subject);
    cr_json_end_object(writer);
  } else {
    cr_json_null(writer);
  }
  cr_json_key_boolean(writer, "working", it->worker != 0);
  cr_json_key_string(writer, "worker", it->worker ? it->worker_command : NULL);
  cr_json_key_boolean(writer, "watching", it->watcher != 0);
  cr_json_key_integer(writer, "interrupted", it->interrupted);
  cr_json_end_object(writer);
}
