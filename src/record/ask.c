/* SPDX-License-Identifier: Apache-2.0 */
#include "record/ask.h"

#include "record/private.h"

static gboolean visit_rows(CrSql *sql, CrArena *arena, CrSeenVisit visit, gpointer data, GError **error)
{
  GError *cause = NULL;
  while (cr_sql_next(sql, &cause)) {
    CrSeenThing thing = {
        .image = cr_sql_get_integer(sql, 0),
        .image_id = cr_sql_get_text(sql, 1, arena),
        .name = cr_sql_get_text(sql, 2, arena),
        .observed = cr_sql_get_integer(sql, 3),
        .package = cr_sql_get_text(sql, 4, arena),
        .version = cr_sql_get_text(sql, 5, arena),
        .reach = cr_sql_get_text(sql, 6, arena),
        .flaw = cr_sql_get_text(sql, 7, arena),
        .fixed = cr_sql_get_text(sql, 8, arena),
        .status = cr_sql_get_text(sql, 9, arena),
        .severity = cr_sql_get_text(sql, 10, arena),
        .exploited = cr_sql_get_integer(sql, 11) != 0,
        .type = cr_sql_get_text(sql, 12, arena),
        .candidate = cr_sql_get_text(sql, 13, arena),
        .security = cr_sql_get_integer(sql, 14) != 0,
    };
    if (!visit(&thing, data))
      return TRUE;
  }
  if (cause)
    g_propagate_error(error, cause);
  return !cause;
}

gboolean cr_record_find_flaw(CrRecord *record, const char *name, CrArena *arena, CrSeenVisit visit, gpointer data,
                             GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(
          &sql, record,
          "SELECT images.id, image_id, images.name, observed, flaws.package, installed, reach, flaws.flaw,"
          " fixed, status, severity, exploited, NULL, NULL, 0 FROM flaws JOIN image_flaws ON"
          " image_flaws.flaw=flaws.id JOIN images ON images.id=image WHERE flaws.flaw IN (SELECT ?1 UNION"
          " SELECT flaw FROM aliases WHERE alias=?1) ORDER BY images.name, image_id, flaws.package, installed",
          error))
    return FALSE;
  cr_sql_bind_text(&sql, name);
  return visit_rows(&sql, arena, visit, data, error);
}

gboolean cr_record_find_package(CrRecord *record, const char *name, CrArena *arena, CrSeenVisit visit, gpointer data,
                                GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(
          &sql, record,
          "SELECT images.id, image_id, images.name, observed, packages.name, version, reach, NULL, NULL, NULL,"
          " NULL, 0, type, candidate, security FROM packages JOIN image_packages ON package=packages.id JOIN"
          " images ON images.id=image WHERE packages.name=?1 OR source=?1 ORDER BY images.name, image_id,"
          " packages.name, version",
          error))
    return FALSE;
  cr_sql_bind_text(&sql, name);
  return visit_rows(&sql, arena, visit, data, error);
}

GPtrArray *cr_record_list_observations(CrRecord *record, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  GError *cause = NULL;
  if (!cr_sql_prepare(&sql, record, "SELECT image_id FROM images ORDER BY name, image_id", error))
    return NULL;
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  while (cr_sql_next(&sql, &cause)) {
    CrObservation *it = cr_record_find_observation(record, cr_sql_get_text(&sql, 0, arena), arena, &cause);
    if (it)
      g_ptr_array_add(list, it);
    if (cause)
      break;
  }
  return cr_sql_finish(g_steal_pointer(&list), cause, error);
}

