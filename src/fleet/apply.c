/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/apply.h"

#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/lease.h"
#include "fleet/plan-write.h"
#include "fleet/rebuild.h"
#include "fleet/rollback.h"
#include "fleet/rollout.h"

/* ---- how a step ended ---- */

CrOutcome cr_outcome_end(CrStepState state, const char *why)
{
  return (CrOutcome){.state = state, .why = why};
}

CrOutcome cr_outcome_end_in_vain(CrStepState state, const char *why)
{
  return (CrOutcome){.state = state, .why = why, .vain = TRUE};
}

CrOutcome cr_outcome_stop(CrApplying *applying)
{
  applying->applied->interrupted = TRUE;
  return cr_outcome_end(CR_STEP_SKIPPED, "careen was asked to stop");
}

CrOutcome cr_outcome_fail(const CrApplying *applying, const GError *error)
{
  return cr_outcome_end(CR_STEP_FAILED, cr_arena_strdup(applying->plan->arena, error->message));
}

static gboolean put_step(CrApplying *applying, const CrStep *record, GError **error)
{
  return applying->options->dry_run || cr_record_put_step(applying->options->record, record, error);
}

gboolean cr_apply_begin_step(CrApplying *applying, CrStep *record, const char *id, const char *kind,
                             const char *subject, const char *before, const CrFleetStep *step, GError **error)
{
  *record = (CrStep){.run = applying->applied->run,
                     .number = ++applying->number,
                     .id = id,
                     .kind = kind,
                     .subject = subject,
                     .reason = step->reason,
                     .state = CR_STEP_STARTED,
                     .started = g_get_real_time() / G_USEC_PER_SEC,
                     .before = before,
                     .intent = "{}"};
  return put_step(applying, record, error);
}

gboolean cr_apply_end_step(CrApplying *applying, CrStep *record, CrOutcome outcome, GError **error)
{
  CrApplied *applied = applying->applied;
  applied->done += outcome.state == CR_STEP_DONE;
  applied->failed += outcome.state == CR_STEP_FAILED;
  applied->rolled_back += outcome.state == CR_STEP_ROLLED_BACK;
  applied->skipped += outcome.state == CR_STEP_SKIPPED;
  applied->refused += outcome.state == CR_STEP_REFUSED;
  record->state = outcome.state;
  record->ended = g_get_real_time() / G_USEC_PER_SEC;
  record->after = outcome.after;
  record->outcome = outcome.detail;
  record->error = outcome.state == CR_STEP_DONE ? NULL : outcome.why;
  return put_step(applying, record, error);
}

void cr_apply_say(const CrApplying *applying, const char *what, const char *why)
{
  g_autofree char *line = why ? g_strdup_printf("%s: %s", what, why) : g_strdup(what);
  if (applying->options->say)
    applying->options->say(line, applying->options->data);
}

/* ---- one step ---- */

/* What was written down for STEP with others of its wave, and is under way since; or NULL. */
static const CrStep *find_begun(const CrApplying *applying, const CrFleetStep *step)
{
  const CrStep *pull = cr_apply_find_pull(applying, step), *patch = cr_apply_find_patch(applying, step);
  return pull ? pull : patch ? patch : cr_apply_find_rebuild(applying, step);
}

static CrOutcome change(CrApplying *applying, const CrFleetStep *step)
{
  CrOutcome outcome;
  gboolean begun = find_begun(applying, step) != NULL; /* what was fetched or made ahead only wants its name */
  if (cr_stop_is_wanted() && !begun)
    return cr_outcome_stop(applying);
  if (step->action == CR_ACTION_PULL)
    return cr_apply_pull(applying, step);
  if (begun)
    return step->action == CR_ACTION_PATCH ? cr_apply_patch(applying, step) : cr_apply_rebuild(applying, step);
  if (!cr_apply_may_change(applying, step, &outcome))
    return outcome;
  return step->action == CR_ACTION_PATCH ? cr_apply_patch(applying, step) : cr_apply_rebuild(applying, step);
}

