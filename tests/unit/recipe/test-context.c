/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/context.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rows of moby/patternmatcher's own test, and what its documentation says. */
static const struct {
  const char *patterns, *path;
  gboolean out;
} rows[] = {
    {"**", "file", TRUE},
    {"**", "dir/file", TRUE},
    {"**/", "file", TRUE},
    {"**/**", "dir/file", TRUE},
    {"dir/**", "dir/file", TRUE},
    {"dir/**", "dir/dir2/file", TRUE},
    {"dir/**", "dir", FALSE},
    {"**/dir", "dir", TRUE},
    {"**/dir", "dir/file", TRUE},
    {"**/dir2/*", "dir/dir2/file", TRUE},
    {"**/dir2/*", "dir/dir2/dir2/file", TRUE},
    {"**file", "file", TRUE},
    {"**file", "dir/file", TRUE},
    {"**/file", "xfile", FALSE},
    {"**file", "dir/xfile", TRUE},
    {"**/file*txt", "dir/file.txt", TRUE},
    {"**/**/*.txt", "dir/file.txt", TRUE},
    {"**/**/*.txt2", "dir/file.txt", FALSE},
    {"a**/*.txt", "a/file.txt", TRUE},
    {"a**/*.txt", "a/dir/dir/file.txt", TRUE},
    {"a[b-d]e", "ace", TRUE},
    {"a[b-d]e", "ae", FALSE},
    {"a[^b-d]e", "aze", TRUE},
    {".*", ".foo", TRUE},
    {".*", "foo", FALSE},
    {"abc.def", "abcZdef", FALSE},
    {"abc?def", "abcZdef", TRUE},
    {"abc?def", "abc/def", FALSE},
    {"a\\*b", "a*b", TRUE},
    {"a\\*b", "axb", FALSE},
    {"*.md", "docs/readme.md", FALSE},
    {"*.md", "readme.md", TRUE},
    {"/bin/", "bin/tool", TRUE},
    {" dir/./x/../y ", "dir/y", TRUE},
    {"#file", "#file", FALSE},
    {"*\n!keep", "keep", FALSE},
    {"*\n!keep\nkeep/cache", "keep/cache/x", TRUE},
    {"*\n!keep\nkeep/cache", "keep/x", FALSE},
    {"!keep\n*", "keep", TRUE},
    {"\xef\xbb\xbfnode_modules\r\n", "node_modules/x", TRUE},
    {"foo\xc3\xa9?", "foo\xc3\xa9\xc3\xa9", TRUE},
};

static void test_ignore(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrIgnore) ignore = cr_ignore_parse(rows[i].patterns, strlen(rows[i].patterns), "x", &error);
    g_assert_no_error(error);
    if (cr_ignore_matches(ignore, rows[i].path) != rows[i].out)
      g_error("row %u: %s of %s", i, rows[i].patterns, rows[i].path);
  }
}

static void test_refused(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_ignore_parse("a\n!\n", 4, "x/.dockerignore", &error));
  g_assert_cmpstr(error->message, ==, "cannot read 'x/.dockerignore' line 2: '!' alone takes nothing back in");
  g_clear_error(&error);
  g_assert_null(cr_ignore_parse("[", 1, "f", &error));
  g_assert_cmpstr(error->message, ==, "cannot read 'f' line 1: '[' is not a pattern");
}

static void write_file(const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *run_tar(int fd, const char *options, const char *member)
{
  g_autofree char *input = g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), fd);
  const char *argv[] = {"tar", options, input, member, NULL};
  char *out = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
  return out;
}

static char *make_folder(void)
{
  char *folder = g_dir_make_tmp("careen-context-XXXXXX", NULL);
  write_file(folder, "Dockerfile", "FROM a\n");
  write_file(folder, "src/main.c", "x");
  write_file(folder, "src/main.o", "x");
  write_file(folder, "out/keep/this", "1");
  write_file(folder, "out/not", "1");
  g_autofree char *link = g_build_filename(folder, "link", NULL);
  g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
  g_autofree char *tool = g_build_filename(folder, "tool", NULL);
  write_file(folder, "tool", "#!/bin/sh\n");
  g_assert_cmpint(chmod(tool, 0750), ==, 0);
  return folder;
}

static void remove_folder(const char *folder)
{
  const char *argv[] = {"rm", "-rf", "--", folder, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void test_pack(void)
{
  g_autofree char *folder = make_folder(), *name = NULL;
  g_autoptr(GString) deep = g_string_new("deep/");
  for (guint i = 0; i < 150; i++)
    g_string_append_c(deep, 'x');
  write_file(folder, deep->str, "1");
  write_file(folder, ".dockerignore", "**/*.o\nout\n!out/keep\nDockerfile\n");
  g_autoptr(GError) error = NULL;
  int fd = cr_context_pack(folder, NULL, NULL, &name, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(name, ==, "Dockerfile");
  g_autofree char *listed = run_tar(fd, "-tf", NULL);
  g_autofree char *expected = g_strconcat(".dockerignore\nDockerfile\ndeep/\n", deep->str,
                                          "\nlink\nout/keep/\nout/keep/this\nsrc/\nsrc/main.c\ntool\n", NULL);
  g_assert_cmpstr(listed, ==, expected);
  g_autofree char *tool = run_tar(fd, "-tvf", "tool");
  g_assert_true(g_str_has_prefix(tool, "-rwxr-x--- 0/0"));
  g_autofree char *link = run_tar(fd, "-tvf", "link");
  g_assert_true(g_str_has_suffix(link, "link -> /etc/passwd\n"));
  close(fd);
  remove_folder(folder);
}

/* Another text has another name, which COPY does not see; the folder's own files are as they were. */
static void test_text(void)
{
  g_autofree char *folder = make_folder(), *name = NULL;
  write_file(folder, "Dockerfile.dockerignore", "out\nsrc\n");
  g_autoptr(GError) error = NULL;
  int fd = cr_context_pack(folder, NULL, "FROM b\n", &name, &error);
  g_assert_no_error(error);
  g_autofree char *listed = run_tar(fd, "-tf", NULL);
  g_assert_cmpstr(listed, ==, ".careen.Dockerfile\n.dockerignore\nDockerfile\nDockerfile.dockerignore\nlink\ntool\n");
  g_autofree char *text = run_tar(fd, "-xOf", name);
  g_assert_cmpstr(text, ==, "FROM b\n");
  g_autofree char *ignore = run_tar(fd, "-xOf", ".dockerignore");
  g_assert_cmpstr(ignore, ==, "out\nsrc\n\n.dockerignore\n.careen.Dockerfile\n");
  close(fd);
  remove_folder(folder);
}

static void test_missing(void)
{
  g_autofree char *folder = make_folder(), *name = NULL;
  g_autofree char *dockerfile = g_build_filename(folder, "none", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(cr_context_pack(folder, dockerfile, NULL, &name, &error), ==, -1);
  g_assert_cmpint(error->code, ==, CR_ERROR_USAGE);
  g_assert_nonnull(strstr(error->message, dockerfile));
  g_assert_null(name);
  remove_folder(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/context/ignore", test_ignore);
  g_test_add_func("/recipe/context/refused", test_refused);
  g_test_add_func("/recipe/context/pack", test_pack);
  g_test_add_func("/recipe/context/text", test_text);
  g_test_add_func("/recipe/context/missing", test_missing);
  return g_test_run();
}
