/* SPDX-License-Identifier: Apache-2.0 */
/* "/plan": what the newest plan of the whole fleet wants to do, and why. */
#include <string.h>

#include "base/error.h"
#include "fleet/asked.h"
#include "web/web.h"

/* The newest plan on record (fleet/plan-write.h); NULL without ERROR: there is none. */
static CrJsonDoc *load(CrWeb *web, gint64 *since, GError **error)
{
  const char *text = cr_record_find_mark(web->request->record, "plan", "", web->arena, since);
  return text ? cr_json_parse(text, strlen(text), "the plan on record", error) : NULL;
}

static gboolean is_shown(const CrWeb *web, const CrJson *step)
{
  return cr_web_find(web, "all", NULL) || strcmp(cr_json_find_string(step, "action", ""), "nothing") != 0 ||
         cr_json_get_length(cr_json_find(step, "containers")) ||
         cr_json_get_length(cr_json_find(step, "held_containers"));
}

/* ---- html ---- */

static void put_list(CrWeb *web, const char *class, const char *before, const CrJson *list)
{
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(web, "<ul class=\"plain %s\">", class);
  for (guint i = 0; i < cr_json_get_length(list); i++)
    WEB_PUT(web, "<li>%s%s</li>", before, cr_json_get_string(cr_json_get_element(list, i), ""));
  WEB_PUT(web, "</ul>");
}

static void put_gains(CrWeb *web, const CrJson *step)
{
  const CrJson *gains = cr_json_find(step, "gains"), *list = cr_json_find(gains, "list");
  gint64 fixes = cr_json_find_integer(gains, "fixes", 0), reached = cr_json_find_integer(gains, "reached_fixes", 0),
         exploited = cr_json_find_integer(gains, "exploited_fixes", 0);
  WEB_PUT(web, "<td>");
  if (fixes) {
    WEB_PUT(web, "<details><summary>%" G_GINT64_FORMAT " fix%s", fixes, fixes == 1 ? "" : "es");
    if (reached)
      WEB_PUT(web, ", %" G_GINT64_FORMAT " reached", reached);
    if (exploited)
      WEB_PUT(web, ", <b class=\"bad\">%" G_GINT64_FORMAT " exploited</b>", exploited);
    WEB_PUT(web, "</summary>");
    put_list(web, "", "", list);
    WEB_PUT(web, "</details>");
  }
  WEB_PUT(web, "</td>");
}

static const char *get_class(const char *action)
{
  static const char *const known[] = {"nothing", "patch", "rebuild", "pull", "replace", "wait", "hold"};
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    if (!strcmp(known[i], action))
      return known[i];
  return "other";
}

static void put_step(CrWeb *web, const CrJson *step)
{
  const char *action = cr_json_find_string(step, "action", "?"), *image = cr_json_find_string(step, "image", "?"),
             *id = cr_json_find_string(step, "image_id", NULL), *state = cr_json_find_string(step, "state", "");
  WEB_PUT(web, "<tr><td class=\"n\">%" G_GINT64_FORMAT "</td><td><span class=\"action a-%s\">%s</span></td>",
          cr_json_find_integer(step, "wave", 0) + 1, get_class(action), action);
  if (id && *id)
    WEB_PUT(web, "<th scope=\"row\"><a href=\"%s\">%s</a></th>", cr_web_link_image(web, id), image);
  else
    WEB_PUT(web, "<th scope=\"row\">%s</th>", image);
  WEB_PUT(web, "<td class=\"why\">%s", cr_json_find_string(step, "reason", ""));
  if (!strcmp(state, "refused"))
    WEB_PUT(web, " <span class=\"tag\">refused</span>");
  put_list(web, "dim", "after ", cr_json_find(step, "after"));
  WEB_PUT(web, "</td>");
  put_gains(web, step);
  WEB_PUT(web, "<td>");
  put_list(web, "", "", cr_json_find(step, "containers"));
  put_list(web, "", "with it: ", cr_json_find(step, "dependents"));
  put_list(web, "dim", "stays: ", cr_json_find(step, "held_containers"));
  WEB_PUT(web, "</td></tr>\n");
}

