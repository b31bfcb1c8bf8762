/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

typedef struct {
  CrDaemon *daemon;
  CrRecord *record;
  CrArena *arena;
  void (*say)(const char *line, gpointer data);
  gpointer data;
} Recovery;

static void say(const Recovery *it, const char *container, const char *what, const char *why)
{
  g_autofree char *line = g_strdup_printf("%s: %s%s%s", container, what, why ? ": " : "", why ? why : "");
  if (it->say)
    it->say(line, it->data);
}

/* ---- what was not finished ---- */

/* The image that step NUMBER was to bring its container; NULL: it is none of ROLLING's. */
static const char *find_image(const CrRolling *rolling, const CrStep *step)
{
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (member->step && member->step == step->number)
      return member->image_id;
  }
  return NULL;
}

/* The steps that the operation was of, if nobody has said how they ended. */
static void end_steps(const Recovery *it, const CrRolling *rolling, const CrRollout *result)
{
  const CrOperation *operation = &rolling->operation;
  static const CrStepState states[] = {
      [CR_ROLLOUT_DONE] = CR_STEP_DONE,
      [CR_ROLLOUT_ROLLED_BACK] = CR_STEP_ROLLED_BACK,
      [CR_ROLLOUT_FAILED] = CR_STEP_FAILED,
      [CR_ROLLOUT_REFUSED] = CR_STEP_SKIPPED,
  };
  g_autofree char *outcome = cr_rollout_format_outcome(result);
  g_autoptr(GPtrArray) steps =
      operation->run ? cr_record_list_steps(it->record, operation->run, it->arena, NULL) : NULL;
  for (guint i = 0; steps && i < steps->len; i++) {
    CrStep *step = steps->pdata[i];
    const char *image = find_image(rolling, step);
    if (!image || step->state != CR_STEP_STARTED)
      continue;
    step->state = states[result->outcome];
    step->ended = g_get_real_time() / G_USEC_PER_SEC;
    step->after = result->outcome == CR_ROLLOUT_DONE ? image : NULL;
    step->error = result->why;
    step->outcome = step->number == operation->step ? outcome : NULL; /* with the first of a turn, as apply has it */
    cr_record_put_step(it->record, step, NULL);                       /* for people; what decides is the operation */
  }
}

/* TRUE: that was its end. */
static gboolean finish(const Recovery *it, const CrOperation *operation)
{
  static const char *const words[] = {
      [CR_ROLLOUT_DONE] = "what was interrupted is finished",
      [CR_ROLLOUT_ROLLED_BACK] = "what was interrupted is taken back, the old one runs",
      [CR_ROLLOUT_FAILED] = "what was interrupted could not be mended",
      [CR_ROLLOUT_REFUSED] = "what was interrupted is taken back",
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRolling) rolling = cr_rolling_load(it->daemon, it->record, operation, &error);
  if (!rolling) {
    say(it, operation->container, error->message, NULL);
    return FALSE;
  }
  rolling->say = it->say;
  rolling->data = it->data;
  cr_rolling_note_members(rolling);
  cr_rolling_finish(rolling);
  g_autoptr(CrRollout) result = rolling->result;
  say(it, operation->container, words[result->outcome], result->why);
  end_steps(it, rolling, result);
  return !rolling->operation.open;
}

/* ---- names that are nobody's wish ---- */

static const CrOperation *find_operation(const GPtrArray *operations, const char *id)
{
  for (guint i = 0; i < operations->len; i++) {
    const CrOperation *operation = operations->pdata[i];
    if (!strcmp(operation->id, id))
      return operation;
  }
  return NULL;
}

/* Is the time over for which CONTAINER, an old one, was kept? */
static gboolean is_due(const Recovery *it, const CrOperation *operation, const CrContainer *container)
{
  g_autoptr(CrRolling) rolling = cr_rolling_load(it->daemon, it->record, operation, NULL);
  if (!rolling)
    return FALSE;
  gboolean due = operation->changed + rolling->keep_seconds <= g_get_real_time() / G_USEC_PER_SEC;
  for (guint i = 0; i < rolling->members->len; i++)
    due |= cr_rolling_get(rolling, i)->at_once && !strcmp(cr_rolling_get(rolling, i)->old_id, container->id);
  cr_rollout_free(rolling->result);
  return due;
}

