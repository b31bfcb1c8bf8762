/* SPDX-License-Identifier: Apache-2.0 */
#include "record/private.h"

gboolean cr_record_put_operation(CrRecord *record, const CrOperation *operation, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(
          &sql, record,
          "INSERT OR REPLACE INTO operations(id, run, step, daemon, container, phase, state, began, changed,"
          " open, outcome) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          error))
    return FALSE;
  cr_sql_bind_text(&sql, operation->id);
  cr_sql_bind_integer(&sql, operation->run);
  cr_sql_bind_integer(&sql, operation->step);
  const char *const texts[] = {operation->daemon, operation->container, operation->phase, operation->state};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    cr_sql_bind_text(&sql, texts[i]);
  cr_sql_bind_integer(&sql, operation->began);
  cr_sql_bind_integer(&sql, operation->changed);
  cr_sql_bind_integer(&sql, operation->open);
  cr_sql_bind_text(&sql, operation->outcome);
  return cr_sql_run(&sql, error);
}

GPtrArray *cr_record_list_operations(CrRecord *record, const char *daemon, gboolean open, CrArena *arena,
                                     GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT id, run, step, daemon, container, phase, state, began, changed, open, outcome FROM"
                      " operations WHERE (?1 IS NULL OR daemon=?1) AND (NOT ?2 OR open) ORDER BY began, id",
                      error))
    return NULL;
  cr_sql_bind_text(&sql, daemon);
  cr_sql_bind_integer(&sql, open);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause)) {
    CrOperation *operation = cr_arena_new0(arena, CrOperation);
    *operation = (CrOperation){
        .id = cr_sql_get_text(&sql, 0, arena),
        .run = cr_sql_get_integer(&sql, 1),
        .step = (guint)cr_sql_get_integer(&sql, 2),
        .daemon = cr_sql_get_text(&sql, 3, arena),
        .container = cr_sql_get_text(&sql, 4, arena),
        .phase = cr_sql_get_text(&sql, 5, arena),
        .state = cr_sql_get_text(&sql, 6, arena),
        .began = cr_sql_get_integer(&sql, 7),
        .changed = cr_sql_get_integer(&sql, 8),
        .open = cr_sql_get_integer(&sql, 9) != 0,
        .outcome = cr_sql_get_text(&sql, 10, arena),
    };
    g_ptr_array_add(list, operation);
  }
  return cr_sql_finish(list, cause, error);
}
