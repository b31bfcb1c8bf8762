/* SPDX-License-Identifier: Apache-2.0 */
/* Files by what is in them. Each layer is searched once however many images have it; only for images with a hit is
 * asked what shows there, and whose it is. */
#include <string.h>

#include "base/limits.h"
#include "fleet/where-private.h"
#include "image/tree.h"
#include "inventory/inventory.h"
#include "record/ask.h"

/* A name of the file: a path that LAYER puts there. */
typedef struct {
  const char *path;
  guint layer;
} Name;

typedef struct {
  CrWhereSearch *search;
  const guint8 *digest;
  GHashTable *paths;       /* CrLayer* → GPtrArray of paths that it has */
  GHashTable *inventories; /* key of what they were read of → CrInventory* */
  GHashTable *weights;     /* CrLayer* → has it a part in that? */
  GHashTable *asked;       /* names of packages whose reach was asked for */
  GHashTable *reaches;     /* "image id, package, version" → reach */
  GPtrArray *trees;        /* those of the inventories */
  guint64 undigested;
} FileSearch;

/* ---- one layer ---- */

static void take_path(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  g_ptr_array_add(data, g_strndup(entry->entry.path, entry->entry.path_bytes));
}

static const GPtrArray *search_layer(FileSearch *it, CrLayer *layer)
{
  GPtrArray *paths = g_hash_table_lookup(it->paths, layer);
  if (!paths) {
    paths = g_ptr_array_new_with_free_func(g_free);
    cr_layer_foreach_digest(layer, it->digest, take_path, paths);
    g_hash_table_insert(it->paths, layer, paths);
    it->undigested += cr_layer_count_undigested(layer);
  }
  return paths;
}

/* ---- its names in one image ---- */

typedef struct {
  CrTree *tree;
  CrArena *arena;
  GArray *names; /* Name */
  Name of;       /* whose links are looked for */
  guint layer;   /* in this one */
} Linking;

static void take_link(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  Linking *it = data;
  gboolean replaced = FALSE;
  if (strcmp(entry->entry.target, it->of.path) != 0)
    return;
  int hider = cr_tree_find_hider(it->tree, it->of.layer, it->of.path, &replaced);
  if (hider >= 0 && (guint)hider <= it->layer)
    return; /* something else was there by then */
  Name name = {cr_arena_strndup(it->arena, entry->entry.path, entry->entry.path_bytes), it->layer};
  g_array_append_val(it->names, name);
}

/* Those that the tar of a layer gives the file itself, then hard links to them, and to those. */
static GArray *list_names(FileSearch *it, const GPtrArray *layers, CrTree *tree)
{
  GArray *names = g_array_new(FALSE, FALSE, sizeof(Name));
  CrArena *arena = it->search->where->arena;
  for (guint i = 0; i < layers->len; i++) {
    const GPtrArray *paths = search_layer(it, layers->pdata[i]);
    for (guint k = 0; k < paths->len; k++) {
      Name name = {cr_arena_strdup(arena, paths->pdata[k]), i};
      g_array_append_val(names, name);
    }
  }
  for (guint n = 0; n < names->len && n < CR_LIMIT_FILE_NAMES; n++) {
    Linking linking = {.tree = tree, .arena = arena, .names = names, .of = g_array_index(names, Name, n)};
    for (linking.layer = linking.of.layer; linking.layer < layers->len; linking.layer++)
      cr_layer_foreach_link(layers->pdata[linking.layer], take_link, &linking);
  }
  return names;
}

/* ---- whose it is ---- */

static void note_mark(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  (void)entry;
  *(gboolean *)data = TRUE;
}

/* Could what the layer has change which packages are there: a database or a part of one, or a mark that hides some? */
static gboolean weigh_layer(const CrLayer *layer)
{
  gboolean found = FALSE;
  for (const CrCollector *const *it = cr_inventory_get_collectors(); *it && !found; it++)
    cr_layer_foreach_facts(layer, (*it)->name, note_mark, &found);
  g_autoptr(CrLayerCursor) cursor = found ? NULL : cr_layer_cursor_new(layer);
  for (CrLayerEntry entry; cursor && !found && cr_layer_cursor_next(cursor, &entry);)
    found = entry.entry.type == CR_ENTRY_WHITEOUT || entry.entry.type == CR_ENTRY_OPAQUE ||
            (entry.entry.type == CR_ENTRY_SYMLINK && !strchr(entry.entry.path, '/')); /* as usr-merge makes */
  return found;
}

static gboolean has_weight(FileSearch *it, CrLayer *layer)
{
  gpointer known = NULL;
  if (!g_hash_table_lookup_extended(it->weights, layer, NULL, &known)) {
    known = GINT_TO_POINTER(weigh_layer(layer));
    g_hash_table_insert(it->weights, layer, known);
  }
  return GPOINTER_TO_INT(known);
}

/* Images on one base mostly differ in what is no package: what was read of one serves the others. */
static CrInventory *get_inventory(FileSearch *it, const GPtrArray *layers)
{
  g_autoptr(GString) key = g_string_new(NULL);
  g_autoptr(GPtrArray) parts = g_ptr_array_new();
  for (guint i = 0; i < layers->len; i++)
    if (has_weight(it, layers->pdata[i])) {
      g_string_append_printf(key, "%s ", cr_layer_get_diff_id(layers->pdata[i]));
      g_ptr_array_add(parts, layers->pdata[i]);
    }
  CrInventory *inventory = g_hash_table_lookup(it->inventories, key->str);
  if (inventory)
    return inventory;
  CrTree *tree = cr_tree_new((CrLayer *const *)parts->pdata, parts->len);
  g_ptr_array_add(it->trees, tree);
  g_autoptr(CrProblems) problems = cr_problems_new(); /* said when the image was looked at */
  inventory = cr_inventory_read(tree, NULL, problems);
  g_hash_table_insert(it->inventories, g_strdup(key->str), inventory);
  return inventory;
}

