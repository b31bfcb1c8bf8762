/* SPDX-License-Identifier: Apache-2.0 */
/* The graph: starts, levels, the way to a file, and when nothing is certainly unreached. */
#include "made-root.h"

typedef struct {
  const char *name, *make;
  const char *entrypoint[4], *cmd[4], *health[4];
  const char *command[4]; /* --command */
  gboolean unknown;       /* no start */
  const char *wanted;     /* as test-loader */
  CrReachLevel rest;      /* of what no way leads to */
  const char *of, *way;   /* the way to that file: "path kind > path kind" */
  const char *workdir, *environment[2];
} Row;

#define SCRIPT(path, text) "printf '#!/bin/sh\\n" text "\\n' >" path "; chmod 755 " path "; "
/* A program that makes one call with literals; what it calls is in a library that the tests do not see. */
#define CALLING(call)                                                                                                  \
  "echo 'int execve(const char *a) { return !a; } int execlp(const char *a) { return !a; }' | cc -shared -nostdlib "   \
  "-fPIC -w -o lib/ldc.so -Wl,-soname,ldc.so -x c -; "                                                                 \
  "echo 'int execve(const char *, ...), execlp(const char *, ...); void _start(void) { " call "; }' | "                \
  "cc -nostdlib -pie -fPIE -w -o bin/p -Wl,-dynamic-linker,/lib/ld.so -x c - -x none lib/ldc.so"
#define PROGRAMS "program; mv bin/p bin/sh; program a/libx.so -Wl,-rpath,/a; cp bin/p usr/lib/other; cp bin/p bin/q; "

static const Row rows[] = {
    {"/reach/graph/entrypoint", PROGRAMS, .entrypoint = {"/bin/p"}, .wanted = "a/libx.so!", .of = "a/libx.so",
     .way = "bin/p entrypoint > a/libx.so needed"},
    {"/reach/graph/entrypoint-and-cmd", PROGRAMS, .entrypoint = {"/bin/p"}, .cmd = {"-x"}, .wanted = "a/libx.so!"},
    {"/reach/graph/cmd-alone", PROGRAMS, .cmd = {"p"}, .wanted = "a/libx.so!", .of = "bin/p", .way = "bin/p command"},
    {"/reach/graph/command-replaces", PROGRAMS, .entrypoint = {"/no/such"}, .command = {"/bin/p"},
     .wanted = "a/libx.so!"},
    {"/reach/graph/no-start", PROGRAMS, .unknown = TRUE, .wanted = "", .rest = CR_REACH_UNKNOWN},
    {"/reach/graph/dangling-entrypoint", PROGRAMS, .entrypoint = {"/no/such"}, .unknown = TRUE, .wanted = "",
     .rest = CR_REACH_UNKNOWN},
    {"/reach/graph/script", PROGRAMS SCRIPT("a/start", "exec /bin/p"), .entrypoint = {"/a/start"},
     .wanted = "a/libx.so! a/start!", .of = "a/libx.so", .way = "a/start entrypoint > bin/p exec > a/libx.so needed"},
    {"/reach/graph/script-in-doubt", PROGRAMS SCRIPT("a/start", "[ \"$1\" ] && /bin/q\\nexec /bin/p"),
     .entrypoint = {"/a/start"}, .wanted = "a/libx.so! a/start!", .of = "bin/q",
     .way = "a/start entrypoint > bin/q exec"},
    {"/reach/graph/a-link-in-the-way", PROGRAMS "ln -s ../bin/p a/link", .entrypoint = {"/a/link"},
     .wanted = "a/libx.so!", .of = "bin/p", .way = "bin/p entrypoint"},
    {"/reach/graph/a-link-to-itself", "ln -s loop a/loop", .entrypoint = {"/a/loop"}, .unknown = TRUE, .wanted = "",
     .rest = CR_REACH_UNKNOWN},
    {"/reach/graph/damaged-program", PROGRAMS "printf '\\177ELF\\2\\1\\1' >bin/p; chmod 755 bin/p",
     .entrypoint = {"/bin/p"}, .wanted = "", .rest = CR_REACH_UNKNOWN},
    /* ---- a working folder that is not the root ---- */
    {"/reach/graph/workdir-entrypoint", PROGRAMS, .entrypoint = {"./p"}, .workdir = "/bin", .wanted = "a/libx.so!"},
    {"/reach/graph/workdir-without-a-slash", PROGRAMS, .entrypoint = {"bin/p"}, .workdir = "a/..",
     .wanted = "a/libx.so!"},
    {"/reach/graph/workdir-elsewhere", PROGRAMS, .entrypoint = {"bin/p"}, .workdir = "/a", .unknown = TRUE,
     .wanted = "", .rest = CR_REACH_UNKNOWN},
    {"/reach/graph/workdir-path", PROGRAMS, .cmd = {"p"}, .workdir = "/a", .environment = {"PATH=/none:../bin"},
     .wanted = "a/libx.so!"},
    {"/reach/graph/workdir-path-empty-element", PROGRAMS, .cmd = {"p"}, .workdir = "/bin",
     .environment = {"PATH=/none:"}, .wanted = "a/libx.so!"},
    {"/reach/graph/workdir-interpreter", PROGRAMS "printf '#!../bin/p\\n' >a/start; chmod 755 a/start; ",
     .entrypoint = {"/a/start"}, .workdir = "/lib", .wanted = "a/libx.so! a/start!", .of = "bin/p",
     .way = "a/start entrypoint > bin/p interpreter"},
    {"/reach/graph/workdir-shell", "program; cp bin/p bin/sh; cp bin/p bin/q", .entrypoint = {"/bin/sh"},
     .workdir = "/a", .wanted = "", .of = "bin/q", .way = "bin/sh entrypoint > bin/q shell"},
    {"/reach/graph/workdir-word", "program; cp bin/p bin/helper; " CALLING("execlp(\"helper\", \"-x\")"),
     .entrypoint = {"/bin/p"}, .workdir = "/a", .environment = {"PATH=/bin"}, .wanted = "", .of = "bin/helper",
     .way = "bin/p entrypoint > bin/helper exec-name"},
    {"/reach/graph/workdir-word-by-relative-path",
     "program; cp bin/p bin/helper; " CALLING("execlp(\"helper\", \"-x\")"), .entrypoint = {"/bin/p"}, .workdir = "/a",
     .environment = {"PATH=../bin"}, .wanted = "", .of = "bin/helper",
     .way = "bin/p entrypoint > bin/helper exec-name"},
    {"/reach/graph/workdir-program", "program; cp bin/p bin/helper; " CALLING("execve(\"./helper\")"),
     .entrypoint = {"/bin/p"}, .workdir = "/bin", .wanted = "", .of = "bin/helper",
     .way = "bin/p entrypoint > bin/helper path-string"},
    {"/reach/graph/workdir-program-elsewhere", "program; cp bin/p bin/helper; " CALLING("execve(\"./helper\")"),
     .entrypoint = {"/bin/p"}, .workdir = "/a", .wanted = "", .of = "bin/helper",
     .way = "bin/p entrypoint > bin/helper path-string"},
    {"/reach/graph/workdir-program-below", "program; cp bin/p bin/helper; " CALLING("execve(\"bin/helper\")"),
     .entrypoint = {"/bin/p"}, .workdir = "/", .wanted = "", .of = "bin/helper",
     .way = "bin/p entrypoint > bin/helper path-string"},
    {"/reach/graph/workdir-helpers",
     "program; mkdir -p usr/libexec/x; mv bin/p usr/libexec/x/helper; " CALLING("execve(\"/usr/libexec/x\")"),
     .entrypoint = {"/bin/p"}, .workdir = "/a", .wanted = "usr/libexec/x/helper?", .of = "usr/libexec/x/helper",
     .way = "bin/p entrypoint > usr/libexec/x/helper program-dir"},
};

