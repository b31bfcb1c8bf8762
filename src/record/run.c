/* SPDX-License-Identifier: Apache-2.0 */
#include "record/private.h"

#include <string.h>

static gint64 now(void)
{
  return g_get_real_time() / G_USEC_PER_SEC;
}

const char *cr_step_state_get_name(CrStepState state)
{
  static const char *const names[] = {"planned", "started", "done", "failed", "rolled-back", "skipped", "refused"};
  return names[state];
}

gboolean cr_record_begin_run(CrRecord *record, const char *command, gint64 undoes, gint64 *id, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "INSERT INTO runs(command, started, undoes) VALUES(?, ?, ?)", error))
    return FALSE;
  cr_sql_bind_text(&sql, command);
  cr_sql_bind_integer(&sql, now());
  cr_sql_bind_integer(&sql, undoes);
  if (!cr_sql_run(&sql, error))
    return FALSE;
  *id = sqlite3_last_insert_rowid(record->db);
  return TRUE;
}

gboolean cr_record_end_run(CrRecord *record, gint64 id, const char *outcome, const char *summary, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "UPDATE runs SET ended=?, outcome=?, summary=? WHERE id=?", error))
    return FALSE;
  cr_sql_bind_integer(&sql, now());
  cr_sql_bind_text(&sql, outcome);
  cr_sql_bind_text(&sql, summary);
  cr_sql_bind_integer(&sql, id);
  return cr_sql_run(&sql, error);
}

static gboolean end_steps(CrRecord *record, const char *why, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "UPDATE steps SET state=?, ended=?, error=? WHERE state=?", error))
    return FALSE;
  cr_sql_bind_integer(&sql, CR_STEP_FAILED);
  cr_sql_bind_integer(&sql, now());
  cr_sql_bind_text(&sql, why);
  cr_sql_bind_integer(&sql, CR_STEP_STARTED);
  return cr_sql_run(&sql, error);
}

static gboolean end_runs(CrRecord *record, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "UPDATE runs SET ended=?, outcome='interrupted' WHERE ended=0", error))
    return FALSE;
  cr_sql_bind_integer(&sql, now());
  return cr_sql_run(&sql, error);
}

gboolean cr_record_end_killed(CrRecord *record, const char *why, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  gint64 pid = 0, since = 0;
  const char *command = NULL;
  /* who acts takes a lease first and begins a run then: within one transaction none can come between */
  if (!cr_record_begin(record, error))
    return FALSE;
  gboolean ok = cr_record_find_lease(record, NULL, arena, &pid, &since, &command) ||
                (end_steps(record, why, error) && end_runs(record, error));
  return cr_record_end(record, ok, error);
}

gboolean cr_record_put_step(CrRecord *record, const CrStep *step, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "INSERT OR REPLACE INTO steps(run, number, id, kind, subject, reason, state, started, ended,"
                      " before, after, intent, outcome, error) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      error))
    return FALSE;
  cr_sql_bind_integer(&sql, step->run);
  cr_sql_bind_integer(&sql, step->number);
  const char *const head[] = {step->id, step->kind, step->subject, step->reason};
  for (guint i = 0; i < G_N_ELEMENTS(head); i++)
    cr_sql_bind_text(&sql, head[i]);
  cr_sql_bind_integer(&sql, step->state);
  cr_sql_bind_integer(&sql, step->started);
  cr_sql_bind_integer(&sql, step->ended);
  const char *const rest[] = {step->before, step->after, step->intent, step->outcome, step->error};
  for (guint i = 0; i < G_N_ELEMENTS(rest); i++)
    cr_sql_bind_text(&sql, rest[i]);
  return cr_sql_run(&sql, error);
}

gboolean cr_record_put_plan(CrRecord *record, gint64 run, const char *plan, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "UPDATE runs SET plan=? WHERE id=?", error))
    return FALSE;
  cr_sql_bind_text(&sql, plan);
  cr_sql_bind_integer(&sql, run);
  return cr_sql_run(&sql, error);
}

const char *cr_record_find_plan(CrRecord *record, gint64 run, CrArena *arena)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "SELECT plan FROM runs WHERE id=?", NULL))
    return NULL;
  cr_sql_bind_integer(&sql, run);
  return cr_sql_next(&sql, NULL) ? cr_sql_get_text(&sql, 0, arena) : NULL;
}

static CrRun *take_run(const CrSql *sql, CrArena *arena)
{
  CrRun *run = cr_arena_new0(arena, CrRun);
  *run = (CrRun){
      .id = cr_sql_get_integer(sql, 0),
      .started = cr_sql_get_integer(sql, 1),
      .ended = cr_sql_get_integer(sql, 2),
      .command = cr_sql_get_text(sql, 3, arena),
      .outcome = cr_sql_get_text(sql, 4, arena),
      .summary = cr_sql_get_text(sql, 5, arena),
      .undoes = cr_sql_get_integer(sql, 6),
  };
  return run;
}

