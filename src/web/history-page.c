/* SPDX-License-Identifier: Apache-2.0 */
/* "/history": what was done, the newest first, with what each image was before and is now; "/run/N": one run. */
#include <string.h>

#include "base/error.h"
#include "fleet/history.h"
#include "web/fleet.h"

#define RUNS 50U /* of one page */

/* ---- html ---- */

static const char *get_class(const char *word)
{
  static const char *const known[] = {"done",    "failed",  "rolled-back", "interrupted", "running",
                                      "planned", "started", "skipped",     "refused"};
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    if (!strcmp(known[i], word))
      return known[i];
  return "other";
}

static const char *format_length(const CrWeb *web, gint64 started, gint64 ended)
{
  gint64 seconds = started && ended ? MAX(ended - started, 0) : -1;
  if (seconds < 0)
    return "";
  return seconds < 120 ? cr_arena_printf(web->arena, "%" G_GINT64_FORMAT " s", seconds)
                       : cr_arena_printf(web->arena, "%" G_GINT64_FORMAT " min", seconds / 60);
}

/* With its verdict, so that one sees what a step was good for. An image that is not on record any more has no page. */
static void put_id(CrWeb *web, const CrWebFleet *fleet, const char *id)
{
  const CrWebImage *image = g_hash_table_lookup(fleet->by_id, id);
  if (!image) {
    WEB_PUT(web, "<code title=\"%s, not on record any more\">%s</code>", id, cr_web_shorten(web, id));
    return;
  }
  WEB_PUT(web, "<a href=\"%s\"><code>%s</code></a> ", cr_web_link_image(web, id), cr_web_shorten(web, id));
  cr_web_put_verdict(web, image->verdict);
}

static void put_step(CrWeb *web, const CrWebFleet *fleet, const CrStep *step)
{
  const char *state = cr_step_state_get_name(step->state);
  WEB_PUT(web, "<tr><td><span class=\"outcome o-%s\">%s</span></td><td>%s</td><th scope=\"row\">%s</th><td>",
          get_class(state), state, step->kind, step->subject);
  if (step->before)
    put_id(web, fleet, step->before);
  if (step->before && step->after)
    WEB_PUT(web, " → ");
  if (step->after)
    put_id(web, fleet, step->after);
  WEB_PUT(web, "</td><td class=\"n\">%s</td><td class=\"why\">%s", format_length(web, step->started, step->ended),
          step->reason ? step->reason : "");
  if (step->error)
    WEB_PUT(web, "<br><span class=\"bad\">%s</span>", step->error);
  WEB_PUT(web, "</td></tr>\n");
}

static void put_run(CrWeb *web, const CrWebFleet *fleet, const CrHistoryRun *it, gboolean open)
{
  const CrRun *run = &it->run;
  const char *outcome = cr_history_get_outcome(&it->run, it->interrupted);
  WEB_PUT(web, "<li class=\"run o-%s\"><h2><a href=\"%s/run/%" G_GINT64_FORMAT "\">%s</a> ", get_class(outcome),
          web->root, run->id, run->command);
  WEB_PUT(web, "<span class=\"outcome o-%s\">%s</span></h2>\n<p class=\"dim\">", get_class(outcome), outcome);
  cr_web_put_time(web, run->started);
  WEB_PUT(web, " · run %" G_GINT64_FORMAT "%s%s%s%s", run->id, run->ended ? " · " : "",
          format_length(web, run->started, run->ended), run->summary ? " · " : "", run->summary ? run->summary : "");
  if (run->undoes)
    WEB_PUT(web, " · takes back <a href=\"%s/run/%" G_GINT64_FORMAT "\">run %" G_GINT64_FORMAT "</a>", web->root,
            run->undoes, run->undoes);
  WEB_PUT(web, "</p>\n");
  if (it->steps->len) {
    WEB_PUT(web,
            "<details%s><summary>%u step%s</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
            "aria-label=\"Steps of run ",
            open || it->steps->len <= 5 ? " open" : "", it->steps->len, it->steps->len == 1 ? "" : "s");
    WEB_PUT(web,
            "%" G_GINT64_FORMAT "\"><table><thead><tr><th scope=\"col\">outcome</th><th scope=\"col\">step</th>"
            "<th scope=\"col\">of</th><th scope=\"col\">before → after</th><th scope=\"col\" class=\"n\">took</th>"
            "<th scope=\"col\">why</th></tr></thead><tbody>\n",
            run->id);
    for (guint i = 0; i < it->steps->len; i++)
      put_step(web, fleet, it->steps->pdata[i]);
    WEB_PUT(web, "</tbody></table></div></details>\n");
  }
  WEB_PUT(web, "</li>\n");
}

