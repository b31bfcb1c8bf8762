/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/history.h"

#include "base/number.h"

#include <string.h>

#include "report/json-parts.h"
#include "report/table-parts.h"

/* ---- from the record ---- */

/* Whoever acts holds a lease: a run that has not ended while nobody holds one was cut off. */
gboolean cr_history_is_cut_off(CrRecord *record, const CrRun *run)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  gint64 pid = 0, since = 0;
  const char *command = NULL;
  return !run->ended && !cr_record_find_lease(record, NULL, arena, &pid, &since, &command);
}

static gboolean add_run(CrHistory *history, CrRecord *record, const CrRun *run, GError **error)
{
  GPtrArray *steps = cr_record_list_steps(record, run->id, history->arena, error);
  if (!steps)
    return FALSE;
  CrHistoryRun *it = cr_arena_new0(history->arena, CrHistoryRun);
  it->run = *run;
  it->steps = steps;
  it->interrupted = cr_history_is_cut_off(record, run);
  g_ptr_array_add(history->runs, it);
  return TRUE;
}

/* SUBJECT is a number, and a run has it: that run. NULL without ERROR: it is something else. */
static CrRun *find_run(CrHistory *history, CrRecord *record, const char *subject, GError **error)
{
  gint64 id = 0;
  gboolean number = subject && cr_number_parse_signed(subject, 1, G_MAXINT64, &id);
  return number ? cr_record_find_run(record, id, history->arena, error) : NULL;
}

CrHistory *cr_history_new(CrRecord *record, const char *subject, gint64 since, guint limit, GError **error)
{
  g_autoptr(CrHistory) history = g_new0(CrHistory, 1);
  history->arena = cr_arena_new();
  history->runs = g_ptr_array_new();
  GError *cause = NULL;
  const CrRun *one = find_run(history, record, subject, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return NULL;
  }
  if (one) {
    if (!add_run(history, record, one, error))
      return NULL;
    ((CrHistoryRun *)history->runs->pdata[0])->plan = cr_record_find_plan(record, one->id, history->arena);
    return g_steal_pointer(&history);
  }
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, subject, limit ? limit + 1 : 0, history->arena, error);
  if (!runs)
    return NULL;
  for (guint i = 0; i < runs->len; i++) {
    const CrRun *run = runs->pdata[i];
    if (run->started < since)
      break;
    if (limit && i == limit) {
      history->more = 1;
      break;
    }
    if (!add_run(history, record, run, error))
      return NULL;
  }
  return g_steal_pointer(&history);
}

void cr_history_free(CrHistory *history)
{
  if (!history)
    return;
  for (guint i = 0; i < history->runs->len; i++)
    g_ptr_array_unref(((CrHistoryRun *)history->runs->pdata[i])->steps);
  g_ptr_array_unref(history->runs);
  cr_arena_free(history->arena);
  g_free(history);
}

/* ---- the table ---- */

static char *format_time(gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_local(seconds) : NULL;
  return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("");
}

static char *format_seconds(gint64 seconds)
{
  if (seconds < 120)
    return g_strdup_printf("%" G_GINT64_FORMAT " s", MAX(seconds, 0));
  return seconds < 7200 ? g_strdup_printf("%" G_GINT64_FORMAT " min", seconds / 60)
                        : g_strdup_printf("%" G_GINT64_FORMAT " h", seconds / 3600);
}

static char *shorten(const char *id)
{
  const char *hex = id ? strchr(id, ':') : NULL;
  return g_strndup(hex ? hex + 1 : id ? id : "", 12);
}

const char *cr_history_get_outcome(const CrRun *run, gboolean cut_off)
{
  return run->outcome ? run->outcome : cut_off ? "interrupted" : "running";
}

void cr_history_add_worries(GPtrArray *worries, CrArena *arena, const CrRun *last, gboolean cut_off, guint interrupted)
{
  if (interrupted)
    g_ptr_array_add(worries, (gpointer)cr_arena_printf(
                                 arena, "%u change%s interrupted: careen apply finishes or undoes %s", interrupted,
                                 interrupted == 1 ? " was" : "s were", interrupted == 1 ? "it" : "them"));
  if (cut_off && !interrupted)
    g_ptr_array_add(worries, (gpointer) "the last run was interrupted");
  if (last && last->outcome && strcmp(last->outcome, "done") != 0)
    g_ptr_array_add(worries, (gpointer)cr_arena_printf(arena, "the last run ended as %s", last->outcome));
}

