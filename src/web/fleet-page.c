/* SPDX-License-Identifier: Apache-2.0 */
/* "/": the fleet as a picture, and all of its images as a list. */
#include <string.h>

#include "report/json-parts.h"
#include "web/fleet.h"

#define ROWS 100U /* of one page */

static const char *const verdicts[] = {"blind", "replace", "patch", "rebuild", "unseen", "current"};

/* ---- which ---- */

static gboolean has_text(const CrWebImage *image, const char *part)
{
  if (cr_web_contains(image->name, part) || cr_web_contains(image->id, part) ||
      (image->seen && image->seen->os && cr_web_contains(image->seen->os, part)) ||
      (image->base_name && cr_web_contains(image->base_name, part)))
    return TRUE;
  for (guint i = 0; i < image->containers->len; i++)
    if (cr_web_contains(((const CrSighting *)image->containers->pdata[i])->name, part))
      return TRUE;
  return FALSE;
}

static gboolean is_shown(const CrWeb *web, const CrWebImage *image)
{
  const char *verdict = cr_web_find(web, "verdict", NULL), *part = cr_web_find(web, "q", NULL);
  return (!verdict || !strcmp(verdict, cr_web_verdict_class(image->verdict))) && (!part || has_text(image, part));
}

static GPtrArray *choose(const CrWeb *web, const CrWebFleet *fleet)
{
  GPtrArray *list = g_ptr_array_new();
  for (guint i = 0; i < fleet->images->len; i++)
    if (is_shown(web, fleet->images->pdata[i]))
      g_ptr_array_add(list, fleet->images->pdata[i]);
  return list;
}

/* ---- html ---- */

static void put_counts(CrWeb *web, const CrWebFleet *fleet)
{
  WEB_PUT(web, "<ul class=\"counts\">");
  for (guint v = 0; v < G_N_ELEMENTS(verdicts); v++) {
    guint count = 0;
    for (guint i = 0; i < fleet->images->len; i++)
      count += !strcmp(cr_web_verdict_class(((const CrWebImage *)fleet->images->pdata[i])->verdict), verdicts[v]);
    if (count)
      WEB_PUT(web,
              "<li class=\"v-%s\"><a href=\"%s/?verdict=%s#images\"><span class=\"shape\"></span><b>%u</b> %s</a></li>",
              verdicts[v], web->root, verdicts[v], count, cr_web_verdict_label(verdicts[v]));
  }
  WEB_PUT(web, "<li><span class=\"dot on\"></span><b>%u</b> container%s</li></ul>\n", fleet->containers,
          fleet->containers == 1 ? "" : "s");
}

static void put_filter(CrWeb *web)
{
  const char *verdict = cr_web_find(web, "verdict", "");
  WEB_PUT(web,
          "<form class=\"filter\" method=\"get\" action=\"%s/#images\"><label>Text <input type=\"search\" name=\"q\" "
          "value=\"%s\" data-filter=\"images-table\"></label> <label>Verdict <select name=\"verdict\">",
          web->root, cr_web_find(web, "q", ""));
  cr_web_put_option(web, "", "any", verdict);
  for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++)
    cr_web_put_option(web, verdicts[i], cr_web_verdict_label(verdicts[i]), verdict);
  WEB_PUT(web, "</select></label> <button>Show</button></form>\n");
}

static void put_number(CrWeb *web, gboolean known, guint value, const char *class)
{
  if (!known)
    WEB_PUT(web, "<td class=\"n dim\">–</td>");
  else
    WEB_PUT(web, "<td class=\"n%s%s\">%u</td>", value ? " " : "", value ? class : " dim", value);
}

static void put_row(CrWeb *web, const CrWebImage *image)
{
  const CrSeenReport *report = image->report;
  WEB_PUT(web, "<tr><td>");
  cr_web_put_verdict(web, image->verdict);
  WEB_PUT(web, "</td><th scope=\"row\"><a href=\"%s\">%s</a>", cr_web_link_image(web, image->id),
          cr_web_cut(web, image->name, 120));
  if (image->replaced)
    WEB_PUT(web, " <span class=\"tag\">older</span>");
  WEB_PUT(web, "</th><td>%s</td>", image->seen && image->seen->os ? image->seen->os : "");
  put_number(web, report != NULL, report ? report->security : 0, "warn");
  put_number(web, report != NULL, report ? report->reached : 0, "warn");
  put_number(web, report != NULL, report ? report->urgent : 0, "bad");
  put_number(web, report != NULL, report ? report->exploited : 0, "bad");
  put_number(web, TRUE, image->containers->len, "");
  WEB_PUT(web, "<td class=\"dim\">%s</td></tr>\n", cr_web_format_age(web, image->seen ? image->seen->when : 0));
}

static void put_table(CrWeb *web, const GPtrArray *list)
{
  guint pages = MAX((list->len + ROWS - 1) / ROWS, 1), page = cr_web_find_number(web, "page", 1, pages);
  WEB_PUT(web, "<h2 id=\"images\">Images <span class=\"dim\">%u</span></h2>\n", list->len);
  put_filter(web);
  if (!list->len) {
    WEB_PUT(web, "<p class=\"note\">No image is like that.</p>\n");
    return;
  }
  WEB_PUT(web, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Images\"><table id=\"images-table\">"
               "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">image</th><th scope=\"col\">system</th>"
               "<th scope=\"col\" class=\"n\" title=\"security updates that can be installed\">security</th>"
               "<th scope=\"col\" class=\"n\" title=\"of these, what the image's process reaches\">reached</th>"
               "<th scope=\"col\" class=\"n\" title=\"findings that are critical or high\">urgent</th>"
               "<th scope=\"col\" class=\"n\" title=\"findings that are known to be exploited\">exploited</th>"
               "<th scope=\"col\" class=\"n\">containers</th><th scope=\"col\">looked at</th></tr></thead><tbody>\n");
  for (guint i = (page - 1) * ROWS; i < list->len && i < page * ROWS; i++)
    put_row(web, list->pdata[i]);
  WEB_PUT(web, "</tbody></table></div>\n");
  cr_web_put_pager(web, page, pages);
}

