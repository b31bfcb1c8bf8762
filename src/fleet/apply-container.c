/* SPDX-License-Identifier: Apache-2.0 */
/* Containers over to the image that their name is now, one after the other: so the first is the canary, and what is
 * rolled back anywhere is held everywhere. */
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/rollout.h"

#define GONE "changed since: there is no such container any more"

const CrFleetContainer *cr_apply_find_container(const CrFleetStep *step, const char *name)
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

/* TURN's first, and the others with it, each once. *BLAMED: whose new image is bad, or NULL. */
static CrOutcome roll_over(const CrApplying *applying, const GPtrArray *turn, guint number, const char **blamed)
{
  const CrTurnMember *first = turn->pdata[0];
  const CrFleetContainer *container = first->container;
  const char *image_id = first->image_id;
  g_autoptr(GHashTable) others = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 1; i < turn->len; i++) {
    const CrTurnMember *other = turn->pdata[i];
    g_hash_table_insert(others, (gpointer)other->container->container->name, other->image_id);
  }
  CrArena *arena = applying->plan->arena;
  const CrPolicy *policy = container->policy;
  g_autoptr(GError) error = NULL;
  CrRolloutOptions options = {
      .record = applying->options->record,
      .run = applying->applied->run,
      .step = number,
      .image_id = image_id,
      .others = others,
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
  *blamed = cr_arena_strdup(arena, rollout->blamed);
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

/* Is MEMBER to go over? Then it has its new image. FALSE: *OUTCOME. */
static gboolean judge(CrApplying *applying, CrTurnMember *member, CrOutcome *outcome)
{
  CrArena *arena = applying->plan->arena;
  const CrFleetContainer *container = member->container;
  const char *why = NULL;
  const char *canary = g_hash_table_lookup(applying->unwell, member->step);
  g_autoptr(GError) error = NULL;
  if (canary)
    *outcome = cr_outcome_end(CR_STEP_SKIPPED,
                              cr_arena_printf(arena, "'%s' was not well with it, so this one keeps the old", canary));
  else if (cr_stop_is_wanted())
    *outcome = cr_outcome_stop(applying);
  else if ((why = find_objection(applying, member->step, container)))
    *outcome = cr_outcome_end(CR_STEP_REFUSED, why);
  else if (applying->options->dry_run)
    *outcome = cr_outcome_end(CR_STEP_DONE, "dry run: it was not touched");
  if (canary || why || applying->applied->interrupted || applying->options->dry_run)
    return FALSE;
  g_autofree char *id = cr_daemon_find_image(container->daemon, member->step->image->reference, &error);
  g_autoptr(CrContainers) now =
      error ? NULL : cr_containers_load(container->daemon, container->container->name, &error);
  const char *bad = id ? cr_record_find_mark(applying->options->record, "bad", id, arena, NULL) : NULL;
  if (g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND))
    *outcome = cr_outcome_end(CR_STEP_REFUSED, GONE); /* which says nothing about the image: the others go on */
  else if (error)
    *outcome = cr_outcome_fail(applying, error);
  else if (!id)
    *outcome = cr_outcome_end(CR_STEP_REFUSED, "changed since: its image has no such name any more");
  else if (!strcmp(((const CrContainer *)now->items->pdata[0])->image_id, id))
    *outcome = cr_outcome_end(CR_STEP_DONE, "runs it already");
  else if (bad)
    *outcome = cr_outcome_end(CR_STEP_REFUSED, cr_arena_printf(arena, "that image failed before: %s", bad));
  else
    member->image_id = g_steal_pointer(&id);
  return member->image_id != NULL;
}

/* ---- written down ---- */

static gboolean begin(CrApplying *applying, const CrTurnMember *member, CrStep *record, GError **error)
{
  CrArena *arena = applying->plan->arena;
  const CrContainer *container = member->container->container;
  const char *name = cr_arena_strdup(arena, container->name), *id = cr_arena_printf(arena, "recreate %s", name);
  if (!cr_apply_begin_step(applying, record, id, "recreate", name, container->image_id, member->step, error))
    return FALSE;
  cr_apply_say(applying, id, NULL);
  return TRUE;
}

static gboolean end(CrApplying *applying, const CrTurnMember *member, CrStep *record, CrOutcome outcome, GError **error)
{
  CrFleetRollover *item = cr_arena_new0(applying->plan->arena, CrFleetRollover);
  *item = (CrFleetRollover){.container = record->subject,
                            .step = member->step,
                            .state = cr_step_state_get_name(outcome.state),
                            .why = outcome.why};
  g_ptr_array_add(applying->plan->rollovers, item);
  cr_apply_say(applying, record->id, outcome.why);
  return cr_apply_end_step(applying, record, outcome, error);
}

/* ---- turns ---- */

