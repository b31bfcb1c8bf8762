/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and facts, listed: names come out of the layers' indexes in order, each with what the tree shows of it. */
#include "image/tree-private.h"

#include <string.h>

/* ---- one folder ---- */

/* The direct child of folder PREFIX ("" or "a/b/") that ENTRY is or lies below; its name's length, 0 if ENTRY is
 * elsewhere. */
static gsize get_child_bytes(const CrLayerEntry *entry, const char *prefix, gsize prefix_bytes)
{
  if (entry->entry.path_bytes <= prefix_bytes || memcmp(entry->entry.path, prefix, prefix_bytes) != 0)
    return 0;
  return strcspn(entry->entry.path + prefix_bytes, "/");
}

/* Give the names in folder PREFIX of one layer to TAKE, each once, in order; whiteouts are no names. ENTRY is the
 * name's own, or NULL where the layer has only entries below it. */
static gboolean list_layer(const CrLayer *layer, const char *prefix,
                           gboolean (*take)(const char *path, gsize bytes, const CrLayerEntry *entry, gpointer data),
                           gpointer data)
{
  gsize prefix_bytes = strlen(prefix);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  g_autoptr(GString) skip = g_string_new(NULL);
  cr_layer_cursor_seek(cursor, prefix);
  CrLayerEntry entry;
  while (cr_layer_cursor_next(cursor, &entry)) {
    if (!entry.entry.path_bytes)
      continue; /* the root itself */
    gsize bytes = get_child_bytes(&entry, prefix, prefix_bytes);
    if (!bytes)
      return TRUE;
    gboolean mark = entry.entry.type == CR_ENTRY_WHITEOUT || entry.entry.type == CR_ENTRY_OPAQUE;
    gboolean below = entry.entry.path_bytes > prefix_bytes + bytes;
    if (mark && !below)
      continue;
    g_string_truncate(skip, 0);
    g_string_append_len(skip, entry.entry.path, (gssize)(prefix_bytes + bytes));
    gsize size = skip->len;
    gboolean jump = below || entry.entry.type == CR_ENTRY_DIR;
    if (!take(skip->str, size, below ? NULL : &entry, data))
      return FALSE;
    if (jump) { /* over everything below: '/' sorts first, so "\x01" is behind it */
      g_string_append_c(skip, '\x01');
      cr_layer_cursor_seek(cursor, skip->str);
    }
  }
  return TRUE;
}

typedef struct {
  CrTree *tree;
  gboolean (*visit)(const CrNode *node, gpointer data);
  gpointer data;
  guint layer;       /* when only this one shows */
  GHashTable *names; /* when several layers show */
  gboolean stopped;
} Listing;

static gboolean visit_found(Listing *listing, const CrTreeFound *found)
{
  if (found->exists && !listing->visit(&found->node, listing->data))
    listing->stopped = TRUE;
  return !listing->stopped;
}

static gboolean visit_path(Listing *listing, const char *path)
{
  g_rec_mutex_lock(&listing->tree->lock);
  const CrTreeFound *found = cr_tree_find_literal(listing->tree, path);
  g_rec_mutex_unlock(&listing->tree->lock);
  return visit_found(listing, found);
}

/* PATH in a folder where only LAYER shows, from the entry that the listing stands at: no search for it again. */
static const CrTreeFound *find_listed(CrTree *tree, guint layer, const char *path, const CrLayerEntry *entry)
{
  const CrTreeFound *known = g_hash_table_lookup(tree->found, path);
  if (known || !entry || entry->entry.type == CR_ENTRY_HARDLINK || entry->entry.type == CR_ENTRY_DIR)
    return known ? known : cr_tree_find_literal(tree, path);
  CrTreeInLayer in = {0};
  cr_tree_take_entry(tree, layer, entry, &in);
  CrTreeFound *found = cr_arena_new0(tree->arena, CrTreeFound);
  found->exists = TRUE;
  found->node = in.node;
  found->node.path = cr_arena_strndup(tree->arena, entry->entry.path, entry->entry.path_bytes);
  g_hash_table_insert(tree->found, (gpointer)found->node.path, found);
  return found;
}

static gboolean take_now(const char *path, gsize bytes, const CrLayerEntry *entry, gpointer data)
{
  (void)bytes;
  Listing *listing = data;
  g_rec_mutex_lock(&listing->tree->lock);
  const CrTreeFound *found = find_listed(listing->tree, listing->layer, path, entry);
  g_rec_mutex_unlock(&listing->tree->lock);
  return visit_found(listing, found);
}

static gboolean take_name(const char *path, gsize bytes, const CrLayerEntry *entry, gpointer data)
{
  (void)entry;
  Listing *listing = data;
  if (!g_hash_table_contains(listing->names, path))
    g_hash_table_add(listing->names, g_strndup(path, bytes));
  return TRUE;
}

