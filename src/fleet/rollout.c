/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/rollout.h"

#include <string.h>

#include "base/error.h"
#include "fleet/dependents.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

const char *cr_rollout_outcome_get_name(CrRolloutOutcome outcome)
{
  static const char *const names[] = {
      [CR_ROLLOUT_DONE] = "done",
      [CR_ROLLOUT_ROLLED_BACK] = "rolled-back",
      [CR_ROLLOUT_FAILED] = "failed",
      [CR_ROLLOUT_REFUSED] = "refused",
  };
  return names[outcome];
}

void cr_rollout_free(CrRollout *rollout)
{
  cr_problems_free(rollout->problems);
  cr_arena_free(rollout->arena);
  g_free(rollout);
}

CrRollout *cr_rollout_refuse(const char *container, const char *format, ...)
{
  CrRollout *result = g_new0(CrRollout, 1);
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *why = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  result->arena = cr_arena_new();
  result->problems = cr_problems_new();
  result->outcome = CR_ROLLOUT_REFUSED;
  result->container = cr_arena_strdup(result->arena, container);
  result->why = cr_arena_strdup(result->arena, why);
  return result;
}

/* ---- up to the switch: nothing is touched ---- */

/* The new one goes again, and that is how it ends. */
static gboolean abandon(CrRolling *rolling, const char *why)
{
  g_autoptr(GError) error = NULL;
  rolling->result->outcome = CR_ROLLOUT_REFUSED;
  rolling->result->why = why;
  if (!cr_rolling_abandon(rolling, "refused", &error)) /* stays open: the next one takes it away */
    cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, rolling->operation.container, error);
  return FALSE;
}

static gboolean make_ready(CrRolling *rolling)
{
  const char *why = NULL;
  g_autoptr(GError) error = NULL;
  if (!cr_rolling_get(rolling, 0)->new_id) {
    cr_rolling_say(rolling, "the new one is made beside it");
    if (!cr_rolling_create(rolling, 0, &why, &error))
      return abandon(rolling, cr_arena_strdup(rolling->arena, error->message));
    if (why)
      return abandon(rolling, why);
  }
  if (!cr_rolling_enter(rolling, CR_PHASE_HOOK, &error))
    return abandon(rolling, cr_arena_strdup(rolling->arena, error->message));
  return cr_rolling_run_pre_hook(rolling, &why) || abandon(rolling, why);
}

/* ---- from the switch on ---- */

static void switch_over(CrRolling *rolling)
{
  g_autoptr(GError) error = NULL;
  if (!cr_rolling_go_on(rolling)) {
    cr_rolling_go_back(rolling);
    return;
  }
  if (rolling->why)
    cr_rolling_mark_bad(rolling);
  if (cr_rolling_commit(rolling, &error))
    return;
  /* it runs and is well, and the next one that acts finds so */
  rolling->result->outcome = CR_ROLLOUT_DONE;
  rolling->result->after = cr_rolling_get(rolling, 0)->new_id;
  cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
}

void cr_rolling_finish(CrRolling *rolling)
{
  g_autoptr(GError) error = NULL;
  switch (rolling->phase) {
  case CR_PHASE_CREATE:
  case CR_PHASE_HOOK:
    abandon(rolling, "it was interrupted before anything was touched");
    break;
  case CR_PHASE_BACK:
    cr_rolling_go_back(rolling);
    break;
  case CR_PHASE_COMMIT:
    if (!cr_rolling_commit(rolling, &error))
      cr_problems_add_error(rolling->result->problems, CR_PROBLEM_PARTIAL, "record", error);
    break;
  case CR_PHASE_UNIT:
    cr_rolling_restart_unit(rolling);
    break;
  case CR_PHASE_UNIT_BACK:
    cr_rolling_restart_unit_back(rolling);
    break;
  case CR_PHASE_SWITCH:
  case CR_PHASE_GATE:
  case CR_PHASE_DEPENDENTS:
  case CR_PHASE_SOAK:
    switch_over(rolling);
    break;
  }
}

/* ---- one from the beginning ---- */

/* An earlier change of CONTAINER that could not be finished, or NULL. */
static const char *find_open(CrRolling *rolling, GError **error)
{
  g_autoptr(GPtrArray) open =
      cr_record_list_operations(rolling->record, rolling->operation.daemon, TRUE, rolling->arena, error);
  for (guint i = 0; open && i < open->len; i++) {
    const CrOperation *operation = open->pdata[i];
    if (!strcmp(operation->container, rolling->operation.container))
      return cr_arena_printf(rolling->arena, "an earlier change of it is not finished (operation %s, %s)",
                             operation->id, operation->phase);
  }
  return NULL;
}