/* What became of the first is what became of all. */
static CrOutcome share(const CrApplying *applying, const GPtrArray *turn, guint i, CrOutcome first)
{
  const CrTurnMember *head = turn->pdata[0], *member = turn->pdata[i];
  CrArena *arena = applying->plan->arena;
  const char *with = head->container->container->name;
  if (first.state != CR_STEP_DONE)
    return cr_outcome_end(first.state, cr_arena_printf(arena, "with %s: %s", with, first.why ? first.why : ""));
  CrOutcome outcome = cr_outcome_end(CR_STEP_DONE, cr_arena_printf(arena, "with %s", with));
  outcome.after = cr_arena_strdup(arena, member->image_id);
  return outcome;
}

/* The images that no other container is given any more: the blamed one's, or the only one's. */
static void hold(const CrApplying *applying, const GPtrArray *turn, const char *blamed)
{
  for (guint i = 0; i < turn->len; i++) {
    const CrTurnMember *member = turn->pdata[i];
    const char *name = member->container->container->name;
    if (blamed ? !strcmp(name, blamed) : !i)
      g_hash_table_insert(applying->unwell, member->step, (gpointer)cr_arena_strdup(applying->plan->arena, name));
  }
}

static gboolean do_turn(CrApplying *applying, const GPtrArray *turn, GError **error)
{
  CrStep record;
  const char *blamed = NULL;
  if (!begin(applying, turn->pdata[0], &record, error))
    return FALSE;
  CrOutcome outcome = roll_over(applying, turn, record.number, &blamed);
  if (outcome.state == CR_STEP_ROLLED_BACK || outcome.state == CR_STEP_FAILED)
    hold(applying, turn, blamed);
  if (!end(applying, turn->pdata[0], &record, outcome, error))
    return FALSE;
  for (guint i = 1; i < turn->len; i++)
    if (!begin(applying, turn->pdata[i], &record, error) ||
        !end(applying, turn->pdata[i], &record, share(applying, turn, i, outcome), error))
      return FALSE;
  return TRUE;
}

/* Those that go over, of one group: by now they may be several turns, for what is between them stays. */
static gboolean do_group(CrApplying *applying, GPtrArray *group, GError **error)
{
  g_autoptr(GPtrArray) movers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  while (group->len) {
    CrTurnMember *member = g_ptr_array_steal_index(group, 0);
    CrOutcome outcome = {0};
    CrStep record;
    g_hash_table_add(applying->gone, (gpointer)member->container);
    if (!cr_action_changes(member->step->action) || !strcmp(member->step->state, "done")) {
      if (judge(applying, member, &outcome)) {
        g_ptr_array_add(movers, member);
        continue;
      }
      if (!begin(applying, member, &record, error) || !end(applying, member, &record, outcome, error)) {
        cr_turn_member_free(member);
        return FALSE;
      }
      if (outcome.state == CR_STEP_FAILED)
        g_hash_table_insert(applying->unwell, member->step, (gpointer)record.subject);
    }
    cr_turn_member_free(member);
  }
  while (movers->len) {
    g_autoptr(GPtrArray) turn = cr_turn_take(applying->fleet, movers);
    if (!do_turn(applying, turn, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean is_last(const CrApplying *applying, const GPtrArray *group, const CrFleetStep *step)
{
  guint here = 0, at = 0;
  g_ptr_array_find(applying->plan->steps, step, &here);
  for (guint i = 0; i < group->len; i++)
    if (g_ptr_array_find(applying->plan->steps, ((const CrTurnMember *)group->pdata[i])->step, &at) && at > here)
      return FALSE;
  return TRUE;
}

/* What was planned to go over and is not there any more. */
static gboolean refuse_gone(CrApplying *applying, const CrFleetStep *step, const char *name, GError **error)
{
  CrStep record;
  const char *id = cr_arena_printf(applying->plan->arena, "recreate %s", name);
  const CrTurnMember member = {.step = (CrFleetStep *)step};
  return cr_apply_begin_step(applying, &record, id, "recreate", name, NULL, step, error) &&
         end(applying, &member, &record, cr_outcome_end(CR_STEP_REFUSED, GONE), error);
}

gboolean cr_apply_roll_containers(CrApplying *applying, CrFleetStep *step, gboolean late, GError **error)
{
  gboolean done = !cr_action_changes(step->action) || !strcmp(step->state, "done");
  for (guint i = 0; step->containers[i]; i++) {
    const CrFleetContainer *container = cr_apply_find_container(step, step->containers[i]);
    if (!container) {
      if (done && !late && !refuse_gone(applying, step, step->containers[i], error))
        return FALSE;
      continue;
    }
    if (g_hash_table_contains(applying->gone, container))
      continue;
    g_autoptr(GPtrArray) group = cr_turn_find(applying, container, step);
    if ((late || is_last(applying, group, step)) && !do_group(applying, group, error))
      return FALSE;
  }
  return TRUE;
}
