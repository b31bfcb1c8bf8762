/* SPDX-License-Identifier: Apache-2.0 */
/* Files by their path. A glob is tried on each layer's paths once, however many images have the layer; only for images
 * with a layer that has some is asked what shows there. */
#include <string.h>

#include "base/limits.h"
#include "fleet/where-private.h"
#include "image/tree.h"

/* ---- globs ---- */

/* One character: of UTF-8 where it is that, else a byte. */
static gsize measure_character(const char *text, gsize size)
{
  guchar lead = (guchar)*text;
  gsize length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  for (gsize i = 1; i < length; i++)
    if (i >= size || ((guchar)text[i] & 0xc0) != 0x80)
      return 1;
  return length;
}

/* '*': any bytes, '/' too; '?': one character; all else is itself. Goes back to the last '*' only, which is enough. */
gboolean cr_where_match_glob(const char *pattern, const char *text, gsize size)
{
  const char *star = NULL;
  gsize at = 0, again = 0;
  while (at < size) {
    if (*pattern == '*') {
      star = pattern++;
      again = at;
    } else if (*pattern == '?') {
      pattern++;
      at += measure_character(text + at, size - at);
    } else if (*pattern && *pattern == text[at]) {
      pattern++;
      at++;
    } else if (star) {
      pattern = star + 1;
      again += measure_character(text + again, size - again);
      at = again;
    } else {
      return FALSE;
    }
  }
  while (*pattern == '*')
    pattern++;
  return !*pattern;
}

typedef struct {
  CrWhereSearch *search;
  const char *pattern;
  gboolean is_glob, of_name; /* without a '/': of the file's name */
  char *fixed;               /* the folder that it cannot be outside of; "" for any */
  const char *literal;       /* the longest part of it without a wild card: what has not that cannot match */
  gsize literal_bytes;
  GHashTable *paths; /* CrLayer* → GPtrArray of paths that match */
} PathSearch;

static void take_pattern(PathSearch *it, const char *pattern)
{
  it->pattern = pattern;
  it->is_glob = strpbrk(pattern, "*?") != NULL;
  it->of_name = !strchr(pattern, '/');
  gsize wild = strcspn(pattern, "*?");
  while (wild && pattern[wild - 1] != '/')
    wild--;
  it->fixed = g_strndup(pattern, wild ? wild - 1 : 0);
  for (const char *part = pattern; *part; part += strspn(part, "*?")) {
    gsize length = strcspn(part, "*?");
    if (length > it->literal_bytes) {
      it->literal = part;
      it->literal_bytes = length;
    }
    part += length;
  }
}

/* ---- one layer ---- */

static gboolean is_mark(CrEntryType type)
{
  return type == CR_ENTRY_WHITEOUT || type == CR_ENTRY_OPAQUE;
}

static gboolean is_below(const char *path, gsize size, const char *folder, gsize folder_bytes)
{
  if (!folder_bytes)
    return size > 0; /* the root itself is no file */
  return size > folder_bytes && path[folder_bytes] == '/' && !memcmp(path, folder, folder_bytes);
}

static gboolean matches(const PathSearch *it, const char *path, gsize size)
{
  if (it->of_name) {
    const char *slash = memrchr(path, '/', size);
    gsize skipped = slash ? (gsize)(slash - path) + 1 : 0;
    path += skipped;
    size -= skipped;
  }
  return (!it->literal_bytes || memmem(path, size, it->literal, it->literal_bytes)) &&
         cr_where_match_glob(it->pattern, path, size);
}

/* In index order, in which what is in a folder stands together, behind the folder. */
static void walk_layer(const PathSearch *it, const CrLayer *layer, GPtrArray *paths)
{
  gsize fixed_bytes = strlen(it->fixed);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  if (fixed_bytes)
    cr_layer_cursor_seek(cursor, it->fixed);
  for (CrLayerEntry entry; paths->len <= CR_LIMIT_WHERE_FILES && cr_layer_cursor_next(cursor, &entry);) {
    const char *path = entry.entry.path;
    gsize size = entry.entry.path_bytes;
    if (!is_below(path, size, it->fixed, fixed_bytes)) {
      if (strcmp(path, it->fixed) == 0)
        continue;
      break;
    }
    if (!is_mark(entry.entry.type) && matches(it, path, size))
      g_ptr_array_add(paths, g_strndup(path, size));
  }
}

