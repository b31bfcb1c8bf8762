/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/rollout-private.h"

/* ---- what is wrong ---- */

static gboolean fail(CrRolling *rolling, const char *why, gboolean blamed)
{
  rolling->why = why;
  rolling->blamed = blamed;
  return FALSE;
}

static gboolean fail_by(CrRolling *rolling, const GError *error, gboolean blamed)
{
  return fail(rolling, cr_arena_strdup(rolling->arena, error->message), blamed);
}

/* Whose new image MEMBER's being bad speaks against: its own; else that of what it uses. NULL: nobody's, or it hangs on
 * none here. */
static const CrRolloutMember *find_suspect(const CrRolling *rolling, const CrRolloutMember *member)
{
  const CrRolloutMember *found = cr_rollout_member_changes(member) ? member : NULL;
  for (guint i = 0; !found && i < rolling->members->len; i++) {
    const CrRolloutMember *other = cr_rolling_get(rolling, i);
    if (other == member)
      break; /* what it uses is before it */
    found = cr_rollout_member_uses(member, other) ? find_suspect(rolling, other) : NULL;
  }
  return found;
}

static gboolean blame(CrRolling *rolling, const CrRolloutMember *member, const char *why)
{
  const CrRolloutMember *suspect = find_suspect(rolling, member);
  rolling->whose = suspect ? suspect->name : NULL;
  return fail(rolling, why, suspect != NULL);
}

/* Of another one than the first it is said which. */
static const char *explain(const CrRolling *rolling, const CrRolloutMember *member, const char *why)
{
  return member == cr_rolling_get(rolling, 0) ? why
         : member->uses
             ? cr_arena_printf(rolling->arena, "%s, which uses it, is not well: %s", member->name, why)
             : cr_arena_printf(rolling->arena, "%s, which went over with it, is not well: %s", member->name, why);
}

/* Not well, but it is to stay: policy rollback: no. What is wrong first is what is said. */
static gboolean judge(CrRolling *rolling, const CrRolloutMember *member, const char *why)
{
  if (cr_rolling_forgives(rolling, member, why))
    return TRUE;
  if (rolling->rollback)
    return blame(rolling, member, explain(rolling, member, why));
  if (!rolling->why)
    blame(rolling, member, explain(rolling, member, why));
  return TRUE;
}

/* ---- waiting ---- */

const char *cr_rolling_take_why(CrRolling *rolling, CrGateResult *result)
{
  const char *why = cr_arena_strdup(rolling->arena, result->why);
  cr_gate_result_clear(result);
  return why;
}

gboolean cr_rolling_wait(CrRolling *rolling, const char *id, gint64 restarts, CrGateResult *result, const char **why)
{
  g_auto(CrGate) gate = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, id, &error);
  if (now)
    cr_gate_init(&gate, cr_rollout_get_first(now)->inspect, rolling->gate_seconds, rolling->soak_seconds,
                 rolling->result->problems);
  if (!now || !cr_gate_wait(&gate, rolling->daemon, id, restarts, result, &error)) {
    *why = cr_arena_strdup(rolling->arena, error->message);
    return FALSE;
  }
  *why = cr_rolling_take_why(rolling, result);
  return result->passed;
}

/* One that restarted all the time may be anything; one that was unhealthy ran. */
gboolean cr_rolling_forgives(CrRolling *rolling, const CrRolloutMember *member, const char *why)
{
  if (!member->ill)
    return FALSE;
  if (strcmp(member->ill, "restarting") != 0) {
    g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, member->new_id, NULL);
    if (!now || strcmp(cr_rollout_get_first(now)->state, "running") != 0)
      return FALSE;
  }
  cr_rolling_say(rolling, "%s is not well (%s), and was %s before", member->name, why, member->ill);
  cr_problems_add(rolling->result->problems, CR_PROBLEM_NOTE, member->name,
                  "it was %s before, and is not well now: %s; that says nothing about its image", member->ill, why);
  return TRUE;
}