GPtrArray *cr_record_list_sightings(CrRecord *record, const char *image_id, CrArena *arena, GError **error)
{
  static const char of_one[] =
      "SELECT host, kind, daemon, name, state, first, last, image_id FROM sightings WHERE image_id=? ORDER BY host,"
      " kind DESC, name";
  static const char of_all[] = "SELECT host, kind, daemon, name, state, first, last, image_id FROM sightings ORDER BY"
                               " host, kind DESC, name";
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, image_id ? of_one : of_all, error))
    return NULL;
  if (image_id)
    cr_sql_bind_text(&sql, image_id);
  GPtrArray *list = g_ptr_array_new();
  GError *cause = NULL;
  while (cr_sql_next(&sql, &cause)) {
    CrSighting *it = cr_arena_new0(arena, CrSighting);
    *it = (CrSighting){
        .host = cr_sql_get_text(&sql, 0, arena),
        .kind = cr_sql_get_text(&sql, 1, arena),
        .daemon = cr_sql_get_text(&sql, 2, arena),
        .name = cr_sql_get_text(&sql, 3, arena),
        .image_id = cr_sql_get_text(&sql, 7, arena),
        .state = cr_sql_get_text(&sql, 4, arena),
        .first = cr_sql_get_integer(&sql, 5),
        .last = cr_sql_get_integer(&sql, 6),
    };
    g_ptr_array_add(list, it);
  }
  return cr_sql_finish(list, cause, error);
}

gboolean cr_record_sum_flaws(CrRecord *record, const char *host, CrArena *arena, CrSeenFlawVisit visit, gpointer data,
                             GError **error)
{
  g_auto(CrSql) sql = {0};
  GError *cause = NULL;
  if (!cr_sql_prepare(&sql, record,
                      "SELECT flaws.flaw, min(package), max(fixed),"
                      /* the worst: of one flaw some releases say more than others */
                      " substr(min(CASE severity WHEN 'critical' THEN '0' WHEN 'high' THEN '1' WHEN 'medium' THEN '2' "
                      "WHEN 'low' THEN"
                      " '3' WHEN 'unknown' THEN '5' ELSE '4' END || severity), 2),"
                      " min(coalesce(images.name, image_id)),"
                      " max(exploited) AS hot, max(reach IN ('loaded', 'possible')) AS near, count(DISTINCT image)"
                      " FROM image_flaws JOIN flaws ON flaws.id=image_flaws.flaw JOIN images ON images.id=image"
                      " WHERE image_id IN (SELECT image_id FROM sightings WHERE host=?1)"
                      " GROUP BY flaws.flaw ORDER BY hot DESC, near DESC, flaws.flaw",
                      error))
    return FALSE;
  cr_sql_bind_text(&sql, host);
  while (cr_sql_next(&sql, &cause)) {
    CrSeenFlawSum flaw = {
        .flaw = cr_sql_get_text(&sql, 0, arena),
        .package = cr_sql_get_text(&sql, 1, arena),
        .fixed = cr_sql_get_text(&sql, 2, arena),
        .severity = cr_sql_get_text(&sql, 3, arena),
        .name = cr_sql_get_text(&sql, 4, arena),
        .exploited = cr_sql_get_integer(&sql, 5) != 0,
        .reached = cr_sql_get_integer(&sql, 6) != 0,
        .images = (guint)cr_sql_get_integer(&sql, 7),
    };
    if (!visit(&flaw, data))
      return TRUE;
  }
  if (cause)
    g_propagate_error(error, cause);
  return !cause;
}

/* ---- of one image ---- */

gboolean cr_record_visit_flaws(CrRecord *record, const char *image_id, CrArena *arena, CrSeenVisit visit, gpointer data,
                               GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT images.id, image_id, images.name, observed, flaws.package, installed, reach, flaws.flaw,"
                      " fixed, status, severity, exploited, NULL, NULL, 0 FROM images JOIN image_flaws ON"
                      " image=images.id JOIN flaws ON flaws.id=image_flaws.flaw WHERE image_id=? ORDER BY flaws.flaw,"
                      " flaws.package, installed",
                      error))
    return FALSE;
  cr_sql_bind_text(&sql, image_id);
  return visit_rows(&sql, arena, visit, data, error);
}

gboolean cr_record_visit_updates(CrRecord *record, const char *image_id, CrArena *arena, CrSeenVisit visit,
                                 gpointer data, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT images.id, image_id, images.name, observed, packages.name, version, reach, NULL, NULL,"
                      " NULL, NULL, 0, type, candidate, security FROM images JOIN image_packages ON image=images.id"
                      " JOIN packages ON packages.id=package WHERE image_id=? AND candidate IS NOT NULL ORDER BY"
                      " packages.name, version",
                      error))
    return FALSE;
  cr_sql_bind_text(&sql, image_id);
  return visit_rows(&sql, arena, visit, data, error);
}
