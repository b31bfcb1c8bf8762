/* SPDX-License-Identifier: Apache-2.0 */
/* A container that a unit makes (Quadlet, podman generate systemd): careen gives the name to the other image and lets
 * systemd make it again. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "fleet/rollout-private.h"

/* Longer than systemd's own TimeoutStartSec= of 90 s and TimeoutStopSec= together. */
#define RESTART_MS 300000U

static gboolean restart(const char *unit, GError **error)
{
  const char *const system[] = {"systemctl", "restart", unit, NULL};
  const char *const user[] = {"systemctl", "--user", "restart", unit, NULL};
  CrProcessRequest request = {.argv = geteuid() ? user : system, .timeout_ms = RESTART_MS};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return FALSE;
  if (result->status)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "systemctl restart %s ended with %d%s%.300s", unit,
                result->status, *g_strchomp(result->errors) ? ": " : "", result->errors);
  return result->status == 0;
}

/* The name is ID's and the container runs it; what is so already is left. */
static gboolean bring(CrRolling *rolling, const char *image_id, GError **error)
{
  CrRolloutMember *member = cr_rolling_get(rolling, 0);
  g_autofree char *named = cr_daemon_find_image(rolling->daemon, member->image, NULL);
  if (g_strcmp0(named, image_id) != 0 && !cr_daemon_tag_image(rolling->daemon, image_id, member->image, error))
    return FALSE;
  g_autoptr(CrContainers) before = cr_rollout_find(rolling->daemon, member->name, NULL);
  const CrContainer *now = before ? cr_rollout_get_first(before) : NULL;
  gboolean there = now && !strcmp(now->image_id, image_id) && cr_rollout_runs(now->state);
  if (!there && !restart(rolling->unit, error))
    return FALSE;
  g_autoptr(CrContainers) after = cr_containers_load(rolling->daemon, member->name, error);
  if (!after)
    return FALSE;
  now = cr_rollout_get_first(after);
  member->new_id = cr_arena_strdup(rolling->arena, now->id);
  if (!strcmp(now->image_id, image_id))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "unit %s was restarted and runs another image than %s",
              rolling->unit, member->image);
  return FALSE;
}

static void note_ready(CrRolling *rolling)
{
  const CrRolloutMember *member = cr_rolling_get(rolling, 0);
  if (rolling->stopped_usec)
    rolling->result->down_ms = MAX((member->gate.ready_usec - rolling->stopped_usec) / 1000, 1);
}

static gboolean end(CrRolling *rolling, CrRolloutOutcome outcome, const char *why, const char *word)
{
  g_autoptr(GError) error = NULL;
  rolling->result->outcome = outcome;
  rolling->result->why = why;
  rolling->result->after = cr_rolling_get(rolling, 0)->new_id;
  if (!cr_rolling_end(rolling, word, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
  return TRUE;
}

static gboolean watch(CrRolling *rolling, const char **why)
{
  CrRolloutMember *member = cr_rolling_get(rolling, 0);
  g_auto(CrGate) gate = {0};
  g_autoptr(GError) error = NULL;
  if (!cr_rolling_wait(rolling, member->new_id, 0, &member->gate, why) ||
      !cr_rolling_run_post_hook(rolling, member->new_id, why))
    return FALSE;
  note_ready(rolling);
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, member->new_id, &error);
  if (now)
    cr_gate_init(&gate, cr_rollout_get_first(now)->inspect, rolling->gate_seconds, rolling->soak_seconds,
                 rolling->result->problems);
  if (!now || !cr_gate_soak(&gate, rolling->daemon, member->new_id, gate.soak_seconds, &member->gate, &error))
    *why = cr_arena_strdup(rolling->arena, error->message);
  else if (!member->gate.passed)
    *why = cr_rolling_take_why(rolling, &member->gate);
  return !*why;
}

void cr_rolling_restart_unit_back(CrRolling *rolling)
{
  CrRolloutMember *member = cr_rolling_get(rolling, 0);
  g_autoptr(GError) error = NULL;
  const char *unwell = NULL;
  cr_rolling_say(rolling, "the new one is not taken: %s", rolling->why);
  if (!cr_rolling_enter(rolling, CR_PHASE_UNIT_BACK, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
  g_clear_error(&error);
  cr_rolling_mark_bad(rolling);
  if (member->new_id)
    rolling->result->log =
        cr_arena_strdup(rolling->arena, cr_container_read_logs(rolling->daemon, member->new_id, 40, NULL));
  if (!bring(rolling, member->before_image_id, &error)) {
    rolling->result->outcome = CR_ROLLOUT_FAILED;
    rolling->result->why =
        cr_arena_printf(rolling->arena, "%s; and the way back is not finished: %s", rolling->why, error->message);
    return;
  }
  if (cr_rolling_wait(rolling, member->new_id, 0, &member->gate, &unwell)) {
    note_ready(rolling);
    end(rolling, CR_ROLLOUT_ROLLED_BACK, rolling->why, "rolled-back");
  } else {
    end(rolling, CR_ROLLOUT_FAILED,
        cr_arena_printf(rolling->arena, "%s; the old one runs again and is not well: %s", rolling->why, unwell),
        "failed");
  }
}

void cr_rolling_restart_unit(CrRolling *rolling)
{
  CrRolloutMember *member = cr_rolling_get(rolling, 0);
  g_autoptr(GError) error = NULL;
  const char *why = NULL;
  cr_rolling_say(rolling, "systemd restarts %s", rolling->unit);
  rolling->stopped_usec = g_get_monotonic_time();
  if (!bring(rolling, member->image_id, &error))
    why = cr_arena_strdup(rolling->arena, error->message);
  else if (!watch(rolling, &why) && cr_rolling_forgives(rolling, member, why))
    why = NULL;
  rolling->why = why;
  rolling->blamed = why != NULL;
  if (why && rolling->rollback)
    cr_rolling_restart_unit_back(rolling);
  else
    end(rolling, why ? CR_ROLLOUT_FAILED : CR_ROLLOUT_DONE, why, "committed");
}