static char *make_key(const char *image_id, const char *package, const char *version)
{
  return g_strjoin("\n", image_id, package, version ? version : "", NULL);
}

static gboolean on_package(const CrSeenThing *thing, gpointer data)
{
  FileSearch *it = data;
  g_hash_table_insert(it->reaches, make_key(thing->image_id, thing->package, thing->version), (gpointer)thing->reach);
  return TRUE;
}

/* The reach of PACKAGE as it was when the image was looked at: one question for all images. */
static const char *find_reach(FileSearch *it, const char *image_id, const CrPackage *package)
{
  CrWhereSearch *search = it->search;
  if (!g_hash_table_contains(it->asked, package->name)) {
    g_hash_table_add(it->asked, g_strdup(package->name));
    if (!cr_record_find_package(search->record, package->name, search->where->arena, on_package, it, search->error))
      return NULL;
  }
  g_autofree char *key = make_key(image_id, package->name, package->version);
  const char *reach = g_hash_table_lookup(it->reaches, key);
  return reach ? reach : "unknown";
}

/* ---- hits ---- */

static gboolean add_name(FileSearch *it, const CrObservation *image, const GPtrArray *layers, const Name *name,
                         int hider, gboolean replaced)
{
  CrArena *arena = it->search->where->arena;
  CrWhereHit *hit = cr_where_add_hit(it->search, image);
  if (!hit)
    return FALSE;
  hit->what = name->path;
  if (hider >= 0) {
    hit->hidden =
        cr_arena_printf(arena, "%s by layer %d of %u", replaced ? "replaced" : "deleted", hider + 1, layers->len);
    hit->reach = "unreached";
    return TRUE;
  }
  const CrPackage *owner = cr_inventory_find_owner(get_inventory(it, layers), name->path);
  if (!owner)
    return TRUE;
  hit->package = cr_arena_strdup(arena, owner->name);
  hit->version = cr_arena_strdup(arena, owner->version);
  hit->reach = find_reach(it, image->image_id, owner);
  return hit->reach != NULL;
}

/* A file that several layers have under one name is one hit: what shows, else the uppermost of what is hidden. */
static gboolean search_image(FileSearch *it, const CrObservation *image, const GPtrArray *layers)
{
  g_autoptr(CrTree) tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len);
  g_autoptr(GArray) names = list_names(it, layers, tree);
  g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint hidden = 0; hidden < 2; hidden++)
    for (guint n = names->len; n > 0 && !cr_where_is_full(it->search->where); n--) {
      const Name *name = &g_array_index(names, Name, n - 1);
      gboolean replaced = FALSE;
      int hider = cr_tree_find_hider(tree, name->layer, name->path, &replaced);
      if ((hider >= 0) == (hidden == 1) && g_hash_table_add(done, (gpointer)name->path) &&
          !add_name(it, image, layers, name, hider, replaced))
        return FALSE;
    }
  return TRUE;
}

static gboolean has_it(FileSearch *it, const GPtrArray *layers)
{
  gboolean found = FALSE;
  for (guint i = 0; i < layers->len; i++)
    found |= search_layer(it, layers->pdata[i])->len > 0;
  return found;
}

static gboolean search_all(FileSearch *it, const GPtrArray *all)
{
  CrWhere *where = it->search->where;
  where->looked = 0;
  guint i = 0;
  for (; i < all->len && !cr_where_is_full(where); i++) {
    g_autoptr(GPtrArray) layers = cr_where_load_layers(it->search, all->pdata[i]);
    if (!layers)
      continue;
    where->looked++;
    if (has_it(it, layers) && !search_image(it, all->pdata[i], layers))
      return FALSE;
  }
  if (where->looked < i)
    cr_problems_add(where->problems, CR_PROBLEM_PARTIAL, "files",
                    "%u of %u images are not answered for: indexes of their layers are not in the cache",
                    i - where->looked, all->len);
  if (it->undigested)
    cr_problems_add(where->problems, CR_PROBLEM_PARTIAL, "files",
                    "digests of %" G_GUINT64_FORMAT " files are not kept: they are mostly holes", it->undigested);
  return TRUE;
}

gboolean cr_where_find_file(CrWhereSearch *search, const GPtrArray *all, const guint8 digest[CR_DIGEST_BYTES])
{
  FileSearch it = {.search = search, .digest = digest};
  it.paths = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  it.inventories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_inventory_free);
  it.weights = g_hash_table_new(NULL, NULL);
  it.asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  it.reaches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  it.trees = g_ptr_array_new_with_free_func((GDestroyNotify)cr_tree_free);
  gboolean ok = search_all(&it, all);
  g_hash_table_unref(it.inventories);
  g_ptr_array_unref(it.trees);
  g_hash_table_unref(it.paths);
  g_hash_table_unref(it.weights);
  g_hash_table_unref(it.asked);
  g_hash_table_unref(it.reaches);
  return ok;
}