static const GPtrArray *search_layer(PathSearch *it, CrLayer *layer)
{
  GPtrArray *paths = g_hash_table_lookup(it->paths, layer);
  if (!paths) {
    paths = g_ptr_array_new_with_free_func(g_free);
    walk_layer(it, layer, paths);
    g_hash_table_insert(it->paths, layer, paths);
  }
  return paths;
}

/* ---- one image ---- */

static int compare_paths(gconstpointer a, gconstpointer b)
{
  return cr_layer_compare_paths(*(const char *const *)a, *(const char *const *)b);
}

static gboolean add_path(PathSearch *it, const CrObservation *image, const char *path)
{
  CrWhereHit *hit = cr_where_add_hit(it->search, image);
  if (hit)
    hit->what = cr_arena_strdup(it->search->where->arena, path);
  return hit != NULL;
}

/* What shows: each path once, from its uppermost layer. */
static GPtrArray *list_shown(PathSearch *it, const GPtrArray *layers, CrTree *tree)
{
  GPtrArray *shown = g_ptr_array_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = layers->len; i > 0; i--) {
    const GPtrArray *paths = search_layer(it, layers->pdata[i - 1]);
    for (guint k = 0; k < paths->len; k++) {
      gboolean replaced = FALSE;
      if (g_hash_table_add(seen, paths->pdata[k]) && cr_tree_find_hider(tree, i - 1, paths->pdata[k], &replaced) < 0)
        g_ptr_array_add(shown, paths->pdata[k]);
    }
  }
  g_ptr_array_sort(shown, compare_paths);
  return shown;
}

static gboolean search_by_glob(PathSearch *it, const CrObservation *image, const GPtrArray *layers)
{
  gboolean any = FALSE;
  for (guint i = 0; i < layers->len; i++)
    any |= search_layer(it, layers->pdata[i])->len > 0;
  if (!any)
    return TRUE;
  g_autoptr(CrTree) tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len);
  g_autoptr(GPtrArray) shown = list_shown(it, layers, tree);
  for (guint i = 0; i < shown->len && !cr_where_is_full(it->search->where); i++)
    if (!add_path(it, image, shown->pdata[i]))
      return FALSE;
  return TRUE;
}

static gboolean search_image(PathSearch *it, const CrObservation *image, const GPtrArray *layers)
{
  if (it->is_glob)
    return search_by_glob(it, image, layers);
  g_autoptr(CrTree) tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len);
  CrNode node;
  return cr_tree_find_nofollow(tree, it->pattern, &node) != CR_TREE_FOUND || add_path(it, image, node.path);
}

/* ---- all ---- */

gboolean cr_where_find_path(CrWhereSearch *search, const GPtrArray *all, const char *subject)
{
  while (*subject == '/')
    subject++;
  CrWhere *where = search->where;
  PathSearch it = {.search = search};
  take_pattern(&it, subject);
  it.paths = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  guint missing = 0, looked = 0;
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < all->len && !cr_where_is_full(where); i++) {
    g_autoptr(GPtrArray) layers = cr_where_load_layers(search, all->pdata[i]);
    missing += !layers;
    looked += layers != NULL;
    ok = !layers || search_image(&it, all->pdata[i], layers);
  }
  where->looked = looked;
  g_hash_table_unref(it.paths);
  g_free(it.fixed);
  if (missing)
    cr_problems_add(where->problems, CR_PROBLEM_PARTIAL, "paths",
                    "%u of %u images are not answered for: indexes of their layers are not in the cache", missing,
                    all->len);
  return ok;
}
