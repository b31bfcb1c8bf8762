/* SPDX-License-Identifier: Apache-2.0 */
/* careen apply: a plan, done. */
#include "base/log.h"
#include "cli/fleet-look.h"
#include "fleet/apply.h"
#include "fleet/asked.h"
#include "fleet/plan-write.h"
#include "fleet/tell.h"
#include "report/table-parts.h"

#include <string.h>

#define INTERRUPTED 130

static void say(const char *line, gpointer data)
{
  const CrSettings *settings = data;
  g_autofree char *safe = settings->quiet ? NULL : cr_escape_terminal(line);
  if (safe)
    g_printerr("%s\n", safe);
}

/* What the page asked for (fleet/asked.h); a plan without steps where that is nothing. */
static CrFleetPlan *take_asked(const CrFleetLook *it, const char *folder, CrRecord *record, GError **error)
{
  guint others = 0;
  g_autofree char *text = NULL;
  if (!cr_asked_take(folder, record, &text, &others, error))
    return NULL;
  if (others)
    cr_log_note("%u request%s for a plan that is not the newest any more: not done", others, others == 1 ? "" : "s");
  return text ? cr_fleet_plan_parse(text, strlen(text), "what was asked for", it->fleet, error)
              : cr_fleet_plan_new(g_get_real_time() / G_USEC_PER_SEC);
}

static CrFleetPlan *make_plan(const CrCall *call, const CrFleetLook *it, CrRecord *record, GError **error)
{
  if (call->settings->asked && !*call->arguments)
    return take_asked(it, call->settings->asked, record, error);
  return *call->arguments ? cr_fleet_plan_load(call->arguments[0], it->fleet, error) : cr_fleet_look_plan(it, record);
}

/* ---- what came of it ---- */

static void write_verdict(CrText *text, const CrFleetPlan *plan, const CrApplied *applied, gboolean dry_run)
{
  guint bad = applied->failed + applied->refused + applied->rolled_back;
  if (!applied->done && !bad && !applied->skipped) {
    gboolean partial = !cr_problems_are_complete(plan->problems);
    cr_text_span(text, partial ? CR_STYLE_LOUD : CR_STYLE_GREEN, partial ? "NOT ALL KNOWN" : "NOTHING TO DO");
    if (partial)
      cr_text_span(text, CR_STYLE_PLAIN, "   nothing is to be done as far as could be looked");
    cr_text_end(text, 6);
    return;
  }
  const char *word = applied->rolled_back ? "ROLLED BACK" : bad || applied->skipped ? "NOT ALL DONE" : "DONE";
  gboolean good = !bad && !applied->skipped;
  g_autofree char *rolled = applied->rolled_back ? g_strdup_printf(", %u rolled back", applied->rolled_back) : NULL;
  cr_text_span(text, good ? CR_STYLE_GREEN : CR_STYLE_LOUD, "%s", good && dry_run ? "WOULD DO" : word);
  cr_text_span(text, CR_STYLE_PLAIN, "   %u done, %u failed%s, %u refused, %u skipped", applied->done, applied->failed,
               rolled ? rolled : "", applied->refused, applied->skipped);
  cr_text_end(text, 6);
}

static CrStyle get_style(const char *state)
{
  return !strcmp(state, "done") ? CR_STYLE_GREEN : CR_STYLE_LOUD;
}

static void write_steps(CrText *text, const CrFleetPlan *plan)
{
  CrTextGrid *grid = NULL;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (!cr_action_changes(step->action))
      continue;
    if (!grid) {
      cr_table_write_heading(text, "IMAGES", NULL);
      grid = cr_text_grid_new(text, 3);
    }
    cr_text_grid_add(grid, step->state, step->id, step->reason, NULL);
    cr_text_grid_style(grid, 0, get_style(step->state));
    for (guint k = 0; step->held_containers[k]; k++)
      cr_text_grid_note(grid, CR_STYLE_PLAIN, "stays: %s", step->held_containers[k]);
  }
  if (grid)
    cr_text_grid_end(grid);
}

/* Is I the last of its step's that is done? Behind it stands what went with them. */
static gboolean ends_step(const CrFleetPlan *plan, guint i)
{
  const CrFleetRollover *rollover = plan->rollovers->pdata[i];
  if (strcmp(rollover->state, "done") != 0)
    return FALSE;
  for (guint k = i + 1; k < plan->rollovers->len; k++) {
    const CrFleetRollover *later = plan->rollovers->pdata[k];
    if (later->step == rollover->step && !strcmp(later->state, "done"))
      return FALSE;
  }
  return TRUE;
}

