/* SPDX-License-Identifier: Apache-2.0 */
/* Circles, levels and children; and the part of the graph that was asked for. */
#include "fleet/discover.h"

#include "base/error.h"
#include "report/near.h"

#include <string.h>

static int compare_by_name(gconstpointer a, gconstpointer b)
{
  const CrFleetImage *x = *(const CrFleetImage *const *)a, *y = *(const CrFleetImage *const *)b;
  int order = strcmp(x->name, y->name);
  return order ? order : strcmp(x->source, y->source);
}

static int compare_by_level(gconstpointer a, gconstpointer b)
{
  const CrFleetImage *x = *(const CrFleetImage *const *)a, *y = *(const CrFleetImage *const *)b;
  if (x->level != y->level)
    return x->level < y->level ? -1 : 1;
  return compare_by_name(a, b);
}

static int compare_containers(gconstpointer a, gconstpointer b)
{
  const CrFleetContainer *x = *(const CrFleetContainer *const *)a, *y = *(const CrFleetContainer *const *)b;
  int order = strcmp(cr_daemon_get_name(x->daemon), cr_daemon_get_name(y->daemon));
  return order ? order : strcmp(x->container->name, y->container->name);
}

/* ---- circles ---- */

/* One place on the way down; a way of its own, because a chain may be longer than a stack is deep. */
typedef struct {
  CrFleetImage *image;
  guint next; /* parent */
} Place;

typedef enum { STATE_NEW, STATE_ON_WAY, STATE_DONE } State;

static char *format_circle(const GArray *way, const CrFleetImage *from, gboolean *all_config)
{
  GString *text = g_string_new(NULL);
  gboolean in = FALSE;
  *all_config = TRUE;
  for (guint i = 0; i < way->len; i++) {
    const Place *place = &g_array_index(way, Place, i);
    in |= place->image == from;
    if (!in)
      continue;
    const CrFleetParent *edge = place->image->parents->pdata[place->next];
    *all_config &= !strcmp(edge->how, "config");
    g_string_append_printf(text, "%s on ", place->image->name);
  }
  g_string_append(text, from->name);
  return g_string_free(text, FALSE);
}

/* The edge that closes it goes; of two that could go it is the one found last, in the order of names. */
static gboolean cut(CrFleet *fleet, const GArray *way, const Place *place, GError **error)
{
  CrFleetParent *edge = place->image->parents->pdata[place->next];
  gboolean all_config = FALSE;
  g_autofree char *circle = format_circle(way, edge->image, &all_config);
  if (all_config) {
    const char *where = place->image->owner ? place->image->owner : "careen.yaml";
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use %s: from: goes in a circle: %s", where, circle);
    return FALSE;
  }
  cr_problems_add(fleet->problems, CR_PROBLEM_PARTIAL, edge->place ? edge->place : place->image->name,
                  "built on itself: %s; the last of these is left out of the order", circle);
  g_ptr_array_remove_index(place->image->parents, place->next);
  return TRUE;
}

static gboolean walk(CrFleet *fleet, GHashTable *states, CrFleetImage *start, GError **error)
{
  g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Place));
  Place first = {start, 0};
  g_array_append_val(way, first);
  g_hash_table_insert(states, start, GUINT_TO_POINTER(STATE_ON_WAY));
  while (way->len) {
    Place *place = &g_array_index(way, Place, way->len - 1);
    if (place->next >= place->image->parents->len) {
      g_hash_table_insert(states, place->image, GUINT_TO_POINTER(STATE_DONE));
      g_array_set_size(way, way->len - 1);
      if (way->len)
        g_array_index(way, Place, way->len - 1).next++;
      continue;
    }
    CrFleetImage *parent = ((CrFleetParent *)place->image->parents->pdata[place->next])->image;
    State state = GPOINTER_TO_UINT(g_hash_table_lookup(states, parent));
    if (state == STATE_ON_WAY) {
      if (!cut(fleet, way, place, error))
        return FALSE;
    } else if (state == STATE_DONE) {
      place->next++;
    } else {
      g_hash_table_insert(states, parent, GUINT_TO_POINTER(STATE_ON_WAY));
      Place above = {parent, 0};
      g_array_append_val(way, above);
    }
  }
  return TRUE;
}

