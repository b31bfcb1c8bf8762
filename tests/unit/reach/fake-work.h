/* SPDX-License-Identifier: Apache-2.0 */
/* A work of reach that writes down what is added instead of expanding it, over a tree made of a table of files. */
#pragma once
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/pass.h"
#include "reach/script.h"

typedef struct {
  const char *path, *text; /* text NULL: a folder; "-> x": a link to x; "ELF": a program */
} FakeFile;

struct CrReachWork {
  CrArena *arena;
  CrTree *tree;
  CrLayer *layer;
  CrImage image;
  CrReachContext context;
  CrProblems *problems;
  CrReachScripts *scripts;
  GHashTable *levels;     /* path → level */
  GHashTable *evidence;   /* path → the evidence of its level */
  const char *everything; /* why, or NULL */
  CrCache *cache;
  char *dir;
};

CrTree *cr_reach_work_get_tree(const CrReachWork *work)
{
  return work->tree;
}
CrArena *cr_reach_work_get_arena(const CrReachWork *work)
{
  return work->arena;
}
const CrImage *cr_reach_work_get_image(const CrReachWork *work)
{
  return &work->image;
}
const CrReachContext *cr_reach_work_get_context(const CrReachWork *work)
{
  return &work->context;
}
CrProblems *cr_reach_work_get_problems(const CrReachWork *work)
{
  return work->problems;
}
CrReachScripts *cr_reach_work_get_scripts(const CrReachWork *work)
{
  return work->scripts;
}
int cr_reach_work_get_owner(const CrReachWork *work, const char *path)
{
  return g_str_has_prefix(path, "usr/") && !g_str_has_prefix(path, "usr/local/") ? 1 : -1;
}
const char *cr_reach_add_in(CrReachWork *work, const char *path, const CrReachContext *context, CrReachLevel level,
                            const char *from, const char *kind, const char *evidence)
{
  CrNode node;
  if (cr_tree_find(work->tree, path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE)
    return NULL;
  guint origin = from ? GPOINTER_TO_UINT(g_hash_table_lookup(work->levels, from)) : 0;
  if (origin && origin < (guint)level)
    level = (CrReachLevel)origin;
  if (GPOINTER_TO_UINT(g_hash_table_lookup(work->levels, node.path)) < (guint)level) {
    g_hash_table_insert(work->levels, (gpointer)node.path, GUINT_TO_POINTER((guint)level));
    g_hash_table_insert(work->evidence, (gpointer)node.path, (gpointer)cr_arena_strdup(work->arena, evidence));
  }
  return node.path;
}
const char *cr_reach_add(CrReachWork *work, const char *path, CrReachLevel level, const char *from, const char *kind,
                         const char *evidence)
{
  return cr_reach_add_in(work, path, &work->context, level, from, kind, evidence);
}
const char *cr_reach_add_library(CrReachWork *work, const char *name, const CrReachContext *context, CrReachLevel level,
                                 const char *from, const char *kind, const char *evidence)
{
  return cr_reach_add(work, cr_arena_printf(work->arena, "usr/lib/%s", name), level, from, kind, evidence);
}
void cr_reach_add_everything(CrReachWork *work, const char *from, const char *evidence)
{
  work->everything = work->everything ? work->everything : cr_arena_strdup(work->arena, evidence);
}
void cr_reach_expand_arguments(CrReachWork *work, const char *path, const char *const *argv, CrReachLevel level,
                               const CrReachContext *context)
{
}
typedef struct {
  CrReachWork *work;
  gboolean (*keep)(const CrNode *node, gpointer data);
  const char *from, *evidence;
} FakeWalk;
static gboolean fake_add_node(const CrNode *node, gpointer data)
{
  FakeWalk *walk = data;
  if (!walk->keep || walk->keep(node, NULL))
    cr_reach_add(walk->work, node->path, CR_REACH_POSSIBLE, walk->from, NULL, walk->evidence);
  return TRUE;
}
void cr_reach_add_folder(CrReachWork *work, const char *folder, CrReachLevel level,
                         gboolean (*keep)(const CrNode *node, gpointer data), gpointer data, const char *from,
                         const char *kind, const char *evidence)
{
  CrNode node;
  FakeWalk walk = {work, keep, from, evidence};
  if (cr_tree_find(work->tree, folder, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_DIR)
    cr_tree_foreach(work->tree, node.path, fake_add_node, &walk);
}

static inline void fake_write(const char *dir, const FakeFile *file)
{
  g_autofree char *path = g_build_filename(dir, file->path, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(file->text ? folder : path, 0755), ==, 0);
  if (!file->text)
    return;
  if (g_str_has_prefix(file->text, "-> ")) {
    g_assert_cmpint(symlink(file->text + 3, path), ==, 0);
    return;
  }
  const char *text = strcmp(file->text, "ELF") == 0 ? "\177ELF is what it begins with" : file->text;
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_cmpint(g_chmod(path, strstr(path, "data") ? 0644 : 0755), ==, 0);
}

static inline CrReachWork *fake_work_new(const FakeFile *files)
{
  CrReachWork *work = g_new0(CrReachWork, 1);
  g_autoptr(GError) error = NULL;
  work->dir = g_dir_make_tmp("careen-reach-XXXXXX", &error);
  g_assert_no_error(error);
  for (; files->path; files++)
    fake_write(work->dir, files);
  g_autofree char *cache_dir = g_strconcat(work->dir, ".cache", NULL);
  work->cache = cr_cache_new(cache_dir);
  CrPassOptions options = {.cache = work->cache, .collectors = cr_reach_get_script_collectors(), .name = "fake"};
  work->layer = cr_pass_read_folder(work->dir, &options, &error);
  g_assert_no_error(error);
  work->tree = cr_tree_new(&work->layer, 1);
  work->arena = cr_arena_new();
  work->problems = cr_problems_new();
  work->scripts = cr_reach_scripts_new();
  work->levels = g_hash_table_new(g_str_hash, g_str_equal);
  work->evidence = g_hash_table_new(g_str_hash, g_str_equal);
  work->context = (CrReachContext){.environment = cr_strv_empty, .workdir = "/", .user = ""};
  return work;
}

/* Forget what was added; the files stay. */
static inline void fake_work_reset(CrReachWork *work)
{
  cr_problems_free(work->problems);
  cr_reach_scripts_free(work->scripts);
  g_hash_table_remove_all(work->levels);
  g_hash_table_remove_all(work->evidence);
  work->problems = cr_problems_new();
  work->scripts = cr_reach_scripts_new();
  work->everything = NULL;
}

static inline void fake_remove(const char *path)
{
  g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir)) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    fake_remove(child);
  }
  g_remove(path);
}