/* An engine that cannot change a restart policy starts a kept one again; only the new one may run. */
static void stop_kept(const Recovery *it, const CrContainer *kept, const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrContainers) new_one = cr_rollout_runs(kept->state) ? cr_rollout_find(it->daemon, name, NULL) : NULL;
  if (!new_one)
    return;
  gboolean stopped = cr_rollout_stop(it->daemon, kept->id, &error);
  say(it, kept->name, stopped ? "the kept one ran beside the new one, and is stopped" : "it runs and cannot be stopped",
      error ? error->message : NULL);
}

/* CONTAINER has one of careen's own names; TRUE: it has to go. One of an operation that this record does not know is
 * another careen's. */
static gboolean judge(const Recovery *it, const CrContainer *container, const GPtrArray *operations)
{
  g_autofree char *name = NULL, *kind = NULL, *id = NULL;
  const CrOperation *operation =
      cr_temporary_name_parse(container->name, &name, &kind, &id) ? find_operation(operations, id) : NULL;
  if (!operation || operation->open)
    return FALSE;
  if (strcmp(kind, "old") != 0)
    return TRUE;
  if (!g_strcmp0(operation->outcome, "committed") && is_due(it, operation, container))
    return TRUE;
  stop_kept(it, container, name);
  return FALSE;
}

/* Of each of NAMES (one container's) the first that careen gave; or NULL. */
static const char *find_temporary(const CrJson *names)
{
  for (guint i = 0; i < cr_json_get_length(names); i++) {
    const char *name = cr_json_get_string(cr_json_get_element(names, i), "");
    if (cr_fleet_is_temporary_name(*name == '/' ? name + 1 : name))
      return *name == '/' ? name + 1 : name;
  }
  return NULL;
}

/* Asked in every round of a watcher: one request where there is nothing, however many containers there are. Elements
 * CrContainers* of one each. */
static GPtrArray *list_strays(const Recovery *it, const GPtrArray *operations, GError **error)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_get(it->daemon, "/containers/json?all=true", error);
  if (!doc)
    return NULL;
  GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)cr_containers_free);
  const CrJson *all = cr_json_get_root(doc);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const CrJson *entry = cr_json_get_element(all, i);
    const char *id = cr_json_find_string(entry, "Id", "");
    CrContainers *one = find_temporary(cr_json_find(entry, "Names")) ? cr_rollout_find(it->daemon, id, NULL) : NULL;
    if (one && judge(it, cr_rollout_get_first(one), operations))
      g_ptr_array_add(list, one);
    else
      g_clear_pointer(&one, cr_containers_free);
  }
  return list;
}

/* In rounds: Podman removes none that another one uses. */
static void remove_strays(const Recovery *it, GPtrArray *list)
{
  gboolean more = TRUE;
  while (more) {
    more = FALSE;
    for (guint i = list->len; i > 0; i--) {
      const CrContainer *container = cr_rollout_get_first(list->pdata[i - 1]);
      if (cr_rollout_runs(container->state) && !cr_rollout_stop(it->daemon, container->id, NULL))
        continue;
      if (!cr_container_remove(it->daemon, container->id, FALSE, NULL))
        continue;
      say(it, container->name, "removed: its time is over", NULL);
      g_ptr_array_remove_index(list, i - 1);
      more = TRUE;
    }
  }
  for (guint i = 0; i < list->len; i++) {
    const CrContainer *container = cr_rollout_get_first(list->pdata[i]);
    g_autoptr(GError) error = NULL;
    if (!cr_rollout_remove(it->daemon, container->id, &error))
      say(it, container->name, "cannot be removed", error->message);
  }
}

gboolean cr_rollout_recover(CrDaemon *daemon, CrRecord *record, void (*tell)(const char *line, gpointer data),
                            gpointer data, guint *count, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  Recovery it = {daemon, record, arena, tell, data};
  const char *name = cr_daemon_get_name(daemon);
  g_autoptr(GPtrArray) open = cr_record_list_operations(record, name, TRUE, arena, error);
  if (!open)
    return FALSE;
  guint ended = 0;
  for (guint i = 0; i < open->len; i++)
    ended += finish(&it, open->pdata[i]) ? 1 : 0;
  if (count)
    *count = ended;
  g_autoptr(GPtrArray) operations = cr_record_list_operations(record, name, FALSE, arena, error);
  if (!operations || !operations->len)
    return operations != NULL;
  g_autoptr(GPtrArray) strays = list_strays(&it, operations, error);
  if (!strays)
    return FALSE;
  remove_strays(&it, strays);
  return TRUE;
}
