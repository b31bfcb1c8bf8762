/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/rollout-private.h"

#define LOG_LINES 40U
/* Of the names that engines give. */
#define ANONYMOUS_DIGITS 64U

/* ---- the new one goes ---- */

/* MEMBER's new one, whether its id was written down or not; NULL: there is none. */
static const char *find_new(const CrRolling *rolling, const CrRolloutMember *member, GError **error)
{
  if (member->new_id)
    return member->new_id;
  g_autoptr(CrContainers) found =
      cr_rollout_find(rolling->daemon, cr_rolling_format_name(rolling, member, "new"), error);
  return found ? cr_arena_strdup(rolling->arena, cr_rollout_get_first(found)->id) : NULL;
}

/* Volumes without a name of their own that the container ID has and OLD has not: the engine made them for it, and they
 * are nobody's when it goes. */
static GPtrArray *list_own_volumes(CrDaemon *daemon, const char *id, const char *old)
{
  GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(CrContainers) its = cr_containers_load(daemon, id, NULL), before = cr_containers_load(daemon, old, NULL);
  if (!its || !before)
    return list;
  const CrJson *mounts = cr_json_find(cr_rollout_get_first(its)->inspect, "Mounts");
  const CrJson *others = cr_json_find(cr_rollout_get_first(before)->inspect, "Mounts");
  for (guint i = 0; i < cr_json_get_length(mounts); i++) {
    const char *name = cr_json_find_string(cr_json_get_element(mounts, i), "Name", "");
    gboolean shared = strlen(name) != ANONYMOUS_DIGITS || strspn(name, "0123456789abcdef") != ANONYMOUS_DIGITS;
    for (guint k = 0; !shared && k < cr_json_get_length(others); k++)
      shared = !strcmp(cr_json_find_string(cr_json_get_element(others, k), "Name", ""), name);
    if (!shared)
      g_ptr_array_add(list, g_strdup(name));
  }
  return list;
}

/* What another container uses by now the engine keeps. */
static void remove_volumes(CrDaemon *daemon, const GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_strdup_printf("/volumes/%s", (const char *)names->pdata[i]);
    cr_daemon_send(daemon, "DELETE", path, NULL, NULL, NULL);
  }
}

/* One that was kept of before is put back where it was; any other one is removed: Podman would start it again. What
 * cannot be removed makes room by another name. */
static gboolean take_away(CrRolling *rolling, const CrRolloutMember *member, GError **error)
{
  CrDaemon *daemon = rolling->daemon;
  g_autoptr(GError) cause = NULL;
  if (member->unit) /* the first's is restarted, which is both */
    return member == cr_rolling_get(rolling, 0) || cr_rolling_stop_unit(rolling, member, error);
  const char *id = find_new(rolling, member, &cause);
  if (!id && cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  if (!id)
    return TRUE;
  if (member->home)
    return cr_rollout_set_policy(daemon, id, NULL, error) && cr_rollout_stop(daemon, id, error) &&
           cr_rollout_rename(daemon, id, member->home, error);
  g_autoptr(GPtrArray) volumes = list_own_volumes(daemon, id, member->old_id);
  if (cr_rollout_remove(daemon, id, &cause)) {
    remove_volumes(daemon, volumes);
    return TRUE;
  }
  cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, member->name, cause);
  g_clear_error(&cause);
  cr_rollout_set_policy(daemon, id, NULL, NULL);
  return cr_rollout_rename(daemon, id, cr_rolling_format_name(rolling, member, "failed"), error);
}

gboolean cr_rolling_abandon(CrRolling *rolling, const char *outcome, GError **error)
{
  for (guint i = rolling->members->len; i > 0; i--) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i - 1);
    if (!member->home && !member->unit && !take_away(rolling, member, error))
      return FALSE;
  }
  return cr_rolling_end(rolling, outcome, error);
}

static void keep_last_words(CrRolling *rolling)
{
  const CrRolloutMember *blamed = cr_rolling_find_blamed(rolling);
  const char *id = (blamed ? blamed : cr_rolling_get(rolling, 0))->new_id;
  g_autofree char *log = id ? cr_container_read_logs(rolling->daemon, id, LOG_LINES, NULL) : NULL;
  rolling->result->log = log && *log ? cr_arena_strdup(rolling->arena, log) : NULL;
}

/* ---- the old one again ---- */

static gboolean restart(CrRolling *rolling, const char *id, GError **error)
{
  return cr_rollout_stop(rolling->daemon, id, error) && cr_rollout_start(rolling->daemon, id, error);
}

static gint64 count_restarts(CrRolling *rolling, const char *id)
{
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, id, NULL);
  return now ? cr_json_find_integer(cr_rollout_get_first(now)->inspect, "RestartCount", 0) : 0;
}

/* The old one of member I has its name, and runs. One that uses another here is restarted also where it was never
 * stopped: the network that it was in is gone. */