static CrStrv get_words(const char *const *words)
{
  return words[0] ? words : cr_strv_empty;
}

static char *format_way(const CrReach *reach, const char *path)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrReachFile *const *way = cr_reach_get_path(reach, path, arena);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; way && way[i]; i++)
    g_string_append_printf(text, "%s%s %s", i ? " > " : "", way[i]->path, way[i]->kind);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_row(gconstpointer data)
{
  const Row *row = data;
  if (!has_compiler())
    return;
  g_auto(MadeRoot) made = made_root_new(row->make);
  CrImage image = {.entrypoint = get_words(row->entrypoint),
                   .cmd = get_words(row->cmd),
                   .env = cr_strv_empty,
                   .shell = cr_strv_empty,
                   .workdir = row->workdir,
                   .has_config = TRUE};
  image.health.command = get_words(row->health);
  image.health.test_kind = row->health[0] ? "CMD" : NULL;
  CrReachOptions options = {.command = row->command[0] ? row->command : NULL, .environment = row->environment};
  g_autoptr(CrReach) reach = cr_reach_compute(made.tree, &image, &options, NULL, NULL, made.problems);
  g_assert_cmpint(cr_reach_is_known(reach), ==, !row->unknown);
  g_autofree char *got = format_files(reach);
  g_assert_cmpstr(got, ==, row->wanted);
  g_assert_cmpstr(cr_reach_level_get_name(cr_reach_get_rest(reach)), ==, cr_reach_level_get_name(row->rest));
  g_assert_cmpint(cr_reach_get_level(reach, "usr/lib/other"), ==, row->rest);
  g_assert_null(cr_reach_get_path(reach, "usr/lib/other", NULL));
  if (!row->of)
    return;
  g_autofree char *way = format_way(reach, row->of);
  g_assert_cmpstr(way, ==, row->way);
}

/* A layer whose bytes are not there may hold anything that is loaded, and what loads it. */
static void test_missing_layer(void)
{
  if (!has_compiler())
    return;
  g_auto(MadeRoot) made = made_root_new("program");
  CrLayer *layers[] = {made.layer, NULL};
  g_autoptr(CrTree) tree = cr_tree_new(layers, 2);
  const char *const entrypoint[] = {"/bin/p", NULL};
  CrImage image = {.entrypoint = entrypoint, .cmd = cr_strv_empty, .env = cr_strv_empty, .shell = cr_strv_empty};
  g_autoptr(CrReach) reach = cr_reach_compute(tree, &image, NULL, NULL, NULL, made.problems);
  g_assert_true(cr_reach_is_known(reach));
  g_assert_cmpint(cr_reach_get_level(reach, "bin/p"), ==, CR_REACH_LOADED);
  g_assert_cmpint(cr_reach_get_rest(reach), ==, CR_REACH_UNKNOWN);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_test_add_data_func(rows[i].name, &rows[i], test_row);
  g_test_add_func("/reach/graph/missing-layer", test_missing_layer);
  return g_test_run();
}
