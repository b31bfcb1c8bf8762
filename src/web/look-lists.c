/* SPDX-License-Identifier: Apache-2.0 */
/* Updates and findings of one image: as tables that the query filters and sorts, as JSON and as CSV. */
#include <string.h>

#include "web/look.h"

#define ROWS 200U /* findings of one page */

/* ---- addresses ---- */

const char *cr_web_format_flaw_address(const CrWeb *web, const char *id)
{
  if (g_str_has_prefix(id, "CVE-"))
    return cr_arena_printf(web->arena, "https://security-tracker.debian.org/tracker/%s", cr_web_link(web, id));
  return cr_arena_printf(web->arena, "https://osv.dev/vulnerability/%s", cr_web_link(web, id));
}

static const char *link_reach(CrWeb *web, const CrWebLook *look, const char *package)
{
  return cr_arena_printf(web->arena, "%s/reach/%s?package=%s", web->root, cr_web_name_image(web, look->image->id),
                         cr_web_link(web, package));
}

static void put_reach(CrWeb *web, const CrWebLook *look, const char *reach, const char *package)
{
  if (look->report && cr_web_reach_rank(reach) <= 1)
    WEB_PUT(web, "<td><a href=\"%s\">%s</a></td>", link_reach(web, look, package), reach);
  else
    WEB_PUT(web, "<td class=\"dim\">%s</td>", reach);
}

/* ---- updates ---- */

static void put_update(CrWeb *web, const CrWebLook *look, const CrWebUpdate *it)
{
  WEB_PUT(web, "<tr><th scope=\"row\">%s</th><td><code>%s</code> → <code>%s</code></td><td class=\"%s\">%s</td>",
          it->package, it->from, it->to, it->security ? "warn" : "dim", it->security ? "security" : "other");
  put_reach(web, look, it->reach, it->package);
  WEB_PUT(web, "<td>%s</td><td>%s</td></tr>\n", it->archive ? it->archive : "", it->fixes ? it->fixes : "");
}

void cr_web_put_updates(CrWeb *web, const CrWebLook *look)
{
  if (!look->updates->len)
    return;
  WEB_PUT(web,
          "<h2>Updates that can be installed <span class=\"dim\">%u</span></h2>\n<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Updates\"><table><thead><tr><th scope=\"col\">package</th><th scope=\"col\">"
          "installed → ready</th><th scope=\"col\">kind</th><th scope=\"col\">reach</th><th scope=\"col\">archive</th>"
          "<th scope=\"col\">fixes</th></tr></thead><tbody>\n",
          look->updates->len);
  for (guint i = 0; i < look->updates->len; i++)
    put_update(web, look, look->updates->pdata[i]);
  WEB_PUT(web, "</tbody></table></div>\n");
}

