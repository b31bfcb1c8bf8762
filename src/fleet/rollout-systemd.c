/* SPDX-License-Identifier: Apache-2.0 */
/* A member that a unit makes (Quadlet, podman generate systemd): careen gives the name to the other image and lets
 * systemd make it again. Each call may be made again. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "fleet/rollout-private.h"

/* Longer than systemd's own TimeoutStartSec= of 90 s and TimeoutStopSec= together. */
#define RESTART_MS 300000U

static gboolean ask_systemd(const char *verb, const char *unit, GError **error)
{
  const char *const system[] = {"systemctl", verb, unit, NULL};
  const char *const user[] = {"systemctl", "--user", verb, unit, NULL};
  CrProcessRequest request = {.argv = geteuid() ? user : system, .timeout_ms = RESTART_MS};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return FALSE;
  if (result->status)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "systemctl %s %s ended with %d%s%.300s", verb, unit,
                result->status, *g_strchomp(result->errors) ? ": " : "", result->errors);
  return result->status == 0;
}

const char *cr_rollout_find_unit_obstacle(const CrContainer *container)
{
  g_autofree char *program = g_find_program_in_path("systemctl");
  return cr_container_is_own(container) ? "careen itself runs in it"
         : !program                     ? "systemd makes it, and there is no systemctl here"
                                        : NULL;
}

static gboolean name_image(CrRolling *rolling, const CrRolloutMember *member, const char *image_id, GError **error)
{
  g_autofree char *named = cr_daemon_find_image(rolling->daemon, member->image, NULL);
  return !g_strcmp0(named, image_id) || cr_daemon_tag_image(rolling->daemon, image_id, member->image, error);
}

/* What runs under MEMBER's name is made of IMAGE_ID; it is noted as the new one. */
static gboolean take_made(CrRolling *rolling, CrRolloutMember *member, const char *image_id, GError **error)
{
  g_autoptr(CrContainers) made = cr_containers_load(rolling->daemon, member->name, error);
  if (!made)
    return FALSE;
  const CrContainer *now = cr_rollout_get_first(made);
  member->new_id = cr_arena_strdup(rolling->arena, now->id);
  if (!strcmp(now->image_id, image_id))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "unit %s was restarted and runs another image than %s",
              member->unit, member->image);
  return FALSE;
}

/* Does IMAGE_ID run under MEMBER's name? ANEW: in another container than before. */
static gboolean runs(CrRolling *rolling, const CrRolloutMember *member, const char *image_id, gboolean anew)
{
  g_autoptr(CrContainers) found = cr_rollout_find(rolling->daemon, member->name, NULL);
  const CrContainer *now = found ? cr_rollout_get_first(found) : NULL;
  return now && !strcmp(now->image_id, image_id) && cr_rollout_runs(now->state) &&
         (!anew || strcmp(now->id, member->old_id) != 0);
}

gboolean cr_rolling_switch_unit(CrRolling *rolling, guint i, GError **error)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  if (!name_image(rolling, member, member->image_id, error))
    return FALSE;
  if (!runs(rolling, member, member->image_id, TRUE)) {
    for (guint k = rolling->members->len; k > i + 1; k--) {
      const CrRolloutMember *later = cr_rolling_get(rolling, k - 1);
      if (later->unit && later->uses && !ask_systemd("stop", later->unit, error))
        return FALSE;
    }
    if (!ask_systemd("restart", member->unit, error))
      return FALSE;
  }
  return take_made(rolling, member, member->image_id, error);
}

/* It was touched, or stands on what is another one by now. */
static gboolean is_to_go(CrRolling *rolling, const CrRolloutMember *member)
{
  return member->uses || !runs(rolling, member, member->before_image_id, FALSE);
}

gboolean cr_rolling_stop_unit(CrRolling *rolling, const CrRolloutMember *member, GError **error)
{
  return !is_to_go(rolling, member) || ask_systemd("stop", member->unit, error);
}

gboolean cr_rolling_restore_unit(CrRolling *rolling, CrRolloutMember *member, GError **error)
{
  gboolean again = is_to_go(rolling, member);
  return name_image(rolling, member, member->before_image_id, error) &&
         (!again || ask_systemd("restart", member->unit, error)) &&
         take_made(rolling, member, member->before_image_id, error);
}