/* What brought nothing is not planned again until something that it hangs on changes: the mark "tried" (plan.c). */
static gboolean remember_vain(const CrApplying *applying, const CrFleetStep *step, const CrOutcome *outcome,
                              GError **error)
{
  if (!outcome->vain || applying->options->dry_run || !step->fingerprint || !*step->fingerprint)
    return TRUE;
  g_autoptr(GDateTime) now = g_date_time_new_now_local();
  g_autofree char *day = g_date_time_format(now, "%Y-%m-%d");
  g_autofree char *value = g_strdup_printf("%s tried on %s in vain: %s", step->fingerprint, day,
                                           outcome->why ? outcome->why : "nothing came of it");
  return cr_record_set_mark(applying->options->record, "tried", step->image_name, value, error);
}

/* A pull begins its whole wave, a patch or a rebuild some of it. */
static gboolean begin(CrApplying *applying, const CrFleetStep *step, CrStep *record, GError **error)
{
  if (!find_begun(applying, step) && !cr_stop_is_wanted()) {
    if (step->action == CR_ACTION_PULL && !cr_apply_fetch_wave(applying, step, error))
      return FALSE;
    if (step->action == CR_ACTION_PATCH && !cr_apply_make_patches(applying, step, error))
      return FALSE;
    if (step->action == CR_ACTION_REBUILD && !cr_apply_build_ahead(applying, step, error))
      return FALSE;
  }
  const CrStep *begun = find_begun(applying, step);
  if (begun)
    *record = *begun;
  return begun || cr_apply_begin_step(applying, record, step->id, cr_action_get_name(step->action), step->image_name,
                                      step->image_id, step, error);
}

/* Also where nobody has looked into it yet. */
static void sight(const CrApplying *applying, const CrFleetStep *step)
{
  g_autoptr(GError) error = NULL;
  if (!applying->options->dry_run && step->new_id && step->image && step->image->daemon &&
      !cr_facts_sight_one(applying->options->record, step->image->daemon, "image", step->image->name, step->new_id,
                          NULL, &error))
    cr_problems_add_error(applying->plan->problems, CR_PROBLEM_NOTE, "record", error);
}

static gboolean do_step(CrApplying *applying, CrFleetStep *step, GError **error)
{
  CrStep record;
  if (!begin(applying, step, &record, error))
    return FALSE;
  if (!cr_apply_find_patch(applying, step) && !cr_apply_find_rebuild(applying, step)) /* said when it was begun */
    cr_apply_say(applying, step->id, NULL);
  CrOutcome outcome = change(applying, step);
  step->state = cr_step_state_get_name(outcome.state);
  step->new_id = outcome.state == CR_STEP_DONE ? outcome.after : NULL;
  if (outcome.why)
    step->reason = outcome.why;
  sight(applying, step);
  return remember_vain(applying, step, &outcome, error) && cr_apply_end_step(applying, &record, outcome, error);
}

static gboolean do_steps(CrApplying *applying, GError **error)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    CrFleetStep *step = applying->plan->steps->pdata[i];
    if (!cr_fleet_step_is_due(step))
      continue;
    if (cr_action_changes(step->action) && !do_step(applying, step, error))
      return FALSE;
    if (!cr_apply_roll_containers(applying, step, FALSE, error))
      return FALSE;
  }
  for (guint i = 0; i < applying->plan->steps->len; i++) /* those whose last step was not due any more */
    if (g_hash_table_contains(applying->due, applying->plan->steps->pdata[i]) &&
        !cr_apply_roll_containers(applying, applying->plan->steps->pdata[i], TRUE, error))
      return FALSE;
  return (!applying->options->write || cr_apply_write_files(applying, error)) && cr_apply_prune(applying, error);
}

/* ---- all of it ---- */

