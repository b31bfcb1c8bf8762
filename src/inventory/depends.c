/* SPDX-License-Identifier: Apache-2.0 */
/* Which installed package needs which: the relations of a database, met by the packages that are there. Versions are
 * not compared: the package manager did when it installed them. */
#include "inventory/private.h"
#include "inventory/stanza.h"

#include <string.h>

/* ---- dpkg's syntax: "a (>= 1), b:any | c [amd64] <!nocheck>" ---- */

static void visit_deb_value(const CrDatabasePackage *package, CrSlice value, CrRelationKind kind,
                            CrDatabaseRelationVisit visit, gpointer data)
{
  gboolean alternative = FALSE;
  gsize i = 0;
  while (i < value.size) {
    while (i < value.size && strchr(" \t\n,|", value.at[i])) {
      if (value.at[i] == ',')
        alternative = FALSE;
      else if (value.at[i] == '|')
        alternative = TRUE;
      i++;
    }
    gsize start = i;
    while (i < value.size && !strchr(" \t\n,|(:[<", value.at[i]))
      i++;
    if (i > start)
      visit(package, kind, value.at + start, i - start, alternative, data);
    while (i < value.size && value.at[i] != ',' && value.at[i] != '|') /* version, architecture, profile */
      i++;
  }
}

/* Fields of more than one line do not exist for relations in a status file (dpkg writes them in one). */
static void visit_deb_package(const CrDatabasePackage *package, CrDatabaseRelationVisit visit, gpointer data)
{
  CrSlice rest = cr_slice(package->package.control, package->package.control_bytes), name, value;
  while (cr_slice_next_field(&rest, &name, &value)) {
    if (cr_slice_is_word(name, "Depends") || cr_slice_is_word(name, "Pre-Depends"))
      visit_deb_value(package, value, CR_RELATION_NEEDS, visit, data);
    else if (cr_slice_is_word(name, "Provides"))
      visit_deb_value(package, value, CR_RELATION_PROVIDES, visit, data);
  }
}

void cr_database_foreach_deb_relation(CrDatabaseWork *work, CrDatabaseRelationVisit visit, gpointer data)
{
  for (guint i = 0; i < work->packages->len; i++)
    visit_deb_package(work->packages->pdata[i], visit, data);
}

/* ---- who meets what ---- */

typedef struct {
  CrInventory *inventory;
  GHashTable *offers; /* name → GPtrArray of CrPackage* */
  GPtrArray *needs;   /* by index: GHashTable as a set of CrPackage*, or NULL */
  gboolean met;       /* the need that alternatives may follow */
} Meeting;

static void add_offer(Meeting *meeting, char *name, const CrPackage *package)
{
  GPtrArray *list = g_hash_table_lookup(meeting->offers, name);
  if (!list) {
    list = g_ptr_array_new();
    g_hash_table_insert(meeting->offers, name, list);
  } else {
    g_free(name);
  }
  g_ptr_array_add(list, (gpointer)package);
}

static void collect_offer(const CrDatabasePackage *package, CrRelationKind kind, const char *name, gsize length,
                          gboolean alternative, gpointer data)
{
  (void)alternative;
  if (kind == CR_RELATION_PROVIDES)
    add_offer(data, g_strndup(name, length), &package->package);
}

/* Of several that offer NAME the one of PACKAGE's architecture (dpkg's multi-arch: libraries of both are there). */
static const CrPackage *find_offer(Meeting *meeting, const CrPackage *package, const char *name)
{
  const GPtrArray *list = g_hash_table_lookup(meeting->offers, name);
  if (!list)
    return *name == '/' ? cr_inventory_find_owner(meeting->inventory, name + 1) : NULL;
  for (guint i = 0; i < list->len; i++) {
    const CrPackage *other = list->pdata[i];
    if (other == package || !g_strcmp0(other->arch, package->arch))
      return other;
  }
  return list->pdata[0];
}

static void collect_need(const CrDatabasePackage *package, CrRelationKind kind, const char *name, gsize length,
                         gboolean alternative, gpointer data)
{
  Meeting *meeting = data;
  if (kind != CR_RELATION_NEEDS || (alternative && meeting->met))
    return;
  g_autofree char *text = g_strndup(name, length);
  const CrPackage *found = find_offer(meeting, &package->package, text);
  meeting->met = found != NULL;
  if (!found || found == &package->package)
    return;
  GHashTable *set = meeting->needs->pdata[package->package.index];
  if (!set)
    meeting->needs->pdata[package->package.index] = set = g_hash_table_new(NULL, NULL);
  g_hash_table_add(set, (gpointer)found);
}

static int compare_indexes(gconstpointer a, gconstpointer b)
{
  const CrPackage *one = *(const CrPackage *const *)a, *other = *(const CrPackage *const *)b;
  return (one->index > other->index) - (one->index < other->index);
}

static const CrPackage *const *make_vector(CrInventory *inventory, GHashTable *set)
{
  guint count = 0;
  g_autofree gpointer *keys = set ? g_hash_table_get_keys_as_array(set, &count) : NULL;
  const CrPackage **vector = cr_arena_alloc(inventory->arena, (count + 1) * sizeof *vector);
  for (guint i = 0; i < count; i++)
    vector[i] = keys[i];
  qsort(vector, count, sizeof *vector, compare_indexes);
  vector[count] = NULL;
  return vector;
}

static void free_set(gpointer set)
{
  if (set)
    g_hash_table_unref(set);
}

static void meet_work(CrInventory *inventory, CrDatabaseWork *work)
{
  g_autoptr(GHashTable) offers =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  g_autoptr(GPtrArray) needs = g_ptr_array_new_with_free_func(free_set);
  Meeting meeting = {.inventory = inventory, .offers = offers, .needs = needs};
  g_ptr_array_set_size(needs, (int)inventory->packages->len);
  for (guint i = 0; i < work->packages->len; i++)
    add_offer(&meeting, g_strdup(((const CrPackage *)work->packages->pdata[i])->name), work->packages->pdata[i]);
  work->database->foreach_relation(work, collect_offer, &meeting);
  work->database->foreach_relation(work, collect_need, &meeting);
  for (guint i = 0; i < work->packages->len; i++) {
    guint index = ((const CrPackage *)work->packages->pdata[i])->index;
    inventory->dependencies[index] = make_vector(inventory, needs->pdata[index]);
  }
}

const CrPackage *const *cr_inventory_get_dependencies(CrInventory *inventory, const CrPackage *package)
{
  if (!inventory->dependencies) {
    inventory->dependencies =
        cr_arena_alloc(inventory->arena, (inventory->packages->len + 1) * sizeof *inventory->dependencies);
    memset(inventory->dependencies, 0, (inventory->packages->len + 1) * sizeof *inventory->dependencies);
    for (guint i = 0; i < inventory->works->len; i++) {
      CrDatabaseWork *work = inventory->works->pdata[i];
      if (work->database->foreach_relation)
        meet_work(inventory, work);
    }
  }
  return inventory->dependencies[package->index];
}

gboolean cr_inventory_foreach_exact_relation(CrInventory *inventory, CrExactRelationVisit visit, gpointer data)
{
  gboolean any = FALSE;
  for (guint i = 0; i < inventory->works->len; i++) {
    CrDatabaseWork *work = inventory->works->pdata[i];
    if (work->database->foreach_exact_relation)
      any |= work->database->foreach_exact_relation(work, visit, data);
  }
  return any;
}
