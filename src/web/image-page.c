/* SPDX-License-Identifier: Apache-2.0 */
/* "/image/ID": one image: what it needs and why, what could be installed, what is known to be broken, who watches. */
#include <string.h>

#include "report/json-parts.h"
#include "web/fleet.h"
#include "web/look.h"

/* ---- what it is ---- */

static void put_fact(CrWeb *web, const char *name, const char *value)
{
  if (value && *value)
    WEB_PUT(web, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

static void put_places(CrWeb *web, const char *title, const GPtrArray *list)
{
  if (!list->len)
    return;
  WEB_PUT(web, "<div><dt>%s</dt><dd><ul class=\"plain\">", title);
  for (guint i = 0; i < list->len; i++) {
    const CrSighting *it = list->pdata[i];
    WEB_PUT(web, "<li><b>%s</b> <span class=\"dim\">%s%s%s</span></li>", it->name, it->state ? it->state : "",
            it->state ? ", on " : "on ", it->host);
  }
  WEB_PUT(web, "</ul></dd></div>");
}

static void put_support(CrWeb *web, const CrJson *os)
{
  const CrJson *support = cr_json_find(os, "support");
  const char *until = cr_json_find_string(support, "until", NULL), *who = cr_json_find_string(support, "steward", NULL);
  if (!support)
    return;
  WEB_PUT(web, "<div><dt>support</dt><dd>%s%s%s%s%s", cr_json_find_string(support, "phase", "unknown"),
          until ? " until " : "", until ? until : "", who ? ", by " : "", who ? who : "");
  WEB_PUT(web, " <a class=\"more\" href=\"%s/calendar\">calendar</a></dd></div>", web->root);
}

static void put_base(CrWeb *web, const CrWebImage *image, const CrJson *report)
{
  const char *name = image->base ? image->base->name : image->base_name;
  if (!name)
    return;
  WEB_PUT(web, "<div><dt>built on</dt><dd>");
  if (image->base)
    WEB_PUT(web, "<a href=\"%s\">%s</a>", cr_web_link_image(web, image->base->id), name);
  else
    WEB_PUT(web, "%s", name);
  if (cr_json_get_boolean(cr_json_find(cr_json_find(report, "base"), "moved"), FALSE))
    WEB_PUT(web, " <span class=\"tag\">has moved</span>");
  WEB_PUT(web, "</dd></div>");
}

/* What is started, and from there the ways to what is broken. */
static void put_command(CrWeb *web, const CrWebImage *image, const CrJson *report)
{
  const char *command = cr_json_find_string(report, "command", NULL);
  gboolean ways = cr_json_get_length(cr_json_find(report, "ways")) != 0;
  if (!command && !ways)
    return;
  WEB_PUT(web, "<div><dt>runs</dt><dd>%s", command ? command : "");
  if (ways)
    WEB_PUT(web, " <a class=\"more\" href=\"%s/reach/%s\">reach</a>", web->root, cr_web_name_image(web, image->id));
  WEB_PUT(web, "</dd></div>");
}

static void put_identity(CrWeb *web, const CrWebImage *image, const CrJson *report)
{
  const CrObservation *seen = image->seen;
  gint64 size = cr_json_get_integer(cr_json_find(report, "size"), 0);
  g_autofree char *bytes = size > 0 ? g_format_size((guint64)size) : NULL;
  WEB_PUT(web, "<dl class=\"facts\">");
  put_fact(web, "system", seen && seen->os ? cr_json_find_string(cr_json_find(report, "os"), "name", seen->os) : NULL);
  put_support(web, cr_json_find(report, "os"));
  put_base(web, image, report);
  put_command(web, image, report);
  put_fact(web, "as user", cr_json_find_string(report, "user", NULL));
  put_fact(web, "size", bytes);
  put_fact(web, "platform", seen ? seen->platform : NULL);
  put_fact(web, "id", image->id);
  put_fact(web, "digest", seen ? seen->digest : NULL);
  put_places(web, "names", image->names);
  put_places(web, "containers", image->containers);
  put_fact(web, "advisories of", seen ? seen->data : NULL);
  WEB_PUT(web, "<div><dt>looked at</dt><dd>");
  cr_web_put_time(web, seen ? seen->when : 0);
  WEB_PUT(web, "</dd></div></dl>\n");
}

static void put_verdict(CrWeb *web, const CrWebImage *image, const CrJson *report)
{
  const CrJson *reasons = cr_json_find(report, "reasons");
  WEB_PUT(web, "<div class=\"judgement v-%s\"><span class=\"shape\"></span><p><b>%s</b> %s</p>",
          cr_web_verdict_class(image->verdict), cr_web_verdict_label(image->verdict),
          image->seen && image->seen->reason ? image->seen->reason : "");
  if (cr_json_get_length(reasons) > 1) {
    WEB_PUT(web, "<ul>");
    for (guint i = 0; i < cr_json_get_length(reasons); i++)
      WEB_PUT(web, "<li>%s</li>", cr_json_get_string(cr_json_get_element(reasons, i), ""));
    WEB_PUT(web, "</ul>");
  }
  if (image->replaced)
    WEB_PUT(web, "<p class=\"dim\">It has no name any more: its containers run an image that was replaced.</p>");
  WEB_PUT(web, "</div>\n");
}

/* ---- who watches, layers, what could not be examined ---- */

static void put_stewards(CrWeb *web, const CrJson *report)
{
  const CrJson *list = cr_json_find(report, "stewards");
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(web, "<h2>Who watches</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Who watches\">"
               "<table><thead><tr><th scope=\"col\">who</th><th scope=\"col\">kind</th><th scope=\"col\">until</th>"
               "<th scope=\"col\" class=\"n\">packages</th><th scope=\"col\" class=\"n\">reached</th></tr></thead>"
               "<tbody>\n");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *it = cr_json_get_element(list, i);
    const char *kind = cr_json_find_string(it, "kind", "");
    gboolean alone = !strcmp(kind, "nobody") || !strcmp(kind, "builder");
    WEB_PUT(web, "<tr><th scope=\"row\">%s</th><td class=\"%s\">%s</td><td>%s</td>",
            cr_json_find_string(it, "name", alone ? "nobody" : ""), alone ? "warn" : "", kind,
            cr_json_find_string(it, "until", ""));
    WEB_PUT(web, "<td class=\"n\">%" G_GINT64_FORMAT "</td><td class=\"n\">%" G_GINT64_FORMAT "</td></tr>\n",
            cr_json_find_integer(it, "packages", 0), cr_json_find_integer(it, "reached", 0));
  }
  WEB_PUT(web, "</tbody></table></div>\n");
}

static void put_layers(CrWeb *web, const CrWebImage *image, const CrJson *report)
{
  const CrJson *list = cr_json_find(report, "layers");
  guint base = image->base && image->base->seen ? g_strv_length((char **)image->base->seen->layers) : 0;
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(web, "<h2>Layers</h2>\n<ol class=\"layers\">\n");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *it = cr_json_get_element(list, i);
    gint64 size = cr_json_find_integer(it, "size", 0);
    g_autofree char *bytes = g_format_size(size > 0 ? (guint64)size : 0);
    WEB_PUT(web,
            "<li class=\"%s\"><code title=\"%s\">%s</code> <span class=\"size\">%s</span> <span class=\"dim "
            "made\">%s</span></li>\n",
            i < base ? "below" : "own", cr_json_find_string(it, "diff_id", ""),
            cr_web_shorten(web, cr_json_find_string(it, "diff_id", "")), bytes,
            cr_json_find_string(it, "created_by", ""));
  }
  WEB_PUT(web, "</ol>\n");
  if (base)
    WEB_PUT(web, "<p class=\"dim\">The lowest %u are the base's.</p>\n", base);
}

