/* SPDX-License-Identifier: Apache-2.0 */
#include "record/observe.h"

#include <string.h>

#include "record/private.h"

/* ---- an image ---- */

static char *join(CrStrv list)
{
  return list ? g_strjoinv("\n", (char **)list) : g_strdup("");
}

static gboolean put_image(CrRecord *record, const CrObservation *it, gint64 *id, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "INSERT INTO images(image_id, name, digest, platform, os, verdict, reason, data, layers, bases,"
                      " observed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(image_id) DO UPDATE SET"
                      " name=excluded.name, digest=excluded.digest, platform=excluded.platform, os=excluded.os,"
                      " verdict=excluded.verdict, reason=excluded.reason, data=excluded.data, layers=excluded.layers,"
                      " bases=excluded.bases, observed=excluded.observed",
                      error))
    return FALSE;
  g_autofree char *layers = join(it->layers), *bases = join(it->bases);
  const char *const texts[] = {it->image_id, it->name,   it->digest, it->platform, it->os,
                               it->verdict,  it->reason, it->data,   layers,       bases};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    cr_sql_bind_text(&sql, texts[i]);
  cr_sql_bind_integer(&sql, it->when);
  g_auto(CrSql) find = {0};
  if (!cr_sql_run(&sql, error) || !cr_sql_prepare(&find, record, "SELECT id FROM images WHERE image_id=?", error))
    return FALSE;
  cr_sql_bind_text(&find, it->image_id);
  if (!cr_sql_next(&find, error))
    return FALSE;
  *id = cr_sql_get_integer(&find, 0);
  return TRUE;
}

static gboolean forget(CrRecord *record, const char *table, gint64 image, GError **error)
{
  g_auto(CrSql) sql = {0};
  g_autofree char *text = g_strdup_printf("DELETE FROM %s WHERE image=?", table);
  if (!cr_sql_prepare(&sql, record, text, error))
    return FALSE;
  cr_sql_bind_integer(&sql, image);
  return cr_sql_run(&sql, error);
}

/* A row that many images share: INSERT it if it is new, FIND its id; both with the same TEXTS. */
typedef struct {
  CrSql insert, find, link;
} Shared;

static void clear_shared(Shared *shared)
{
  cr_sql_clear(&shared->insert);
  cr_sql_clear(&shared->find);
  cr_sql_clear(&shared->link);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shared, clear_shared)

static gboolean find_shared(Shared *shared, const char *const *texts, guint count, gint64 *id, GError **error)
{
  CrSql *both[] = {&shared->insert, &shared->find};
  for (guint s = 0; s < G_N_ELEMENTS(both); s++)
    for (guint i = 0; i < count; i++)
      cr_sql_bind_text(both[s], texts[i] ? texts[i] : "");
  if (!cr_sql_run(&shared->insert, error) || !cr_sql_next(&shared->find, error))
    return FALSE;
  *id = cr_sql_get_integer(&shared->find, 0);
  return cr_sql_run(&shared->find, error);
}