static void put_steps(CrWeb *web, const CrJson *plan)
{
  const CrJson *steps = cr_json_find(plan, "steps");
  guint count = cr_json_get_length(steps), shown = 0;
  for (guint i = 0; i < count; i++)
    shown += is_shown(web, cr_json_get_element(steps, i));
  if (!shown)
    WEB_PUT(web, "<p class=\"note good\">Nothing is to be done.</p>\n");
  if (shown) {
    WEB_PUT(web, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Steps\"><table><thead><tr>"
                 "<th scope=\"col\" class=\"n\" title=\"steps of one turn do not wait for each other\">turn</th>"
                 "<th scope=\"col\">step</th><th scope=\"col\">image</th><th scope=\"col\">why</th>"
                 "<th scope=\"col\">brings</th><th scope=\"col\">containers made again</th></tr></thead><tbody>\n");
    for (guint i = 0; i < count; i++)
      if (is_shown(web, cr_json_get_element(steps, i)))
        put_step(web, cr_json_get_element(steps, i));
    WEB_PUT(web, "</tbody></table></div>\n");
  }
  if (shown < count)
    WEB_PUT(web, "<p class=\"dim\">%u image%s with nothing to do: <a href=\"%s/plan?all=1\">show all</a></p>\n",
            count - shown, count - shown == 1 ? "" : "s", web->root);
}

static void put_removals(CrWeb *web, const CrJson *plan)
{
  const CrJson *list = cr_json_find(plan, "removals");
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(
      web,
      "<h2>Old images that go, last of all <span class=\"dim\">%u</span></h2>\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"Old images that go\"><table><thead><tr><th scope=\"col\">it was</th>"
      "<th scope=\"col\">image</th><th scope=\"col\">kept as</th><th scope=\"col\">why</th><th scope=\"col\">"
      "state</th></tr></thead><tbody>\n",
      cr_json_get_length(list));
  for (guint i = 0; i < cr_json_get_length(list) && i < 500; i++) {
    const CrJson *it = cr_json_get_element(list, i);
    WEB_PUT(web, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
            cr_json_find_string(it, "image", ""), cr_web_shorten(web, cr_json_find_string(it, "image_id", "")),
            cr_json_find_string(it, "kept", ""), cr_json_find_string(it, "reason", ""),
            cr_json_find_string(it, "state", ""));
  }
  WEB_PUT(web, "</tbody></table></div>\n");
}

static void put_problems(CrWeb *web, const CrJson *plan)
{
  const CrJson *list = cr_json_find(plan, "problems");
  if (!cr_json_get_length(list))
    return;
  WEB_PUT(web, "<h2>What could not be looked at</h2>\n<ul class=\"problems\">\n");
  for (guint i = 0; i < cr_json_get_length(list) && i < 200; i++) {
    const CrJson *it = cr_json_get_element(list, i);
    WEB_PUT(web, "<li><b>%s</b> %s: %s</li>\n", cr_json_find_string(it, "kind", ""),
            cr_json_find_string(it, "where", ""), cr_json_find_string(it, "what", ""));
  }
  WEB_PUT(web, "</ul>\n");
}