static void put_filter(CrWeb *web)
{
  WEB_PUT(web,
          "<form class=\"filter\" method=\"get\"><label>Image or container <input type=\"search\" name=\"subject\" "
          "value=\"%s\"></label> <button>Show</button></form>\n",
          cr_web_find(web, "subject", ""));
}

static CrHistory *load(CrWeb *web, guint limit, GError **error)
{
  const char *subject = web->argument ? web->argument : cr_web_find(web, "subject", NULL);
  g_autoptr(CrHistory) history = cr_history_new(web->request->record, subject, 0, limit, error);
  if (!history || !web->argument)
    return g_steal_pointer(&history);
  gint64 id = 0;
  if (history->runs->len == 1 && g_ascii_string_to_signed(web->argument, 10, 1, G_MAXINT64, &id, NULL) &&
      ((const CrHistoryRun *)history->runs->pdata[0])->run.id == id)
    return g_steal_pointer(&history);
  cr_error_refuse(error, CR_ERROR_NOT_FOUND, "they are listed under history", "no run '%s' is on record",
                  web->argument);
  return NULL;
}

static gboolean write_html(CrWeb *web, GError **error)
{
  guint page = cr_web_find_number(web, "page", 1, 10000), first = (page - 1) * RUNS;
  g_autoptr(CrHistory) history = load(web, web->argument ? 0 : page * RUNS, error);
  g_autoptr(CrWebFleet) fleet = history ? cr_web_fleet_load(web, error) : NULL;
  if (!fleet)
    return FALSE;
  cr_web_begin(web, web->argument ? cr_arena_printf(web->arena, "Run %s", web->argument) : "History", NULL);
  if (!web->argument)
    put_filter(web);
  if (!history->runs->len)
    WEB_PUT(web,
            "<div class=\"empty\"><p>Nothing %s yet.</p><p>Runs of <code>careen apply</code>, <code>rebuild</code>, "
            "<code>watch</code> and <code>rollback</code> are listed here.</p></div>\n",
            cr_web_find(web, "subject", NULL) ? "was done to it" : "was done");
  WEB_PUT(web, "<ol class=\"timeline\">\n");
  for (guint i = first; i < history->runs->len; i++)
    put_run(web, fleet, history->runs->pdata[i], web->argument != NULL);
  WEB_PUT(web, "</ol>\n");
  if (!web->argument)
    cr_web_put_pager(web, page, page + (history->more ? 1 : 0));
  cr_web_end(web);
  return TRUE;
}

/* ---- json, csv ---- */

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrHistory) history = load(web, cr_web_find_number(web, "limit", RUNS, 1000000), error);
  if (!history)
    return FALSE;
  CrReport report = {.text = web->out};
  cr_history_write_json(history, &report);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  g_autoptr(CrHistory) history = load(web, cr_web_find_number(web, "limit", RUNS, 1000000), error);
  if (!history)
    return FALSE;
  g_string_append(web->out, "run,command,started,result,step,kind,subject,state,before,after,reason,error\r\n");
  for (guint i = 0; i < history->runs->len; i++) {
    const CrHistoryRun *it = history->runs->pdata[i];
    for (guint k = 0; k < it->steps->len; k++) {
      const CrStep *step = it->steps->pdata[k];
      cr_web_csv_number(web, it->run.id, FALSE);
      cr_web_csv(web, it->run.command, FALSE);
      cr_web_csv_number(web, it->run.started, FALSE);
      cr_web_csv(web, cr_history_get_outcome(&it->run, it->interrupted), FALSE);
      cr_web_csv_number(web, step->number, FALSE);
      const char *const texts[] = {step->kind,   step->subject, cr_step_state_get_name(step->state),
                                   step->before, step->after,   step->reason,
                                   step->error};
      for (guint t = 0; t < G_N_ELEMENTS(texts); t++)
        cr_web_csv(web, texts[t], t + 1 == G_N_ELEMENTS(texts));
    }
  }
  return TRUE;
}

const CrWebPage cr_web_history = {
    .path = "/history", .title = "History", .listed = TRUE, .html = write_html, .json = write_json, .csv = write_csv};
const CrWebPage cr_web_run = {
    .path = "/run/", .title = "Run", .argument = "run", .html = write_html, .json = write_json, .csv = write_csv};
