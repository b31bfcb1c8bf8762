/* SPDX-License-Identifier: Apache-2.0 */
/* Folders are resolved once and remembered with the layers that show through in them, so that looking up a name is one
 * search in each of those layers and no more. Everything else is asked of the indexes each time. */
#include "image/tree.h"

#include <string.h>

#include "base/limits.h"
#include "image/layer-format.h"

/* A folder that was resolved: its node, and the layers (from the top) whose entries show in it. */
typedef struct {
  CrNode node;
  guint count;
  guint16 layers[];
} Folder;

/* What was found under a literal path (no link in the folder part). */
typedef struct {
  gboolean exists;
  CrNode node;
  const Folder *folder; /* for directories */
} Found;

struct CrTree {
  GRecMutex lock;
  CrArena *arena;
  guint count;
  CrLayer **layers;
  CrLayerCursor **cursors; /* one a layer, for look-ups under the lock */
  GHashTable *found;       /* path → Found */
  Folder *root;
};

CrTree *cr_tree_new(CrLayer *const *layers, guint count)
{
  CrTree *tree = g_new0(CrTree, 1);
  g_rec_mutex_init(&tree->lock);
  tree->arena = cr_arena_new();
  tree->count = count;
  tree->layers = g_new0(CrLayer *, count + 1);
  tree->cursors = g_new0(CrLayerCursor *, count + 1);
  tree->found = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < count; i++) {
    if (!layers[i])
      continue;
    tree->layers[i] = cr_layer_ref(layers[i]);
    tree->cursors[i] = cr_layer_cursor_new(layers[i]);
  }
  return tree;
}

void cr_tree_free(CrTree *tree)
{
  if (!tree)
    return;
  for (guint i = 0; i < tree->count; i++) {
    g_clear_pointer(&tree->cursors[i], cr_layer_cursor_free);
    cr_layer_unref(tree->layers[i]);
  }
  g_hash_table_unref(tree->found);
  cr_arena_free(tree->arena);
  g_free(tree->layers);
  g_free(tree->cursors);
  g_rec_mutex_clear(&tree->lock);
  g_free(tree);
}

guint cr_tree_get_layer_count(const CrTree *tree)
{
  return tree->count;
}

const CrLayer *cr_tree_get_layer(const CrTree *tree, guint layer)
{
  return layer < tree->count ? tree->layers[layer] : NULL;
}

/* ---- one name in one layer ---- */

typedef struct {
  gboolean real, whiteout, opaque;
  gboolean marks;   /* whiteouts or opaque marks stand below it */
  gboolean implied; /* only entries below it exist: a folder that the layer did not name */
  CrNode node;
  const char *link; /* of a hard link */
} InLayer;

static void take_entry(CrTree *tree, guint layer, const CrLayerEntry *entry, InLayer *out)
{
  const CrEntry *e = &entry->entry;
  out->real = TRUE;
  out->node = (CrNode){.type = e->type,
                       .mode = e->mode,
                       .uid = e->uid,
                       .gid = e->gid,
                       .mtime = e->mtime,
                       .size = e->size,
                       .layer = layer,
                       .content_layer = layer,
                       .content_id = entry->id,
                       .has_facts = entry->has_facts};
  if (e->type == CR_ENTRY_SYMLINK)
    out->node.target = cr_arena_strdup(tree->arena, e->target);
  if (e->type == CR_ENTRY_HARDLINK)
    out->link = cr_arena_strdup(tree->arena, e->target);
}

static InLayer find_in_layer(CrTree *tree, guint layer, const char *path)
{
  InLayer out = {0};
  CrLayerCursor *cursor = tree->cursors[layer];
  if (!cursor)
    return out;
  gsize size = strlen(path);
  gboolean below = FALSE;
  cr_layer_cursor_seek(cursor, path);
  CrLayerEntry entry;
  while (cr_layer_cursor_next(cursor, &entry)) {
    const CrEntry *e = &entry.entry;
    gboolean same = e->path_bytes == size && !memcmp(e->path, path, size);
    if (!same) {
      gboolean inside = !size || (e->path_bytes > size && e->path[size] == '/' && !memcmp(e->path, path, size));
      below = inside && e->type != CR_ENTRY_WHITEOUT && e->type != CR_ENTRY_OPAQUE;
      if (inside && !below) {
        out.marks = TRUE;
        continue; /* marks take away; they make no folder */
      }
      break;
    }
    if (e->type == CR_ENTRY_WHITEOUT)
      out.whiteout = TRUE;
    else if (e->type == CR_ENTRY_OPAQUE)
      out.opaque = TRUE;
    else
      take_entry(tree, layer, &entry, &out);
  }
  if (!out.real && below) {
    out.real = out.implied = TRUE;
    out.node = (CrNode){.type = CR_ENTRY_DIR, .mode = 0755, .layer = layer, .content_layer = layer};
  }
  return out;
}