static gboolean do_run(CrApplying *applying, GError **error)
{
  const CrApplyOptions *options = applying->options;
  CrApplied *applied = applying->applied;
  if (options->dry_run)
    return do_steps(applying, error);
  g_autofree char *plan = cr_fleet_plan_format(applying->plan);
  if (!cr_record_begin_run(options->record, options->command, 0, &applied->run, error) ||
      !cr_record_put_plan(options->record, applied->run, plan, error) || !cr_apply_mark_unwritten(applying, error) ||
      !do_steps(applying, error))
    return FALSE;
  const char *outcome = applied->rolled_back                  ? "rolled-back"
                        : applied->failed || applied->refused ? "failed"
                        : applied->interrupted                ? "interrupted"
                                                              : "done";
  g_autofree char *summary =
      g_strdup_printf("%u done, %u failed, %u rolled back, %u refused, %u skipped", applied->done, applied->failed,
                      applied->rolled_back, applied->refused, applied->skipped);
  return cr_record_end_run(options->record, applied->run, outcome, summary, error);
}

/* Rollbacks only when containers are as they are to be: FLEET is of what was. */
gboolean cr_apply_recover(const CrFleet *fleet, const CrApplyOptions *options, guint *count, GError **error)
{
  *count = 0;
  g_autoptr(GPtrArray) leases =
      cr_leases_take(options->record, fleet->daemons, options->lock_dir, fleet->problems, error);
  for (guint i = 0; leases && i < fleet->daemons->len; i++) {
    guint some = 0;
    CrDaemon *daemon = fleet->daemons->pdata[i];
    cr_rebuild_sweep(daemon);
    if (!cr_rollout_recover(daemon, options->record, options->say, options->data, &some, error))
      return FALSE;
    *count += some;
  }
  CrRollbackOptions rollback = {.record = options->record, .say = options->say, .data = options->data};
  return leases && (*count || cr_rollback_recover(fleet, &rollback, count, error));
}

gboolean cr_apply_run(CrFleetPlan *plan, const CrFleet *fleet, const CrApplyOptions *options, CrApplied *applied,
                      GError **error)
{
  g_autoptr(GHashTable) unwritten = cr_apply_list_unwritten(plan, options);
  CrApplying applying = {.plan = plan, .fleet = fleet, .options = options, .applied = applied, .unwritten = unwritten};
  *applied = (CrApplied){0};
  if (!options->dry_run && !cr_record_end_killed(options->record, "careen was killed while it did this", error))
    return FALSE;
  if (!cr_fleet_plan_does_something(plan) && !g_hash_table_size(unwritten))
    return TRUE;
  applying.due = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < plan->steps->len; i++)
    if (cr_fleet_step_is_due(plan->steps->pdata[i]))
      g_hash_table_add(applying.due, plan->steps->pdata[i]);
  applying.users = cr_fleet_index_users(fleet);
  applying.gone = g_hash_table_new(NULL, NULL);
  applying.unwell = g_hash_table_new(NULL, NULL);
  applying.pulls = g_hash_table_new_full(NULL, NULL, NULL, cr_pulling_free);
  applying.patches = g_hash_table_new_full(NULL, NULL, NULL, cr_patching_free);
  applying.rebuilds = g_hash_table_new_full(NULL, NULL, NULL, cr_rebuilt_free);
  cr_stop_arm();
  g_autoptr(GPtrArray) leases =
      options->dry_run ? NULL
                       : cr_leases_take(options->record, fleet->daemons, options->lock_dir, plan->problems, error);
  gboolean ok = (options->dry_run || leases) && do_run(&applying, error);
  cr_stop_disarm();
  cr_patch_wave_end(applying.wave);
  g_hash_table_unref(applying.patches);
  g_hash_table_unref(applying.rebuilds);
  g_hash_table_unref(applying.pulls);
  g_hash_table_unref(applying.unwell);
  g_hash_table_unref(applying.gone);
  g_hash_table_unref(applying.users);
  g_hash_table_unref(applying.due);
  return ok;
}