static gboolean cut_circles(CrFleet *fleet, GError **error)
{
  g_autoptr(GHashTable) states = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < fleet->images->len; i++)
    if (!g_hash_table_contains(states, fleet->images->pdata[i]) && !walk(fleet, states, fleet->images->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* ---- levels ---- */

/* By the longest way up; without circles a round for each level is enough, but ways share parents: count what is left.
 */
static void set_levels(CrFleet *fleet)
{
  g_autoptr(GHashTable) left = g_hash_table_new(NULL, NULL);
  g_autoptr(GHashTable) below = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  g_autoptr(GPtrArray) ready = g_ptr_array_new();
  for (guint i = 0; i < fleet->images->len; i++) {
    CrFleetImage *image = fleet->images->pdata[i];
    g_hash_table_insert(left, image, GUINT_TO_POINTER(image->parents->len));
    if (!image->parents->len)
      g_ptr_array_add(ready, image);
    for (guint p = 0; p < image->parents->len; p++) {
      CrFleetImage *parent = ((CrFleetParent *)image->parents->pdata[p])->image;
      GPtrArray *users = g_hash_table_lookup(below, parent);
      if (!users) {
        users = g_ptr_array_new();
        g_hash_table_insert(below, parent, users);
      }
      g_ptr_array_add(users, image);
    }
  }
  for (guint i = 0; i < ready->len; i++) {
    CrFleetImage *parent = ready->pdata[i];
    GPtrArray *users = g_hash_table_lookup(below, parent);
    for (guint u = 0; users && u < users->len; u++) {
      CrFleetImage *image = users->pdata[u];
      guint waiting = GPOINTER_TO_UINT(g_hash_table_lookup(left, image)) - 1;
      image->level = MAX(image->level, parent->level + 1);
      g_hash_table_insert(left, image, GUINT_TO_POINTER(waiting));
      if (!waiting)
        g_ptr_array_add(ready, image);
    }
  }
}

static void set_children(CrFleet *fleet)
{
  for (guint i = 0; i < fleet->images->len; i++) {
    CrFleetImage *image = fleet->images->pdata[i];
    const CrFleetParent *base = cr_fleet_image_get_base(image);
    if (base)
      g_ptr_array_add(base->image->children, image);
  }
  for (guint i = 0; i < fleet->images->len; i++)
    g_ptr_array_sort(((CrFleetImage *)fleet->images->pdata[i])->children, compare_by_name);
}

/* ---- what was asked for ---- */

static gboolean is_meant(const char *pattern, const CrFleetImage *image)
{
  g_autofree char *qualified =
      image->daemon ? g_strdup_printf("%s:%s", cr_daemon_get_kind(image->daemon), image->name) : NULL;
  gboolean meant = cr_fleet_matches(pattern, image->name) || (qualified && cr_fleet_matches(pattern, qualified));
  for (guint a = 0; !meant && image->also && image->also[a]; a++)
    meant = cr_fleet_matches(pattern, image->also[a]);
  return meant;
}

static gboolean is_wanted(const CrFleetOptions *options, const CrFleetImage *image)
{
  for (guint i = 0; options->only[i]; i++)
    if (is_meant(options->only[i], image))
      return TRUE;
  return FALSE;
}

/* What may be meant instead: the image of a container of that name, one that is here and not the fleet's, a name that
 * is spelled nearly so; else what could not be looked at. Free with g_free; NULL: nothing is known. */
static char *find_hint(const CrFleetBuilder *builder, const char *pattern)
{
  const CrFleet *fleet = builder->fleet;
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  g_autofree char *normal = cr_fleet_normalise_name(pattern);
  for (guint i = 0; i < builder->locals->len; i++)
    if (g_hash_table_contains(((const CrLocalDaemon *)builder->locals->pdata[i])->by_name, normal))
      return g_strdup("it is here, but neither careen.yaml, a recipe nor a container names it: careen graph --all");
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *container = fleet->containers->pdata[i];
    if (!strcmp(container->container->name, pattern))
      return g_strdup_printf("it is a container of the image %s", container->image->name);
  }
  for (guint i = 0; i < fleet->images->len; i++)
    g_ptr_array_add(names, (gpointer)((const CrFleetImage *)fleet->images->pdata[i])->name);
  g_autofree char *near = cr_near_format(pattern, (const char *const *)names->pdata, names->len);
  if (near)
    return g_strdup_printf("did you mean %s?", near);
  for (guint i = 0; i < cr_problems_get_count(fleet->problems); i++) {
    const CrProblem *problem = cr_problems_get(fleet->problems, i);
    if (problem->kind != CR_PROBLEM_NOTE)
      return g_strdup_printf("not everything could be looked at: %s: %s", problem->where, problem->what);
  }
  return NULL;
}

/* A name that nothing has is a slip of the pen: "nothing to do" would be taken for an answer. */
static gboolean is_known(const CrFleetBuilder *builder, const char *pattern, GError **error)
{
  const CrFleet *fleet = builder->fleet;
  for (guint i = 0; i < fleet->images->len; i++)
    if (is_meant(pattern, fleet->images->pdata[i]))
      return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot look at '%s': no image of the fleet has that name", pattern);
  g_autofree char *hint = find_hint(builder, pattern);
  if (error && hint)
    cr_error_set_hint(*error, "%s", hint);
  return FALSE;
}

static void keep_parents(GHashTable *kept, CrFleetImage *image)
{
  g_autoptr(GPtrArray) todo = g_ptr_array_new();
  g_ptr_array_add(todo, image);
  while (todo->len) {
    CrFleetImage *next = g_ptr_array_steal_index_fast(todo, todo->len - 1);
    g_hash_table_add(kept, next);
    for (guint p = 0; p < next->parents->len; p++) {
      CrFleetImage *parent = ((CrFleetParent *)next->parents->pdata[p])->image;
      if (!g_hash_table_contains(kept, parent))
        g_ptr_array_add(todo, parent);
    }
  }
}

/* In the order of levels: who is built on one that stays, by base or by files, stays. */
static void keep_related(CrFleet *fleet, const CrFleetOptions *options)
{
  g_autoptr(GHashTable) down = g_hash_table_new(NULL, NULL);
  g_autoptr(GHashTable) kept = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < fleet->images->len; i++) {
    CrFleetImage *image = fleet->images->pdata[i];
    gboolean wanted = is_wanted(options, image);
    for (guint p = 0; !wanted && p < image->parents->len; p++)
      wanted = g_hash_table_contains(down, ((CrFleetParent *)image->parents->pdata[p])->image);
    if (wanted)
      g_hash_table_add(down, image);
  }
  GHashTableIter iter;
  gpointer image = NULL;
  g_hash_table_iter_init(&iter, down);
  while (g_hash_table_iter_next(&iter, &image, NULL))
    keep_parents(kept, image);
  for (guint i = fleet->images->len; i > 0; i--)
    if (!g_hash_table_contains(kept, fleet->images->pdata[i - 1]))
      g_ptr_array_remove_index(fleet->images, i - 1);
  for (guint i = fleet->containers->len; i > 0; i--)
    if (!g_hash_table_contains(kept, ((CrFleetContainer *)fleet->containers->pdata[i - 1])->image))
      g_ptr_array_remove_index(fleet->containers, i - 1);
  for (guint i = 0; i < fleet->images->len; i++) {
    GPtrArray *children = ((CrFleetImage *)fleet->images->pdata[i])->children;
    for (guint c = children->len; c > 0; c--)
      if (!g_hash_table_contains(kept, children->pdata[c - 1]))
        g_ptr_array_remove_index(children, c - 1);
  }
}

gboolean cr_fleet_order(CrFleetBuilder *builder, GError **error)
{
  CrFleet *fleet = builder->fleet;
  for (guint i = 0; i < fleet->nodes->len; i++)
    g_ptr_array_add(fleet->images, fleet->nodes->pdata[i]);
  g_ptr_array_sort(fleet->images, compare_by_name);
  if (!cut_circles(fleet, error))
    return FALSE;
  set_levels(fleet);
  set_children(fleet);
  g_ptr_array_sort(fleet->images, compare_by_level);
  g_ptr_array_sort(fleet->containers, compare_containers);
  for (guint i = 0; i < fleet->images->len; i++)
    g_ptr_array_sort(((CrFleetImage *)fleet->images->pdata[i])->containers, compare_containers);
  CrStrv only = builder->options->only;
  for (guint i = 0; only && only[i]; i++)
    if (!is_known(builder, only[i], error))
      return FALSE;
  if (only)
    keep_related(fleet, builder->options);
  return TRUE;
}