static gboolean write_html(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  cr_web_begin(web, "Fleet", NULL);
  if (!fleet->images->len) {
    WEB_PUT(web, "<div class=\"empty\"><p>Nothing is on record yet.</p><p><code>careen plan</code> looks into every "
                 "image that careen.yaml lists or a container runs, <code>careen scan --remember IMAGE</code> into "
                 "one; what they find is shown here.</p></div>\n");
  } else {
    g_autoptr(GPtrArray) list = choose(web, fleet);
    put_counts(web, fleet);
    cr_web_put_fleet_picture(web, fleet);
    put_table(web, list);
  }
  cr_web_end(web);
  return TRUE;
}

/* ---- json, csv ---- */

static void write_container(CrJsonWriter *writer, gconstpointer item)
{
  const CrSighting *it = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "host", it->host);
  cr_json_key_string(writer, "engine", it->daemon);
  cr_json_key_string(writer, "name", it->name);
  cr_json_key_string(writer, "state", it->state);
  cr_report_write_time(writer, "since", it->first);
  cr_report_write_time(writer, "seen", it->last);
  cr_json_end_object(writer);
}

void cr_web_write_image_members(CrJsonWriter *writer, const CrWebImage *image)
{
  const CrObservation *seen = image->seen;
  const CrSeenReport *report = image->report;
  cr_json_key_string(writer, "id", image->id);
  cr_json_key_string(writer, "name", image->name);
  cr_json_key_string(writer, "verdict", cr_web_verdict_class(image->verdict));
  cr_json_key_string(writer, "reason", seen ? seen->reason : NULL);
  cr_json_key_string(writer, "system", seen ? seen->os : NULL);
  cr_json_key_string(writer, "platform", seen ? seen->platform : NULL);
  cr_json_key_string(writer, "digest", seen ? seen->digest : NULL);
  cr_json_key_string(writer, "base", image->base ? image->base->name : image->base_name);
  cr_json_key_string(writer, "base_id", image->base ? image->base->id : NULL);
  cr_report_write_time(writer, "looked", seen ? seen->when : 0);
  cr_json_key_string(writer, "advisories", seen ? seen->data : NULL);
  cr_json_key_boolean(writer, "older", image->replaced);
  cr_report_write_count(writer, "updates", report ? (gint64)report->updates : -1);
  cr_report_write_count(writer, "security_updates", report ? (gint64)report->security : -1);
  cr_report_write_count(writer, "reached_security_updates", report ? (gint64)report->reached : -1);
  cr_report_write_count(writer, "findings", report ? (gint64)report->findings : -1);
  cr_report_write_count(writer, "urgent", report ? (gint64)report->urgent : -1);
  cr_report_write_count(writer, "exploited", report ? (gint64)report->exploited : -1);
  cr_report_write_array(writer, "names", image->names, write_container);
  cr_report_write_array(writer, "containers", image->containers, write_container);
}

static void write_image(CrJsonWriter *writer, gconstpointer item)
{
  cr_json_begin_object(writer);
  cr_web_write_image_members(writer, item);
  cr_json_end_object(writer);
}

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  g_autoptr(GPtrArray) list = choose(web, fleet);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-fleet/1");
  cr_report_write_array(writer, "images", list, write_image);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  g_autoptr(GPtrArray) list = choose(web, fleet);
  g_string_append(web->out, "id,name,verdict,reason,system,base,security_updates,reached_security_updates,urgent,"
                            "exploited,containers,looked\r\n");
  for (guint i = 0; i < list->len; i++) {
    const CrWebImage *image = list->pdata[i];
    const CrSeenReport *report = image->report;
    g_autofree char *looked = image->seen ? g_strdup_printf("%" G_GINT64_FORMAT, image->seen->when) : NULL;
    const char *texts[] = {image->id,
                           image->name,
                           cr_web_verdict_class(image->verdict),
                           image->seen ? image->seen->reason : NULL,
                           image->seen ? image->seen->os : NULL,
                           image->base ? image->base->name : image->base_name};
    for (guint k = 0; k < G_N_ELEMENTS(texts); k++)
      cr_web_csv(web, texts[k], FALSE);
    const guint numbers[] = {report ? report->security : 0, report ? report->reached : 0, report ? report->urgent : 0,
                             report ? report->exploited : 0};
    for (guint k = 0; k < G_N_ELEMENTS(numbers); k++) {
      if (report)
        cr_web_csv_number(web, numbers[k], FALSE);
      else
        cr_web_csv(web, NULL, FALSE);
    }
    cr_web_csv_number(web, image->containers->len, FALSE);
    cr_web_csv(web, looked, TRUE);
  }
  return TRUE;
}

const CrWebPage cr_web_fleet = {
    .path = "/", .title = "Fleet", .listed = TRUE, .html = write_html, .json = write_json, .csv = write_csv};
