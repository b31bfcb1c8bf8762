/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/change.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../remove.h"

#define DIGEST "@sha256:0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
  const char *what, *text;
  guint line, column;
  const char *whole, *before, *after, *result; /* RESULT NULL: refused */
} rows[] = {
    {"plain", "a:\n  image: nginx:1 # x\n", 2, 10, "  image: nginx:1 # x", "nginx:1", "nginx:2",
     "a:\n  image: nginx:2 # x\n"},
    {"other line ends", "image: \"nginx:1\"\r\nb\r\n", 1, 9, "image: \"nginx:1\"", "nginx:1", "nginx:1" DIGEST,
     "image: \"nginx:1" DIGEST "\"\r\nb\r\n"},
    {"no end of line", "image: 'a'", 1, 9, "image: 'a'", "a", "b", "image: 'b'"},
    {"at another place", "{image: a:1, b: {image: a:1}}\n", 1, 24, NULL, "a:1", "a:2", NULL},
    {"at its place", "{image: a:1, b: {image: a:1}}\n", 1, 25, NULL, "a:1", "a:2", "{image: a:1, b: {image: a:2}}\n"},
    {"characters are not bytes", "\xc3\xa9: a:1\n", 1, 4, NULL, "a:1", "a:2", "\xc3\xa9: a:2\n"},
    {"a line more", "a:\n- newTag: 1\n", 2, 3, "- newTag: 1", "newTag", "digest: x\n  newTag",
     "a:\n- digest: x\n  newTag: 1\n"},
    {"a line more, of other ends", "a:\r\n- b: 1\r\n", 2, 3, NULL, "b", "c: x\n  b", "a:\r\n- c: x\r\n  b: 1\r\n"},
    {"a line less", "a\nb\nc\n", 2, 1, NULL, "b\n", "", "a\nc\n"},
    {"a line at the start of one", "a\nb\n", 2, 1, "b", "", "x\n", "a\nx\nb\n"},
    {"an empty file", "", 1, 1, NULL, "", "x", NULL},
    {"longer now", "image: nginx:1.25\n", 1, 8, "image: nginx:1.2", "nginx:1.2", "x", NULL},
    {"changed", "image: nginx:2\n", 1, 8, NULL, "nginx:1", "x", NULL},
    {"changed elsewhere in the line", "image: a # x\n", 1, 8, "image: a # y", "a", "x", NULL},
    {"no such line", "image: a\n", 2, 8, NULL, "a", "x", NULL},
    {"no such column", "image: a\na\n", 1, 10, NULL, "a", "x", NULL},
    {"not UTF-8", "\xe9: a\n", 1, 4, NULL, "a", "x", NULL},
};

static void add(GPtrArray *changes, const char *file, guint line, guint column, const char *before, const char *after)
{
  CrFileChange *change = g_new0(CrFileChange, 1);
  *change = (CrFileChange){.place = {file, line, column}, .before = before, .after = after};
  g_ptr_array_add(changes, change);
}

static gboolean write_all(const GPtrArray *changes, GError **error)
{
  g_autoptr(GPtrArray) files = cr_file_changes_make(changes, error);
  return files && cr_rewritten_files_write(files, error);
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
    autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
    g_autofree char *path = put(folder, "f", rows[i].text);
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
    add(changes, path, rows[i].line, rows[i].column, rows[i].before, rows[i].after);
    ((CrFileChange *)changes->pdata[0])->line = rows[i].whole;
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].what);
    g_assert_cmpint(write_all(changes, &error), ==, rows[i].result != NULL);
    if (!rows[i].result)
      g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    assert_contents(path, rows[i].result ? rows[i].result : rows[i].text);
  }
}

/* Two in one line, one twice, one through a link; nothing is written where one of them does not fit. */
static void test_several(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
  g_autofree char *path = put(folder, "real", "[a:1, b:1]\nc: c\n"), *link = g_build_filename(folder, "link", NULL);
  g_assert_cmpint(symlink("real", link), ==, 0);
  g_assert_cmpint(chmod(path, 0640), ==, 0);
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  add(changes, link, 1, 7, "b:1", "b:22");
  add(changes, link, 1, 2, "a:1", "a:333");
  add(changes, link, 1, 2, "a:1", "a:333");
  g_autoptr(GError) error = NULL;
  add(changes, link, 2, 4, "d", "e");
  g_assert_false(write_all(changes, &error));
  assert_contents(path, "[a:1, b:1]\nc: c\n");
  g_clear_error(&error);
  g_ptr_array_set_size(changes, 3);
  g_assert_true(write_all(changes, &error));
  g_assert_no_error(error);
  assert_contents(path, "[a:333, b:22]\nc: c\n");
  g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
  GStatBuf info;
  g_assert_cmpint(g_stat(path, &info), ==, 0);
  g_assert_cmpuint(info.st_mode & 07777, ==, 0640);
}

