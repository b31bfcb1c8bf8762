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

/* Did CONTAINER go over in OPERATION? *FROM: from that image. */
static gboolean went_over(CrDaemon *daemon, CrRecord *record, const CrOperation *operation, const char *container,
                          CrArena *arena, const char **from)
{
  g_autoptr(CrRolling) rolling = cr_rolling_load(daemon, record, operation, NULL);
  const CrRolloutMember *member = rolling ? find_member(rolling, container) : NULL;
  *from = member ? cr_arena_strdup(arena, member->before_image_id) : NULL;
  if (rolling)
    cr_rollout_free(rolling->result);
  return member || !strcmp(operation->container, container); /* which is said to be unreadable when it is taken back */
}

const CrOperation *cr_rollout_find_last(CrDaemon *daemon, CrRecord *record, const char *container, CrArena *arena,
                                        const char **from, GError **error)
{
  const CrOperation *last = NULL;
  g_autoptr(GPtrArray) list = cr_record_list_operations(record, cr_daemon_get_name(daemon), FALSE, arena, error);
  for (guint i = 0; list && i < list->len; i++) {
    const CrOperation *operation = list->pdata[i];
    const char *image = NULL;
    if (operation->open || g_strcmp0(operation->outcome, "committed") != 0 ||
        (last && operation->changed < last->changed) || !went_over(daemon, record, operation, container, arena, &image))
      continue;
    last = operation;
    if (from)
      *from = image;
  }
  return last;
}

/* What is gone back from is not to come again by itself, and what is gone back to may stay. */
static void remember(CrRollout *result, CrRecord *record, const CrRolloutChange *change)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *why = g_strdup_printf("%s: taken back by careen rollback", change->container);
  if (result->outcome != CR_ROLLOUT_DONE || !strcmp(change->before, change->after))
    return;
  if (!cr_record_set_mark(record, "bad", change->before, why, &error) ||
      !cr_record_set_mark(record, "bad", change->after, NULL, &error))
    cr_problems_add_error(result->problems, CR_PROBLEM_PARTIAL, "record", error);
}

/* ---- what comes back with it ---- */

typedef struct {
  CrDaemon *daemon;
  const CrContainers *all;
  const CrRolling *before;
  const CrRolloutMember *asked;
  gboolean whole;
  GPtrArray *back;  /* CrRolloutMember* of `before` whose image comes back, in its order */
  GHashTable *kept; /* name → CrRolloutMember*, as CrRollingWish has it */
  GHashTable *ids;  /* of those kept ones */
} Return;

static gboolean comes_back(const Return *it, const char *name)
{
  for (guint i = 0; i < it->back->len; i++)
    if (!strcmp(((const CrRolloutMember *)it->back->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* Will OTHER, which a kept one uses, be what that knows? */
static gboolean will_be_there(const Return *it, const CrContainer *other)
{
  if (!other)
    return FALSE;
  if (cr_fleet_is_temporary_name(other->name))
    return g_hash_table_contains(it->ids, other->id);
  return !comes_back(it, other->name) || g_hash_table_contains(it->kept, other->name);
}

static const CrContainer *find_kept(const Return *it, const CrRolloutMember *member)
{
  const CrContainer *kept =
      member->unit ? NULL : cr_containers_find(it->all, cr_rolling_format_name(it->before, member, "old"));
  const CrContainer *now = cr_containers_find(it->all, member->name);
  if (!kept || strcmp(kept->id, member->old_id) != 0)
    return NULL;
  /* another one by now has its own wishes; what was asked for is asked for */
  if (member != it->asked && (!it->whole || !now || g_strcmp0(now->id, member->new_id) != 0))
    return NULL;
  for (guint i = 0; kept->depends_on[i]; i++)
    if (!will_be_there(it, cr_containers_find(it->all, kept->depends_on[i])))
      return NULL;
  return kept;
}

static void take_kept(Return *it, const CrRolloutMember *member, const CrContainer *container)
{
  CrRolloutMember *kept = cr_arena_new0(it->before->arena, CrRolloutMember);
  *kept = (CrRolloutMember){.name = container->name, .old_id = container->id, .policy = member->policy};
  g_hash_table_insert(it->kept, (gpointer)member->name, kept);
  g_hash_table_add(it->ids, (gpointer)container->id);
}

/* Each of `before`, in its order: what uses another one comes after it. One that is another by now, or whose image is
 * gone, stays. */
static void choose(Return *it)
{
  for (guint i = 0; i < it->before->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(it->before, i);
    const CrContainer *now = cr_containers_find(it->all, member->name), *kept = find_kept(it, member);
    g_autofree char *image = cr_daemon_find_image(it->daemon, member->before_image_id, NULL);
    if (now && kept)
      take_kept(it, member, kept);
    if (member == it->asked || (it->whole && cr_rollout_member_changes(member) && now && (kept || image) &&
                                !strcmp(now->image_id, member->image_id)))
      g_ptr_array_add(it->back, (gpointer)member);
  }
}

static CrRollout *roll(const Return *it, const CrRolloutOptions *options, GError **error)
{
  const CrRolloutMember *first = it->back->pdata[0];
  g_autofree CrRolloutOther *others = g_new0(CrRolloutOther, it->back->len);
  for (guint i = 1; i < it->back->len; i++) {
    const CrRolloutMember *member = it->back->pdata[i];
    others[i - 1] = (CrRolloutOther){.container = member->name, .image_id = member->before_image_id};
  }
  CrRollingWish wish = {.all = it->all,
                        .container = cr_containers_find(it->all, first->name),
                        .image_id = first->before_image_id,
                        .others = others,
                        .n_others = it->back->len - 1,
                        .kept = it->kept};
  CrRollout *result = cr_rollout_roll(it->daemon, &wish, options, error);
  for (guint i = 0; result && i < result->changes->len; i++)
    remember(result, options->record, result->changes->pdata[i]);
  return result;
}

static CrRollout *go_back(Return *it, const CrRolloutOptions *options, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autofree char *image = cr_daemon_find_image(it->daemon, it->asked->before_image_id, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  it->back = g_ptr_array_new();
  it->kept = g_hash_table_new(g_str_hash, g_str_equal);
  it->ids = g_hash_table_new(g_str_hash, g_str_equal);
  choose(it);
  CrRollout *result =
      image || g_hash_table_contains(it->kept, it->asked->name)
          ? roll(it, options, error)
          : cr_rollout_refuse(it->asked->name, "neither the container of before nor its image %.19s is there any more",
                              it->asked->before_image_id);
  g_ptr_array_unref(it->back);
  g_hash_table_unref(it->kept);
  g_hash_table_unref(it->ids);
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
  const CrOperation *last = cr_rollout_find_last(daemon, options->record, now->name, arena, NULL, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
  }
  if (!last)
    return cr_rollout_refuse(container, "careen has not changed it");
  g_autoptr(CrRolling) before = cr_rolling_load(daemon, options->record, last, error);
  if (!before)
    return NULL;
  Return it = {.daemon = daemon, .all = all, .before = before, .asked = find_member(before, now->name), .whole = whole};
  CrRollout *result = go_back(&it, options, error);
  cr_rollout_free(before->result);
  return result;
}
