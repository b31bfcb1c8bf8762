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

/* Nothing goes over to an image that nobody planned for: ID is what the name of STEP's image is now. */
static gboolean is_planned_image(const CrFleetStep *step, const char *id)
{
  const char *planned = cr_action_changes(step->action) ? step->new_id : step->image_id;
  return !planned || !strcmp(planned, id);
}

/* For all of a turn as for its first, but that nobody's time is cut short. */
static CrRolloutOptions choose_options(const CrApplying *applying, const GPtrArray *turn)
{
  const CrTurnMember *first = turn->pdata[0];
  CrRolloutOptions options = {
      .record = applying->options->record,
      .run = applying->applied->run,
      .step = first->record.number,
      .image_id = first->image_id,
      .rollback = TRUE,
      .say = applying->options->say,
      .data = applying->options->data,
  };
  for (guint i = 0; i < turn->len; i++) {
    const CrPolicy *policy = ((const CrTurnMember *)turn->pdata[i])->container->policy;
    options.gate_seconds = MAX(options.gate_seconds, policy->gate_seconds);
    options.soak_seconds = MAX(options.soak_seconds, policy->soak_seconds);
    options.keep_seconds = MAX(options.keep_seconds, policy->keep_seconds);
    options.rollback &= policy->rollback;
  }
  return options;
}

static CrOutcome read_outcome(CrArena *arena, const CrRollout *rollout, const char *image_id)
{
  static const CrStepState states[] = {
      [CR_ROLLOUT_DONE] = CR_STEP_DONE,
      [CR_ROLLOUT_ROLLED_BACK] = CR_STEP_ROLLED_BACK,
      [CR_ROLLOUT_FAILED] = CR_STEP_FAILED,
      [CR_ROLLOUT_REFUSED] = CR_STEP_REFUSED,
  };
  CrOutcome outcome = cr_outcome_end(states[rollout->outcome], cr_arena_strdup(arena, rollout->why));
  g_autofree char *detail = cr_rollout_format_outcome(rollout);
  outcome.detail = cr_arena_strdup(arena, detail);
  outcome.with = detail ? cr_arena_list_copies(arena, rollout->with) : NULL;
  if (outcome.state != CR_STEP_DONE)
    return outcome;
  outcome.after = cr_arena_strdup(arena, image_id);
  if (rollout->down_ms)
    outcome.why = cr_arena_printf(arena, "%.1f s from its stop to ready", (double)rollout->down_ms / 1000);
  return outcome;
}

/* All of TURN at once. *BLAMED: whose new image is bad, or NULL. */
static CrOutcome roll_over(const CrApplying *applying, const GPtrArray *turn, const char **blamed)
{
  const CrTurnMember *first = turn->pdata[0];
  CrArena *arena = applying->plan->arena;
  g_autoptr(GError) error = NULL;
  g_autofree CrRolloutOther *others = g_new0(CrRolloutOther, turn->len);
  for (guint i = 1; i < turn->len; i++) {
    const CrTurnMember *other = turn->pdata[i];
    others[i - 1] = (CrRolloutOther){other->container->container->name, other->image_id, other->record.number};
  }
  CrRolloutOptions options = choose_options(applying, turn);
  options.others = others;
  options.n_others = turn->len - 1;
  g_autoptr(CrRollout) rollout = cr_rollout_run(first->container, &options, &error);
  if (!rollout)
    return cr_outcome_fail(applying, error);
  cr_problems_add_all(applying->plan->problems, rollout->problems);
  *blamed = cr_arena_strdup(arena, rollout->blamed);
  return read_outcome(arena, rollout, first->image_id);
}

/* ---- may it? ---- */