/* One that says something else at the same place, or a part of it. */
static void test_conflicts(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
  g_autofree char *path = put(folder, "f", "image: nginx:1\n");
  static const struct {
    guint column;
    const char *before;
  } others[] = {{8, "nginx:1"}, {10, "inx"}, {1, "image: n"}, {14, "1\n"}};
  for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
    add(changes, path, 1, 8, "nginx:1", "x");
    add(changes, path, 1, others[i].column, others[i].before, "y");
    g_autoptr(GError) error = NULL;
    g_assert_false(write_all(changes, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    assert_contents(path, "image: nginx:1\n");
  }
}

/* Somebody writes between reading and writing. */
static void test_race(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
  g_autofree char *path = put(folder, "f", "a\nb\n");
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  add(changes, path, 1, 1, "a", "x");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) files = cr_file_changes_make(changes, &error);
  g_assert_no_error(error);
  g_free(put(folder, "f", "a\nc\n"));
  g_assert_false(cr_rewritten_files_write(files, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  assert_contents(path, "a\nc\n");
}

/* What is changed can be put back from its lines alone, also where other lines have come before them. */
static void test_lines(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
  g_autofree char *path = put(folder, "f", "1\n- t: 1\n3\n[a, b]\n5");
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  add(changes, path, 2, 3, "t", "d: x\n  t");
  add(changes, path, 4, 2, "a", "aa");
  add(changes, path, 4, 5, "b", "bb");
  add(changes, path, 5, 1, "5", "5");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) files = cr_file_changes_make(changes, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(files->len, ==, 1);
  const CrRewrittenFile *file = files->pdata[0];
  g_assert_cmpuint(file->lines->len, ==, 2);
  const CrRewrittenLines *first = file->lines->pdata[0], *second = file->lines->pdata[1];
  g_assert_cmpuint(first->old_line, ==, 2);
  g_assert_cmpuint(first->new_line, ==, 2);
  g_assert_cmpstr(first->before, ==, "- t: 1\n");
  g_assert_cmpstr(first->after, ==, "- d: x\n  t: 1\n");
  g_assert_cmpuint(second->old_line, ==, 4);
  g_assert_cmpuint(second->new_line, ==, 5);
  g_assert_cmpstr(second->before, ==, "[a, b]\n");
  g_assert_cmpstr(second->after, ==, "[aa, bb]\n");
  g_assert_true(cr_rewritten_files_write(files, &error));
  assert_contents(path, "1\n- d: x\n  t: 1\n3\n[aa, bb]\n5");
  g_autoptr(GPtrArray) back = g_ptr_array_new_with_free_func(g_free);
  add(back, path, 2, 1, first->after, first->before);
  add(back, path, 5, 1, second->after, second->before);
  g_assert_true(write_all(back, &error));
  assert_contents(path, "1\n- t: 1\n3\n[a, b]\n5");
}

/* What is shown is what `patch` makes of it: the same bytes as writing. */
static void test_diff(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-change-XXXXXX", NULL);
  g_autofree char *path = put(folder, "f", "1\n2\n3\n4\nimage: a\n6\n7\n8\n9\n10\n11\n12\n13\nimage: b");
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  add(changes, path, 5, 8, "a", "x\nmore: a");
  add(changes, path, 14, 8, "b", "y");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) files = cr_file_changes_make(changes, &error);
  g_assert_no_error(error);
  g_autofree char *diff = cr_rewritten_files_format(files);
  g_autofree char *expected = g_strdup_printf(
      "--- %s\n+++ %s\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-image: a\n+image: x\n+more: a\n 6\n 7\n 8\n@@ -11,4 +12,4 @@\n "
      "11\n 12\n 13\n-image: b\n\\ No newline at end of file\n+image: y\n\\ No newline at end of file\n",
      path, path);
  g_assert_cmpstr(diff, ==, expected);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/change/rows", test_rows);
  g_test_add_func("/recipe/change/several", test_several);
  g_test_add_func("/recipe/change/conflicts", test_conflicts);
  g_test_add_func("/recipe/change/race", test_race);
  g_test_add_func("/recipe/change/lines", test_lines);
  g_test_add_func("/recipe/change/diff", test_diff);
  return g_test_run();
}
