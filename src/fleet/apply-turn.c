/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: containers that use each other, or share what uses them, are changed at once, so that each is made again once
 * (decision 032). */
#include "fleet/apply-private.h"

CrTurnMember *cr_turn_member_new(const CrFleetContainer *container, CrFleetStep *step)
{
  CrTurnMember *member = g_new0(CrTurnMember, 1);
  member->container = container;
  member->step = step;
  return member;
}

void cr_turn_member_free(CrTurnMember *member)
{
  g_free(member->image_id);
  g_free(member);
}

/* ---- who uses whom ---- */

/* As the fleet was looked at: whether it may be is asked of the engine again before anything is touched. */
static gboolean meets(GHashTable *users, const CrTurnMember *member, GHashTable *reached)
{
  g_autoptr(GHashTable) own = g_hash_table_new(NULL, NULL);
  cr_users_reach(users, member->container, own);
  GHashTableIter iter;
  gpointer container = NULL;
  g_hash_table_iter_init(&iter, own);
  while (g_hash_table_iter_next(&iter, &container, NULL))
    if (g_hash_table_contains(reached, container))
      return TRUE;
  return FALSE;
}

/* One that uses none of the others goes to the front. */
static void put_first(GHashTable *users, GPtrArray *turn)
{
  for (guint i = 0; i < turn->len; i++) {
    const CrTurnMember *member = turn->pdata[i];
    g_autoptr(GHashTable) reached = g_hash_table_new(NULL, NULL);
    for (guint k = 0; k < turn->len; k++)
      if (k != i)
        cr_users_reach(users, ((const CrTurnMember *)turn->pdata[k])->container, reached);
    if (g_hash_table_contains(reached, member->container))
      continue;
    gpointer first = g_ptr_array_steal_index(turn, i);
    g_ptr_array_insert(turn, 0, first);
    return;
  }
}

static gboolean is_canary(const CrTurnMember *member)
{
  return cr_policy_names_canary(member->container->policy, member->container->container->name);
}

/* One of its image that its owner calls the canary is in TURN, and goes first. */
static gboolean waits(const GPtrArray *turn, const CrTurnMember *member)
{
  gboolean any = FALSE;
  for (guint i = 0; i < turn->len && !any; i++) {
    const CrTurnMember *other = turn->pdata[i];
    any = other->step == member->step && is_canary(other);
  }
  return any && !is_canary(member);
}

static void put_back_waiting(GPtrArray *turn, GPtrArray *candidates)
{
  for (guint i = 0; i < turn->len;)
    if (waits(turn, turn->pdata[i]))
      g_ptr_array_add(candidates, g_ptr_array_steal_index(turn, i));
    else
      i++;
}

GPtrArray *cr_turn_take(GHashTable *users, GPtrArray *candidates)
{
  GPtrArray *turn = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  g_autoptr(GHashTable) reached = g_hash_table_new(NULL, NULL);
  CrTurnMember *first = g_ptr_array_steal_index(candidates, 0);
  g_ptr_array_add(turn, first);
  cr_users_reach(users, first->container, reached);
  for (guint i = 0; i < candidates->len;) {
    if (!meets(users, candidates->pdata[i], reached)) {
      i++;
      continue;
    }
    CrTurnMember *member = g_ptr_array_steal_index(candidates, i);
    g_ptr_array_add(turn, member);
    cr_users_reach(users, member->container, reached);
    i = 0; /* more is reached now */
  }
  put_back_waiting(turn, candidates);
  if (turn->len > 1)
    put_first(users, turn);
  return turn;
}

/* ---- of a plan ---- */

/* Does it use another one, or another one it? Most do not, and a fleet has thousands. */
static gboolean is_linked(const CrApplying *applying, const CrFleetContainer *container)
{
  CrStrv used = container->container->depends_on;
  return (used && *used) || g_hash_table_contains(applying->users, container);
}

static void add_candidates(const CrApplying *applying, const CrFleetContainer *but, GPtrArray *list)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    CrFleetStep *step = applying->plan->steps->pdata[i];
    for (guint c = 0; step->image && g_hash_table_contains(applying->due, step) && step->containers[c]; c++) {
      const CrFleetContainer *container = cr_apply_find_container(step, step->containers[c]);
      if (container && container != but && !g_hash_table_contains(applying->gone, container) &&
          is_linked(applying, container))
        g_ptr_array_add(list, cr_turn_member_new(container, step));
    }
  }
}

GPtrArray *cr_turn_find(const CrApplying *applying, const CrFleetContainer *container, CrFleetStep *step)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  g_ptr_array_add(list, cr_turn_member_new(container, step));
  if (is_linked(applying, container))
    add_candidates(applying, container, list);
  return cr_turn_take(applying->users, list);
}