/* ---- literal paths ---- */

static const Found *find_literal(CrTree *tree, const char *path);

/* The file that a hard link of LAYER names: as the tree stood when that layer was put on. */
static gboolean resolve_hard_link(CrTree *tree, guint layer, const char *target, CrNode *node)
{
  for (guint links = 0; links < CR_LIMIT_SYMLINKS; links++) {
    InLayer in = {0};
    guint at = layer;
    for (guint i = layer + 1; i > 0; i--) {
      at = i - 1;
      in = find_in_layer(tree, at, target);
      if (in.real || in.whiteout)
        break;
    }
    if (!in.real || in.node.type == CR_ENTRY_DIR)
      return FALSE;
    if (in.node.type != CR_ENTRY_HARDLINK) {
      guint own = node->layer;
      gboolean has_facts = node->has_facts;
      guint64 id = node->content_id;
      *node = in.node;
      node->layer = own;
      if (has_facts) { /* the pass gave the link its target's facts */
        node->content_layer = layer;
        node->content_id = id;
        node->has_facts = TRUE;
      }
      return TRUE;
    }
    target = in.link;
    layer = at;
  }
  return FALSE;
}

/* Name PATH in the layers of its PARENT folder, from the top. A folder that an upper layer only implied has the
 * permissions of the first layer below that names it, even where an opaque mark hides what that one has in it. */
static Found *merge(CrTree *tree, const Folder *parent, const char *path)
{
  Found *found = cr_arena_new0(tree->arena, Found);
  g_autofree guint16 *through = g_new(guint16, parent->count + 1);
  guint count = 0;
  gboolean hidden = FALSE, named = FALSE, whiteout = FALSE;
  for (guint i = 0; i < parent->count && !whiteout && !(hidden && named); i++) {
    guint layer = parent->layers[i];
    InLayer in = find_in_layer(tree, layer, path);
    whiteout = in.whiteout;
    if (!in.real) {
      if (in.marks && !hidden)
        through[count++] = (guint16)layer;
      hidden |= in.opaque;
      continue;
    }
    gboolean folder = in.node.type == CR_ENTRY_DIR;
    if (found->exists && !folder)
      break; /* a file below a folder: nothing of it shows, nor of what is deeper */
    if (!found->exists) {
      found->node = in.node;
      found->exists = in.node.type != CR_ENTRY_HARDLINK || resolve_hard_link(tree, layer, in.link, &found->node);
    } else if (!named && !in.implied) {
      guint top = found->node.layer;
      found->node = in.node;
      found->node.layer = top;
    }
    if (!folder)
      break;
    named |= !in.implied;
    if (!hidden)
      through[count++] = (guint16)layer;
    hidden |= in.opaque;
  }
  if (!found->exists)
    return found;
  found->node.path = path;
  if (found->node.type == CR_ENTRY_DIR) {
    Folder *folder = cr_arena_alloc(tree->arena, sizeof *folder + count * sizeof(guint16));
    folder->node = found->node;
    folder->count = count;
    memcpy(folder->layers, through, count * sizeof(guint16));
    found->folder = folder;
  }
  return found;
}

static const Folder *get_root(CrTree *tree)
{
  if (tree->root)
    return tree->root;
  Folder *root = cr_arena_alloc(tree->arena, sizeof *root + tree->count * sizeof(guint16));
  root->node = (CrNode){.path = "", .type = CR_ENTRY_DIR, .mode = 0755};
  gboolean hidden = FALSE, named = FALSE;
  for (guint i = tree->count; i > 0 && !hidden; i--) {
    InLayer in = find_in_layer(tree, i - 1, "");
    if (!tree->layers[i - 1])
      continue;
    if (in.real && !in.implied && !named) {
      root->node = in.node;
      root->node.path = "";
      named = TRUE;
    }
    root->layers[root->count++] = (guint16)(i - 1);
    hidden = in.opaque;
  }
  tree->root = root;
  return root;
}

