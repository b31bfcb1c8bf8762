/* SPDX-License-Identifier: Apache-2.0 */
#include "record/private.h"

#include "base/limits.h"

#include <string.h>
#include <zlib.h>

/* What is the same as before is not written again: most looks find nothing new. */
#define PUT                                                                                                            \
  "INSERT INTO reports(updates, security, reached, findings, urgent, exploited, unwatched, complete, image, size, "    \
  "phase,"                                                                                                             \
  " until, steward, report) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(image) DO UPDATE SET"         \
  " updates=excluded.updates, security=excluded.security, reached=excluded.reached, findings=excluded.findings,"       \
  " urgent=excluded.urgent, exploited=excluded.exploited, unwatched=excluded.unwatched, complete=excluded.complete,"   \
  " size=excluded.size, phase=excluded.phase, until=excluded.until, steward=excluded.steward, report=excluded.report"  \
  " WHERE report IS NOT excluded.report OR phase IS NOT excluded.phase OR until IS NOT excluded.until OR steward IS"   \
  " NOT excluded.steward OR complete IS NOT excluded.complete"

gboolean cr_record_put_report(CrRecord *record, gint64 image, const CrSeenReport *report, GError **error)
{
  g_auto(CrSql) sql = {0};
  gsize size = strlen(report->text);
  uLongf packed = compressBound(size);
  g_autofree guint8 *bytes = size <= CR_LIMIT_SEEN_REPORT_BYTES ? g_try_malloc(packed) : NULL;
  if (!bytes || compress2(bytes, &packed, (const guint8 *)report->text, size, 6) != Z_OK) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot keep what was found: it has %zu bytes", size);
    return FALSE;
  }
  if (!cr_sql_prepare(&sql, record, PUT, error))
    return FALSE;
  const gint64 numbers[] = {report->updates, report->security,  report->reached,   report->findings,
                            report->urgent,  report->exploited, report->unwatched, report->complete,
                            image,           (gint64)size};
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
    cr_sql_bind_integer(&sql, numbers[i]);
  cr_sql_bind_text(&sql, report->phase ? report->phase : "unknown");
  cr_sql_bind_text(&sql, report->until);
  cr_sql_bind_text(&sql, report->steward);
  sqlite3_bind_blob(sql.statement, ++sql.bound, bytes, (int)packed, SQLITE_STATIC);
  return cr_sql_run(&sql, error);
}

/* Columns from 0: image_id, phase, until, steward, then the numbers. */
#define COLUMNS                                                                                                        \
  "image_id, phase, until, steward, updates, security, reached, findings, urgent, exploited, unwatched, complete"

static CrSeenReport *take(const CrSql *sql, CrArena *arena)
{
  CrSeenReport *report = cr_arena_new0(arena, CrSeenReport);
  guint *const numbers[] = {&report->updates, &report->security,  &report->reached,  &report->findings,
                            &report->urgent,  &report->exploited, &report->unwatched};
  report->image_id = cr_sql_get_text(sql, 0, arena);
  report->phase = cr_sql_get_text(sql, 1, arena);
  report->until = cr_sql_get_text(sql, 2, arena);
  report->steward = cr_sql_get_text(sql, 3, arena);
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
    *numbers[i] = (guint)CLAMP(cr_sql_get_integer(sql, (int)i + 4), 0, G_MAXINT);
  report->complete = cr_sql_get_integer(sql, 11) != 0;
  return report;
}

/* The file may have been written by anything: its own numbers are not believed. */
static const char *unpack(const CrSql *sql, int column, CrArena *arena)
{
  gint64 size = cr_sql_get_integer(sql, column);
  const void *bytes = sqlite3_column_blob(sql->statement, column + 1);
  int packed = sqlite3_column_bytes(sql->statement, column + 1);
  if (!bytes || packed <= 0 || size <= 0 || size > (gint64)CR_LIMIT_SEEN_REPORT_BYTES)
    return NULL;
  g_autofree char *text = g_try_malloc((gsize)size);
  uLongf length = (uLongf)size;
  if (!text || uncompress((guint8 *)text, &length, bytes, (uLong)packed) != Z_OK || memchr(text, 0, length))
    return NULL;
  return cr_arena_strndup(arena, text, length);
}

CrSeenReport *cr_record_find_report(CrRecord *record, const char *image_id, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT " COLUMNS ", size, report FROM reports JOIN images ON images.id=reports.image WHERE"
                      " image_id=?",
                      error))
    return NULL;
  cr_sql_bind_text(&sql, image_id);
  if (!cr_sql_next(&sql, error))
    return NULL;
  CrSeenReport *report = take(&sql, arena);
  report->text = unpack(&sql, 12, arena);
  return report;
}

GPtrArray *cr_record_list_reports(CrRecord *record, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  GError *cause = NULL;
  if (!cr_sql_prepare(&sql, record,
                      "SELECT " COLUMNS " FROM reports JOIN images ON images.id=reports.image ORDER BY image_id",
                      error))
    return NULL;
  GPtrArray *list = g_ptr_array_new();
  while (cr_sql_next(&sql, &cause))
    g_ptr_array_add(list, take(&sql, arena));
  return cr_sql_finish(list, cause, error);
}
