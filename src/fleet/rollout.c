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
  g_ptr_array_unref(rollout->changes);
  g_ptr_array_unref(rollout->with);
  cr_problems_free(rollout->problems);
  cr_arena_free(rollout->arena);
  g_free(rollout);
}

char *cr_rollout_format_outcome(const CrRollout *rollout)
{
  if (!rollout->with->len || rollout->outcome == CR_ROLLOUT_REFUSED)
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_strings(writer, "with", cr_arena_list(rollout->arena, rollout->with));
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
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
  result->changes = g_ptr_array_new();
  result->with = g_ptr_array_new();
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

/* Those that use none of the others are made before any is stopped; the rest waits for the names that it is told. */
static gboolean make_new_ones(CrRolling *rolling, const char **why, GError **error)
{
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (member->new_id || member->unit || member->uses)
      continue;
    cr_rolling_say(rolling, "%s is made beside it",
                   i ? cr_arena_printf(rolling->arena, "the new %s", member->name) : "the new one");
    if (!cr_rolling_create(rolling, i, why, error))
      return FALSE;
    if (*why) {
      *why = i ? cr_arena_printf(rolling->arena, "%s, which goes over with it: %s", member->name, *why) : *why;
      return TRUE;
    }
  }
  return TRUE;
}

static gboolean run_pre_hooks(CrRolling *rolling, const char **why)
{
  for (guint i = 0; i < rolling->members->len; i++)
    if ((!i || cr_rollout_member_changes(cr_rolling_get(rolling, i))) && !cr_rolling_run_pre_hook(rolling, i, why))
      return FALSE;
  return TRUE;
}

static gboolean make_ready(CrRolling *rolling)
{
  const char *why = NULL;
  g_autoptr(GError) error = NULL;
  if (!make_new_ones(rolling, &why, &error) || (!why && !cr_rolling_enter(rolling, CR_PHASE_HOOK, &error)))
    return abandon(rolling, cr_arena_strdup(rolling->arena, error->message));
  if (why)
    return abandon(rolling, why);
  return run_pre_hooks(rolling, &why) || abandon(rolling, why);
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
  case CR_PHASE_SWITCH:
  case CR_PHASE_GATE:
  case CR_PHASE_DEPENDENTS:
  case CR_PHASE_SOAK:
    switch_over(rolling);
    break;
  }
}

/* ---- one from the beginning ---- */

/* The member of ROLLING that OPERATION changes, too; or NULL. */
static const char *find_common(CrRolling *rolling, const CrOperation *operation)
{
  const char *name = NULL;
  g_autoptr(CrRolling) other = cr_rolling_load(rolling->daemon, rolling->record, operation, NULL);
  for (guint i = 0; i < rolling->members->len && !name; i++) {
    const char *own = cr_rolling_get(rolling, i)->name;
    name = !strcmp(operation->container, own) ? own : NULL;
    for (guint k = 0; other && k < other->members->len && !name; k++)
      name = !strcmp(cr_rolling_get(other, k)->name, own) ? own : NULL;
  }
  if (other)
    cr_rollout_free(other->result);
  return name;
}

/* An earlier change of one of what is changed now, that could not be finished; or NULL. */
static const char *find_open(CrRolling *rolling, GError **error)
{
  g_autoptr(GPtrArray) open =
      cr_record_list_operations(rolling->record, rolling->operation.daemon, TRUE, rolling->arena, error);
  for (guint i = 0; open && i < open->len; i++) {
    const CrOperation *operation = open->pdata[i];
    const char *name = find_common(rolling, operation);
    if (name)
      return cr_arena_printf(rolling->arena, "an earlier change of %s is not finished (operation %s, %s)",
                             strcmp(name, rolling->operation.container) ? name : "it", operation->id, operation->phase);
  }
  return NULL;
}

/* FALSE without ERROR: `result` says why nothing is done. */
static gboolean begin(CrRolling *rolling, const CrRollingWish *wish, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (!cr_rolling_prepare(rolling, wish, error))
    return FALSE;
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
  return cr_rolling_enter(rolling, CR_PHASE_CREATE, error);
}

CrRollout *cr_rollout_roll(CrDaemon *daemon, const CrRollingWish *wish, const CrRolloutOptions *options, GError **error)
{
  g_autoptr(CrRolling) rolling = cr_rolling_new(daemon, wish->container->name, options);
  CrRollout *result = rolling->result;
  g_autoptr(GError) cause = NULL;
  gboolean ready = begin(rolling, wish, &cause);
  if (cause) {
    cr_rollout_free(result);
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (ready && make_ready(rolling))
    switch_over(rolling);
  return result;
}

CrRollout *cr_rollout_run(const CrFleetContainer *container, const CrRolloutOptions *options, GError **error)
{
  g_autoptr(CrContainers) all = cr_containers_list(container->daemon, error);
  if (!all)
    return NULL;
  const CrContainer *now = cr_containers_find(all, container->container->id);
  if (!now || cr_fleet_is_temporary_name(now->name)) /* made again with one that it uses, from the same image */
    now = cr_containers_find(all, container->container->name);
  if (!now || strcmp(now->image_id, container->container->image_id) != 0)
    return cr_rollout_refuse(container->container->name, "changed since: it is another container by now, or none");
  CrRollingWish wish = {.all = all,
                        .container = now,
                        .image_id = options->image_id,
                        .others = options->others,
                        .n_others = options->n_others};
  return cr_rollout_roll(container->daemon, &wish, options, error);
}
