/* SPDX-License-Identifier: Apache-2.0 */
/* careen plan, for people and as careen.plan/1. */
#include <string.h>

#include "fleet/plan-write.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

#define SHOWN 20U /* of one kind, without --all */

/* ---- which are shown ---- */

/* Nothing to do is left out, unless containers run an older one of it. */
static gboolean is_shown(const CrFleetStep *step, gboolean all)
{
  return all || step->action != CR_ACTION_NOTHING || *step->containers || *step->held_containers;
}

/* ---- json ---- */

static void write_step(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetStep *step = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", step->id);
  cr_json_key_string(writer, "image", step->image_name);
  cr_json_key_string(writer, "image_id", step->image_id);
  cr_json_key_string(writer, "action", cr_action_get_name(step->action));
  cr_json_key_string(writer, "reason", step->reason);
  cr_json_key(writer, "gains");
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "fixes", step->fixes);
  cr_json_key_integer(writer, "reached_fixes", step->reached_fixes);
  cr_json_key_integer(writer, "exploited_fixes", step->exploited_fixes);
  cr_json_key_strings(writer, "list", step->fixed);
  cr_json_end_object(writer);
  cr_json_key_strings(writer, "after", step->after);
  cr_json_key_strings(writer, "containers", step->containers);
  cr_json_key_strings(writer, "dependents", step->dependents ? step->dependents : cr_strv_empty);
  cr_json_key_strings(writer, "held_containers", step->held_containers);
  cr_json_key_string(writer, "state", step->state);
  cr_json_key_integer(writer, "wave", step->wave);
  cr_json_key_string(writer, "digest", step->digest);
  cr_json_key_string(writer, "fingerprint", step->fingerprint);
  cr_json_key_string(writer, "new_id", step->new_id);
  cr_json_end_object(writer);
}

static void write_rollover(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetRollover *rollover = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "container", rollover->container);
  cr_json_key_string(writer, "step", rollover->step->id);
  cr_json_key_string(writer, "state", rollover->state);
  cr_json_key_string(writer, "why", rollover->why);
  cr_json_end_object(writer);
}

static void write_removal(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetRemoval *removal = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", removal->id);
  cr_json_key_string(writer, "image", removal->image_name);
  cr_json_key_string(writer, "image_id", removal->image_id);
  cr_json_key_string(writer, "kept", removal->kept);
  cr_json_key_string(writer, "reason", removal->reason);
  cr_json_key_string(writer, "state", removal->state);
  cr_json_end_object(writer);
}

static void write_edit(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetEdit *edit = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "file", edit->change.place.file);
  cr_json_key_integer(writer, "line", edit->change.place.line);
  cr_json_key_string(writer, "from", edit->from);
  cr_json_key_string(writer, "to", edit->to);
  cr_json_end_object(writer);
}

static void write_head(CrJsonWriter *writer, const CrFleetPlan *plan)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(plan->when);
  g_autofree char *created = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  cr_json_key_string(writer, "schema", "careen.plan/1");
  cr_json_key_string(writer, "created", created);
}

void cr_fleet_plan_write_json(const CrFleetPlan *plan, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) shown = g_ptr_array_new();
  for (guint i = 0; i < plan->steps->len; i++)
    if (is_shown(plan->steps->pdata[i], report->all))
      g_ptr_array_add(shown, plan->steps->pdata[i]);
  cr_json_begin_object(writer);
  write_head(writer, plan);
  cr_report_stream_array(report, writer, "steps", shown, write_step);
  cr_report_stream_array(report, writer, "rollovers", plan->rollovers, write_rollover);
  cr_report_stream_array(report, writer, "edits", plan->edits, write_edit);
  cr_report_stream_array(report, writer, "removals", plan->removals, write_removal);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, plan->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

char *cr_fleet_plan_format(const CrFleetPlan *plan)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  write_head(writer, plan);
  cr_report_write_array(writer, "steps", plan->steps, write_step);
  cr_report_write_array(writer, "rollovers", plan->rollovers, write_rollover);
  cr_report_write_array(writer, "edits", plan->edits, write_edit);
  cr_report_write_array(writer, "removals", plan->removals, write_removal);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, plan->problems);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