static CrStyle get_style(const char *outcome)
{
  if (!strcmp(outcome, "done"))
    return CR_STYLE_GREEN;
  return !strcmp(outcome, "running") ? CR_STYLE_BOLD : CR_STYLE_YELLOW;
}

/* What went with it, as the rollout has it (cr_rollout_format_outcome). */
static void note_with(CrTextGrid *grid, const CrStep *step)
{
  g_autoptr(CrJsonDoc) doc =
      step->outcome ? cr_json_parse(step->outcome, strlen(step->outcome), "an outcome on record", NULL) : NULL;
  const CrJson *with = doc ? cr_json_find(cr_json_get_root(doc), "with") : NULL;
  for (guint i = 0; i < cr_json_get_length(with); i++)
    cr_text_grid_note(grid, CR_STYLE_PLAIN, "with it %s", cr_json_get_string(cr_json_get_element(with, i), ""));
}

static void write_step(CrTextGrid *grid, const CrStep *step)
{
  g_autofree char *before = shorten(step->before), *after = shorten(step->after);
  g_autofree char *change = *before && *after ? g_strdup_printf("%s → %s", before, after) : g_strdup(after);
  g_autofree char *took = step->ended && step->started ? format_seconds(step->ended - step->started) : g_strdup("");
  cr_text_grid_add(grid, cr_step_state_get_name(step->state), step->kind, step->subject, took, change, NULL);
  cr_text_grid_style(grid, 0, step->state == CR_STEP_DONE ? CR_STYLE_PLAIN : CR_STYLE_YELLOW);
  if (step->reason && *step->reason)
    cr_text_grid_note(grid, CR_STYLE_DIM, "%s", step->reason);
  note_with(grid, step);
  if (step->error)
    cr_text_grid_note(grid, CR_STYLE_YELLOW, "%s", step->error);
}

static void write_run(CrText *text, const CrHistoryRun *it)
{
  g_autofree char *when = format_time(it->run.started);
  g_autofree char *took = it->run.ended ? format_seconds(it->run.ended - it->run.started) : g_strdup("");
  const char *outcome = cr_history_get_outcome(&it->run, it->interrupted);
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_BOLD, "%" G_GINT64_FORMAT, it->run.id);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s  %s  ", when, it->run.command);
  cr_text_span(text, get_style(outcome), "%s", outcome);
  if (*took)
    cr_text_span(text, CR_STYLE_DIM, "  %s", took);
  if (it->run.undoes)
    cr_text_span(text, CR_STYLE_PLAIN, "  takes back %" G_GINT64_FORMAT, it->run.undoes);
  if (it->run.summary)
    cr_text_span(text, CR_STYLE_PLAIN, "  %s", it->run.summary);
  cr_text_end(text, 4);
  if (!it->steps->len)
    return;
  CrTextGrid *grid = cr_text_grid_new(text, 5);
  cr_text_grid_align_right(grid, 3);
  for (guint i = 0; i < it->steps->len; i++)
    write_step(grid, it->steps->pdata[i]);
  cr_text_grid_end(grid);
}

/* What the run was to do: what its steps show, and beside it what was left alone. */
static void write_plan(CrText *text, const CrHistoryRun *it)
{
  g_autoptr(CrJsonDoc) doc = it->plan ? cr_json_parse(it->plan, strlen(it->plan), "a plan on record", NULL) : NULL;
  const CrJson *steps = doc ? cr_json_find(cr_json_get_root(doc), "steps") : NULL;
  if (!cr_json_get_length(steps))
    return;
  cr_table_write_heading(text, "ITS PLAN", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < cr_json_get_length(steps); i++) {
    const CrJson *step = cr_json_get_element(steps, i);
    const CrJson *fixed = cr_json_find(cr_json_find(step, "gains"), "list");
    cr_text_grid_add(grid, cr_json_find_string(step, "action", "?"), cr_json_find_string(step, "image", "?"),
                     cr_json_find_string(step, "reason", ""), NULL);
    for (guint k = 0; k < cr_json_get_length(fixed); k++)
      cr_text_grid_note(grid, CR_STYLE_DIM, "%s", cr_json_get_string(cr_json_get_element(fixed, k), ""));
  }
  cr_text_grid_end(grid);
}

