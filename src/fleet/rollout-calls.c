/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/rollout-private.h"

#define PATIENCE_USEC (60 * G_USEC_PER_SEC)
#define PAUSE_USEC    (G_USEC_PER_SEC / 2)

typedef gboolean (*Attempt)(CrDaemon *daemon, const char *id, const char *name, GError **error);

static gboolean insist(Attempt attempt, CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  gint64 end = g_get_monotonic_time() + PATIENCE_USEC;
  for (;;) {
    g_autoptr(GError) cause = NULL;
    if (attempt(daemon, id, name, &cause))
      return TRUE;
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND) || g_get_monotonic_time() >= end) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    g_usleep(PAUSE_USEC);
  }
}

const CrContainer *cr_rollout_get_first(const CrContainers *containers)
{
  return containers->items->pdata[0];
}

CrContainers *cr_rollout_find(CrDaemon *daemon, const char *name, GError **error)
{
  g_autoptr(GError) cause = NULL;
  CrContainers *found = cr_containers_load(daemon, name, &cause);
  if (cause && !g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_propagate_error(error, g_steal_pointer(&cause));
  return found;
}

gboolean cr_rollout_runs(const char *state)
{
  static const char *const states[] = {"running", "paused", "restarting", NULL};
  return g_strv_contains(states, state);
}

/* ---- one attempt each ---- */

/* A paused one cannot take its signal; one that never ran cannot be stopped (Podman says so with an error). */
static gboolean stop(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  (void)name;
  g_autoptr(CrContainers) now = cr_containers_load(daemon, id, error);
  if (!now)
    return FALSE;
  const char *state = cr_rollout_get_first(now)->state;
  if (!strcmp(state, "created") || !strcmp(state, "configured"))
    return TRUE;
  if (!strcmp(state, "paused") && !cr_container_pause(daemon, id, FALSE, error))
    return FALSE;
  return cr_container_stop(daemon, id, error);
}

static gboolean rename_to(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  return cr_container_rename(daemon, id, name, error);
}

static gboolean start(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  (void)name;
  return cr_container_start(daemon, id, error);
}

static gboolean take_away(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (!stop(daemon, id, name, &cause)) {
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
      return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  return cr_container_remove(daemon, id, FALSE, error);
}

static gboolean set_policy(CrDaemon *daemon, const char *id, const char *policy, GError **error)
{
  const char *text = policy ? policy : "{\"Name\":\"no\",\"MaximumRetryCount\":0}";
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "restart policy", error);
  gboolean known = TRUE;
  g_autoptr(GError) cause = NULL;
  if (!doc || cr_container_set_restart_policy(daemon, id, cr_json_get_root(doc), &known, &cause) || !known)
    return doc != NULL;
  g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

/* ---- until they are done ---- */

gboolean cr_rollout_stop(CrDaemon *daemon, const char *id, GError **error)
{
  return insist(stop, daemon, id, NULL, error);
}

gboolean cr_rollout_rename(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  return insist(rename_to, daemon, id, name, error);
}

gboolean cr_rollout_start(CrDaemon *daemon, const char *id, GError **error)
{
  return insist(start, daemon, id, NULL, error);
}

gboolean cr_rollout_remove(CrDaemon *daemon, const char *id, GError **error)
{
  return insist(take_away, daemon, id, NULL, error);
}

gboolean cr_rollout_set_policy(CrDaemon *daemon, const char *id, const char *policy, GError **error)
{
  return insist(set_policy, daemon, id, policy, error);
}