gboolean cr_fleet_plan_remember(const CrFleetPlan *plan, CrRecord *record, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *text = cr_fleet_plan_format(plan);
  const char *last = cr_record_find_mark(record, "plan", "", arena, NULL);
  const char *old = last ? strstr(last, "\"steps\"") : NULL, *new = strstr(text, "\"steps\"");
  return !g_strcmp0(old, new) || cr_record_set_mark(record, "plan", "", text, error);
}

/* ---- what it comes to ---- */

typedef struct {
  guint changes, restarts, fixes, reached, exploited, waits, holds, replaces, refused, removals;
} Count;

static Count count(const CrFleetPlan *plan)
{
  Count count = {0};
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    gboolean changes = cr_action_changes(step->action), refused = strcmp(step->state, "planned") != 0;
    count.refused += refused;
    count.waits += step->action == CR_ACTION_WAIT;
    count.holds += step->action == CR_ACTION_HOLD;
    count.replaces += step->action == CR_ACTION_REPLACE;
    if (refused)
      continue;
    count.restarts += g_strv_length((char **)step->containers);
    count.restarts += step->dependents ? g_strv_length((char **)step->dependents) : 0;
    if (!changes)
      continue;
    count.changes++;
    count.fixes += step->fixes;
    count.reached += step->reached_fixes;
    count.exploited += step->exploited_fixes;
  }
  for (guint i = 0; i < plan->removals->len; i++)
    count.removals += !strcmp(((const CrFleetRemoval *)plan->removals->pdata[i])->state, "planned");
  return count;
}

static void write_verdict(CrText *text, const CrFleetPlan *plan)
{
  Count all = count(plan);
  gboolean nothing = !all.changes && !all.restarts && !all.removals;
  if (nothing && !cr_problems_are_complete(plan->problems)) {
    cr_text_span(text, CR_STYLE_LOUD, "NOT ALL KNOWN");
    cr_text_span(text, CR_STYLE_PLAIN, "   of %u image%s nothing is to be done as far as could be looked",
                 plan->steps->len, cr_table_plural(plan->steps->len));
    cr_text_end(text, 6);
    return;
  }
  if (nothing) {
    cr_text_span(text, all.holds || all.replaces ? CR_STYLE_BOLD : CR_STYLE_GREEN, "NOTHING TO DO");
    cr_text_span(text, CR_STYLE_PLAIN, "   %u image%s%s", plan->steps->len, cr_table_plural(plan->steps->len),
                 all.holds || all.waits || all.replaces ? "; what is left stands below" : ", all as they should be");
    cr_text_end(text, 6);
    return;
  }
  cr_text_span(text, CR_STYLE_BOLD, "PLAN");
  if (all.changes)
    cr_text_span(text, CR_STYLE_PLAIN, "   %u image%s to change: %u fix%s, %u reached", all.changes,
                 cr_table_plural(all.changes), all.fixes, all.fixes == 1 ? "" : "es", all.reached);
  if (all.exploited)
    cr_text_span(text, CR_STYLE_LOUD, ", %u exploited in the wild", all.exploited);
  if (all.restarts)
    cr_text_span(text, CR_STYLE_PLAIN, "%s%u container%s to re-create", all.changes ? "; " : "   ", all.restarts,
                 cr_table_plural(all.restarts));
  if (all.removals)
    cr_text_span(text, CR_STYLE_PLAIN, "%s%u old image%s to remove", all.changes || all.restarts ? "; " : "   ",
                 all.removals, cr_table_plural(all.removals));
  cr_text_end(text, 6);
}

/* ---- the table ---- */

static void write_step_row(CrTextGrid *grid, const CrFleetStep *step, gboolean all)
{
  cr_text_grid_add(grid, cr_action_get_name(step->action), step->image_name, step->reason, NULL);
  cr_text_grid_style(grid, 0, step->exploited_fixes ? CR_STYLE_LOUD : CR_STYLE_BOLD);
  if (*step->containers) {
    g_autofree char *names = g_strjoinv(", ", (char **)step->containers);
    cr_text_grid_note(grid, CR_STYLE_PLAIN, "then re-create %s", names);
  }
  if (step->dependents && *step->dependents) {
    g_autofree char *names = g_strjoinv(", ", (char **)step->dependents);
    cr_text_grid_note(grid, CR_STYLE_PLAIN, "and with %s %s", step->containers[1] ? "them" : "it", names);
  }
  for (guint i = 0; step->held_containers[i]; i++)
    cr_text_grid_note(grid, CR_STYLE_DIM, "stays: %s", step->held_containers[i]);
  for (guint i = 0; all && step->fixed[i]; i++)
    cr_text_grid_note(grid, CR_STYLE_DIM, "%s", step->fixed[i]);
}