CrRun *cr_record_find_run(CrRecord *record, gint64 run, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "SELECT id, started, ended, command, outcome, summary, undoes FROM runs WHERE id=?",
                      error))
    return NULL;
  cr_sql_bind_integer(&sql, run);
  return cr_sql_next(&sql, error) ? take_run(&sql, arena) : NULL;
}

GPtrArray *cr_record_list_runs(CrRecord *record, const char *subject, guint limit, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(
          &sql, record,
          "SELECT id, started, ended, command, outcome, summary, undoes FROM runs WHERE ?1 IS NULL OR EXISTS"
          " (SELECT 1 FROM steps WHERE run=runs.id AND subject=?1) ORDER BY id DESC LIMIT ?2",
          error))
    return NULL;
  cr_sql_bind_text(&sql, subject);
  cr_sql_bind_integer(&sql, limit ? (gint64)limit : -1);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause))
    g_ptr_array_add(list, take_run(&sql, arena));
  return cr_sql_finish(list, cause, error);
}

GPtrArray *cr_record_list_steps(CrRecord *record, gint64 run, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT run, number, id, kind, subject, reason, state, started, ended, before, after, intent,"
                      " outcome, error FROM steps WHERE (?1 AND run=?1) OR (NOT ?1 AND state=?2) ORDER BY run, number",
                      error))
    return NULL;
  cr_sql_bind_integer(&sql, run);
  cr_sql_bind_integer(&sql, CR_STEP_STARTED);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause)) {
    CrStep *step = cr_arena_new0(arena, CrStep);
    *step = (CrStep){
        .run = cr_sql_get_integer(&sql, 0),
        .number = (guint)cr_sql_get_integer(&sql, 1),
        .id = cr_sql_get_text(&sql, 2, arena),
        .kind = cr_sql_get_text(&sql, 3, arena),
        .subject = cr_sql_get_text(&sql, 4, arena),
        .reason = cr_sql_get_text(&sql, 5, arena),
        .state = (CrStepState)CLAMP(cr_sql_get_integer(&sql, 6), 0, CR_STEP_REFUSED),
        .started = cr_sql_get_integer(&sql, 7),
        .ended = cr_sql_get_integer(&sql, 8),
        .before = cr_sql_get_text(&sql, 9, arena),
        .after = cr_sql_get_text(&sql, 10, arena),
        .intent = cr_sql_get_text(&sql, 11, arena),
        .outcome = cr_sql_get_text(&sql, 12, arena),
        .error = cr_sql_get_text(&sql, 13, arena),
    };
    g_ptr_array_add(list, step);
  }
  return cr_sql_finish(list, cause, error);
}

/* ---- what was replaced ---- */

GPtrArray *cr_record_list_replaced(CrRecord *record, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  /* the removals are made a table of their own first: there is no index, and a query in the WHERE would be a walk a row
   */
  if (!cr_sql_prepare(
          &sql, record,
          "SELECT s.before, s.subject, max(s.ended) FROM steps AS s LEFT JOIN (SELECT before AS id,"
          " max(ended) AS ended FROM steps WHERE kind='prune' AND state=?1 GROUP BY before) AS gone ON"
          " gone.id=s.before WHERE s.state=?1 AND s.kind IN ('patch', 'rebuild', 'pull', 'name') AND s.before"
          " IS NOT NULL AND s.after IS NOT NULL AND s.before<>s.after AND (gone.ended IS NULL OR"
          " gone.ended<s.ended) GROUP BY s.before, s.subject ORDER BY s.before, s.subject",
          error))
    return NULL;
  cr_sql_bind_integer(&sql, CR_STEP_DONE);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause)) {
    CrReplaced *replaced = cr_arena_new0(arena, CrReplaced);
    *replaced = (CrReplaced){.id = cr_sql_get_text(&sql, 0, arena),
                             .subject = cr_sql_get_text(&sql, 1, arena),
                             .when = cr_sql_get_integer(&sql, 2)};
    g_ptr_array_add(list, replaced);
  }
  return cr_sql_finish(list, cause, error);
}

gint64 cr_record_find_removed(CrRecord *record, const char *what)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT max(ended) FROM steps WHERE kind='prune' AND state=?1 AND ?2 IN (before, subject)", NULL))
    return 0;
  cr_sql_bind_integer(&sql, CR_STEP_DONE);
  cr_sql_bind_text(&sql, what);
  return cr_sql_next(&sql, NULL) ? cr_sql_get_integer(&sql, 0) : 0;
}