static void note_ready(CrRolling *rolling, const CrRolloutMember *member)
{
  CrRollout *result = rolling->result;
  if (rolling->stopped_usec && member == cr_rolling_get(rolling, 0))
    result->down_ms = MAX((member->gate.ready_usec - rolling->stopped_usec) / 1000, 1);
}

static gboolean gate(CrRolling *rolling, CrRolloutMember *member)
{
  const char *why = NULL;
  if (!cr_rollout_runs(member->state))
    return TRUE;
  if (!cr_rolling_wait(rolling, member->new_id, 0, &member->gate, &why) ||
      !cr_rolling_run_post_hook(rolling, member->new_id, &why))
    return judge(rolling, member, why);
  note_ready(rolling, member);
  return TRUE;
}

/* ---- one in place of the other ---- */

/* An old one that somebody took away meanwhile needs no stop. */
static gboolean forgive_gone(GError **cause)
{
  if (!g_error_matches(*cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    return FALSE;
  g_clear_error(cause);
  return TRUE;
}

/* What uses one that restarts all the time cannot start, whatever its image. */
static gboolean has_ill(const CrRolling *rolling)
{
  for (guint i = 0; i < rolling->members->len; i++)
    if (cr_rolling_get(rolling, i)->ill)
      return TRUE;
  return FALSE;
}

static gboolean switch_unit(CrRolling *rolling, guint i)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  g_autoptr(GError) error = NULL;
  cr_rolling_say(rolling, "systemd restarts %s", member->unit);
  if (!i)
    rolling->stopped_usec = g_get_monotonic_time();
  if (cr_rolling_switch_unit(rolling, i, &error))
    return TRUE;
  return has_ill(rolling) ? fail_by(rolling, error, FALSE)
                          : blame(rolling, member, cr_arena_strdup(rolling->arena, error->message));
}

static gboolean switch_over(CrRolling *rolling, guint i)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  CrDaemon *daemon = rolling->daemon;
  const char *old_name = cr_rolling_format_name(rolling, member, "old");
  g_autoptr(GError) error = NULL;
  gboolean runs = cr_rollout_runs(member->state);
  if (member->unit)
    return switch_unit(rolling, i);
  if (!cr_rollout_set_policy(daemon, member->old_id, NULL, &error) && !forgive_gone(&error))
    return fail_by(rolling, error, FALSE);
  if (!i && runs && rolling->phase == CR_PHASE_SWITCH)
    rolling->stopped_usec = g_get_monotonic_time();
  if (!cr_rollout_stop(daemon, member->old_id, &error) && !forgive_gone(&error))
    return fail_by(rolling, error, FALSE);
  if ((!cr_rollout_rename(daemon, member->old_id, old_name, &error) && !forgive_gone(&error)) ||
      !cr_rollout_rename(daemon, member->new_id, member->name, &error))
    return fail_by(rolling, error, FALSE);
  if (member->new_policy && !cr_rollout_set_policy(daemon, member->new_id, member->new_policy, &error))
    return fail_by(rolling, error, FALSE);
  if (!runs || cr_container_start(daemon, member->new_id, &error))
    return TRUE;
  return has_ill(rolling) ? fail_by(rolling, error, FALSE)
                          : blame(rolling, member, cr_arena_strdup(rolling->arena, error->message));
}

static gboolean do_other(CrRolling *rolling, guint i)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  const char *why = NULL, *which = member->uses ? "uses it" : "goes over with it";
  g_autoptr(GError) error = NULL;
  if (!member->new_id && !member->unit && !cr_rolling_create(rolling, i, &why, &error))
    return fail_by(rolling, error, FALSE);
  if (why)
    return fail(rolling, cr_arena_printf(rolling->arena, "%s, which %s: %s", member->name, which, why), FALSE);
  if (!cr_rolling_enter(rolling, CR_PHASE_DEPENDENTS, &error))
    return fail_by(rolling, error, FALSE);
  cr_rolling_say(rolling, "%s, which %s, is switched over", member->name, which);
  return switch_over(rolling, i) && gate(rolling, member);
}

/* ---- watched for a while ---- */