void cr_web_write_updates(CrJsonWriter *writer, const CrWebLook *look)
{
  cr_json_key(writer, "updates");
  cr_json_begin_array(writer);
  for (guint i = 0; i < look->updates->len; i++) {
    const CrWebUpdate *it = look->updates->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "package", it->package);
    cr_json_key_string(writer, "installed", it->from);
    cr_json_key_string(writer, "candidate", it->to);
    cr_json_key_boolean(writer, "security", it->security);
    cr_json_key_string(writer, "reach", it->reach);
    cr_json_key_string(writer, "archive", it->archive);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

/* ---- findings: which, in which order ---- */

static gboolean is_shown(const CrWeb *web, const CrWebFinding *it)
{
  const char *part = cr_web_find(web, "q", NULL), *severity = cr_web_find(web, "severity", NULL),
             *reach = cr_web_find(web, "reach", NULL), *status = cr_web_find(web, "status", NULL);
  if (it->suppressed && !cr_web_find(web, "suppressed", NULL))
    return FALSE;
  if (part && !cr_web_contains(it->id, part) && !cr_web_contains(it->package, part))
    return FALSE;
  if (severity && cr_web_severity_rank(it->severity) > cr_web_severity_rank(severity))
    return FALSE;
  if (reach && cr_web_reach_rank(it->reach) > cr_web_reach_rank(reach))
    return FALSE;
  return !status || !strcmp(status, it->status);
}

static int compare_severity(const CrWebFinding *x, const CrWebFinding *y)
{
  if (x->exploited != y->exploited)
    return x->exploited ? -1 : 1;
  int order = cr_web_severity_rank(x->severity) - cr_web_severity_rank(y->severity);
  return order ? order : cr_web_reach_rank(x->reach) - cr_web_reach_rank(y->reach);
}

static int compare_reach(const CrWebFinding *x, const CrWebFinding *y)
{
  int order = cr_web_reach_rank(x->reach) - cr_web_reach_rank(y->reach);
  return order ? order : compare_severity(x, y);
}

static int compare_package(const CrWebFinding *x, const CrWebFinding *y)
{
  return strcmp(x->package, y->package);
}

static int compare_id(const CrWebFinding *x, const CrWebFinding *y)
{
  return strcmp(y->id, x->id); /* the newest first */
}

static int compare_epss(const CrWebFinding *x, const CrWebFinding *y)
{
  return x->epss > y->epss ? -1 : x->epss < y->epss;
}

typedef int (*Compare)(const CrWebFinding *x, const CrWebFinding *y);
static const struct {
  const char *name, *label;
  Compare compare;
} orders[] = {
    {"severity", "severity", compare_severity}, {"reach", "reach", compare_reach},
    {"package", "package", compare_package},    {"flaw", "flaw", compare_id},
    {"epss", "likely", compare_epss},
};

/* DATA: the place of the order in the table. */
static int compare_findings(gconstpointer a, gconstpointer b, gpointer data)
{
  const CrWebFinding *x = *(const CrWebFinding *const *)a, *y = *(const CrWebFinding *const *)b;
  int order = orders[GPOINTER_TO_UINT(data)].compare(x, y);
  order = order ? order : strcmp(x->id, y->id);
  return order ? order : strcmp(x->package, y->package);
}

static guint find_order(const CrWeb *web)
{
  const char *name = cr_web_find(web, "sort", "severity");
  for (guint i = 0; i < G_N_ELEMENTS(orders); i++)
    if (!strcmp(orders[i].name, name))
      return i;
  return 0;
}

static GPtrArray *choose(const CrWeb *web, const CrWebLook *look)
{
  GPtrArray *list = g_ptr_array_new();
  for (guint i = 0; i < look->findings->len; i++)
    if (is_shown(web, look->findings->pdata[i]))
      g_ptr_array_add(list, look->findings->pdata[i]);
  g_ptr_array_sort_with_data(list, compare_findings, GUINT_TO_POINTER(find_order(web)));
  return list;
}

/* ---- findings: html ---- */

static void put_options(CrWeb *web, const char *name, const char *label, const char *any, const char *const *words)
{
  const char *chosen = cr_web_find(web, name, "");
  WEB_PUT(web, "<label>%s <select name=\"%s\">", label, name);
  cr_web_put_option(web, "", any, chosen);
  for (guint i = 0; words[i]; i++)
    cr_web_put_option(web, words[i], words[i], chosen);
  WEB_PUT(web, "</select></label> ");
}

static void put_filter(CrWeb *web)
{
  static const char *const severities[] = {"critical", "high", "medium", "low", NULL},
                           *const reaches[] = {"loaded", "possible", "unknown", NULL},
                           *const states[] = {"fixable",  "pending_archive", "unfixed", "wont_fix",
                                              "deferred", "disputed",        NULL};
  WEB_PUT(web,
          "<form class=\"filter\" method=\"get\" action=\"#findings\"><label>Text <input type=\"search\" name=\"q\" "
          "value=\"%s\" data-filter=\"findings-table\"></label> ",
          cr_web_find(web, "q", ""));
  put_options(web, "severity", "Severity from", "any", severities);
  put_options(web, "reach", "Reach from", "any", reaches);
  put_options(web, "status", "Status", "any", states);
  WEB_PUT(web, "<label>Order <select name=\"sort\">");
  for (guint i = 0; i < G_N_ELEMENTS(orders); i++)
    cr_web_put_option(web, orders[i].name, orders[i].label, orders[find_order(web)].name);
  WEB_PUT(web,
          "</select></label> <label><input type=\"checkbox\" name=\"suppressed\" value=\"1\"%s> suppressed too"
          "</label> <button>Show</button></form>\n",
          cr_web_find(web, "suppressed", NULL) ? " checked" : "");
}

static void put_finding(CrWeb *web, const CrWebLook *look, const CrWebFinding *it)
{
  WEB_PUT(web, "<tr><th scope=\"row\"><a href=\"%s\" rel=\"noreferrer\">%s</a>",
          cr_web_format_flaw_address(web, it->id), it->id);
  if (it->exploited)
    WEB_PUT(web, " <span class=\"tag hot\">exploited</span>");
  WEB_PUT(web, "</th><td class=\"s-%s\">%s</td>", it->severity, it->severity);
  WEB_PUT(web, "<td>%s <code class=\"dim\">%s</code></td>", it->package, it->installed);
  put_reach(web, look, it->reach, it->package);
  WEB_PUT(web, "<td>%s%s</td>", it->suppressed ? "suppressed: " : it->status, it->suppressed ? it->suppressed : "");
  WEB_PUT(web, "<td><code>%s</code></td>", it->fixed ? it->fixed : "");
  if (it->epss >= 0)
    WEB_PUT(web, "<td class=\"n\">%s</td>", cr_arena_printf(web->arena, "%.1f %%", it->epss * 100));
  else
    WEB_PUT(web, "<td class=\"n dim\">–</td>");
  WEB_PUT(web, "<td><a href=\"%s/where?q=%s\">where</a></td></tr>\n", web->root, cr_web_link(web, it->id));
}

void cr_web_put_findings(CrWeb *web, const CrWebLook *look)
{
  g_autoptr(GPtrArray) list = choose(web, look);
  if (!look->findings->len)
    return;
  guint pages = MAX((list->len + ROWS - 1) / ROWS, 1), page = cr_web_find_number(web, "page", 1, pages);
  WEB_PUT(web, "<h2 id=\"findings\">Findings <span class=\"dim\">%u of %u</span></h2>\n", list->len,
          look->findings->len);
  put_filter(web);
  if (!list->len) {
    WEB_PUT(web, "<p class=\"note\">None is like that.</p>\n");
    return;
  }
  WEB_PUT(web,
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\"><table id=\"findings-table\">"
          "<thead><tr><th scope=\"col\">flaw</th><th scope=\"col\">severity</th><th scope=\"col\">package</th>"
          "<th scope=\"col\">reach</th><th scope=\"col\">status</th><th scope=\"col\">fixed in</th>"
          "<th scope=\"col\" class=\"n\" title=\"EPSS: how likely it is exploited within 30 days\">likely</th>"
          "<th scope=\"col\">elsewhere</th></tr></thead><tbody>\n");
  for (guint i = (page - 1) * ROWS; i < list->len && i < page * ROWS; i++)
    put_finding(web, look, list->pdata[i]);
  WEB_PUT(web, "</tbody></table></div>\n");
  cr_web_put_pager(web, page, pages);
}

/* ---- findings: json, csv ---- */

void cr_web_write_findings(CrWeb *web, CrJsonWriter *writer, const CrWebLook *look)
{
  g_autoptr(GPtrArray) list = choose(web, look);
  cr_json_key(writer, "findings");
  cr_json_begin_array(writer);
  for (guint i = 0; i < list->len; i++) {
    const CrWebFinding *it = list->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "id", it->id);
    cr_json_key_string(writer, "package", it->package);
    cr_json_key_string(writer, "installed", it->installed);
    cr_json_key_string(writer, "fixed", it->fixed);
    cr_json_key_string(writer, "status", it->status);
    cr_json_key_string(writer, "severity", it->severity);
    cr_json_key_string(writer, "reach", it->reach);
    cr_json_key_boolean(writer, "exploited", it->exploited);
    cr_json_key_string(writer, "suppressed", it->suppressed);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

void cr_web_csv_findings(CrWeb *web, const CrWebLook *look)
{
  g_autoptr(GPtrArray) list = choose(web, look);
  g_string_append(web->out, "image,flaw,severity,exploited,package,installed,fixed,status,reach,suppressed\r\n");
  for (guint i = 0; i < list->len; i++) {
    const CrWebFinding *it = list->pdata[i];
    const char *const texts[] = {look->image->name, it->id,        it->severity, it->exploited ? "yes" : "no",
                                 it->package,       it->installed, it->fixed,    it->status,
                                 it->reach,         it->suppressed};
    for (guint k = 0; k < G_N_ELEMENTS(texts); k++)
      cr_web_csv(web, texts[k], k + 1 == G_N_ELEMENTS(texts));
  }
}
