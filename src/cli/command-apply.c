/* SPDX-License-Identifier: Apache-2.0 */
/* careen apply: a plan, done. */
#include "base/log.h"
#include "cli/fleet-look.h"
#include "fleet/apply.h"
#include "fleet/plan-write.h"
#include "report/table-parts.h"

#include <string.h>

static void say(const char *line, gpointer data)
{
  const CrSettings *settings = data;
  g_autofree char *safe = settings->quiet ? NULL : cr_escape_terminal(line);
  if (safe)
    g_printerr("%s\n", safe);
}

static CrFleetPlan *make_plan(const CrCall *call, const CrFleetLook *it, CrRecord *record, GError **error)
{
  return *call->arguments ? cr_fleet_plan_load(call->arguments[0], it->fleet, error) : cr_fleet_look_plan(it, record);
}

/* ---- what came of it ---- */

static void write_verdict(CrText *text, const CrFleetPlan *plan, const CrApplied *applied, gboolean dry_run)
{
  guint bad = applied->failed + applied->refused;
  if (!applied->done && !bad && !applied->skipped) {
    gboolean partial = !cr_problems_are_complete(plan->problems);
    cr_text_span(text, partial ? CR_STYLE_LOUD : CR_STYLE_GREEN, partial ? "NOT ALL KNOWN" : "NOTHING TO DO");
    if (partial)
      cr_text_span(text, CR_STYLE_PLAIN, "   nothing is to be done as far as could be looked");
    cr_text_end(text, 6);
    return;
  }
  cr_text_span(text, bad ? CR_STYLE_LOUD : CR_STYLE_GREEN, bad ? "NOT ALL DONE" : dry_run ? "WOULD DO" : "DONE");
  cr_text_span(text, CR_STYLE_PLAIN, "   %u done, %u failed, %u refused, %u skipped", applied->done, applied->failed,
               applied->refused, applied->skipped);
  cr_text_end(text, 6);
}

static void write_table(const CrFleetPlan *plan, const CrApplied *applied, const CrSettings *settings, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_verdict(text, plan, applied, settings->dry_run);
  CrTextGrid *grid = NULL;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    gboolean changed = !strcmp(step->state, "done");
    if (!cr_action_changes(step->action) && !*step->containers)
      continue;
    if (!grid) {
      cr_table_write_heading(text, "STEPS", NULL);
      grid = cr_text_grid_new(text, 3);
    }
    cr_text_grid_add(grid, cr_action_changes(step->action) ? step->state : "refused", step->id, step->reason, NULL);
    cr_text_grid_style(grid, 0, changed ? CR_STYLE_GREEN : CR_STYLE_LOUD);
    gboolean old = changed || !cr_action_changes(step->action);
    for (guint k = 0; old && !settings->dry_run && step->containers[k]; k++)
      cr_text_grid_note(grid, CR_STYLE_LOUD, "%s runs the old one: this careen cannot re-create containers",
                        step->containers[k]);
  }
  if (grid)
    cr_text_grid_end(grid);
  cr_table_write_problem_list(text, plan->problems, report->all);
  cr_report_take_text(report, text);
}

static gboolean act(const CrCall *call, const CrLook *look, const CrFleet *fleet, CrFleetPlan *plan, CrRecord *record,
                    CrApplied *applied, GError **error)
{
  CrRemedyOptions remedy = {.patch = {.cache = look->cache, .epoch = -1, .in_memory = TRUE}};
  CrApplyOptions options = {
      .scan = &look->options,
      .remedy = &remedy,
      .record = record,
      .command = "apply",
      .now = g_get_real_time() / G_USEC_PER_SEC, /* --as-of opens no window */
      .dry_run = call->settings->dry_run,
      .ignore_window = call->settings->now,
      .say = say,
      .data = (gpointer)call->settings,
  };
  return cr_apply_run(plan, fleet, &options, applied, error);
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  g_autoptr(CrFleetLook) it = record ? cr_fleet_look_new(call->settings, NULL, FALSE, error) : NULL;
  g_autoptr(CrFleetPlan) plan = it ? make_plan(call, it, record, error) : NULL;
  CrApplied applied = {0};
  if (!plan || !act(call, it->look, it->fleet, plan, record, &applied, error))
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_fleet_plan_write_json(plan, report);
  else
    write_table(plan, &applied, call->settings, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return applied.failed || applied.refused ? 1 : !cr_problems_are_complete(plan->problems) ? 3 : 0;
}

static const CrExample examples[] = {
    {"careen apply --dry-run", "make and prove every patch of a fresh plan, and change nothing"},
    {"careen apply plan.json", "exactly that plan, as careen plan -f json -o plan.json wrote it"},
    {"careen apply --now", "also outside the policy's windows"},
    {NULL, NULL},
};

const CrCommand cr_command_apply = {
    .name = "apply",
    .arguments = "[FILE]",
    .max = 1,
    .summary = "do what the plan says, each step proved and on record",
    .description =
        "Do the steps of FILE, a plan that careen plan -f json printed, or else of a fresh plan. An image is patched "
        "as careen patch does, and gets its name only when the patch is proved; one that others make is pulled. The "
        "old one is kept as REPOSITORY:careen-keep-TAG. Each step is in the record before it is done, and after.\n\n"
        "A step is refused outside its policy's window (but for --now), while a freeze file is there, on a metered "
        "network, on hold, and when its image is another by now than the one it was planned for. What waits for a step "
        "that was not done is skipped; the rest goes on. Interrupted, the step at hand is finished and the rest is "
        "skipped.\n\n"
        "This careen does not rebuild images and does not re-create containers: such steps are refused, and the "
        "screen says of every container that it still runs the old image.\n\n"
        "Exit codes: 0 all that was done stands, or nothing to do; 1 a step failed or was refused; 2 wrong use; 3 "
        "something could not be examined; 4 another careen is at work on the same daemon, or the environment fails.",
    .examples = examples,
    .run = run,
};