/* PATH without any link in its folders; remembered. */
static const Found *find_literal(CrTree *tree, const char *path)
{
  const Found *known = g_hash_table_lookup(tree->found, path);
  if (known)
    return known;
  Found *found = NULL;
  if (!*path) {
    found = cr_arena_new0(tree->arena, Found);
    found->exists = TRUE;
    found->folder = get_root(tree);
    found->node = found->folder->node;
    g_hash_table_insert(tree->found, (gpointer) "", found);
    return found;
  }
  const char *own = cr_arena_strdup(tree->arena, path);
  const char *slash = strrchr(path, '/');
  g_autofree char *parent_path = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
  const Found *parent = find_literal(tree, parent_path);
  found = parent->folder ? merge(tree, parent->folder, own) : cr_arena_new0(tree->arena, Found);
  g_hash_table_insert(tree->found, (gpointer)own, found);
  return found;
}

/* ---- paths with links ---- */

typedef struct {
  char path[CR_LIMIT_PATH_BYTES * 2 + 2]; /* resolved so far */
  gsize size;
  guint links;
} Way;

static void go_up(Way *way)
{
  while (way->size && way->path[way->size - 1] != '/')
    way->size--;
  way->size -= way->size > 0;
  way->path[way->size] = 0;
}

/* From the root, straight into the folder that TEXT's last name is in, where that folder was found before under just
 * that path: then there is no link on the way. Returns how much of TEXT is behind WAY. */
static gsize enter_known_folder(CrTree *tree, Way *way, const char *text)
{
  const char *slash = strrchr(text, '/');
  gsize size = slash ? (gsize)(slash - text) : 0;
  if (!size || size > CR_LIMIT_PATH_BYTES)
    return 0;
  memcpy(way->path, text, size);
  way->path[size] = 0;
  const Found *known = g_hash_table_lookup(tree->found, way->path);
  way->size = known && known->exists && known->node.type == CR_ENTRY_DIR ? size : 0;
  way->path[way->size] = 0;
  return way->size ? size + 1 : 0;
}

/* Walk TEXT from where WAY stands. LAST_TOO: a link at the very end is followed as well. */
static CrTreeResult walk(CrTree *tree, Way *way, const char *text, gboolean last_too)
{
  if (*text == '/') {
    way->size = 0;
    way->path[0] = 0;
    text += strspn(text, "/");
  }
  if (!way->size)
    text += enter_known_folder(tree, way, text);
  while (*text) {
    gsize size = strcspn(text, "/");
    const char *part = text;
    text += size;
    text += strspn(text, "/");
    if (!size || (size == 1 && *part == '.'))
      continue;
    if (size == 2 && part[0] == '.' && part[1] == '.') {
      go_up(way);
      continue;
    }
    gsize before = way->size;
    if (before + size + 1 > CR_LIMIT_PATH_BYTES)
      return CR_TREE_ABSENT;
    if (way->size)
      way->path[way->size++] = '/';
    memcpy(way->path + way->size, part, size);
    way->size += size;
    way->path[way->size] = 0;
    const Found *found = find_literal(tree, way->path);
    if (!found->exists)
      return way->links ? CR_TREE_DANGLING : CR_TREE_ABSENT;
    gboolean last = !*text;
    if (found->node.type == CR_ENTRY_SYMLINK && (!last || last_too)) {
      if (++way->links > CR_LIMIT_SYMLINKS)
        return CR_TREE_LOOP;
      way->size = before;
      way->path[before] = 0;
      CrTreeResult result = walk(tree, way, found->node.target, TRUE);
      if (result != CR_TREE_FOUND)
        return result == CR_TREE_ABSENT ? CR_TREE_DANGLING : result;
      found = find_literal(tree, way->path);
    }
    if (!last && found->node.type != CR_ENTRY_DIR)
      return way->links ? CR_TREE_DANGLING : CR_TREE_ABSENT;
  }
  return CR_TREE_FOUND;
}

/* A path that was found before without a link in it is what it was then. NULL: to be walked. */
static const Found *find_known(CrTree *tree, const char *path, gboolean follow)
{
  const Found *known = g_hash_table_lookup(tree->found, *path == '/' ? path + 1 : path);
  return known && known->exists && !(follow && known->node.type == CR_ENTRY_SYMLINK) ? known : NULL;
}