typedef gboolean (*Fits)(const CrFleetStep *step, guint wave);

static void write_section(CrText *text, const CrFleetPlan *plan, const char *heading, const char *more, Fits fits,
                          guint wave, gboolean all)
{
  CrTextGrid *grid = NULL;
  guint rows = 0;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (!fits(step, wave) || (++rows > SHOWN && !all))
      continue;
    if (!grid) {
      cr_table_write_heading(text, heading, more);
      grid = cr_text_grid_new(text, 3);
    }
    write_step_row(grid, step, all);
  }
  if (grid)
    cr_text_grid_end(grid);
  if (rows > SHOWN && !all) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more: --all", rows - SHOWN);
    cr_text_end(text, 4);
  }
}

static gboolean is_of_wave(const CrFleetStep *step, guint wave)
{
  return cr_action_changes(step->action) && !strcmp(step->state, "planned") && step->wave == wave;
}

static gboolean is_restart(const CrFleetStep *step, guint wave)
{
  (void)wave;
  return step->action == CR_ACTION_NOTHING && (*step->containers || *step->held_containers);
}

static gboolean is_refused(const CrFleetStep *step, guint wave)
{
  (void)wave;
  return strcmp(step->state, "planned") != 0;
}

static gboolean is_hold(const CrFleetStep *step, guint wave)
{
  (void)wave;
  return step->action == CR_ACTION_HOLD;
}

static gboolean is_wait(const CrFleetStep *step, guint wave)
{
  (void)wave;
  return step->action == CR_ACTION_WAIT;
}

static gboolean is_replace(const CrFleetStep *step, guint wave)
{
  (void)wave;
  return step->action == CR_ACTION_REPLACE;
}

static gboolean is_nothing(const CrFleetStep *step, guint wave)
{
  return step->action == CR_ACTION_NOTHING && !is_restart(step, wave);
}

static void write_waves(CrText *text, const CrFleetPlan *plan, gboolean all)
{
  static const char *const headings[] = {"FIRST", "THEN"};
  guint last = 0;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (cr_action_changes(step->action) && !strcmp(step->state, "planned"))
      last = MAX(last, step->wave);
  }
  for (guint wave = 0; wave <= last; wave++)
    write_section(text, plan, last ? headings[wave > 0] : "TO DO", NULL, is_of_wave, wave, all);
}

static void write_removals(CrText *text, const CrFleetPlan *plan, gboolean all)
{
  guint count = plan->removals->len, shown = all ? count : MIN(count, SHOWN);
  if (!count)
    return;
  cr_table_write_heading(text, "TO REMOVE", "old images, by the policy's keep:");
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < shown; i++) {
    const CrFleetRemoval *removal = plan->removals->pdata[i];
    g_autofree char *old = g_strdup_printf("%.19s", removal->image_id);
    cr_text_grid_add(grid, removal->image_name, removal->kept ? removal->kept : old, removal->reason, NULL);
  }
  cr_text_grid_end(grid);
  if (count > shown) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more: --all", count - shown);
    cr_text_end(text, 4);
  }
}

void cr_fleet_plan_write_table(const CrFleetPlan *plan, CrReport *report, const char *next)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_verdict(text, plan);
  write_waves(text, plan, report->all);
  write_section(text, plan, "RE-CREATE", "the image is newer than what runs", is_restart, 0, report->all);
  write_section(text, plan, "NOT NOW", NULL, is_refused, 0, report->all);
  write_removals(text, plan, report->all);
  write_section(text, plan, "TO REPLACE", "proposed, never done by itself", is_replace, 0, report->all);
  write_section(text, plan, "ON HOLD", NULL, is_hold, 0, report->all);
  write_section(text, plan, "WAITING", NULL, is_wait, 0, report->all);
  if (report->all)
    write_section(text, plan, "NOTHING TO DO", NULL, is_nothing, 0, FALSE);
  cr_table_write_problem_list(text, plan->problems, report->all);
  if (next && cr_fleet_plan_does_something(plan))
    cr_table_write_next_line(text, next);
  cr_report_take_text(report, text);
}
