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

/* The step that the operation was of, if nobody has said how it ended. */
static void end_step(const Recovery *it, const CrOperation *operation, const CrRollout *result)
{
  static const CrStepState states[] = {
      [CR_ROLLOUT_DONE] = CR_STEP_DONE,
      [CR_ROLLOUT_ROLLED_BACK] = CR_STEP_ROLLED_BACK,
      [CR_ROLLOUT_FAILED] = CR_STEP_FAILED,
      [CR_ROLLOUT_REFUSED] = CR_STEP_SKIPPED,
  };
  g_autoptr(GPtrArray) steps =
      operation->run ? cr_record_list_steps(it->record, operation->run, it->arena, NULL) : NULL;
  for (guint i = 0; steps && i < steps->len; i++) {
    CrStep *step = steps->pdata[i];
    if (step->number != operation->step || step->state != CR_STEP_STARTED)
      continue;
    step->state = states[result->outcome];
    step->ended = g_get_real_time() / G_USEC_PER_SEC;
    step->error = result->why;
    cr_record_put_step(it->record, step, NULL); /* for people; what decides is the operation */
  }
}

static void finish(const Recovery *it, const CrOperation *operation)
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
    return;
  }
  rolling->say = it->say;
  rolling->data = it->data;
  cr_rolling_finish(rolling);
  g_autoptr(CrRollout) result = rolling->result;
  say(it, operation->container, words[result->outcome], result->why);
  end_step(it, operation, result);
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
static void stop_kept(const Recovery *it, const CrContainers *all, const CrContainer *kept, const char *name)
{
  g_autoptr(GError) error = NULL;
  if (!cr_rollout_runs(kept->state) || !cr_containers_find(all, name))
    return;
  gboolean stopped = cr_rollout_stop(it->daemon, kept->id, &error);
  say(it, kept->name, stopped ? "the kept one ran beside the new one, and is stopped" : "it runs and cannot be stopped",
      error ? error->message : NULL);
}

/* What of careen's own names has to go. Those of operations that this record does not know are of another careen's. */
static GPtrArray *list_strays(const Recovery *it, const CrContainers *all, const GPtrArray *operations)
{
  GPtrArray *list = g_ptr_array_new();
  for (guint i = 0; i < all->items->len; i++) {
    CrContainer *container = all->items->pdata[i];
    g_autofree char *name = NULL, *kind = NULL, *id = NULL;
    const CrOperation *operation =
        cr_temporary_name_parse(container->name, &name, &kind, &id) ? find_operation(operations, id) : NULL;
    if (!operation || operation->open)
      continue;
    gboolean committed = !g_strcmp0(operation->outcome, "committed");
    if (strcmp(kind, "old") != 0 || (committed && is_due(it, operation, container)))
      g_ptr_array_add(list, container);
    else
      stop_kept(it, all, container, name);
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
      const CrContainer *container = list->pdata[i - 1];
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
    const CrContainer *container = list->pdata[i];
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
  for (guint i = 0; i < open->len; i++)
    finish(&it, open->pdata[i]);
  if (count)
    *count = open->len;
  g_autoptr(GPtrArray) operations = cr_record_list_operations(record, name, FALSE, arena, error);
  if (!operations || !operations->len)
    return operations != NULL;
  g_autoptr(CrContainers) all = cr_containers_list(daemon, error);
  if (!all)
    return FALSE;
  g_autoptr(GPtrArray) strays = list_strays(&it, all, operations);
  remove_strays(&it, strays);
  return TRUE;
}