/* TRUE: *OUTCOME says why not, whatever the engine has. */
static gboolean is_left(CrApplying *applying, const CrTurnMember *member, CrOutcome *outcome)
{
  CrArena *arena = applying->plan->arena;
  const char *canary = g_hash_table_lookup(applying->unwell, member->step), *why = NULL;
  if (canary)
    *outcome = cr_outcome_end(CR_STEP_SKIPPED,
                              cr_arena_printf(arena, "'%s' was not well with it, so this one keeps the old", canary));
  else if (cr_stop_is_wanted())
    *outcome = cr_outcome_stop(applying);
  else if ((why = find_objection(applying, member->step, member->container)))
    *outcome = cr_outcome_end(CR_STEP_REFUSED, why);
  else if (applying->options->dry_run)
    *outcome = cr_outcome_end(CR_STEP_DONE, "dry run: it was not touched");
  else
    return FALSE;
  return TRUE;
}

/* Is MEMBER to go over? Then it has its new image. FALSE: *OUTCOME. */
static gboolean judge(CrApplying *applying, CrTurnMember *member, CrOutcome *outcome)
{
  CrArena *arena = applying->plan->arena;
  const CrFleetContainer *container = member->container;
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&member->image_id, g_free);
  if (is_left(applying, member, outcome))
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
  else if (!is_planned_image(member->step, id))
    *outcome = cr_outcome_end(CR_STEP_REFUSED,
                              cr_arena_printf(arena, "changed since: %s is %.19s by now, which was not planned",
                                              member->step->image_name, id));
  else if (!strcmp(((const CrContainer *)now->items->pdata[0])->image_id, id))
    *outcome = cr_outcome_end(CR_STEP_DONE, "runs it already");
  else if (bad)
    *outcome = cr_outcome_end(CR_STEP_REFUSED, cr_arena_printf(arena, "that image failed before: %s", bad));
  else
    member->image_id = g_steal_pointer(&id);
  return member->image_id != NULL;
}

/* ---- written down ---- */

static gboolean begin(CrApplying *applying, CrTurnMember *member, GError **error)
{
  CrArena *arena = applying->plan->arena;
  const CrContainer *container = member->container->container;
  const char *name = cr_arena_strdup(arena, container->name), *id = cr_arena_printf(arena, "recreate %s", name);
  if (!cr_apply_begin_step(applying, &member->record, id, "recreate", name, container->image_id, member->step, error))
    return FALSE;
  cr_apply_say(applying, id, NULL);
  return TRUE;
}

/* One that was not well is the last that its image is tried with. */
static gboolean end(CrApplying *applying, CrTurnMember *member, CrOutcome outcome, GError **error)
{
  CrFleetRollover *item = cr_arena_new0(applying->plan->arena, CrFleetRollover);
  *item = (CrFleetRollover){.container = member->record.subject,
                            .step = member->step,
                            .state = cr_step_state_get_name(outcome.state),
                            .why = outcome.why,
                            .with = outcome.with};
  g_ptr_array_add(applying->plan->rollovers, item);
  cr_apply_say(applying, member->record.id, outcome.why);
  return cr_apply_end_step(applying, &member->record, outcome, error);
}

/* ---- turns ---- */

/* What became of the first is what became of all. */
static CrOutcome share(const CrApplying *applying, const GPtrArray *turn, guint i, CrOutcome first)
{
  const CrTurnMember *head = turn->pdata[0], *member = turn->pdata[i];
  CrArena *arena = applying->plan->arena;
  if (!i)
    return first;
  const char *with = head->container->container->name;
  gboolean done = first.state == CR_STEP_DONE;
  CrOutcome outcome =
      cr_outcome_end(first.state, done || !first.why ? cr_arena_printf(arena, "with %s", with)
                                                     : cr_arena_printf(arena, "with %s: %s", with, first.why));
  outcome.after = done ? cr_arena_strdup(arena, member->image_id) : NULL;
  return outcome;
}

/* The image that no other container is given any more: the blamed one's, else the first's. */
static void hold(const CrApplying *applying, const GPtrArray *turn, const char *blamed)
{
  for (guint i = 0; i < turn->len; i++) {
    const CrTurnMember *member = turn->pdata[i];
    const char *name = member->container->container->name;
    if (blamed ? !strcmp(name, blamed) : !i)
      g_hash_table_insert(applying->unwell, member->step, (gpointer)cr_arena_strdup(applying->plan->arena, name));
  }
}