static void write_rollovers(CrText *text, const CrFleetPlan *plan)
{
  if (!plan->rollovers->len)
    return;
  cr_table_write_heading(text, "CONTAINERS", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < plan->rollovers->len; i++) {
    const CrFleetRollover *rollover = plan->rollovers->pdata[i];
    cr_text_grid_add(grid, rollover->state, rollover->container, rollover->step->image_name,
                     rollover->why ? rollover->why : "", NULL);
    cr_text_grid_style(grid, 0, get_style(rollover->state));
    CrStrv with = ends_step(plan, i) ? rollover->step->dependents : NULL;
    for (guint k = 0; with && with[k]; k++)
      cr_text_grid_note(grid, CR_STYLE_PLAIN, "with it %s", with[k]);
  }
  cr_text_grid_end(grid);
}

static void write_edits(CrText *text, const CrFleetPlan *plan)
{
  if (!plan->edits->len)
    return;
  cr_table_write_heading(text, "FILES", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  for (guint i = 0; i < plan->edits->len; i++) {
    const CrFleetEdit *edit = plan->edits->pdata[i];
    g_autofree char *place = g_strdup_printf("%s line %u", edit->change.place.file, edit->change.place.line);
    cr_text_grid_add(grid, place, edit->to, NULL);
  }
  cr_text_grid_end(grid);
}

static void write_removals(CrText *text, const CrFleetPlan *plan)
{
  if (!plan->removals->len)
    return;
  cr_table_write_heading(text, "OLD IMAGES", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < plan->removals->len; i++) {
    const CrFleetRemoval *removal = plan->removals->pdata[i];
    cr_text_grid_add(grid, removal->state, removal->id, removal->reason, NULL);
    cr_text_grid_style(grid, 0, get_style(removal->state));
  }
  cr_text_grid_end(grid);
}

static void write_table(const CrFleetPlan *plan, const CrApplied *applied, const CrSettings *settings, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_verdict(text, plan, applied, settings->dry_run);
  write_steps(text, plan);
  write_rollovers(text, plan);
  write_edits(text, plan);
  write_removals(text, plan);
  cr_table_write_problem_list(text, plan->problems, report->all);
  cr_report_take_text(report, text);
}

static CrApplyOptions get_options(const CrCall *call, CrRecord *record)
{
  return (CrApplyOptions){
      .record = record,
      .lock_dir = call->settings->lock_dir,
      .command = "apply",
      .now = g_get_real_time() / G_USEC_PER_SEC, /* --as-of opens no window */
      .dry_run = call->settings->dry_run || call->settings->diff,
      .write = call->settings->write || call->settings->diff,
      .yes = call->settings->yes,
      .ignore_window = call->settings->now,
      .say = say,
      .data = (gpointer)call->settings,
  };
}

static gboolean act(const CrCall *call, const CrLook *look, const CrFleet *fleet, CrFleetPlan *plan, CrRecord *record,
                    CrApplied *applied, GError **error)
{
  CrRemedyOptions remedy = {.patch = {.cache = look->cache,
                                      .apart = look->options.apart,
                                      .epoch = -1,
                                      .in_memory = cr_settings_allow_memory(call->settings)}};
  CrApplyOptions options = get_options(call, record);
  options.scan = &look->options;
  options.remedy = &remedy;
  return cr_apply_run(plan, fleet, &options, applied, error);
}

/* The fleet, looked at after what a killed careen left was finished or undone: containers first, then rollbacks. */
static CrFleetLook *look_at_fleet(const CrCall *call, CrRecord *record, GError **error)
{
  CrApplyOptions options = get_options(call, record);
  CrFleetLook *it = NULL;
  guint recovered = 1;
  for (guint i = 0; recovered; i++) {
    g_clear_pointer(&it, cr_fleet_look_free);
    recovered = 0;
    it = cr_fleet_look_new(call->settings, NULL, CR_FLEET_LOOK_REGISTRIES, error);
    if (!it || (!options.dry_run && i < 3 && !cr_apply_recover(it->fleet, &options, &recovered, error))) {
      g_clear_pointer(&it, cr_fleet_look_free);
      return NULL;
    }
  }
  return it;
}

/* LOOKED: how many problems PLAN had before it was done. FAILURE: why it was not done to its end, or NULL. */
static void tell(const CrFleetLook *it, const CrFleetPlan *plan, guint looked, const CrApplied *applied,
                 const char *failure, CrRecord *record)
{
  CrTelling telling = {.config = &it->config->notify,
                       .narrowed = it->fleet->narrowed,
                       .plan = plan,
                       .applied = applied,
                       .happened = cr_problems_get_count(plan->problems) - looked,
                       .failure = failure,
                       .command = "apply",
                       .record = record,
                       .now = g_get_real_time() / G_USEC_PER_SEC};
  guint told = 0, not_told = 0;
  cr_tell(&telling, &told, &not_told, plan->problems);
}

/* The patch alone goes to standard output; what it leaves out is told beside it. */
static gboolean write_diff(const CrFleetPlan *plan, CrReport *report, const CrSettings *settings, GError **error)
{
  for (guint i = 0; i < cr_problems_get_count(plan->problems); i++) {
    const CrProblem *problem = cr_problems_get(plan->problems, i);
    g_autofree char *line = g_strdup_printf("%s: %s", problem->where, problem->what);
    say(line, (gpointer)settings);
  }
  g_autofree char *diff = cr_apply_format_diff(plan, error);
  if (diff)
    g_string_append(report->text, diff);
  return diff != NULL;
}

/* What the plan itself refused, such as what is beyond maximum-a-run: not tried, and not forgotten. */
static guint count_refused(const CrFleetPlan *plan)
{
  guint count = 0;
  for (guint i = 0; i < plan->steps->len; i++)
    count += !strcmp(((const CrFleetStep *)plan->steps->pdata[i])->state, "refused");
  return count;
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  g_autoptr(CrFleetLook) it = record ? look_at_fleet(call, record, error) : NULL;
  g_autoptr(CrFleetPlan) plan = it ? make_plan(call, it, record, error) : NULL;
  CrApplied applied = {0};
  g_autoptr(GError) cause = NULL;
  if (!plan)
    return -1;
  guint looked = cr_problems_get_count(plan->problems), refused = count_refused(plan);
  gboolean done = act(call, it->look, it->fleet, plan, record, &applied, &cause);
  applied.refused += refused;
  if (!call->settings->dry_run && !call->settings->diff)
    tell(it, plan, looked, &applied, done ? NULL : cause->message, record);
  if (!done) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return -1;
  }
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (call->settings->diff) {
    if (!write_diff(plan, report, call->settings, error))
      return -1;
  } else if (cr_look_wants_json(call))
    cr_fleet_plan_write_json(plan, report);
  else
    write_table(plan, &applied, call->settings, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return applied.failed || applied.refused || applied.rolled_back ? 1
         : applied.interrupted                                    ? INTERRUPTED
         : !cr_problems_are_complete(plan->problems)              ? 3
                                                                  : 0;
}

static const CrExample examples[] = {
    {"careen apply --dry-run", "make and prove every patch of a fresh plan, and change nothing"},
    {"careen apply plan.json", "exactly that plan, as careen plan -f json -o plan.json wrote it"},
    {"careen apply --diff | git apply -p0", "the new digests as a patch; --write puts them into the files itself"},
    {"careen apply --yes", "also containers whose policy says restart: ask"},
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
        "as careen patch does, or built again as careen rebuild does, and gets its name only when the result is "
        "proved; one that others make is pulled. The old one is kept as REPOSITORY:careen-keep-TAG. Then its "
        "containers that may be re-created are rolled over, one after the other: a new one is made beside the old, "
        "the old one is stopped and kept, the new one is started and must be well, by its health check or by running "
        "on. One that is not is taken away, the old one runs again, and that image is not tried again anywhere. Each "
        "step is in the record before it is done, and after: what a killed careen left half done is finished or "
        "undone first.\n\n"
        "A step is refused outside its policy's window (but for --now), while a freeze file is there, on a metered "
        "network, on hold, and when its image is another by now than the one it was planned for. What waits for a step "
        "that was not done is skipped; the rest goes on. Interrupted, the step at hand is finished and the rest is "
        "skipped.\n\n"
        "Exit codes: 0 all that was done stands, or nothing to do; 1 a step failed, was rolled back or refused; 2 "
        "wrong use; 3 something could not be examined; 4 another careen is at work on the same daemon, or the "
        "environment fails; 130 interrupted: nothing is half done.",
    .examples = examples,
    .run = run,
};