static void put_problems(CrWeb *web, const CrJson *report)
{
  const CrJson *list = cr_json_find(report, "problems");
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(web, "<h2>What was not examined</h2>\n<ul class=\"problems\">\n");
  for (guint i = 0; i < cr_json_get_length(list) && i < 200; i++) {
    const CrJson *it = cr_json_get_element(list, i);
    WEB_PUT(web, "<li><b>%s</b> %s: %s</li>\n", cr_json_find_string(it, "kind", ""),
            cr_json_find_string(it, "where", ""), cr_json_find_string(it, "what", ""));
  }
  WEB_PUT(web, "</ul>\n");
}

/* ---- the page ---- */

static gboolean write_html(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  CrWebImage *image = fleet ? cr_web_fleet_find(fleet, web, web->argument, error) : NULL;
  g_autoptr(CrWebLook) look = image ? cr_web_look_load(web, image, error) : NULL;
  if (!look)
    return FALSE;
  cr_web_begin(web, image->name, NULL);
  put_verdict(web, image, look->report);
  put_identity(web, image, look->report);
  if (!image->seen)
    WEB_PUT(web, "<p class=\"note\">It was never looked at: <code>careen plan</code> looks into what careen.yaml lists "
                 "or a container runs.</p>\n");
  cr_web_put_updates(web, look);
  cr_web_put_findings(web, look);
  put_stewards(web, look->report);
  put_layers(web, image, look->report);
  put_problems(web, look->report);
  cr_web_end(web);
  return TRUE;
}

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  CrWebImage *image = fleet ? cr_web_fleet_find(fleet, web, web->argument, error) : NULL;
  g_autoptr(CrWebLook) look = image ? cr_web_look_load(web, image, error) : NULL;
  if (!look)
    return FALSE;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-image/1");
  cr_json_key(writer, "image");
  cr_json_begin_object(writer);
  cr_web_write_image_members(writer, image);
  cr_json_end_object(writer);
  cr_web_write_updates(writer, look);
  cr_web_write_findings(web, writer, look);
  cr_json_key(writer, "report");
  if (look->report)
    cr_json_node(writer, look->report);
  else
    cr_json_null(writer);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  CrWebImage *image = fleet ? cr_web_fleet_find(fleet, web, web->argument, error) : NULL;
  g_autoptr(CrWebLook) look = image ? cr_web_look_load(web, image, error) : NULL;
  if (look)
    cr_web_csv_findings(web, look);
  return look != NULL;
}

const CrWebPage cr_web_image = {
    .path = "/image/", .title = "Image", .argument = "id", .html = write_html, .json = write_json, .csv = write_csv};