static CrTreeResult find(CrTree *tree, const char *cwd, const char *path, gboolean follow, CrNode *out)
{
  g_rec_mutex_lock(&tree->lock);
  const Found *known = cwd && *path != '/' ? NULL : find_known(tree, path, follow);
  if (known) {
    if (out)
      *out = known->node;
    g_rec_mutex_unlock(&tree->lock);
    return CR_TREE_FOUND;
  }
  Way way;
  way.size = 0;
  way.links = 0;
  way.path[0] = 0;
  gsize length = strlen(path);
  CrTreeResult result = CR_TREE_FOUND;
  if (cwd && *path != '/')
    result = walk(tree, &way, cwd, TRUE);
  if (result == CR_TREE_FOUND)
    result = walk(tree, &way, path, follow || (length && path[length - 1] == '/'));
  if (result == CR_TREE_FOUND) {
    const Found *found = find_literal(tree, way.path);
    if (!found->exists)
      result = CR_TREE_ABSENT;
    else if (out)
      *out = found->node;
  }
  g_rec_mutex_unlock(&tree->lock);
  return result;
}

CrTreeResult cr_tree_find(CrTree *tree, const char *path, CrNode *out)
{
  return find(tree, NULL, path, TRUE, out);
}

CrTreeResult cr_tree_find_nofollow(CrTree *tree, const char *path, CrNode *out)
{
  return find(tree, NULL, path, FALSE, out);
}

CrTreeResult cr_tree_find_at(CrTree *tree, const char *cwd, const char *path, CrNode *out)
{
  return find(tree, cwd, path, TRUE, out);
}

GBytes *cr_tree_get_facts(CrTree *tree, const CrNode *node, const char *collector)
{
  if (!node->has_facts || node->content_layer >= tree->count || !tree->layers[node->content_layer])
    return NULL;
  return cr_layer_get_facts(tree->layers[node->content_layer], node->content_id, collector);
}

GBytes *cr_tree_find_facts(CrTree *tree, const char *path, const char *collector)
{
  CrNode node;
  return cr_tree_find(tree, path, &node) == CR_TREE_FOUND ? cr_tree_get_facts(tree, &node, collector) : NULL;
}

/* ---- listings ---- */

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

static gboolean visit_found(Listing *listing, const Found *found)
{
  if (found->exists && !listing->visit(&found->node, listing->data))
    listing->stopped = TRUE;
  return !listing->stopped;
}

static gboolean visit_path(Listing *listing, const char *path)
{
  g_rec_mutex_lock(&listing->tree->lock);
  const Found *found = find_literal(listing->tree, path);
  g_rec_mutex_unlock(&listing->tree->lock);
  return visit_found(listing, found);
}

/* PATH in a folder where only LAYER shows, from the entry that the listing stands at: no search for it again. */
static const Found *find_listed(CrTree *tree, guint layer, const char *path, const CrLayerEntry *entry)
{
  const Found *known = g_hash_table_lookup(tree->found, path);
  if (known || !entry || entry->entry.type == CR_ENTRY_HARDLINK || entry->entry.type == CR_ENTRY_DIR)
    return known ? known : find_literal(tree, path);
  InLayer in = {0};
  take_entry(tree, layer, entry, &in);
  Found *found = cr_arena_new0(tree->arena, Found);
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
  const Found *found = find_listed(listing->tree, listing->layer, path, entry);
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

static void list_folder(CrTree *tree, const Folder *folder, Listing *listing)
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

static const Folder *find_folder(CrTree *tree, const char *path)
{
  CrNode node;
  if (cr_tree_find(tree, path, &node) != CR_TREE_FOUND)
    return NULL;
  g_rec_mutex_lock(&tree->lock);
  const Folder *folder = find_literal(tree, node.path)->folder;
  g_rec_mutex_unlock(&tree->lock);
  return folder;
}

void cr_tree_foreach_child(CrTree *tree, const char *path, gboolean (*visit)(const CrNode *node, gpointer data),
                           gpointer data)
{
  const Folder *folder = find_folder(tree, path);
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
  const Folder *folder = find_literal(walking->tree, node->path)->folder;
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
    InLayer in = {0}; /* nothing can hide what the topmost layer has */
    take_entry(tree, walking->layer, entry, &in);
    node = in.node;
    node.path = cr_arena_strndup(tree->arena, entry->entry.path, entry->entry.path_bytes);
    shown = TRUE;
  } else {
    const Found *found = find_literal(tree, entry->entry.path);
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

int cr_tree_find_hidden(CrTree *tree, const char *path)
{
  int newest = -1;
  g_rec_mutex_lock(&tree->lock);
  if (!find_literal(tree, path)->exists) {
    for (guint i = tree->count; i > 0 && newest < 0; i--)
      if (find_in_layer(tree, i - 1, path).real)
        newest = (int)i - 1;
  }
  g_rec_mutex_unlock(&tree->lock);
  return newest;
}
