/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/day.h"
#include "fleet/where.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

/* ---- the table ---- */

static guint count_images(const CrWhere *where)
{
  g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < where->hits->len; i++)
    g_hash_table_add(ids, (gpointer)((const CrWhereHit *)where->hits->pdata[i])->image_id);
  return g_hash_table_size(ids);
}

static guint count_containers(const CrWhere *where)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < where->hits->len; i++) {
    const CrWhereHit *hit = where->hits->pdata[i];
    for (guint k = 0; k < hit->sightings->len; k++) {
      const CrSighting *it = hit->sightings->pdata[k];
      if (!strcmp(it->kind, "container"))
        g_hash_table_add(names, g_strjoin("\n", it->host, it->daemon, it->name, NULL));
    }
  }
  return g_hash_table_size(names);
}

static void write_verdict(CrText *text, const CrWhere *where)
{
  guint images = count_images(where), containers = count_containers(where);
  g_autofree char *oldest = cr_time_format_local(where->oldest);
  if (where->is_nothing)
    cr_text_span(text, CR_STYLE_BOLD, "NOT LISTED");
  else if (!where->images)
    cr_text_span(text, CR_STYLE_LOUD, "NOTHING ON RECORD");
  else if (!images)
    cr_text_span(text, where->looked < where->images ? CR_STYLE_LOUD : CR_STYLE_GREEN, "NOWHERE");
  else
    cr_text_span(text, CR_STYLE_BOLD, "FOUND");
  if (where->is_nothing)
    cr_text_span(text, CR_STYLE_PLAIN, "   it is the digest of a file without content: nearly every image has some");
  else if (!where->images)
    cr_text_span(text, CR_STYLE_PLAIN, "   no image was looked at yet: careen plan fills the record");
  else if (!images)
    cr_text_span(text, CR_STYLE_PLAIN, "   in %s %u image%s that could be answered for, the oldest look of %s",
                 where->looked == 1 ? "the" : "any of the", where->looked, cr_table_plural(where->looked), oldest);
  else
    cr_text_span(text, CR_STYLE_PLAIN, "   %sin %u of %u images looked at, the oldest look of %s",
                 where->cut ? "at least " : "", images, where->looked, oldest);
  if (containers)
    cr_text_span(text, CR_STYLE_PLAIN, "; %u container%s", containers, cr_table_plural(containers));
  cr_text_end(text, 6);
}

static void write_hit(CrTextGrid *grid, const CrWhereHit *hit, const CrWhereHit *before)
{
  gboolean own = hit->version && !hit->package; /* else the version is the package's */
  g_autofree char *what = own ? g_strdup_printf("%s %s", hit->what, hit->version) : g_strdup(hit->what);
  g_autoptr(GString) more = g_string_new(hit->reach);
  if (hit->package)
    g_string_append_printf(more, ", of %s %s", hit->package, hit->version ? hit->version : "");
  if (hit->hidden)
    g_string_printf(more, "hidden: %s", hit->hidden);
  if (hit->severity)
    g_string_append_printf(more, ", %s%s", hit->severity, hit->exploited ? ", exploited" : "");
  if (hit->fix)
    g_string_append_printf(more, "; %s", hit->fix);
  gboolean same = before && !strcmp(before->image_id, hit->image_id);
  cr_text_grid_add(grid, same ? "" : hit->name, what, more->str, NULL);
  if (!same)
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  if (hit->exploited)
    cr_text_grid_style(grid, 2, CR_STYLE_RED);
}

static void write_sightings(CrTextGrid *grid, const CrWhereHit *hit)
{
  for (guint i = 0; i < hit->sightings->len; i++) {
    const CrSighting *it = hit->sightings->pdata[i];
    if (!strcmp(it->kind, "container"))
      cr_text_grid_note(grid, CR_STYLE_PLAIN, "● %s on %s (%.*s, %s)", it->name, it->host,
                        (int)strcspn(it->daemon, ":"), it->daemon, it->state ? it->state : "?");
    else if (strcmp(it->name, hit->name) != 0)
      cr_text_grid_note(grid, CR_STYLE_DIM, "also %s on %s", it->name, it->host);
  }
  if (!hit->sightings->len)
    cr_text_grid_note(grid, CR_STYLE_DIM, "no longer on a machine that is on record");
}

static gboolean is_last_of_image(const CrWhere *where, guint i)
{
  const CrWhereHit *const *hits = (const CrWhereHit *const *)where->hits->pdata;
  return i + 1 == where->hits->len || strcmp(hits[i + 1]->image_id, hits[i]->image_id) != 0;
}

void cr_where_write_table(const CrWhere *where, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_verdict(text, where);
  cr_text_gap(text);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < where->hits->len; i++) {
    const CrWhereHit *hit = where->hits->pdata[i];
    write_hit(grid, hit, i ? where->hits->pdata[i - 1] : NULL);
    if (is_last_of_image(where, i))
      write_sightings(grid, hit);
  }
  cr_text_grid_end(grid);
  cr_table_write_problem_list(text, where->problems, report->all);
  cr_report_take_text(report, text);
}

/* ---- json ---- */

static void write_sighting(CrJsonWriter *writer, gconstpointer item)
{
  const CrSighting *it = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "host", it->host);
  cr_json_key_string(writer, "kind", it->kind);
  cr_json_key_string(writer, "daemon", it->daemon);
  cr_json_key_string(writer, "name", it->name);
  cr_json_key_string(writer, "state", it->state);
  cr_json_end_object(writer);
}

static void write_hit_json(CrJsonWriter *writer, gconstpointer item)
{
  const CrWhereHit *hit = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "image", hit->name);
  cr_json_key_string(writer, "image_id", hit->image_id);
  cr_json_key_string(writer, "what", hit->what);
  cr_json_key_string(writer, "package", hit->package);
  cr_json_key_string(writer, "version", hit->version);
  cr_json_key_string(writer, "flaw", hit->flaw);
  cr_json_key_string(writer, "hidden", hit->hidden);
  cr_json_key_string(writer, "reach", hit->reach);
  cr_json_key_string(writer, "fix", hit->fix);
  cr_json_key_string(writer, "severity", hit->severity);
  cr_json_key_boolean(writer, "exploited", hit->exploited);
  cr_report_write_time(writer, "observed", hit->observed);
  cr_report_write_array(writer, "seen", hit->sightings, write_sighting);
  cr_json_end_object(writer);
}

void cr_where_write_json(const CrWhere *where, CrReport *report)
{
  static const char *const kinds[] = {"flaw", "package", "path", "digest"};
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.where/1");
  cr_json_key_string(writer, "subject", where->subject);
  cr_json_key_string(writer, "kind", kinds[where->kind]);
  cr_json_key_integer(writer, "images", where->images);
  cr_json_key_integer(writer, "looked", where->looked);
  cr_report_write_time(writer, "oldest", where->oldest);
  cr_json_key_boolean(writer, "nothing", where->is_nothing);
  cr_report_stream_array(report, writer, "hits", where->hits, write_hit_json);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, where->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