void cr_history_write_table(const CrHistory *history, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  if (!history->runs->len)
    cr_text_line(text, "nothing is on record");
  for (guint i = 0; i < history->runs->len; i++)
    write_run(text, history->runs->pdata[i]);
  if (history->runs->len == 1)
    write_plan(text, history->runs->pdata[0]);
  if (history->more) {
    cr_text_gap(text);
    cr_text_span(text, CR_STYLE_DIM, "  there are older ones: --limit");
    cr_text_end(text, 4);
  }
  cr_report_take_text(report, text);
}

/* ---- json ---- */

/* What was kept as JSON is JSON again. */
static void write_document(CrJsonWriter *writer, const char *key, const char *text)
{
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, strlen(text), key, NULL) : NULL;
  cr_json_key(writer, key);
  if (doc)
    cr_json_node(writer, cr_json_get_root(doc));
  else
    cr_json_string(writer, text);
}

static void write_step_members(CrJsonWriter *writer, const CrStep *step)
{
  cr_json_key_integer(writer, "number", step->number);
  cr_json_key_string(writer, "id", step->id);
  cr_json_key_string(writer, "kind", step->kind);
  cr_json_key_string(writer, "subject", step->subject);
  cr_json_key_string(writer, "state", cr_step_state_get_name(step->state));
  cr_json_key_string(writer, "reason", step->reason);
  cr_report_write_time(writer, "started", step->started);
  cr_report_write_time(writer, "ended", step->ended);
  cr_json_key_string(writer, "before", step->before);
  cr_json_key_string(writer, "after", step->after);
  write_document(writer, "outcome", step->outcome);
  cr_json_key_string(writer, "error", step->error);
}

static void write_step_json(CrJsonWriter *writer, gconstpointer item)
{
  cr_json_begin_object(writer);
  write_step_members(writer, item);
  cr_json_end_object(writer);
}

static void write_run_members(CrJsonWriter *writer, const CrHistoryRun *it)
{
  cr_json_key_integer(writer, "run", it->run.id);
  cr_json_key_string(writer, "command", it->run.command);
  cr_report_write_time(writer, "began", it->run.started);
  cr_report_write_time(writer, "finished", it->run.ended);
  cr_json_key_string(writer, "result", cr_history_get_outcome(&it->run, it->interrupted));
}

static void write_run_json(CrJsonWriter *writer, gconstpointer item)
{
  const CrHistoryRun *it = item;
  cr_json_begin_object(writer);
  write_run_members(writer, it);
  cr_json_key_string(writer, "summary", it->run.summary);
  cr_json_key(writer, "undoes");
  if (it->run.undoes)
    cr_json_integer(writer, it->run.undoes);
  else
    cr_json_null(writer);
  cr_report_write_array(writer, "steps", it->steps, write_step_json);
  write_document(writer, "plan", it->plan);
  cr_json_end_object(writer);
}

void cr_history_write_json(const CrHistory *history, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.history/1");
  cr_report_stream_array(report, writer, "runs", history->runs, write_run_json);
  cr_json_key_boolean(writer, "more", history->more != 0);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

/* For `tail`, `jq` and log collectors: what happened first stands first. */
void cr_history_write_lines(const CrHistory *history, CrReport *report)
{
  for (guint i = history->runs->len; i > 0; i--) {
    const CrHistoryRun *it = history->runs->pdata[i - 1];
    for (guint k = 0; k < it->steps->len; k++) {
      g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
      cr_json_begin_object(writer);
      cr_json_key_string(writer, "schema", "careen.history-line/1");
      write_run_members(writer, it);
      write_step_members(writer, it->steps->pdata[k]);
      cr_json_end_object(writer);
      gsize size = 0;
      const char *text = cr_json_writer_get_text(writer, &size);
      g_string_append_len(report->text, text, (gssize)size);
      g_string_append_c(report->text, '\n');
    }
  }
}
