/* SPDX-License-Identifier: Apache-2.0 */
/* "/where?q=CVE-2024-3094": every image and container on record that has it (fleet/where.h). */
#include <string.h>

#include "base/error.h"
#include "fleet/where.h"
#include "web/web.h"

#define ROWS 200U

static CrWhere *load(CrWeb *web, GError **error)
{
  const char *subject = cr_web_find(web, "q", NULL);
  if (!subject) {
    cr_error_refuse(error, CR_ERROR_USAGE, "?q=CVE-2024-3094, ?q=liblzma5<5.6.2, ?q=/usr/bin/xz", "q is missing");
    return NULL;
  }
  return cr_where_new(web->request->record, web->request->cache, subject, error);
}

static void put_places(CrWeb *web, const CrWhereHit *hit)
{
  for (guint i = 0; i < hit->sightings->len; i++) {
    const CrSighting *it = hit->sightings->pdata[i];
    gboolean container = !strcmp(it->kind, "container");
    WEB_PUT(web, "<li class=\"%s\">%s <span class=\"dim\">%s %s</span></li>",
            !g_strcmp0(it->state, "running") ? "on" : "off", it->name, container ? "on" : "image on", it->host);
  }
}

static void put_hit(CrWeb *web, const CrWhereHit *hit)
{
  WEB_PUT(web, "<tr><th scope=\"row\"><a href=\"%s\">%s</a></th><td>%s <code>%s</code>",
          cr_web_link_image(web, hit->image_id), hit->name ? hit->name : cr_web_shorten(web, hit->image_id), hit->what,
          hit->version && !hit->package ? hit->version : "");
  if (hit->package)
    WEB_PUT(web, " <span class=\"dim\">of %s %s</span>", hit->package, hit->version ? hit->version : "");
  if (hit->hidden)
    WEB_PUT(web, " <span class=\"tag\">%s</span>", hit->hidden);
  if (hit->flaw)
    WEB_PUT(web, " <span class=\"dim\">%s</span>", hit->flaw);
  if (hit->exploited)
    WEB_PUT(web, " <span class=\"tag hot\">exploited</span>");
  WEB_PUT(web, "</td><td class=\"s-%s\">%s</td><td>%s</td><td>%s</td><td><ul class=\"plain containers\">",
          cr_web_severity_class(hit->severity), hit->severity ? hit->severity : "", hit->reach ? hit->reach : "",
          hit->fix ? hit->fix : "");
  put_places(web, hit);
  WEB_PUT(web, "</ul></td></tr>\n");
}

static void put_problems(CrWeb *web, const CrWhere *where)
{
  guint count = cr_problems_get_count(where->problems);
  if (!count)
    return;
  WEB_PUT(web, "<ul class=\"problems\">");
  for (guint i = 0; i < count && i < 50; i++) {
    const CrProblem *problem = cr_problems_get(where->problems, i);
    WEB_PUT(web, "<li>%s: %s</li>", problem->where, problem->what);
  }
  WEB_PUT(web, "</ul>\n");
}

static void put_answer(CrWeb *web, const CrWhere *where)
{
  guint count = where->hits->len, pages = MAX((count + ROWS - 1) / ROWS, 1),
        page = cr_web_find_number(web, "page", 1, pages);
  if (where->is_nothing)
    WEB_PUT(web, "<p class=\"note\">It is the digest of a file without content: nearly every image has some.</p>\n");
  else if (!where->images)
    WEB_PUT(web, "<p class=\"note warn\">Nothing is on record: no image was looked at yet.</p>\n");
  else
    WEB_PUT(web,
            "<p class=\"note\"><b>%u</b> found; %u of %u images on record could be answered for, the oldest look "
            "is of %s.</p>\n",
            count, where->looked, where->images, cr_web_format_age(web, where->oldest));
  if (count) {
    WEB_PUT(web,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Found\"><table><thead><tr>"
            "<th scope=\"col\">image</th><th scope=\"col\">what</th><th scope=\"col\">severity</th>"
            "<th scope=\"col\">reach</th><th scope=\"col\">fix</th><th scope=\"col\">is</th></tr></thead><tbody>\n");
    for (guint i = (page - 1) * ROWS; i < count && i < page * ROWS; i++)
      put_hit(web, where->hits->pdata[i]);
    WEB_PUT(web, "</tbody></table></div>\n");
  }
  cr_web_put_pager(web, page, pages);
  put_problems(web, where);
}

static gboolean write_html(CrWeb *web, GError **error)
{
  g_autoptr(CrWhere) where = NULL;
  if (cr_web_find(web, "q", NULL) && !(where = load(web, error)))
    return FALSE;
  cr_web_begin(web, "Where", "Which images and containers have it?");
  WEB_PUT(
      web,
      "<form class=\"filter\" method=\"get\"><label>Flaw, package, path or digest <input type=\"search\" name=\"q\" "
      "size=\"40\" value=\"%s\"></label> <button>Ask</button></form>\n"
      "<p class=\"dim\"><code>CVE-2024-3094</code>, <code>liblzma5&lt;5.6.2</code>, <code>/usr/lib/*/liblzma.so.5*"
      "</code>, <code>sha256:…</code></p>\n",
      cr_web_find(web, "q", ""));
  if (where)
    put_answer(web, where);
  cr_web_end(web);
  return TRUE;
}

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrWhere) where = load(web, error);
  if (!where)
    return FALSE;
  CrReport report = {.text = web->out};
  cr_where_write_json(where, &report);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  g_autoptr(CrWhere) where = load(web, error);
  if (!where)
    return FALSE;
  g_string_append(web->out, "image,image_id,what,version,flaw,severity,reach,fix,kind,host,name,state\r\n");
  for (guint i = 0; i < where->hits->len; i++) {
    const CrWhereHit *hit = where->hits->pdata[i];
    for (guint k = 0; k < MAX(hit->sightings->len, 1); k++) {
      const CrSighting *it = k < hit->sightings->len ? hit->sightings->pdata[k] : NULL;
      const char *const texts[] = {hit->name,
                                   hit->image_id,
                                   hit->what,
                                   hit->version,
                                   hit->flaw,
                                   hit->severity,
                                   hit->reach,
                                   hit->fix,
                                   it ? it->kind : NULL,
                                   it ? it->host : NULL,
                                   it ? it->name : NULL,
                                   it ? it->state : NULL};
      for (guint t = 0; t < G_N_ELEMENTS(texts); t++)
        cr_web_csv(web, texts[t], t + 1 == G_N_ELEMENTS(texts));
    }
  }
  return TRUE;
}

const CrWebPage cr_web_where = {.path = "/where",
                                .title = "Where",
                                .listed = TRUE,
                                .needs = "q",
                                .html = write_html,
                                .json = write_json,
                                .csv = write_csv};
