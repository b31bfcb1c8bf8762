/* SPDX-License-Identifier: Apache-2.0 */
/* The layer that brought a package version in: going down from the top through the layers that wrote to the database,
 * the last of the unbroken run in which name, version and architecture are recorded. Each step reads the database as it
 * stood then, in the tree that the layers up to there make; almost always that is one file of one layer. */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"

static void note(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  (void)entry;
  *(gboolean *)data = TRUE;
}

static gboolean writes_database(const CrLayer *layer, const CrDatabase *database)
{
  gboolean found = FALSE;
  for (guint i = 0; layer && !found && database->collectors[i]; i++)
    cr_layer_foreach_facts(layer, database->collectors[i]->name, note, &found);
  return found;
}

/* Name, version and architecture as one number. Two packages with one number would share a layer, nothing worse. */
static gpointer get_identity(const CrPackage *package)
{
  guint64 hash = 14695981039346656037U;
  const char *const parts[] = {package->name, package->version, package->arch};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    for (const char *at = parts[i] ? parts[i] : ""; *at; at++)
      hash = (hash ^ (guint8)*at) * 1099511628211U;
    hash = (hash ^ 0x100) * 1099511628211U;
  }
  return GSIZE_TO_POINTER((gsize)hash);
}

/* The identities that the database held when LAYER was on top. *RECORDS counts them. */
static GHashTable *read_identities(const CrDatabaseWork *work, guint layer, guint *records)
{
  g_autofree CrLayer **layers = g_new0(CrLayer *, layer + 1);
  for (guint i = 0; i <= layer; i++)
    layers[i] = (CrLayer *)cr_tree_get_layer(work->tree, i);
  g_autoptr(CrTree) tree = cr_tree_new(layers, layer + 1);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) packages = g_ptr_array_new();
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  CrDatabaseWork below = {.database = work->database,
                          .tree = tree,
                          .arena = arena,
                          .problems = problems,
                          .identity = TRUE,
                          .packages = packages,
                          .kept = kept};
  work->database->read(&below);
  GHashTable *identities = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < packages->len; i++)
    g_hash_table_add(identities, get_identity(packages->pdata[i]));
  *records += packages->len;
  return identities;
}

void cr_layers_attribute(CrDatabaseWork *work)
{
  guint count = cr_tree_get_layer_count(work->tree), top = count;
  while (top > 0 && !writes_database(cr_tree_get_layer(work->tree, top - 1), work->database))
    top--;
  g_autoptr(GPtrArray) open = g_ptr_array_new(); /* whose run goes on */
  for (guint i = 0; i < work->packages->len; i++) {
    CrDatabasePackage *package = work->packages->pdata[i];
    package->package.layer = (int)top - 1;
    g_ptr_array_add(open, package);
  }
  guint records = 0;
  for (guint i = top > 0 ? top - 1 : 0; i > 0 && open->len; i--) {
    if (!writes_database(cr_tree_get_layer(work->tree, i - 1), work->database))
      continue;
    if (records > CR_LIMIT_LAYER_RECORDS) {
      cr_problems_add(work->problems, CR_PROBLEM_NOTE, work->database->name,
                      "the layers of %u packages were not looked up below layer %u: too many copies of the database",
                      open->len, i);
      return;
    }
    g_autoptr(GHashTable) identities = read_identities(work, i - 1, &records);
    guint still = 0;
    for (guint k = 0; k < open->len; k++) {
      CrDatabasePackage *package = open->pdata[k];
      if (!g_hash_table_contains(identities, get_identity(&package->package)))
        continue;
      package->package.layer = (int)i - 1;
      open->pdata[still++] = package;
    }
    g_ptr_array_set_size(open, (int)still);
  }
}