static int compare_paths(gconstpointer a, gconstpointer b)
{
  return cr_layer_compare_paths(*(const char *const *)a, *(const char *const *)b);
}

static void list_folder(CrTree *tree, const CrTreeFolder *folder, Listing *listing)
{
  g_autofree char *prefix = *folder->node.path ? g_strconcat(folder->node.path, "/", NULL) : g_strdup("");
  if (folder->count == 1) {
    listing->layer = folder->layers[0];
    list_layer(tree->layers[folder->layers[0]], prefix, take_now, listing);
    return;
  }
  listing->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < folder->count; i++)
    list_layer(tree->layers[folder->layers[i]], prefix, take_name, listing);
  guint count = 0;
  g_autofree gpointer *names = g_hash_table_get_keys_as_array(listing->names, &count);
  if (count)
    qsort(names, count, sizeof *names, compare_paths);
  for (guint i = 0; i < count && visit_path(listing, names[i]); i++) {
  }
  g_clear_pointer(&listing->names, g_hash_table_unref);
}

static const CrTreeFolder *find_folder(CrTree *tree, const char *path)
{
  CrNode node;
  if (cr_tree_find(tree, path, &node) != CR_TREE_FOUND)
    return NULL;
  g_rec_mutex_lock(&tree->lock);
  const CrTreeFolder *folder = cr_tree_find_literal(tree, node.path)->folder;
  g_rec_mutex_unlock(&tree->lock);
  return folder;
}

void cr_tree_foreach_child(CrTree *tree, const char *path, gboolean (*visit)(const CrNode *node, gpointer data),
                           gpointer data)
{
  const CrTreeFolder *folder = find_folder(tree, path);
  Listing listing = {.tree = tree, .visit = visit, .data = data};
  if (folder)
    list_folder(tree, folder, &listing);
}

typedef struct {
  CrTree *tree;
  gboolean (*visit)(const CrNode *node, gpointer data);
  gpointer data;
} Walking;

static gboolean walk_node(const CrNode *node, gpointer data)
{
  Walking *walking = data;
  if (!walking->visit(node, walking->data))
    return FALSE;
  if (node->type != CR_ENTRY_DIR)
    return TRUE;
  g_rec_mutex_lock(&walking->tree->lock);
  const CrTreeFolder *folder = cr_tree_find_literal(walking->tree, node->path)->folder;
  g_rec_mutex_unlock(&walking->tree->lock);
  Listing listing = {.tree = walking->tree, .visit = walk_node, .data = walking};
  list_folder(walking->tree, folder, &listing);
  return !listing.stopped;
}

void cr_tree_foreach(CrTree *tree, const char *path, gboolean (*visit)(const CrNode *node, gpointer data),
                     gpointer data)
{
  Walking walking = {tree, visit, data};
  cr_tree_foreach_child(tree, path, walk_node, &walking);
}

/* ---- facts of all ---- */

typedef struct {
  CrTree *tree;
  guint layer;
  gboolean (*visit)(const CrNode *node, gpointer data);
  gpointer data;
  gboolean stopped;
} FactWalk;

static void visit_fact(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  FactWalk *walking = data;
  (void)layer;
  if (walking->stopped)
    return;
  CrTree *tree = walking->tree;
  CrNode node;
  g_rec_mutex_lock(&tree->lock);
  gboolean shown;
  if (walking->layer + 1 == tree->count && entry->entry.type == CR_ENTRY_FILE) {
    CrTreeInLayer in = {0}; /* nothing can hide what the topmost layer has */
    cr_tree_take_entry(tree, walking->layer, entry, &in);
    node = in.node;
    node.path = cr_arena_strndup(tree->arena, entry->entry.path, entry->entry.path_bytes);
    shown = TRUE;
  } else {
    const CrTreeFound *found = cr_tree_find_literal(tree, entry->entry.path);
    shown = found->exists && found->node.content_layer == walking->layer && found->node.content_id == entry->id;
    node = found->node;
  }
  g_rec_mutex_unlock(&tree->lock);
  if (shown && !walking->visit(&node, walking->data))
    walking->stopped = TRUE;
}

void cr_tree_foreach_facts(CrTree *tree, const char *collector, gboolean (*visit)(const CrNode *node, gpointer data),
                           gpointer data)
{
  for (guint i = tree->count; i > 0; i--) {
    FactWalk walking = {.tree = tree, .layer = i - 1, .visit = visit, .data = data};
    if (tree->layers[i - 1])
      cr_layer_foreach_facts(tree->layers[i - 1], collector, visit_fact, &walking);
    if (walking.stopped)
      return;
  }
}
