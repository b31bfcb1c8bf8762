/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "fleet/rollout-private.h"

/* A dump of a database before it is stopped takes minutes; this is of silence. */
#define HOOK_MS 600000U
/* sysexits.h EX_TEMPFAIL, as Watchtower has it: not now. */
#define NOT_NOW 75

/* The command of label NAME inside CONTAINER; none: success. FALSE: *WHY says what came of it. */
static gboolean run_hook(CrRolling *rolling, const CrContainer *container, const char *name, int *status,
                         const char **why)
{
  const char *command = cr_container_find_label(container, name);
  g_auto(GStrv) argv = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  *status = 0;
  if (!command)
    return TRUE;
  cr_rolling_say(rolling, "its hook %s runs", name);
  if (!g_shell_parse_argv(command, NULL, &argv, &error))
    *why = cr_arena_printf(rolling->arena, "its label %s is no command: %s", name, error->message);
  else if (!cr_container_exec(rolling->daemon, container->id, (const char *const *)argv, HOOK_MS, status, &output,
                              &error))
    *why = cr_arena_printf(rolling->arena, "its hook %s: %s", name, error->message);
  else if (*status)
    *why = cr_arena_printf(rolling->arena, "its hook %s ended with %d%s%.200s", name, *status,
                           output && *output ? ": " : "", output ? output : "");
  return !*why;
}

gboolean cr_rolling_run_post_hook(CrRolling *rolling, const char *id, const char **why)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, id, &error);
  int status = 0;
  if (now)
    return run_hook(rolling, cr_rollout_get_first(now), "careen.hook.post", &status, why);
  *why = cr_arena_strdup(rolling->arena, error->message);
  return FALSE;
}

/* One that does not run cannot be asked, and may be what the update mends. */
gboolean cr_rolling_run_pre_hook(CrRolling *rolling, guint i, const char **why)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrContainers) now = cr_containers_load(rolling->daemon, cr_rolling_get(rolling, i)->old_id, &error);
  int status = 0;
  if (!now) {
    *why = cr_arena_strdup(rolling->arena, error->message);
    return FALSE;
  }
  const CrContainer *old = cr_rollout_get_first(now);
  if (g_strcmp0(old->state, "running") != 0 || run_hook(rolling, old, "careen.hook.pre", &status, why))
    return TRUE;
  if (status == NOT_NOW)
    *why = "its hook careen.hook.pre says not now (75)";
  return FALSE;
}