/* Where the page may ask for it (apply.h). */
static void put_order(CrWeb *web, const CrJson *plan)
{
  const CrJson *steps = cr_json_find(plan, "steps");
  g_autofree char *digest = web->request->token ? cr_asked_find_plan(web->request->record, NULL) : NULL;
  gboolean due = cr_json_get_length(cr_json_find(plan, "removals")) != 0;
  for (guint i = 0; i < cr_json_get_length(steps); i++) {
    const CrJson *step = cr_json_get_element(steps, i);
    const char *class = get_class(cr_json_find_string(step, "action", ""));
    due |= !strcmp(class, "patch") || !strcmp(class, "rebuild") || !strcmp(class, "pull") ||
           cr_json_get_length(cr_json_find(step, "containers"));
  }
  if (!digest || !due)
    return;
  WEB_PUT(
      web,
      "<form class=\"order\" method=\"post\" action=\"%s/apply\"><input type=\"hidden\" name=\"token\" value=\"%s\">"
      "<input type=\"hidden\" name=\"plan\" value=\"%s\"><label><input type=\"checkbox\" name=\"confirm\" "
      "value=\"yes\" required> I have read this plan</label> <button class=\"do\">Apply this plan</button> "
      "<span class=\"dim\">careen does it if it is still the newest plan, as far as the policy lets it.</span>"
      "</form>\n",
      web->root, web->request->token, digest);
}

static gboolean write_html(CrWeb *web, GError **error)
{
  gint64 since = 0;
  GError *cause = NULL;
  g_autoptr(CrJsonDoc) doc = load(web, &since, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  cr_web_begin(web, "Plan", NULL);
  if (!doc) {
    WEB_PUT(web, "<div class=\"empty\"><p>No plan is on record yet.</p><p><code>careen plan</code>, <code>careen "
                 "apply</code> and <code>careen watch</code> make one of the whole fleet.</p></div>\n");
  } else {
    WEB_PUT(web, "<p class=\"dim subtitle\">the same since ");
    cr_web_put_time(web, since);
    WEB_PUT(web, " · <code>careen apply</code> does it</p>\n");
    put_order(web, cr_json_get_root(doc));
    put_steps(web, cr_json_get_root(doc));
    put_removals(web, cr_json_get_root(doc));
    put_problems(web, cr_json_get_root(doc));
  }
  cr_web_end(web);
  return TRUE;
}

/* ---- json, csv ---- */

static gboolean refuse(GError **error)
{
  return cr_error_refuse(error, CR_ERROR_NOT_FOUND, "careen plan makes one", "no plan is on record yet");
}

static gboolean write_json(CrWeb *web, GError **error)
{
  gint64 since = 0;
  g_autoptr(CrJsonDoc) doc = load(web, &since, error);
  if (!doc)
    return error && *error ? FALSE : refuse(error);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_node(writer, cr_json_get_root(doc));
  cr_web_take_json(web, writer);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  gint64 since = 0;
  g_autoptr(CrJsonDoc) doc = load(web, &since, error);
  if (!doc)
    return error && *error ? FALSE : refuse(error);
  const CrJson *steps = cr_json_find(cr_json_get_root(doc), "steps");
  g_string_append(web->out,
                  "turn,action,image,image_id,state,reason,fixes,reached_fixes,exploited_fixes,containers\r\n");
  for (guint i = 0; i < cr_json_get_length(steps); i++) {
    const CrJson *step = cr_json_get_element(steps, i), *gains = cr_json_find(step, "gains");
    static const char *const texts[] = {"action", "image", "image_id", "state", "reason"}, *const numbers[] = {
                                                                                               "fixes", "reached_fixes",
                                                                                               "exploited_fixes"};
    g_auto(GStrv) containers = cr_json_get_strings(cr_json_find(step, "containers"));
    g_autofree char *all = g_strjoinv(" ", containers);
    if (!is_shown(web, step))
      continue;
    cr_web_csv_number(web, cr_json_find_integer(step, "wave", 0) + 1, FALSE);
    for (guint k = 0; k < G_N_ELEMENTS(texts); k++)
      cr_web_csv(web, cr_json_find_string(step, texts[k], ""), FALSE);
    for (guint k = 0; k < G_N_ELEMENTS(numbers); k++)
      cr_web_csv_number(web, cr_json_find_integer(gains, numbers[k], 0), FALSE);
    cr_web_csv(web, all, TRUE);
  }
  return TRUE;
}

const CrWebPage cr_web_plan = {
    .path = "/plan", .title = "Plan", .listed = TRUE, .html = write_html, .json = write_json, .csv = write_csv};
