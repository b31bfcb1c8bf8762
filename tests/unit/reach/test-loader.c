/* SPDX-License-Identifier: Apache-2.0 */
/* Small root file systems made with the compiler: which of two libraries of a name the loader's rules take. What is
 * expected is what ld.so(8) says; tests/oracle/loader compares with glibc's own loader. */
#include "made-root.h"

typedef struct {
  const char *name, *make;
  const char *env;    /* or NULL */
  const char *wanted; /* "PATH!" loaded, "PATH?" possible; without the program and its loader */
  const char *workdir;
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
    {"/reach/loader/relative-runpath", "program a/libx.so -Wl,-rpath,../b", NULL, "b/libx.so!", "/a"},
    {"/reach/loader/relative-rpath", "program a/libx.so -Wl,--disable-new-dtags,-rpath,b", NULL, "", "/a"},
    {"/reach/loader/empty-element", "program a/libx.so -Wl,-rpath,/none:", NULL, "a/libx.so!", "/a"},
    {"/reach/loader/empty-element-of-variable", "program a/libx.so", "LD_LIBRARY_PATH=/none::/b", "a/libx.so!", "/a"},
    {"/reach/loader/relative-variable", "program a/libx.so", "LD_LIBRARY_PATH=b;a", "b/libx.so!"},
    {"/reach/loader/relative-needed", "library lib/liby.so b/../b/liby.so; cp lib/liby.so b; program lib/liby.so", NULL,
     "b/liby.so!"},
    {"/reach/loader/relative-needed-elsewhere", "library b/liby.so b/liby.so; program b/liby.so", NULL, "", "/a"},
    {"/reach/loader/relative-preload", "program", "LD_PRELOAD=./libx.so", "b/libx.so!", "/b"},
    {"/reach/loader/musl-empty-element",
     "cp lib/ld.so lib/ld-musl-x86_64.so.1; INTERP=/lib/ld-musl-x86_64.so.1 program a/libx.so",
     "LD_LIBRARY_PATH=:;/none:../b", "b/libx.so!", "/a"},
    {"/reach/loader/relative-dlopen",
     "echo 'int dlopen(const char *a) { return !a; }' | cc -shared -nostdlib -fPIC -w -o lib/ldc.so -Wl,-soname,ldc.so "
     "-x "
     "c -; echo 'int dlopen(const char *); void _start(void) { dlopen(\"./libx.so\"); }' | cc -nostdlib -pie -fPIE -o "
     "bin/p -Wl,-dynamic-linker,/lib/ld.so -x c - -x none lib/ldc.so; cp b/libx.so lib",
     NULL, "a/libx.so? b/libx.so? lib/libx.so?", "/lib"},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  if (!has_compiler())
    return;
  g_auto(MadeRoot) made = made_root_new(row->make);
  CrImage image = {.entrypoint = cr_strv_empty,
                   .cmd = cr_strv_empty,
                   .env = cr_strv_empty,
                   .shell = cr_strv_empty,
                   .workdir = row->workdir};
  const char *command[] = {"/bin/p", NULL}, *environment[] = {row->env, NULL};
  CrReachOptions options = {.command = command, .environment = environment};
  g_autoptr(CrReach) reach = cr_reach_compute(made.tree, &image, &options, NULL, NULL, made.problems);
  g_assert_true(cr_reach_is_known(reach));
  g_autofree char *got = format_files(reach);
  g_assert_cmpstr(got, ==, row->wanted);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_test_add_data_func(rows[i].name, &rows[i], test_row);
  return g_test_run();
}
