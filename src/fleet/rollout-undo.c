/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

/* The member of that name whose image changed, or that was asked for; NULL: none. */
static CrRolloutMember *find_member(const CrRolling *rolling, const char *container)
{
  for (guint i = 0; i < rolling->members->len; i++) {
    CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (!strcmp(member->name, container) && (!i || cr_rollout_member_changes(member)))
      return member;
  }
  return NULL;
}

static gboolean went_over(CrDaemon *daemon, CrRecord *record, const CrOperation *operation, const char *container)
{
  if (!strcmp(operation->container, container))
    return TRUE;
  g_autoptr(CrRolling) rolling = cr_rolling_load(daemon, record, operation, NULL);
  gboolean did = rolling && find_member(rolling, container);
  if (rolling)
    cr_rollout_free(rolling->result);
  return did;
}

/* The newest operation in which CONTAINER went over, and that stands; NULL: none, or ERROR. */
static const CrOperation *find_last(CrDaemon *daemon, CrRecord *record, const char *container, CrArena *arena,
                                    GError **error)
{
  const CrOperation *last = NULL;
  g_autoptr(GPtrArray) list = cr_record_list_operations(record, cr_daemon_get_name(daemon), FALSE, arena, error);
  for (guint i = 0; list && i < list->len; i++) {
    const CrOperation *operation = list->pdata[i];
    if (!operation->open && !g_strcmp0(operation->outcome, "committed") &&
        (!last || operation->changed >= last->changed) && went_over(daemon, record, operation, container))
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

static const CrContainer *find_kept(const CrContainers *all, const CrRolling *before, const CrRolloutMember *member)
{
  const CrContainer *kept = cr_containers_find(all, cr_rolling_format_name(before, member, "old"));
  if (!kept || strcmp(kept->id, member->old_id) != 0)
    return NULL;
  /* one that uses what is itself only kept by now could not start any more */
  for (guint i = 0; kept->depends_on[i]; i++) {
    const CrContainer *other = cr_containers_find(all, kept->depends_on[i]);
    if (!other || cr_fleet_is_temporary_name(other->name))
      return NULL;
  }
  return kept;
}

/* The others that went over with MEMBER and are as they became then: name → image of before. Those whose image is gone
 * stay. */
static GHashTable *list_others(CrDaemon *daemon, const CrContainers *all, const CrRolling *before,
                               const CrRolloutMember *member)
{
  GHashTable *others = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < before->members->len; i++) {
    const CrRolloutMember *other = cr_rolling_get(before, i);
    const CrContainer *now = cr_containers_find(all, other->name);
    g_autofree char *image = cr_daemon_find_image(daemon, other->before_image_id, NULL);
    if (other != member && cr_rollout_member_changes(other) && now && image && !strcmp(now->image_id, other->image_id))
      g_hash_table_insert(others, (gpointer)other->name, (gpointer)other->before_image_id);
  }
  return others;
}

static void remember_others(CrRollout *result, CrRecord *record, const CrRolling *before, GHashTable *others)
{
  for (guint i = 0; i < before->members->len; i++) {
    const CrRolloutMember *other = cr_rolling_get(before, i);
    if (g_hash_table_contains(others, other->name))
      remember(result, record, other->image_id, other->before_image_id);
  }
}

static CrRollout *go_back(CrDaemon *daemon, const CrContainers *all, const CrContainer *now, const CrRolling *before,
                          gboolean whole, const CrRolloutOptions *options, GError **error)
{
  const CrRolloutMember *member = find_member(before, now->name);
  const CrContainer *kept = before->unit ? NULL : find_kept(all, before, member);
  g_autoptr(GHashTable) others =
      whole ? list_others(daemon, all, before, member) : g_hash_table_new(g_str_hash, g_str_equal);
  CrRolloutOptions how = *options;
  how.others = others;
  g_autoptr(GError) cause = NULL;
  g_autofree char *image = cr_daemon_find_image(daemon, member->before_image_id, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (!kept && !image)
    return cr_rollout_refuse(now->name, "neither the container of before nor its image %.19s is there any more",
                             member->before_image_id);
  CrRollout *result =
      cr_rollout_roll(daemon, all, now, member->before_image_id, kept, kept ? member->policy : NULL, &how, error);
  if (result) {
    remember(result, options->record, now->image_id, member->before_image_id);
    remember_others(result, options->record, before, others);
  }
  return result;
}

CrRollout *cr_rollout_undo(CrDaemon *daemon, const char *container, gboolean whole, const CrRolloutOptions *options,
                           GError **error)
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
  CrRollout *result = go_back(daemon, all, now, before, whole, options, error);
  cr_rollout_free(before->result);
  return result;
}