static guint get_soak(CrRolling *rolling, const char *id)
{
  g_auto(CrGate) gate = {0};
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, id, NULL);
  if (!now)
    return rolling->soak_seconds;
  cr_gate_init(&gate, cr_rollout_get_first(now)->inspect, rolling->gate_seconds, rolling->soak_seconds,
               rolling->result->problems);
  return gate.soak_seconds;
}

static gboolean soak_one(CrRolling *rolling, CrRolloutMember *member, guint seconds)
{
  g_auto(CrGate) gate = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, member->new_id, &error);
  if (now)
    cr_gate_init(&gate, cr_rollout_get_first(now)->inspect, rolling->gate_seconds, seconds, rolling->result->problems);
  if (!now || !cr_gate_soak(&gate, rolling->daemon, member->new_id, seconds, &member->gate, &error))
    return fail_by(rolling, error, FALSE);
  const char *why = cr_rolling_take_why(rolling, &member->gate);
  if (member->gate.passed)
    return TRUE;
  why = why ? why : "it is not well any more";
  return judge(rolling, member, why);
}

/* One time for all: the first is watched for the longest of their times, the others are asked at its end, and what
 * they restarted meanwhile shows in their counts. */
static gboolean soak(CrRolling *rolling)
{
  guint seconds = 0;
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (member->gate.passed)
      seconds = MAX(seconds, get_soak(rolling, member->new_id));
  }
  for (guint i = 0; i < rolling->members->len; i++) {
    CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (!member->gate.passed)
      continue;
    if (!soak_one(rolling, member, seconds))
      return FALSE;
    seconds = 0;
  }
  return TRUE;
}

/* ---- all of it ---- */

static gboolean enter(CrRolling *rolling, CrPhase phase)
{
  g_autoptr(GError) error = NULL;
  return cr_rolling_enter(rolling, phase, &error) || fail_by(rolling, error, FALSE);
}

gboolean cr_rolling_go_on(CrRolling *rolling)
{
  CrRolloutMember *first = cr_rolling_get(rolling, 0);
  if (!enter(rolling, CR_PHASE_SWITCH))
    return FALSE;
  cr_rolling_say(rolling, "the new one takes its place");
  if (!switch_over(rolling, 0) || !enter(rolling, CR_PHASE_GATE))
    return FALSE;
  if (cr_rollout_runs(first->state))
    cr_rolling_say(rolling, "waiting until it is well");
  if (!gate(rolling, first))
    return FALSE;
  for (guint i = 1; i < rolling->members->len; i++)
    if (!enter(rolling, CR_PHASE_DEPENDENTS) || !do_other(rolling, i))
      return FALSE;
  return enter(rolling, CR_PHASE_SOAK) && soak(rolling);
}

static void settle(CrRolling *rolling, CrRolloutMember *member)
{
  g_autoptr(GError) error = NULL;
  if (member->unit)
    return; /* systemd has removed the old one, or uses it again */
  if (!strcmp(member->state, "paused") && !cr_container_pause(rolling->daemon, member->new_id, TRUE, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, member->name, error);
  g_clear_error(&error);
  /* a Podman that cannot change a policy may have started it again */
  if (!cr_rollout_stop(rolling->daemon, member->old_id, &error) && !forgive_gone(&error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, member->name, error);
  g_clear_error(&error);
  if ((member->at_once || !rolling->keep_seconds) && !cr_rollout_remove(rolling->daemon, member->old_id, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, member->name, error);
}

gboolean cr_rolling_commit(CrRolling *rolling, GError **error)
{
  CrRollout *result = rolling->result;
  if (!cr_rolling_enter(rolling, CR_PHASE_COMMIT, error))
    return FALSE;
  for (guint i = rolling->members->len; i > 0; i--) /* Podman removes none that another one uses */
    settle(rolling, cr_rolling_get(rolling, i - 1));
  result->outcome = rolling->why ? CR_ROLLOUT_FAILED : CR_ROLLOUT_DONE;
  result->why = rolling->why
                    ? cr_arena_printf(rolling->arena, "%s; it stays all the same (policy: rollback: no)", rolling->why)
                    : NULL;
  result->after = cr_rolling_get(rolling, 0)->new_id;
  return cr_rolling_end(rolling, "committed", error);
}