static gboolean bring_back(CrRolling *rolling, CrRolloutMember *member, GError **error)
{
  CrDaemon *daemon = rolling->daemon;
  if (member->unit)
    return cr_rolling_restore_unit(rolling, member, error);
  if (!cr_rollout_rename(daemon, member->old_id, member->name, error) ||
      !cr_rollout_set_policy(daemon, member->old_id, member->policy, error))
    return FALSE;
  if (!cr_rollout_runs(member->state))
    return TRUE;
  return member->uses ? restart(rolling, member->old_id, error) : cr_rollout_start(daemon, member->old_id, error);
}

/* FALSE with ERROR: the engine would not. *WHY: it runs, and is not well. */
static gboolean restore(CrRolling *rolling, guint i, const char **why, GError **error)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  if (!bring_back(rolling, member, error))
    return FALSE;
  const char *id = member->unit ? member->new_id : member->old_id;
  if (!cr_rollout_runs(member->state))
    return TRUE;
  if (!cr_rolling_wait(rolling, id, count_restarts(rolling, id), &member->gate, why)) {
    *why = member->ill ? NULL : *why; /* it is as it was */
    return TRUE;
  }
  if (!i && rolling->stopped_usec)
    rolling->result->down_ms = MAX((member->gate.ready_usec - rolling->stopped_usec) / 1000, 1);
  return member->unit || strcmp(member->state, "paused") != 0 ||
         cr_container_pause(rolling->daemon, member->old_id, TRUE, error);
}

/* Is there something to go back to? */
static gboolean has_old(CrRolling *rolling, GError **error)
{
  const CrRolloutMember *first = cr_rolling_get(rolling, 0);
  g_autoptr(CrContainers) old = first->unit ? NULL : cr_containers_load(rolling->daemon, first->old_id, error);
  return first->unit || old;
}

static gboolean take_all_away(CrRolling *rolling, GError **error)
{
  for (guint i = rolling->members->len; i > 0; i--)
    if (!take_away(rolling, cr_rolling_get(rolling, i - 1), error))
      return FALSE;
  return TRUE;
}

static gboolean restore_all(CrRolling *rolling, const char **unwell, GError **error)
{
  for (guint i = 0; i < rolling->members->len; i++) {
    const char *why = NULL;
    g_autoptr(GError) cause = NULL;
    if (!restore(rolling, i, &why, &cause) && !(i && g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    if (cause) /* somebody took it away meanwhile */
      why = "it is gone";
    if (why && !*unwell)
      *unwell = cr_arena_printf(rolling->arena, "%s: %s", cr_rolling_get(rolling, i)->name, why);
  }
  return TRUE;
}

void cr_rolling_mark_bad(CrRolling *rolling)
{
  const CrRolloutMember *member = cr_rolling_find_blamed(rolling);
  if (!member || !cr_rollout_member_changes(member))
    return;
  g_autoptr(GError) error = NULL;
  g_autofree char *why = g_strdup_printf("%s: %s", cr_rolling_get(rolling, 0)->name, rolling->why);
  rolling->result->blamed = member->name;
  if (!cr_record_set_mark(rolling->record, "bad", member->image_id, why, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
}

static void end(CrRolling *rolling, CrRolloutOutcome outcome, const char *why)
{
  g_autoptr(GError) error = NULL;
  rolling->result->outcome = outcome;
  rolling->result->why = why;
  const CrRolloutMember *first = cr_rolling_get(rolling, 0);
  rolling->result->after = first->unit ? first->new_id : first->old_id;
  if (!cr_rolling_end(rolling, outcome == CR_ROLLOUT_ROLLED_BACK ? "rolled-back" : "failed", &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
}

/* The engine would not: the operation stays open, and the next careen that acts goes on with it. */
static void leave_open(CrRolling *rolling, const GError *error)
{
  rolling->result->outcome = CR_ROLLOUT_FAILED;
  rolling->result->why =
      cr_arena_printf(rolling->arena, "%s; and the way back is not finished: %s", rolling->why, error->message);
}

void cr_rolling_go_back(CrRolling *rolling)
{
  g_autoptr(GError) error = NULL;
  const char *unwell = NULL;
  if (!rolling->why)
    rolling->why = "it was interrupted";
  cr_rolling_say(rolling, "the new one is not taken: %s", rolling->why);
  /* a record that cannot be written must not keep the old one down */
  if (!cr_rolling_enter(rolling, CR_PHASE_BACK, &error))
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
  g_clear_error(&error);
  cr_rolling_mark_bad(rolling);
  if (!has_old(rolling, &error)) {
    if (g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND))
      end(rolling, CR_ROLLOUT_FAILED, cr_arena_printf(rolling->arena, "%s; and the old one is gone", rolling->why));
    else
      leave_open(rolling, error);
    return;
  }
  keep_last_words(rolling);
  if (!take_all_away(rolling, &error) || !restore_all(rolling, &unwell, &error)) {
    leave_open(rolling, error);
    return;
  }
  if (unwell)
    end(rolling, CR_ROLLOUT_FAILED,
        cr_arena_printf(rolling->arena, "%s; the old one runs again and is not well: %s", rolling->why, unwell));
  else
    end(rolling, CR_ROLLOUT_ROLLED_BACK, rolling->why);
}
