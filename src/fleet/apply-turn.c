/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: containers that use each other, or share what uses them, are changed at once, so that each is made again once
 * (decision 032). */
#include <string.h>

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

static const char *get_name(const CrTurnMember *member)
{
  return member->container->container->name;
}

/* MEMBER and all that use it, by name, into NAMES; TRUE: there are more now. As the fleet was looked at: whether it may
 * be is asked of the engine again before anything is touched. */
static gboolean add_reach(const CrFleet *fleet, const CrTurnMember *member, GHashTable *names)
{
  gboolean any = g_hash_table_add(names, (gpointer)get_name(member)), more = TRUE;
  while (more) {
    more = FALSE;
    for (guint i = 0; i < fleet->containers->len; i++) {
      const CrFleetContainer *other = fleet->containers->pdata[i];
      if (other->daemon == member->container->daemon && !g_hash_table_contains(names, other->container->name) &&
          other->container->depends_on && *other->container->depends_on &&
          cr_dependents_use_any(other->container, names))
        any = more = g_hash_table_add(names, (gpointer)other->container->name);
    }
  }
  return any;
}

static gboolean meets(const CrFleet *fleet, const CrTurnMember *a, const CrTurnMember *b, GHashTable *names)
{
  if (a->container->daemon != b->container->daemon)
    return FALSE;
  g_autoptr(GHashTable) own = g_hash_table_new(g_str_hash, g_str_equal);
  add_reach(fleet, b, own);
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, own);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (g_hash_table_contains(names, name))
      return TRUE;
  return FALSE;
}

/* One that uses none of the others goes to the front. */
static void put_first(const CrFleet *fleet, GPtrArray *turn)
{
  for (guint i = 0; i < turn->len; i++) {
    gboolean uses = FALSE;
    for (guint k = 0; k < turn->len && !uses; k++) {
      g_autoptr(GHashTable) reach = g_hash_table_new(g_str_hash, g_str_equal);
      if (k != i)
        add_reach(fleet, turn->pdata[k], reach);
      uses = g_hash_table_contains(reach, get_name(turn->pdata[i]));
    }
    if (uses)
      continue;
    gpointer first = g_ptr_array_steal_index(turn, i);
    g_ptr_array_insert(turn, 0, first);
    return;
  }
}

GPtrArray *cr_turn_take(const CrFleet *fleet, GPtrArray *candidates)
{
  GPtrArray *turn = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  g_ptr_array_add(turn, g_ptr_array_steal_index(candidates, 0));
  add_reach(fleet, turn->pdata[0], names);
  for (guint i = 0; i < candidates->len;) {
    if (!meets(fleet, turn->pdata[0], candidates->pdata[i], names)) {
      i++;
      continue;
    }
    CrTurnMember *member = g_ptr_array_steal_index(candidates, i);
    g_ptr_array_add(turn, member);
    add_reach(fleet, member, names);
    i = 0; /* more is reached now */
  }
  if (turn->len > 1)
    put_first(fleet, turn);
  return turn;
}

/* ---- of a plan ---- */

/* Does it use another one, or another one it? Most do not, and a fleet has thousands. */
static gboolean is_linked(const CrFleet *fleet, const CrFleetContainer *container)
{
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  if (container->container->depends_on && *container->container->depends_on)
    return TRUE;
  g_hash_table_add(names, (gpointer)container->container->name);
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *other = fleet->containers->pdata[i];
    if (other->daemon == container->daemon && cr_dependents_use_any(other->container, names))
      return TRUE;
  }
  return FALSE;
}

static void add_candidates(const CrApplying *applying, const CrFleetContainer *but, GPtrArray *list)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    CrFleetStep *step = applying->plan->steps->pdata[i];
    for (guint c = 0; step->image && g_hash_table_contains(applying->due, step) && step->containers[c]; c++) {
      const CrFleetContainer *container = cr_apply_find_container(step, step->containers[c]);
      if (container && container != but && !g_hash_table_contains(applying->gone, container) &&
          is_linked(applying->fleet, container))
        g_ptr_array_add(list, cr_turn_member_new(container, step));
    }
  }
}

GPtrArray *cr_turn_find(const CrApplying *applying, const CrFleetContainer *container, CrFleetStep *step)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)cr_turn_member_free);
  g_ptr_array_add(list, cr_turn_member_new(container, step));
  if (is_linked(applying->fleet, container))
    add_candidates(applying, container, list);
  return cr_turn_take(applying->fleet, list);
}