static gboolean put_packages(CrRecord *record, gint64 image, const GPtrArray *packages, GError **error)
{
  g_auto(Shared) shared = {0};
  if (!cr_sql_prepare(
          &shared.insert, record,
          "INSERT OR IGNORE INTO packages(name, type, version, arch, source, purl) VALUES(?, ?, ?, ?, ?, ?)", error) ||
      !cr_sql_prepare(
          &shared.find, record,
          "SELECT id FROM packages WHERE name=? AND type=? AND version=? AND arch=? AND source=? AND ? IS NOT"
          " NULL",
          error) ||
      !cr_sql_prepare(&shared.link, record,
                      "INSERT OR REPLACE INTO image_packages(image, package, security, reach, candidate)"
                      " VALUES(?, ?, ?, ?, ?)",
                      error))
    return FALSE;
  for (guint i = 0; packages && i < packages->len; i++) {
    const CrSeenPackage *it = packages->pdata[i];
    const char *const texts[] = {it->name, it->type, it->version, it->arch, it->source, it->purl};
    gint64 id = 0;
    if (!find_shared(&shared, texts, G_N_ELEMENTS(texts), &id, error))
      return FALSE;
    cr_sql_bind_integer(&shared.link, image);
    cr_sql_bind_integer(&shared.link, id);
    cr_sql_bind_integer(&shared.link, it->security);
    cr_sql_bind_text(&shared.link, it->reach);
    cr_sql_bind_text(&shared.link, it->candidate);
    if (!cr_sql_run(&shared.link, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean put_aliases(CrSql *sql, const CrSeenFlaw *flaw, GError **error)
{
  for (guint i = 0; flaw->aliases && flaw->aliases[i]; i++) {
    cr_sql_bind_text(sql, flaw->aliases[i]);
    cr_sql_bind_text(sql, flaw->id);
    if (!cr_sql_run(sql, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean put_flaws(CrRecord *record, gint64 image, const GPtrArray *flaws, GError **error)
{
  g_auto(Shared) shared = {0};
  g_auto(CrSql) aliases = {0};
  if (!cr_sql_prepare(&shared.insert, record,
                      "INSERT OR IGNORE INTO flaws(flaw, package, installed, fixed, status, severity, exploited)"
                      " VALUES(?, ?, ?, ?, ?, ?, ?='yes')",
                      error) ||
      !cr_sql_prepare(&shared.find, record,
                      "SELECT id FROM flaws WHERE flaw=? AND package=? AND installed=? AND fixed=? AND status=? AND"
                      " severity=? AND exploited=(?='yes')",
                      error) ||
      !cr_sql_prepare(&shared.link, record, "INSERT OR REPLACE INTO image_flaws(image, flaw, reach) VALUES(?, ?, ?)",
                      error) ||
      !cr_sql_prepare(&aliases, record, "INSERT OR IGNORE INTO aliases(alias, flaw) VALUES(?, ?)", error))
    return FALSE;
  for (guint i = 0; flaws && i < flaws->len; i++) {
    const CrSeenFlaw *it = flaws->pdata[i];
    const char *const texts[] = {
        it->id, it->package, it->installed, it->fixed, it->status, it->severity, it->exploited ? "yes" : "no"};
    gint64 id = 0;
    if (!find_shared(&shared, texts, G_N_ELEMENTS(texts), &id, error))
      return FALSE;
    cr_sql_bind_integer(&shared.link, image);
    cr_sql_bind_integer(&shared.link, id);
    cr_sql_bind_text(&shared.link, it->reach);
    if (!cr_sql_run(&shared.link, error) || !put_aliases(&aliases, it, error))
      return FALSE;
  }
  return TRUE;
}

gboolean cr_record_put_observation(CrRecord *record, const CrObservation *observation, GError **error)
{
  gint64 image = 0;
  if (!cr_record_begin(record, error))
    return FALSE;
  gboolean ok = put_image(record, observation, &image, error) && forget(record, "image_packages", image, error) &&
                forget(record, "image_flaws", image, error) &&
                put_packages(record, image, observation->packages, error) &&
                put_flaws(record, image, observation->flaws, error) &&
                (!observation->report || cr_record_put_report(record, image, observation->report, error));
  return cr_record_end(record, ok, error);
}

static CrStrv split(const char *text, CrArena *arena)
{
  g_auto(GStrv) lines = *text ? g_strsplit(text, "\n", -1) : g_new0(char *, 1);
  const char **list = cr_arena_alloc(arena, (g_strv_length(lines) + 1) * sizeof *list);
  for (guint i = 0; lines[i]; i++)
    list[i] = cr_arena_strdup(arena, lines[i]);
  return list;
}

CrObservation *cr_record_find_observation(CrRecord *record, const char *image_id, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(
          &sql, record,
          "SELECT name, digest, platform, os, verdict, reason, data, observed, layers, bases FROM images WHERE"
          " image_id=?",
          error))
    return NULL;
  cr_sql_bind_text(&sql, image_id);
  if (!cr_sql_next(&sql, error))
    return NULL;
  CrObservation *it = cr_arena_new0(arena, CrObservation);
  *it = (CrObservation){
      .image_id = cr_arena_strdup(arena, image_id),
      .name = cr_sql_get_text(&sql, 0, arena),
      .digest = cr_sql_get_text(&sql, 1, arena),
      .platform = cr_sql_get_text(&sql, 2, arena),
      .os = cr_sql_get_text(&sql, 3, arena),
      .verdict = cr_sql_get_text(&sql, 4, arena),
      .reason = cr_sql_get_text(&sql, 5, arena),
      .data = cr_sql_get_text(&sql, 6, arena),
      .when = cr_sql_get_integer(&sql, 7),
      .layers = split(cr_sql_get_text(&sql, 8, arena), arena),
      .bases = split(cr_sql_get_text(&sql, 9, arena), arena),
  };
  return it;
}

/* ---- sightings ---- */

static gboolean put_sighting(CrSql *sql, const CrSighting *it, GError **error)
{
  const char *const texts[] = {it->host, it->kind, it->daemon, it->name, it->image_id, it->state};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    cr_sql_bind_text(sql, texts[i]);
  cr_sql_bind_integer(sql, it->first);
  cr_sql_bind_integer(sql, it->last);
  return cr_sql_run(sql, error);
}

static gboolean touch(CrSql *sql, const char *id, gint64 when, guint *there, GError **error)
{
  cr_sql_bind_integer(sql, when);
  cr_sql_bind_text(sql, id);
  if (!cr_sql_run(sql, error))
    return FALSE;
  *there += sqlite3_changes(sql->record->db) > 0;
  return TRUE;
}

gboolean cr_record_touch_observations(CrRecord *record, const GPtrArray *ids, gint64 when, guint *there, GError **error)
{
  g_auto(CrSql) sql = {0};
  *there = 0;
  if (!cr_record_begin(record, error))
    return FALSE;
  gboolean ok = cr_sql_prepare(&sql, record, "UPDATE images SET observed=? WHERE image_id=?", error);
  for (guint i = 0; ok && i < ids->len; i++)
    ok = touch(&sql, ids->pdata[i], when, there, error);
  return cr_record_end(record, ok, error);
}

gboolean cr_record_put_sightings(CrRecord *record, const GPtrArray *sightings, GError **error)
{
  g_auto(CrSql) sql = {0};
  if (!cr_record_begin(record, error))
    return FALSE;
  gboolean ok =
      cr_sql_prepare(&sql, record,
                     "INSERT INTO sightings(host, kind, daemon, name, image_id, state, first, last) VALUES(?, ?,"
                     " ?, ?, ?, ?, ?, ?) ON CONFLICT(host, kind, daemon, name) DO UPDATE SET"
                     " first=CASE WHEN image_id=excluded.image_id THEN first ELSE excluded.first END,"
                     " image_id=excluded.image_id, state=excluded.state, last=excluded.last",
                     error);
  for (guint i = 0; ok && i < sightings->len; i++)
    ok = put_sighting(&sql, sightings->pdata[i], error);
  return cr_record_end(record, ok, error);
}

static GPtrArray *list_gone(CrRecord *record, const char *const *key, GHashTable *there, CrArena *arena, GError **error)
{
  g_auto(CrSql) sql = {0};
  GPtrArray *gone = g_ptr_array_new();
  GError *cause = NULL;
  gboolean ok = cr_sql_prepare(&sql, record,
                               "SELECT name FROM sightings WHERE host=? AND kind=? AND daemon=? ORDER BY name", &cause);
  for (guint i = 0; ok && i < 3; i++)
    cr_sql_bind_text(&sql, key[i]);
  while (ok && cr_sql_next(&sql, &cause)) {
    const char *name = cr_sql_get_text(&sql, 0, arena);
    if (!g_hash_table_contains(there, name))
      g_ptr_array_add(gone, (gpointer)name);
  }
  return cr_sql_finish(gone, cause, error);
}

static gboolean forget_gone(CrRecord *record, const char *const *key, const GPtrArray *gone, GError **error)
{
  g_auto(CrSql) sql = {0};
  gboolean ok =
      cr_sql_prepare(&sql, record, "DELETE FROM sightings WHERE host=? AND kind=? AND daemon=? AND name=?", error);
  for (guint i = 0; ok && i < gone->len; i++) {
    for (guint k = 0; k < 3; k++)
      cr_sql_bind_text(&sql, key[k]);
    cr_sql_bind_text(&sql, gone->pdata[i]);
    ok = cr_sql_run(&sql, error);
  }
  return ok;
}

gboolean cr_record_keep_sightings(CrRecord *record, const char *host, const char *kind, const char *daemon,
                                  GHashTable *there, GError **error)
{
  const char *const key[] = {host, kind, daemon};
  g_autoptr(CrArena) arena = cr_arena_new();
  if (!cr_record_begin(record, error))
    return FALSE;
  g_autoptr(GPtrArray) gone = list_gone(record, key, there, arena, error);
  return cr_record_end(record, gone && forget_gone(record, key, gone, error), error);
}

/* ---- pruning ---- */

static gboolean delete_images(CrRecord *record, gint64 before, gint64 *count, GError **error)
{
  g_auto(CrSql) sql = {0}, changes = {0};
  if (!cr_sql_prepare(&sql, record,
                      "DELETE FROM images WHERE observed<? AND image_id NOT IN (SELECT image_id FROM sightings)",
                      error))
    return FALSE;
  cr_sql_bind_integer(&sql, before);
  if (!cr_sql_run(&sql, error) || !cr_sql_prepare(&changes, record, "SELECT changes()", error) ||
      !cr_sql_next(&changes, error))
    return FALSE;
  *count = cr_sql_get_integer(&changes, 0);
  return TRUE;
}

gboolean cr_record_prune(CrRecord *record, gint64 before, guint *count, GError **error)
{
  gint64 gone = 0;
  if (!cr_record_begin(record, error))
    return FALSE;
  gboolean ok =
      delete_images(record, before, &gone, error) &&
      (!gone ||
       (cr_sql_exec(record, "DELETE FROM packages WHERE id NOT IN (SELECT package FROM image_packages)", error) &&
        cr_sql_exec(record, "DELETE FROM flaws WHERE id NOT IN (SELECT flaw FROM image_flaws)", error) &&
        cr_sql_exec(record, "DELETE FROM aliases WHERE flaw NOT IN (SELECT flaw FROM flaws)", error)));
  if (count)
    *count = (guint)gone;
  return cr_record_end(record, ok, error);
}
