/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/dependents.h"

#include <string.h>

#include "base/error.h"

/* ---- who may not ---- */

static const struct {
  const char *manager, *why;
} managers[] = {
    {"kubernetes", "it is Kubernetes' own, which makes its containers itself"},
    {"swarm", "it is a task of a swarm service, which makes its containers itself"},
};

const char *cr_dependents_find_orchestrator(const CrContainer *container)
{
  for (gsize i = 0; i < G_N_ELEMENTS(managers); i++)
    if (g_strcmp0(container->manager, managers[i].manager) == 0)
      return managers[i].why;
  return NULL;
}

const char *cr_dependents_find_obstacle(const CrContainer *container)
{
  const char *orchestrated = cr_dependents_find_orchestrator(container);
  if (orchestrated)
    return orchestrated;
  /* what a unit makes (Quadlet says --rm) systemd makes again */
  if (container->auto_remove && !cr_container_is_of_unit(container))
    return "it was started with --rm: stopping it removes it and its volumes, and nothing could come back";
  if (cr_container_is_own(container))
    return "careen itself runs in it";
  return NULL;
}

/* ---- in order ---- */

typedef enum { UNSEEN, ON_THE_WAY, PLACED } Mark;

typedef struct {
  GHashTable *by_name; /* name → CrContainer* */
  GHashTable *reached; /* CrContainer* that depend on the root, directly or not, and the root */
  GHashTable *marks;   /* CrContainer* → Mark */
  GPtrArray *order;
  const char *root;
  GError **error;
} Walk;

gboolean cr_dependents_use_any(const CrContainer *container, GHashTable *names)
{
  for (guint i = 0; container->depends_on && container->depends_on[i]; i++)
    if (g_hash_table_contains(names, container->depends_on[i]))
      return TRUE;
  return FALSE;
}

GHashTable *cr_users_new(void)
{
  return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
}

void cr_users_add(GHashTable *users, gpointer used, gpointer user)
{
  GPtrArray *list = g_hash_table_lookup(users, used);
  if (!list)
    g_hash_table_insert(users, used, list = g_ptr_array_new());
  g_ptr_array_add(list, user);
}

void cr_users_reach(GHashTable *users, gconstpointer root, GHashTable *reached)
{
  g_autoptr(GPtrArray) todo = g_ptr_array_new();
  if (g_hash_table_add(reached, (gpointer)root))
    g_ptr_array_add(todo, (gpointer)root);
  for (guint i = 0; i < todo->len; i++) {
    const GPtrArray *list = g_hash_table_lookup(users, todo->pdata[i]);
    for (guint k = 0; list && k < list->len; k++)
      if (g_hash_table_add(reached, list->pdata[k]))
        g_ptr_array_add(todo, list->pdata[k]);
  }
}

/* Those that use ROOT into `reached`, and it; `by_name` of all. */
static void reach_all(Walk *walk, const CrContainers *containers)
{
  g_autoptr(GHashTable) users = cr_users_new();
  for (guint i = 0; i < containers->items->len; i++) {
    CrContainer *container = containers->items->pdata[i];
    g_hash_table_insert(walk->by_name, (gpointer)container->name, container);
  }
  for (guint i = 0; i < containers->items->len; i++) {
    CrContainer *user = containers->items->pdata[i];
    for (guint k = 0; user->depends_on && user->depends_on[k]; k++) {
      gpointer used = g_hash_table_lookup(walk->by_name, user->depends_on[k]);
      if (used)
        cr_users_add(users, used, user);
    }
  }
  gconstpointer root = g_hash_table_lookup(walk->by_name, walk->root);
  if (root)
    cr_users_reach(users, root, walk->reached);
}

