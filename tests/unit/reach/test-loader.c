/* SPDX-License-Identifier: Apache-2.0 */
/* Small root file systems made with the compiler: which of two libraries of a name the loader's rules take. What is
 * expected is what ld.so(8) says; tests/oracle/loader compares with glibc's own loader. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "image/pass.h"
#include "reach/reach.h"

/* program NAME FLAGS…, library PATH SONAME FLAGS…; the loader is a file that only stands for it. */
#define HEAD                                                                                                           \
  "set -e; mkdir -p lib usr/lib a b bin etc/ld.so.conf.d\n"                                                            \
  "library() { p=$1; s=$2; shift 2; echo 'int f(void) { return 0; }' |"                                                \
  " cc -shared -nostdlib -fPIC -Wl,--no-as-needed -o $p -Wl,-soname,$s -x c - -x none \"$@\"; }\n"                     \
  "program() { echo 'void _start(void) {}' | cc -nostdlib -pie -fPIE -o bin/p "                                        \
  "-Wl,--no-as-needed,--allow-shlib-undefined,-dynamic-linker,${INTERP:-/lib/ld.so} -x c - -x none \"$@\"; }\n"        \
  "library lib/ld.so ld.so; library a/libx.so libx.so; cp a/libx.so b/libx.so\n"

typedef struct {
  const char *name, *make;
  const char *env;    /* or NULL */
  const char *wanted; /* "PATH!" loaded, "PATH?" possible; without the program and its loader */
} Row;

static const Row rows[] = {
    {"/reach/loader/rpath", "program a/libx.so -Wl,--disable-new-dtags,-rpath,/b", "LD_LIBRARY_PATH=/a", "b/libx.so!"},
    {"/reach/loader/runpath", "program a/libx.so -Wl,--enable-new-dtags,-rpath,/b", "LD_LIBRARY_PATH=/a", "a/libx.so!"},
    {"/reach/loader/runpath-alone", "program a/libx.so -Wl,--enable-new-dtags,-rpath,/b", NULL, "b/libx.so!"},
    {"/reach/loader/rpath-inherited",
     "library a/liby.so liby.so a/libx.so; program -Wl,--no-as-needed a/liby.so "
     "-Wl,--disable-new-dtags,-rpath,/a,-rpath-link,/a",
     NULL, "a/libx.so! a/liby.so!"},
    {"/reach/loader/runpath-not-inherited",
     "library a/liby.so liby.so a/libx.so; program -Wl,--no-as-needed a/liby.so "
     "-Wl,--enable-new-dtags,-rpath,/a,-rpath-link,/a",
     NULL, "a/liby.so!"},
    {"/reach/loader/origin", "program a/libx.so '-Wl,-rpath,$ORIGIN/../b'", NULL, "b/libx.so!"},
    {"/reach/loader/default-folder", "cp a/libx.so usr/lib; program a/libx.so", NULL, "usr/lib/libx.so!"},
    {"/reach/loader/no-default-folder", "cp a/libx.so usr/lib; program a/libx.so -Wl,-z,nodefaultlib", NULL, ""},
    {"/reach/loader/hwcaps",
     "mkdir -p usr/lib/glibc-hwcaps/x86-64-v3; cp a/libx.so usr/lib; cp a/libx.so usr/lib/glibc-hwcaps/x86-64-v3; "
     "program a/libx.so",
     NULL, "usr/lib/glibc-hwcaps/x86-64-v3/libx.so? usr/lib/libx.so!"},
    {"/reach/loader/no-cache", "echo /b >etc/ld.so.conf; program a/libx.so", NULL, "b/libx.so?"},
    {"/reach/loader/preload-file", "echo /b/libx.so >etc/ld.so.preload; program", NULL, "b/libx.so!"},
    {"/reach/loader/preload-variable", "program", "LD_PRELOAD=/b/libx.so", "b/libx.so!"},
    {"/reach/loader/musl-path",
     "cp lib/ld.so lib/ld-musl-x86_64.so.1; echo /b >etc/ld-musl-x86_64.path; INTERP=/lib/ld-musl-x86_64.so.1 program "
     "a/libx.so",
     NULL, "b/libx.so!"},
};

static void remove_all(const char *path)
{
  const char *words[] = {"rm", "-rf", path, NULL};
  g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static char *make_root(const Row *row)
{
  g_autoptr(GError) error = NULL;
  char *root = g_dir_make_tmp("careen-loader-XXXXXX", &error);
  g_assert_no_error(error);
  g_autofree char *script = g_strconcat(HEAD, row->make, NULL);
  const char *words[] = {"sh", "-c", script, NULL};
  g_autofree char *said = NULL;
  int status = 0;
  g_assert_true(g_spawn_sync(root, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, NULL));
  if (status)
    g_test_message("%s", said);
  g_assert_cmpint(status, ==, 0);
  return root;
}

static char *format_files(const CrReach *reach)
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

static void test_row(gconstpointer data)
{
  const Row *row = data;
  g_autofree char *cc = g_find_program_in_path("cc");
  if (!cc) {
    g_test_skip("no C compiler");
    return;
  }
  g_autofree char *root = make_root(row);
  g_autofree char *cache_dir = g_strconcat(root, ".cache", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(cache_dir);
  g_autoptr(GError) error = NULL;
  CrPassOptions pass = {.cache = cache, .collectors = cr_reach_get_collectors(), .name = "root"};
  CrLayer *layer = cr_pass_read_folder(root, &pass, &error);
  g_assert_no_error(error);
  g_autoptr(CrTree) tree = cr_tree_new(&layer, 1);
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrImage image = {.entrypoint = cr_strv_empty, .cmd = cr_strv_empty, .env = cr_strv_empty, .shell = cr_strv_empty};
  const char *command[] = {"/bin/p", NULL}, *environment[] = {row->env, NULL};
  CrReachOptions options = {.command = command, .environment = environment};
  g_autoptr(CrReach) reach = cr_reach_compute(tree, &image, &options, NULL, NULL, problems);
  g_assert_true(cr_reach_is_known(reach));
  g_autofree char *got = format_files(reach);
  g_assert_cmpstr(got, ==, row->wanted);
  cr_layer_unref(layer);
  remove_all(root);
  remove_all(cache_dir);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_test_add_data_func(rows[i].name, &rows[i], test_row);
  return g_test_run();
}
