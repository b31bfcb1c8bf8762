/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

/* The newest operation of CONTAINER that stands; NULL: none, or ERROR. */
static const CrOperation *find_last(CrDaemon *daemon, CrRecord *record, const char *container, CrArena *arena,
                                    GError **error)
{
  const CrOperation *last = NULL;
  g_autoptr(GPtrArray) list = cr_record_list_operations(record, cr_daemon_get_name(daemon), FALSE, arena, error);
  for (guint i = 0; list && i < list->len; i++) {
    const CrOperation *operation = list->pdata[i];
    if (!operation->open && !g_strcmp0(operation->outcome, "committed") && !strcmp(operation->container, container) &&
        (!last || operation->changed >= last->changed))
      last = operation;
  }
  return last;
}

/* What is gone back from is not to come again by itself, and what is gone back to may stay. */
static void remember(CrRollout *result, CrRecord *record, const char *from, const char *to)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *why = g_strdup_printf("%s: taken back by careen rollback", result->container);
  if (result->outcome != CR_ROLLOUT_DONE || !strcmp(from, to))
    return;
  if (!cr_record_set_mark(record, "bad", from, why, &error) || !cr_record_set_mark(record, "bad", to, NULL, &error))
    cr_problems_add_error(result->problems, CR_PROBLEM_PARTIAL, "record", error);
}

static const CrContainer *find_kept(const CrContainers *all, const CrRolling *before)
{
  const CrRolloutMember *first = cr_rolling_get(before, 0);
  const CrContainer *kept = cr_containers_find(all, cr_rolling_format_name(before, first, "old"));
  if (!kept || strcmp(kept->id, first->old_id) != 0)
    return NULL;
  /* one that uses what is itself only kept by now could not start any more */
  for (guint i = 0; kept->depends_on[i]; i++) {
    const CrContainer *other = cr_containers_find(all, kept->depends_on[i]);
    if (!other || cr_fleet_is_temporary_name(other->name))
      return NULL;
  }
  return kept;
}

static CrRollout *go_back(CrDaemon *daemon, const CrContainers *all, const CrContainer *now, const CrRolling *before,
                          const CrRolloutOptions *options, GError **error)
{
  const CrRolloutMember *first = cr_rolling_get(before, 0);
  const CrContainer *kept = before->unit ? NULL : find_kept(all, before);
  g_autoptr(GError) cause = NULL;
  g_autofree char *image = cr_daemon_find_image(daemon, first->before_image_id, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (!kept && !image)
    return cr_rollout_refuse(now->name, "neither the container of before nor its image %.19s is there any more",
                             first->before_image_id);
  CrRollout *result =
      cr_rollout_roll(daemon, all, now, first->before_image_id, kept, kept ? first->policy : NULL, options, error);
  if (result)
    remember(result, options->record, now->image_id, first->before_image_id);
  return result;
}

CrRollout *cr_rollout_undo(CrDaemon *daemon, const char *container, const CrRolloutOptions *options, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrContainers) all = cr_containers_list(daemon, error);
  if (!all)
    return NULL;
  const CrContainer *now = cr_containers_find(all, container);
  if (!now)
    return cr_rollout_refuse(container, "there is no such container any more");
  g_autoptr(GError) cause = NULL;
  const CrOperation *last = find_last(daemon, options->record, now->name, arena, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (!last)
    return cr_rollout_refuse(container, "careen has not changed it");
  g_autoptr(CrRolling) before = cr_rolling_load(daemon, options->record, last, error);
  if (!before)
    return NULL;
  CrRollout *result = go_back(daemon, all, now, before, options, error);
  cr_rollout_free(before->result);
  return result;
}