static inline void fake_work_free(CrReachWork *work)
{
  fake_remove(work->dir);
  fake_remove(cr_cache_get_dir(work->cache));
  cr_cache_free(work->cache);
  g_free(work->dir);
  cr_tree_free(work->tree);
  cr_layer_unref(work->layer);
  cr_problems_free(work->problems);
  cr_reach_scripts_free(work->scripts);
  g_hash_table_unref(work->levels);
  g_hash_table_unref(work->evidence);
  cr_arena_free(work->arena);
  g_free(work);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrReachWork, fake_work_free)

static inline int fake_compare(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "loaded: a b; possible: c", paths sorted; "; everything" behind it where that was asked for. Without the files below
 * HIDE (or NULL). */
static inline char *fake_work_format(CrReachWork *work, const char *hide)
{
  g_autoptr(GPtrArray) loaded = g_ptr_array_new(), possible = g_ptr_array_new();
  GPtrArray *lists[] = {loaded, possible};
  GHashTableIter iter;
  gpointer path, level;
  g_hash_table_iter_init(&iter, work->levels);
  while (g_hash_table_iter_next(&iter, &path, &level))
    if (!hide || !g_str_has_prefix(path, hide))
      g_ptr_array_add(lists[GPOINTER_TO_UINT(level) == CR_REACH_LOADED ? 0 : 1], path);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint k = 0; k < 2; k++) {
    g_ptr_array_sort(lists[k], fake_compare);
    g_string_append(text, k ? "; possible:" : "loaded:");
    for (guint i = 0; i < lists[k]->len; i++)
      g_string_append_printf(text, " %s", (char *)lists[k]->pdata[i]);
  }
  if (work->everything)
    g_string_append(text, "; everything");
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static inline gboolean fake_work_start(CrReachWork *work, const char *const *command, const char *const *env,
                                       const char *user)
{
  work->context.environment = env ? env : cr_strv_empty;
  work->context.path = cr_environment_find(work->context.environment, "PATH");
  work->context.user = user ? user : "";
  work->image = (CrImage){.entrypoint = command, .cmd = cr_strv_empty, .has_config = TRUE};
  return cr_reach_add_starts(work, NULL);
}