/* What CONTAINER depends on first, then itself. */
static gboolean place(Walk *walk, const CrContainer *container)
{
  Mark mark = (Mark)GPOINTER_TO_UINT(g_hash_table_lookup(walk->marks, container));
  if (mark == PLACED)
    return TRUE;
  if (mark == ON_THE_WAY) {
    g_set_error(walk->error, CR_ERROR, CR_ERROR_INPUT,
                "cannot re-create '%s' and what uses it: '%s' depends on itself by way of others", walk->root,
                container->name);
    return FALSE;
  }
  g_hash_table_insert(walk->marks, (gpointer)container, GUINT_TO_POINTER(ON_THE_WAY));
  for (guint i = 0; container->depends_on && container->depends_on[i]; i++) {
    const CrContainer *below = g_hash_table_lookup(walk->by_name, container->depends_on[i]);
    if (below && g_hash_table_contains(walk->reached, below) && !place(walk, below))
      return FALSE;
  }
  g_hash_table_insert(walk->marks, (gpointer)container, GUINT_TO_POINTER(PLACED));
  if (strcmp(container->name, walk->root) != 0)
    g_ptr_array_add(walk->order, (gpointer)container);
  return TRUE;
}

GPtrArray *cr_dependents_list(const CrContainers *containers, const char *name, const char **refused, CrArena *arena,
                              GError **error)
{
  g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) reached = g_hash_table_new(NULL, NULL), marks = g_hash_table_new(NULL, NULL);
  g_autoptr(GPtrArray) order = g_ptr_array_new();
  Walk walk = {by_name, reached, marks, order, name, error};
  reach_all(&walk, containers);
  for (guint i = 0; i < containers->items->len; i++) {
    const CrContainer *container = containers->items->pdata[i];
    if (g_hash_table_contains(reached, container) && !place(&walk, container))
      return NULL;
  }
  if (refused)
    *refused = NULL;
  for (guint i = 0; refused && !*refused && i < order->len; i++) {
    const CrContainer *container = order->pdata[i];
    const char *why = cr_dependents_find_obstacle(container);
    *refused = why ? cr_arena_printf(arena, "%s uses it and cannot be re-created: %s", container->name, why) : NULL;
  }
  return g_steal_pointer(&order);
}

/* ---- a turn ---- */

static void add_new(GPtrArray *list, GHashTable *seen, const CrContainer *container)
{
  if (g_hash_table_add(seen, (gpointer)container->name))
    g_ptr_array_add(list, (gpointer)container);
}

/* ROOT and what uses it, into LIST. */
static gboolean add_reach(const CrContainers *containers, const char *root, GPtrArray *list, GHashTable *seen,
                          CrArena *arena, GError **error)
{
  const CrContainer *container = cr_containers_find(containers, root);
  g_autoptr(GPtrArray) users = container ? cr_dependents_list(containers, root, NULL, arena, error) : NULL;
  if (!users)
    return container == NULL;
  add_new(list, seen, container);
  for (guint i = 0; i < users->len; i++)
    add_new(list, seen, users->pdata[i]);
  return TRUE;
}

static int compare_by_name(gconstpointer a, gconstpointer b)
{
  return strcmp((*(const CrContainer *const *)a)->name, (*(const CrContainer *const *)b)->name);
}

/* LIST (none in a circle), each after all of it that it uses. */
static GPtrArray *sort_by_use(GPtrArray *list, const char *name)
{
  GPtrArray *order = g_ptr_array_new();
  g_ptr_array_sort(list, compare_by_name);
  while (list->len) {
    g_autoptr(GHashTable) left = g_hash_table_new(g_str_hash, g_str_equal);
    guint before = list->len;
    for (guint i = 0; i < list->len; i++)
      g_hash_table_add(left, (gpointer)((const CrContainer *)list->pdata[i])->name);
    for (guint i = 0; i < list->len;) {
      const CrContainer *container = list->pdata[i];
      if (cr_dependents_use_any(container, left)) {
        i++;
        continue;
      }
      if (strcmp(container->name, name) != 0)
        g_ptr_array_add(order, (gpointer)container);
      g_ptr_array_remove_index(list, i);
    }
    if (list->len == before)
      break; /* cr_dependents_list has said it already */
  }
  return order;
}

GPtrArray *cr_turn_list(const CrContainers *containers, const char *name, GHashTable *others, CrArena *arena,
                        GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  if (!others)
    return cr_dependents_list(containers, name, NULL, arena, error);
  if (!add_reach(containers, name, list, seen, arena, error))
    return NULL;
  GHashTableIter iter;
  gpointer other = NULL;
  g_hash_table_iter_init(&iter, others);
  while (g_hash_table_iter_next(&iter, &other, NULL))
    if (!add_reach(containers, other, list, seen, arena, error))
      return NULL;
  return sort_by_use(list, name);
}
