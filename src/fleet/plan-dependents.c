/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that go over with a step though their own image stays: they use one that is made again. */
#include "fleet/plan.h"

#include <string.h>

typedef struct {
  CrFleetPlan *plan;
  GHashTable *users; /* cr_fleet_index_users */
  GHashTable *known; /* CrFleetContainer*: re-created by a step, or said already */
} Search;

/* Those of STEP, in the fleet. */
static void list_own(const CrFleetStep *step, GPtrArray *list)
{
  for (guint i = 0; step->image && cr_fleet_step_is_due(step) && i < step->image->containers->len; i++) {
    CrFleetContainer *node = step->image->containers->pdata[i];
    if (g_strv_contains(step->containers, node->container->name))
      g_ptr_array_add(list, node);
  }
}

static void search_step(const Search *search, CrFleetStep *step)
{
  CrArena *arena = search->plan->arena;
  g_autoptr(GPtrArray) todo = g_ptr_array_new(), said = g_ptr_array_new();
  list_own(step, todo);
  for (guint i = 0; i < todo->len; i++) {
    const CrFleetContainer *used = todo->pdata[i];
    const GPtrArray *users = g_hash_table_lookup(search->users, used);
    for (guint k = 0; users && k < users->len; k++) {
      const CrFleetContainer *user = users->pdata[k];
      if (!g_hash_table_add(search->known, (gpointer)user))
        continue;
      g_ptr_array_add(todo, (gpointer)user);
      g_ptr_array_add(said,
                      (gpointer)cr_arena_printf(arena, "%s (uses %s)", user->container->name, used->container->name));
    }
  }
  step->dependents = cr_arena_list(arena, said);
}

void cr_fleet_plan_find_dependents(CrFleetPlan *plan, const CrFleet *fleet)
{
  Search search = {plan, cr_fleet_index_users(fleet), g_hash_table_new(NULL, NULL)};
  g_autoptr(GPtrArray) own = g_ptr_array_new();
  for (guint i = 0; i < plan->steps->len; i++)
    list_own(plan->steps->pdata[i], own);
  for (guint i = 0; i < own->len; i++)
    g_hash_table_add(search.known, own->pdata[i]);
  for (guint i = 0; i < plan->steps->len; i++)
    search_step(&search, plan->steps->pdata[i]);
  g_hash_table_unref(search.users);
  g_hash_table_unref(search.known);
}
