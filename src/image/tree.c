/* SPDX-License-Identifier: Apache-2.0 */
/* Folders are resolved once and remembered with the layers that show through in them, so that looking up a name is one
 * search in each of those layers and no more. Everything else is asked of the indexes each time. */
#include "image/tree-private.h"

#include <string.h>

#include "base/limits.h"
#include "image/layer-format.h"

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

void cr_tree_take_entry(CrTree *tree, guint layer, const CrLayerEntry *entry, CrTreeInLayer *out)
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

static CrTreeInLayer find_in_layer(CrTree *tree, guint layer, const char *path)
{
  CrTreeInLayer out = {0};
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
      cr_tree_take_entry(tree, layer, &entry, &out);
  }
  if (!out.real && below) {
    out.real = out.implied = TRUE;
    out.node = (CrNode){.type = CR_ENTRY_DIR, .mode = 0755, .layer = layer, .content_layer = layer};
  }
  return out;
}

/* ---- literal paths ---- */

const CrTreeFound *cr_tree_find_literal(CrTree *tree, const char *path);

/* The file that a hard link of LAYER names: as the tree stood when that layer was put on. */
static gboolean resolve_hard_link(CrTree *tree, guint layer, const char *target, CrNode *node)
{
  for (guint links = 0; links < CR_LIMIT_SYMLINKS; links++) {
    CrTreeInLayer in = {0};
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
static CrTreeFound *merge(CrTree *tree, const CrTreeFolder *parent, const char *path)
{
  CrTreeFound *found = cr_arena_new0(tree->arena, CrTreeFound);
  g_autofree guint16 *through = g_new(guint16, parent->count + 1);
  guint count = 0;
  gboolean hidden = FALSE, named = FALSE, whiteout = FALSE;
  for (guint i = 0; i < parent->count && !whiteout && !(hidden && named); i++) {
    guint layer = parent->layers[i];
    CrTreeInLayer in = find_in_layer(tree, layer, path);
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
    CrTreeFolder *folder = cr_arena_alloc(tree->arena, sizeof *folder + count * sizeof(guint16));
    folder->node = found->node;
    folder->count = count;
    memcpy(folder->layers, through, count * sizeof(guint16));
    found->folder = folder;
  }
  return found;
}

static const CrTreeFolder *get_root(CrTree *tree)
{
  if (tree->root)
    return tree->root;
  CrTreeFolder *root = cr_arena_alloc(tree->arena, sizeof *root + tree->count * sizeof(guint16));
  root->node = (CrNode){.path = "", .type = CR_ENTRY_DIR, .mode = 0755};
  gboolean hidden = FALSE, named = FALSE;
  for (guint i = tree->count; i > 0 && !hidden; i--) {
    CrTreeInLayer in = find_in_layer(tree, i - 1, "");
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
const CrTreeFound *cr_tree_find_literal(CrTree *tree, const char *path)
{
  const CrTreeFound *known = g_hash_table_lookup(tree->found, path);
  if (known)
    return known;
  CrTreeFound *found = NULL;
  if (!*path) {
    found = cr_arena_new0(tree->arena, CrTreeFound);
    found->exists = TRUE;
    found->folder = get_root(tree);
    found->node = found->folder->node;
    g_hash_table_insert(tree->found, (gpointer) "", found);
    return found;
  }
  const char *own = cr_arena_strdup(tree->arena, path);
  const char *slash = strrchr(path, '/');
  g_autofree char *parent_path = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
  const CrTreeFound *parent = cr_tree_find_literal(tree, parent_path);
  found = parent->folder ? merge(tree, parent->folder, own) : cr_arena_new0(tree->arena, CrTreeFound);
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
  const CrTreeFound *known = g_hash_table_lookup(tree->found, way->path);
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
    const CrTreeFound *found = cr_tree_find_literal(tree, way->path);
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
      found = cr_tree_find_literal(tree, way->path);
    }
    if (!last && found->node.type != CR_ENTRY_DIR)
      return way->links ? CR_TREE_DANGLING : CR_TREE_ABSENT;
  }
  return CR_TREE_FOUND;
}

/* A path that was found before without a link in it is what it was then. NULL: to be walked. */
static const CrTreeFound *find_known(CrTree *tree, const char *path, gboolean follow)
{
  const CrTreeFound *known = g_hash_table_lookup(tree->found, *path == '/' ? path + 1 : path);
  return known && known->exists && !(follow && known->node.type == CR_ENTRY_SYMLINK) ? known : NULL;
}

static CrTreeResult find(CrTree *tree, const char *cwd, const char *path, gboolean follow, CrNode *out)
{
  g_rec_mutex_lock(&tree->lock);
  const CrTreeFound *known = cwd && *path != '/' ? NULL : find_known(tree, path, follow);
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
    const CrTreeFound *found = cr_tree_find_literal(tree, way.path);
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

int cr_tree_find_hidden(CrTree *tree, const char *path)
{
  int newest = -1;
  g_rec_mutex_lock(&tree->lock);
  if (!cr_tree_find_literal(tree, path)->exists) {
    for (guint i = tree->count; i > 0 && newest < 0; i--)
      if (find_in_layer(tree, i - 1, path).real)
        newest = (int)i - 1;
  }
  g_rec_mutex_unlock(&tree->lock);
  return newest;
}

/* Does LAYER hide what LOWER, which may be itself, has under PATH? */
static gboolean hides(CrTree *tree, guint layer, guint lower, const char *path, gboolean *replaced)
{
  gsize length = strlen(path);
  g_autofree char *part = g_strdup(path);
  for (gsize at = 0; at <= length; at++) {
    gboolean whole = at == length;
    if (at && !whole && path[at] != '/')
      continue; /* "", "usr", "usr/lib", … PATH */
    part[at] = 0;
    CrTreeInLayer in = find_in_layer(tree, layer, part);
    part[at] = path[at];
    gboolean mark = layer > lower && (in.whiteout || (in.opaque && !whole));
    *replaced = in.real && (whole ? layer > lower : in.node.type != CR_ENTRY_DIR);
    if (mark || *replaced)
      return TRUE;
  }
  return FALSE;
}

int cr_tree_find_hider(CrTree *tree, guint layer, const char *path, gboolean *replaced)
{
  int hider = -1;
  g_rec_mutex_lock(&tree->lock);
  for (guint i = layer; i < tree->count && hider < 0; i++)
    if (tree->layers[i] && hides(tree, i, layer, path, replaced))
      hider = (int)i;
  g_rec_mutex_unlock(&tree->lock);
  return hider;
}
