/* SPDX-License-Identifier: Apache-2.0 */
#include "record/private.h"

gboolean cr_record_set_mark(CrRecord *record, const char *kind, const char *key, const char *value, GError **error)
{
  g_auto(CrSql) sql = {0};
  const char *text = value ? "INSERT OR REPLACE INTO marks(kind, key, value, since) VALUES(?, ?, ?, ?)"
                           : "DELETE FROM marks WHERE kind=? AND key=?";
  if (!cr_sql_prepare(&sql, record, text, error))
    return FALSE;
  cr_sql_bind_text(&sql, kind);
  cr_sql_bind_text(&sql, key);
  if (value) {
    cr_sql_bind_text(&sql, value);
    cr_sql_bind_integer(&sql, g_get_real_time() / G_USEC_PER_SEC);
  }
  return cr_sql_run(&sql, error);
}

/* A record that cannot be read has no marks: whoever acts finds out when it writes. */
const char *cr_record_find_mark(CrRecord *record, const char *kind, const char *key, CrArena *arena, gint64 *since)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "SELECT value, since FROM marks WHERE kind=? AND key=?", NULL))
    return NULL;
  cr_sql_bind_text(&sql, kind);
  cr_sql_bind_text(&sql, key);
  if (!cr_sql_next(&sql, NULL))
    return NULL;
  if (since)
    *since = cr_sql_get_integer(&sql, 1);
  return cr_sql_get_text(&sql, 0, arena);
}

GPtrArray *cr_record_list_marks(CrRecord *record, const char *kind, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "SELECT key, value, since FROM marks WHERE kind=? ORDER BY key", error))
    return NULL;
  cr_sql_bind_text(&sql, kind);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause)) {
    CrMark *mark = cr_arena_new0(arena, CrMark);
    mark->key = cr_sql_get_text(&sql, 0, arena);
    mark->value = cr_sql_get_text(&sql, 1, arena);
    mark->since = cr_sql_get_integer(&sql, 2);
    g_ptr_array_add(list, mark);
  }
  return cr_sql_finish(list, cause, error);
}