static gboolean prepare_unit(CrRolling *rolling, const CrContainer *container, const char *image_id)
{
  g_autofree char *program = g_find_program_in_path("systemctl");
  const char *why = cr_container_is_own(container)       ? "careen itself runs in it"
                    : !program                           ? "systemd makes it, and there is no systemctl here"
                    : !cr_rollout_runs(container->state) ? "its unit does not run: systemd makes it when it starts"
                                                         : NULL;
  CrRolloutMember *member = cr_arena_new0(rolling->arena, CrRolloutMember);
  *member = (CrRolloutMember){
      .name = cr_arena_strdup(rolling->arena, container->name),
      .old_id = cr_arena_strdup(rolling->arena, container->id),
      .image = cr_arena_strdup(rolling->arena, container->image),
      .image_id = cr_arena_strdup(rolling->arena, image_id),
      .before_image_id = cr_arena_strdup(rolling->arena, container->image_id),
      .state = cr_arena_strdup(rolling->arena, container->state),
      .ill = cr_rollout_find_illness(container),
  };
  g_ptr_array_add(rolling->members, member);
  rolling->unit = cr_arena_strdup(rolling->arena, container->unit);
  rolling->result->before = member->old_id;
  if (why)
    rolling->result->outcome = CR_ROLLOUT_REFUSED;
  rolling->result->why = why;
  return !why;
}

static void take_kept(CrRolling *rolling, const CrContainer *kept, const char *policy)
{
  CrRolloutMember *first = cr_rolling_get(rolling, 0);
  first->new_id = cr_arena_strdup(rolling->arena, kept->id);
  first->home = cr_arena_strdup(rolling->arena, kept->name);
  first->new_policy = cr_arena_strdup(rolling->arena, policy);
}

/* FALSE without ERROR: `result` says why nothing is done. */
static gboolean begin(CrRolling *rolling, const CrContainers *all, const CrContainer *container, const char *image_id,
                      GError **error)
{
  g_autoptr(GError) cause = NULL;
  const char *why = find_open(rolling, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  if (why) {
    rolling->result->outcome = CR_ROLLOUT_REFUSED;
    rolling->result->why = why;
    return FALSE;
  }
  return !g_strcmp0(container->manager, "systemd") && container->unit
             ? prepare_unit(rolling, container, image_id)
             : cr_rolling_prepare(rolling, all, container, image_id, error);
}

CrRollout *cr_rollout_roll(CrDaemon *daemon, const CrContainers *all, const CrContainer *container,
                           const char *image_id, const CrContainer *kept, const char *policy,
                           const CrRolloutOptions *options, GError **error)
{
  g_autoptr(CrRolling) rolling = cr_rolling_new(daemon, container->name, options);
  CrRollout *result = rolling->result;
  g_autoptr(GError) cause = NULL;
  gboolean ready = begin(rolling, all, container, image_id, &cause);
  if (ready && kept)
    take_kept(rolling, kept, policy);
  ready = ready && cr_rolling_enter(rolling, CR_PHASE_CREATE, &cause);
  if (cause) {
    cr_rollout_free(result);
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (!ready)
    return result;
  const char *why = NULL;
  if (!rolling->unit) {
    if (make_ready(rolling))
      switch_over(rolling);
  } else if (!cr_rolling_run_pre_hook(rolling, &why)) {
    abandon(rolling, why);
  } else if (!cr_rolling_enter(rolling, CR_PHASE_UNIT, &cause)) {
    abandon(rolling, cr_arena_strdup(rolling->arena, cause->message));
  } else {
    cr_rolling_restart_unit(rolling);
  }
  return result;
}

CrRollout *cr_rollout_run(const CrFleetContainer *container, const CrRolloutOptions *options, GError **error)
{
  g_autoptr(CrContainers) all = cr_containers_list(container->daemon, error);
  if (!all)
    return NULL;
  const CrContainer *now = cr_containers_find(all, container->container->id);
  if (!now)
    return cr_rollout_refuse(container->container->name, "changed since: it is another container by now, or none");
  return cr_rollout_roll(container->daemon, all, now, options->image_id, NULL, NULL, options, error);
}
