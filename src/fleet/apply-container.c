/* SPDX-License-Identifier: Apache-2.0 */
/* Containers over to the image that their name is now, one after the other: so the first is the canary, and what is
 * rolled back anywhere is held everywhere. */
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/rollout.h"

static const CrFleetContainer *find_container(const CrFleetStep *step, const char *name)
{
  for (guint i = 0; step->image && i < step->image->containers->len; i++) {
    const CrFleetContainer *container = step->image->containers->pdata[i];
    if (!strcmp(container->container->name, name))
      return container;
  }
  return NULL;
}

/* `restart: ask` is answered by --yes, or on record for this container. */
static gboolean is_answered(const CrApplying *applying, const CrFleetContainer *container)
{
  const char *answer =
      cr_record_find_mark(applying->options->record, "answer", container->container->name, applying->plan->arena, NULL);
  return applying->options->yes || !g_strcmp0(answer, "yes");
}

static const char *find_objection(const CrApplying *applying, const CrFleetStep *step,
                                  const CrFleetContainer *container)
{
  CrPolicy policy = *container->policy;
  g_autofree char *why = NULL;
  if (!container->may_recreate)
    return container->why;
  if (policy.restart == CR_RESTART_NEVER)
    return "restart: never";
  if (policy.restart == CR_RESTART_ASK && !is_answered(applying, container))
    return "restart: ask: careen apply --yes does it";
  if (applying->options->ignore_window)
    policy.windows = NULL;
  if (!cr_policy_allows_now(&policy, applying->options->now, step->exploited_fixes > 0, &why))
    return cr_arena_strdup(applying->plan->arena, why);
  return NULL;
}

/* Nothing goes over to an image that nobody planned for: ID is what the name of STEP's image is now. */
static gboolean is_planned_image(const CrFleetStep *step, const char *id)
{
  const char *planned = cr_action_changes(step->action) ? step->new_id : step->image_id;
  return !planned || !strcmp(planned, id);
}

static CrOutcome roll_over(const CrApplying *applying, const CrFleetContainer *container, const char *image_id,
                           guint number)
{
  CrArena *arena = applying->plan->arena;
  const CrPolicy *policy = container->policy;
  g_autoptr(GError) error = NULL;
  CrRolloutOptions options = {
      .record = applying->options->record,
      .run = applying->applied->run,
      .step = number,
      .image_id = image_id,
      .gate_seconds = policy->gate_seconds,
      .soak_seconds = policy->soak_seconds,
      .keep_seconds = policy->keep_seconds,
      .rollback = policy->rollback,
      .say = applying->options->say,
      .data = applying->options->data,
  };
  g_autoptr(CrRollout) rollout = cr_rollout_run(container, &options, &error);
  if (!rollout)
    return cr_outcome_fail(applying, error);
  cr_problems_add_all(applying->plan->problems, rollout->problems);
  const char *why = cr_arena_strdup(arena, rollout->why);
  CrOutcome outcome = {.after = cr_arena_strdup(arena, image_id)};
  switch (rollout->outcome) {
  case CR_ROLLOUT_DONE:
    outcome.state = CR_STEP_DONE;
    outcome.why = rollout->down_ms
                      ? cr_arena_printf(arena, "%.1f s from its stop to ready", (double)rollout->down_ms / 1000)
                      : why;
    break;
  case CR_ROLLOUT_ROLLED_BACK:
    outcome = cr_outcome_end(CR_STEP_ROLLED_BACK, why);
    break;
  case CR_ROLLOUT_FAILED:
    outcome = cr_outcome_end(CR_STEP_FAILED, why);
    break;
  case CR_ROLLOUT_REFUSED:
    outcome = cr_outcome_end(CR_STEP_REFUSED, why);
    break;
  }
  return outcome;
}

/* NAME of STEP: judged, and rolled over. */
static CrOutcome change(CrApplying *applying, const CrFleetStep *step, const char *name, guint number)
{
  CrArena *arena = applying->plan->arena;
  const CrFleetContainer *container = find_container(step, name);
  const char *why = NULL, *gone = "changed since: there is no such container any more";
  g_autoptr(GError) error = NULL;
  if (cr_stop_is_wanted())
    return cr_outcome_stop(applying);
  if (!container)
    return cr_outcome_end(CR_STEP_REFUSED, gone);
  if ((why = find_objection(applying, step, container)))
    return cr_outcome_end(CR_STEP_REFUSED, why);
  if (applying->options->dry_run)
    return cr_outcome_end(CR_STEP_DONE, "dry run: it was not touched");
  g_autofree char *id = cr_daemon_find_image(container->daemon, step->image->reference, &error);
  g_autoptr(CrContainers) now = error ? NULL : cr_containers_load(container->daemon, name, &error);
  if (g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND))
    return cr_outcome_end(CR_STEP_REFUSED, gone); /* which says nothing about the image: the others go on */
  if (error)
    return cr_outcome_fail(applying, error);
  if (!id)
    return cr_outcome_end(CR_STEP_REFUSED, "changed since: its image has no such name any more");
  if (!is_planned_image(step, id))
    return cr_outcome_end(
        CR_STEP_REFUSED,
        cr_arena_printf(arena, "changed since: %s is %.19s by now, which was not planned", step->image_name, id));
  const CrContainer *runs = now->items->pdata[0];
  if (!strcmp(runs->image_id, id))
    return cr_outcome_end(CR_STEP_DONE, "runs it already");
  const char *bad = cr_record_find_mark(applying->options->record, "bad", id, arena, NULL);
  if (bad)
    return cr_outcome_end(CR_STEP_REFUSED, cr_arena_printf(arena, "that image failed before: %s", bad));
  return roll_over(applying, container, id, number);
}

static void note(CrApplying *applying, const CrFleetStep *step, const char *name, const CrOutcome *outcome)
{
  CrFleetRollover *item = cr_arena_new0(applying->plan->arena, CrFleetRollover);
  *item = (CrFleetRollover){.container = cr_arena_strdup(applying->plan->arena, name),
                            .step = step,
                            .state = cr_step_state_get_name(outcome->state),
                            .why = outcome->why};
  g_ptr_array_add(applying->plan->rollovers, item);
}

gboolean cr_apply_roll_containers(CrApplying *applying, CrFleetStep *step, GError **error)
{
  if (cr_action_changes(step->action) && strcmp(step->state, "done") != 0)
    return TRUE;
  const char *canary = NULL; /* one that was not well */
  for (guint i = 0; step->containers[i]; i++) {
    const char *name = step->containers[i];
    g_autofree char *id = g_strdup_printf("recreate %s", name);
    CrStep record;
    const CrFleetContainer *container = find_container(step, name);
    const char *before = container ? container->container->image_id : NULL;
    if (!cr_apply_begin_step(applying, &record, id, "recreate", name, before, step, error))
      return FALSE;
    cr_apply_say(applying, id, NULL);
    CrOutcome outcome =
        canary ? cr_outcome_end(CR_STEP_SKIPPED,
                                cr_arena_printf(applying->plan->arena,
                                                "'%s' was not well with it, so this one keeps the old", canary))
               : change(applying, step, name, record.number);
    if (outcome.state == CR_STEP_ROLLED_BACK || outcome.state == CR_STEP_FAILED)
      canary = name;
    note(applying, step, name, &outcome);
    cr_apply_say(applying, id, outcome.why);
    if (!cr_apply_end_step(applying, &record, outcome, error))
      return FALSE;
  }
  return TRUE;
}
