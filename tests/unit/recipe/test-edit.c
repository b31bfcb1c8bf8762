/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/edit.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../remove.h"

#define DIGEST "@sha256:0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
  const char *what, *text;
  guint line, column;
  const char *from, *to, *after; /* AFTER NULL: refused */
} rows[] = {
    {"plain", "a:\n  image: nginx:1 # x\n", 2, 10, "nginx:1", "nginx:2", "a:\n  image: nginx:2 # x\n"},
    {"quoted", "image: \"nginx:1\"\r\nb\r\n", 1, 8, "nginx:1", "nginx:1" DIGEST,
     "image: \"nginx:1" DIGEST "\"\r\nb\r\n"},
    {"single quotes", "image: 'a'", 1, 8, "a", "b", "image: 'b'"},
    {"flow", "{image: a:1, b: {image: a:1}}\n", 1, 24, "a:1", "a:2", NULL},
    {"flow, at its place", "{image: a:1, b: {image: a:1}}\n", 1, 25, "a:1", "a:2", "{image: a:1, b: {image: a:2}}\n"},
    {"a unit", "[Container]\nImage=a:1\n", 2, 7, "a:1", "a:2", "[Container]\nImage=a:2\n"},
    {"a Dockerfile", "FROM debian:12 AS a\n", 1, 6, "debian:12", "debian:12" DIGEST, "FROM debian:12" DIGEST " AS a\n"},
    {"characters are not bytes", "\xc3\xa9: a:1\n", 1, 4, "a:1", "a:2", "\xc3\xa9: a:2\n"},
    {"longer now", "image: nginx:1.25\n", 1, 8, "nginx:1.2", "x", NULL},
    {"changed", "image: nginx:2\n", 1, 8, "nginx:1", "x", NULL},
    {"no such line", "image: a\n", 2, 8, "a", "x", NULL},
    {"no such column", "image: a\n", 1, 80, "a", "x", NULL},
    {"a variable", "image: a${B}\n", 1, 8, "a", "x", NULL},
    {"what is no reference", "image: a\n", 1, 8, "a", "x\nprivileged: true", NULL},
};

static void add(GPtrArray *edits, const char *file, guint line, guint column, const char *from, const char *to)
{
  CrEdit *edit = g_new0(CrEdit, 1);
  *edit = (CrEdit){.place = {file, line, column}, .from = from, .to = to};
  g_ptr_array_add(edits, edit);
}

static char *put(const char *folder, const char *name, const char *text)
{
  char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static void assert_contents(const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
}

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    autofolder char *folder = g_dir_make_tmp("careen-edit-XXXXXX", NULL);
    g_autofree char *path = put(folder, "f", rows[i].text);
    g_autoptr(GPtrArray) edits = g_ptr_array_new_with_free_func(g_free);
    add(edits, path, rows[i].line, rows[i].column, rows[i].from, rows[i].to);
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].what);
    g_assert_cmpint(cr_edits_write(edits, &error), ==, rows[i].after != NULL);
    if (!rows[i].after)
      g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    assert_contents(path, rows[i].after ? rows[i].after : rows[i].text);
  }
}

/* Two in one line, one twice, one through a link; nothing is written where one of them does not fit. */
static void test_several(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-edit-XXXXXX", NULL);
  g_autofree char *path = put(folder, "real", "[a:1, b:1]\nc: c\n"), *link = g_build_filename(folder, "link", NULL);
  g_assert_cmpint(symlink("real", link), ==, 0);
  g_assert_cmpint(chmod(path, 0640), ==, 0);
  g_autoptr(GPtrArray) edits = g_ptr_array_new_with_free_func(g_free);
  add(edits, link, 1, 7, "b:1", "b:22");
  add(edits, link, 1, 2, "a:1", "a:333");
  add(edits, link, 1, 2, "a:1", "a:333");
  g_autoptr(GError) error = NULL;
  add(edits, link, 2, 4, "d", "e");
  g_assert_false(cr_edits_write(edits, &error));
  assert_contents(path, "[a:1, b:1]\nc: c\n");
  g_clear_error(&error);
  g_ptr_array_set_size(edits, 3);
  g_assert_true(cr_edits_write(edits, &error));
  g_assert_no_error(error);
  assert_contents(path, "[a:333, b:22]\nc: c\n");
  g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
  GStatBuf info;
  g_assert_cmpint(g_stat(path, &info), ==, 0);
  g_assert_cmpuint(info.st_mode & 07777, ==, 0640);
}

/* What is shown is what `patch` makes of it: the same bytes as writing. */
static void test_diff(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-edit-XXXXXX", NULL);
  g_autofree char *path = put(folder, "f", "1\n2\n3\n4\nimage: a\n6\n7\n8\n9\n10\n11\n12\n13\nimage: b");
  g_autoptr(GPtrArray) edits = g_ptr_array_new_with_free_func(g_free);
  add(edits, path, 5, 8, "a", "x");
  add(edits, path, 14, 8, "b", "y");
  g_autoptr(GError) error = NULL;
  g_autofree char *diff = cr_edits_format(edits, &error);
  g_assert_no_error(error);
  g_autofree char *expected = g_strdup_printf(
      "--- %s\n+++ %s\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-image: a\n+image: x\n 6\n 7\n 8\n@@ -11,4 +11,4 @@\n "
      "11\n 12\n 13\n-image: b\n\\ No newline at end of file\n+image: y\n\\ No newline at end of file\n",
      path, path);
  g_assert_cmpstr(diff, ==, expected);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/edit/rows", test_rows);
  g_test_add_func("/recipe/edit/several", test_several);
  g_test_add_func("/recipe/edit/diff", test_diff);
  return g_test_run();
}
