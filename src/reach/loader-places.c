/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that loaders search, libraries outside them, programs in PATH: each listed once, when first asked for. */
#include "reach/loader-private.h"

#include <string.h>

#include "base/limits.h"
#include "base/order.h"

/* ---- shared folders, and files outside them ---- */

static void share_folder(CrLoader *loader, const char *folder)
{
  CrNode node;
  if (cr_tree_find(loader->tree, folder, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_DIR)
    return;
  for (const char *path = node.path;;
       path = cr_arena_strndup(loader->arena, path, strlen(path) - strlen(strrchr(path, '/')))) {
    g_hash_table_add(loader->shared, (gpointer)path);
    if (!strchr(path, '/'))
      break;
  }
}

static void share_all(CrLoader *loader)
{
  static const char *const usual[] = {
      "",    "lib",  "lib64",   "usr/lib",  "usr/lib64",     "usr/local/lib", "usr/libexec",
      "bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/share",     "opt",
      "etc", "home", "root",    "srv",      "var/lib",       "usr/lib/debug"};
  for (guint i = 0; i < G_N_ELEMENTS(usual); i++)
    share_folder(loader, usual[i]);
  if (loader->usual)
    for (guint i = 0; loader->usual->folders[i]; i++)
      share_folder(loader, loader->usual->folders[i]);
  for (guint i = 0; loader->config.configured[i]; i++)
    share_folder(loader, loader->config.configured[i]);
  g_hash_table_add(loader->shared, (gpointer) "");
}

gboolean cr_loader_is_shared_folder(CrLoader *loader, const char *path)
{
  if (!g_hash_table_size(loader->shared))
    share_all(loader);
  return g_hash_table_contains(loader->shared, path);
}

static gboolean note_private(const CrNode *node, gpointer data)
{
  CrLoader *loader = data;
  const char *slash = strrchr(node->path, '/');
  if (!slash || node->type != CR_ENTRY_FILE || !strstr(slash, ".so"))
    return TRUE;
  const char *folder = cr_arena_strndup(loader->arena, node->path, (gsize)(slash - node->path));
  if (!cr_loader_is_shared_folder(loader, folder))
    g_ptr_array_add(loader->private, (gpointer)cr_arena_strdup(loader->arena, node->path));
  return TRUE;
}

/* Sorted, so that what is below a folder is one run. */
static const GPtrArray *get_private(CrLoader *loader)
{
  if (loader->private)
    return loader->private;
  loader->private = g_ptr_array_new();
  loader->named = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  cr_tree_foreach_facts(loader->tree, cr_elf_collector.name, note_private, loader);
  g_ptr_array_sort(loader->private, cr_compare_texts);
  for (guint i = 0; i < loader->private->len; i++) {
    const char *name = strrchr(loader->private->pdata[i], '/') + 1;
    GPtrArray *list = g_hash_table_lookup(loader->named, name);
    if (!list) {
      list = g_ptr_array_new();
      g_hash_table_insert(loader->named, (gpointer)name, list);
    }
    g_ptr_array_add(list, loader->private->pdata[i]);
  }
  return loader->private;
}

const GPtrArray *cr_loader_find_named(CrLoader *loader, const char *name)
{
  get_private(loader);
  return g_hash_table_lookup(loader->named, name);
}

void cr_loader_foreach_below(CrLoader *loader, const char *folder, void (*visit)(const char *path, gpointer data),
                             gpointer data)
{
  const GPtrArray *all = get_private(loader);
  g_autofree char *prefix = g_strconcat(folder, "/", NULL);
  gsize n = strlen(prefix);
  guint low = 0, high = all->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (strcmp(all->pdata[middle], prefix) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < all->len && !strncmp(all->pdata[low], prefix, n); low++)
    visit(all->pdata[low], data);
}

gboolean cr_loader_enter_folder(CrLoader *loader, const char *folder, const char *what, const CrReachContext *context)
{
  return g_hash_table_add(loader->entered, g_strdup_printf("%s\n%p\n%s", what, (const void *)context, folder));
}

/* ---- programs in PATH ---- */

/* Images have one or two; a script that sets others in a loop is not to fill the memory. */
#define PATHS_KEPT 64U

static gboolean note_program(const CrNode *node, gpointer data)
{
  GHashTable *programs = data;
  const char *slash = strrchr(node->path, '/');
  if ((node->type == CR_ENTRY_FILE && (node->mode & 0111)) || node->type == CR_ENTRY_SYMLINK)
    if (!g_hash_table_contains(programs, slash ? slash + 1 : node->path))
      g_hash_table_insert(programs, (gpointer)(slash ? slash + 1 : node->path), (gpointer)node->path);
  return TRUE;
}

/* execvp(3): relative folders, and the empty one, are meant from the working folder. */
static gboolean has_relative(const char *path)
{
  for (const char *at = path;; at++) {
    if (*at != '/')
      return TRUE;
    at += strcspn(at, ":");
    if (!*at)
      return FALSE;
  }
}

static GHashTable *list_programs(CrLoader *loader, const char *path, const char *workdir)
{
  GHashTable *programs = g_hash_table_new(g_str_hash, g_str_equal);
  g_auto(GStrv) folders = g_strsplit(path, ":", 100);
  for (guint i = 0; folders[i]; i++) {
    g_autofree char *folder = *folders[i] == '/' ? g_strdup(folders[i]) : g_build_filename(workdir, folders[i], NULL);
    if (strlen(folder) < CR_LIMIT_PATH_BYTES)
      cr_tree_foreach_child(loader->tree, folder, note_program, programs);
  }
  return programs;
}

const char *cr_loader_find_program(CrLoader *loader, const char *word, const CrReachContext *context)
{
  const char *path = context->path && *context->path ? context->path : CR_COMMAND_PATH;
  if (!loader->programs)
    loader->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  g_autofree char *made = has_relative(path) ? g_strconcat(path, "\n", context->workdir, NULL) : NULL;
  const char *key = made ? made : path;
  GHashTable *programs = g_hash_table_lookup(loader->programs, key);
  if (!programs) {
    if (g_hash_table_size(loader->programs) >= PATHS_KEPT)
      g_hash_table_remove_all(loader->programs);
    programs = list_programs(loader, path, context->workdir);
    g_hash_table_insert(loader->programs, g_strdup(key), programs);
  }
  return g_hash_table_lookup(programs, word);
}