static gboolean is_unwell(CrOutcome outcome)
{
  return outcome.state == CR_STEP_ROLLED_BACK || outcome.state == CR_STEP_FAILED;
}

/* What forbids one of TURN must not keep the others old: each alone, with what uses it. */
static gboolean do_one_by_one(CrApplying *applying, const GPtrArray *turn, GError **error)
{
  for (guint i = 0; i < turn->len; i++) {
    CrTurnMember *member = turn->pdata[i];
    const char *blamed = NULL;
    CrOutcome outcome;
    g_autoptr(GPtrArray) alone = g_ptr_array_new();
    g_ptr_array_add(alone, member);
    if (!is_left(applying, member, &outcome)) {
      outcome = roll_over(applying, alone, &blamed);
      if (is_unwell(outcome))
        hold(applying, alone, blamed);
    }
    if (!end(applying, member, outcome, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean do_turn(CrApplying *applying, const GPtrArray *turn, GError **error)
{
  const char *blamed = NULL;
  for (guint i = 0; i < turn->len; i++)
    if (!begin(applying, turn->pdata[i], error))
      return FALSE;
  CrOutcome outcome = roll_over(applying, turn, &blamed);
  if (outcome.state == CR_STEP_REFUSED && turn->len > 1)
    return do_one_by_one(applying, turn, error);
  if (is_unwell(outcome))
    hold(applying, turn, blamed);
  for (guint i = 0; i < turn->len; i++)
    if (!end(applying, turn->pdata[i], share(applying, turn, i, outcome), error))
      return FALSE;
  return TRUE;
}

/* MEMBER, of a step that was done, is a mover, or it is said why not. */
static gboolean sort(CrApplying *applying, CrTurnMember *member, GPtrArray *movers, GError **error)
{
  CrOutcome outcome = {0};
  if (judge(applying, member, &outcome)) {
    g_ptr_array_add(movers, member);
    return TRUE;
  }
  gboolean ok = begin(applying, member, error) && end(applying, member, outcome, error);
  if (ok && outcome.state == CR_STEP_FAILED)
    g_hash_table_insert(applying->unwell, member->step, (gpointer)member->record.subject);
  cr_turn_member_free(member);
  return ok;
}

/* Those of GROUP that go over are what is left in it. */
static gboolean sort_group(CrApplying *applying, GPtrArray *group, GError **error)
{
  g_autoptr(GPtrArray) movers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  while (group->len) {
    CrTurnMember *member = g_ptr_array_steal_index(group, 0);
    g_hash_table_add(applying->gone, (gpointer)member->container);
    if (cr_action_changes(member->step->action) && strcmp(member->step->state, "done") != 0)
      cr_turn_member_free(member);
    else if (!sort(applying, member, movers, error))
      return FALSE;
  }
  g_ptr_array_extend_and_steal(group, g_steal_pointer(&movers));
  return TRUE;
}

/* One group: of those that go over several turns, where what is between them stays. They are judged before each, for
 * what was not well in one is not given to the next. */
static gboolean do_group(CrApplying *applying, GPtrArray *group, GError **error)
{
  while (group->len) {
    if (!sort_group(applying, group, error))
      return FALSE;
    g_autoptr(GPtrArray) turn = group->len ? cr_turn_take(applying->users, group) : NULL;
    if (turn && !do_turn(applying, turn, error))
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
static gboolean refuse_gone(CrApplying *applying, CrFleetStep *step, const char *name, GError **error)
{
  const char *id = cr_arena_printf(applying->plan->arena, "recreate %s", name);
  CrTurnMember member = {.step = step};
  return cr_apply_begin_step(applying, &member.record, id, "recreate", name, NULL, step, error) &&
         end(applying, &member, cr_outcome_end(CR_STEP_REFUSED, GONE), error);
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
