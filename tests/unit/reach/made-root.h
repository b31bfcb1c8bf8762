/* SPDX-License-Identifier: Apache-2.0 */
/* Small root file systems made with the C compiler, for the rules that look into ELF files. */
#pragma once
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "image/pass.h"
#include "reach/reach.h"

/* Rows end where the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* program NAME FLAGS…, library PATH SONAME FLAGS…; the loader is a file that only stands for it. */
#define HEAD                                                                                                           \
  "set -e; mkdir -p lib usr/lib a b bin etc/ld.so.conf.d\n"                                                            \
  "library() { p=$1; s=$2; shift 2; echo 'int f(void) { return 0; }' |"                                                \
  " cc -shared -nostdlib -fPIC -Wl,--no-as-needed -o $p -Wl,-soname,$s -x c - -x none \"$@\"; }\n"                     \
  "program() { echo 'void _start(void) {}' | cc -nostdlib -pie -fPIE -o bin/p "                                        \
  "-Wl,--no-as-needed,--allow-shlib-undefined,-dynamic-linker,${INTERP:-/lib/ld.so} -x c - -x none \"$@\"; }\n"        \
  "library lib/ld.so ld.so; library a/libx.so libx.so; cp a/libx.so b/libx.so\n"

static inline void remove_all(const char *path)
{
  const char *words[] = {"rm", "-rf", path, NULL};
  g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static inline char *make_root(const char *make)
{
  g_autoptr(GError) error = NULL;
  char *root = g_dir_make_tmp("careen-loader-XXXXXX", &error);
  g_assert_no_error(error);
  g_autofree char *script = g_strconcat(HEAD, make, NULL);
  const char *words[] = {"sh", "-c", script, NULL};
  g_autofree char *said = NULL;
  int status = 0;
  g_assert_true(g_spawn_sync(root, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, NULL));
  if (status)
    g_test_message("%s", said);
  g_assert_cmpint(status, ==, 0);
  return root;
}

static inline char *format_files(const CrReach *reach)
{
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(reach, &count);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < count; i++)
    if (!g_str_has_prefix(files[i].path, "bin/") && !g_str_has_prefix(files[i].path, "lib/ld"))
      g_string_append_printf(text, "%s%s%s", text->len ? " " : "", files[i].path,
                             files[i].level == CR_REACH_LOADED ? "!" : "?");
  return g_string_free(g_steal_pointer(&text), FALSE);
}

typedef struct {
  char *root, *cache_dir;
  CrCache *cache;
  CrLayer *layer;
  CrTree *tree;
  CrProblems *problems;
} MadeRoot;

/* The root that the shell script MAKE makes, as a tree of one layer. */
static inline MadeRoot made_root_new(const char *make)
{
  MadeRoot made = {.root = make_root(make), .problems = cr_problems_new()};
  made.cache_dir = g_strconcat(made.root, ".cache", NULL);
  made.cache = cr_cache_new(made.cache_dir);
  g_autoptr(GError) error = NULL;
  CrPassOptions pass = {.cache = made.cache, .collectors = cr_reach_get_collectors(), .name = "root"};
  made.layer = cr_pass_read_folder(made.root, &pass, &error);
  g_assert_no_error(error);
  made.tree = cr_tree_new(&made.layer, 1);
  return made;
}

static inline void made_root_clear(MadeRoot *made)
{
  remove_all(made->root);
  remove_all(made->cache_dir);
  cr_tree_free(made->tree);
  cr_layer_unref(made->layer);
  cr_problems_free(made->problems);
  cr_cache_free(made->cache);
  g_free(made->cache_dir);
  g_free(made->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MadeRoot, made_root_clear)

static inline gboolean has_compiler(void)
{
  g_autofree char *cc = g_find_program_in_path("cc");
  if (!cc)
    g_test_skip("no C compiler");
  return cc != NULL;
}
