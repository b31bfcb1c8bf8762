/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/change-back.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../remove.h"

/* "a" became "b" in the second line of TEXT; then the file was NOW. */
static const struct {
  const char *what, *text, *now; /* NOW NULL: as it was written */
  const char *about, *result;    /* RESULT NULL: refused */
} rows[] = {
    {"as it was written", "x: 1\ni: a\n", NULL, NULL, "x: 1\ni: a\n"},
    {"without an end", "x: 1\ni: a", NULL, NULL, "x: 1\ni: a"},
    {"with other line ends", "x: 1\r\ni: a\r\n", NULL, NULL, "x: 1\r\ni: a\r\n"},
    {"moved", "x: 1\ni: a\n", "# more\nx: 1\ny: 2\ni: b\n", NULL, "# more\nx: 1\ny: 2\ni: a\n"},
    {"there, and elsewhere", "x: 1\ni: a\n", "i: b\ni: b\n", NULL, "i: b\ni: a\n"},
    {"moved, in two places", "x: 1\ni: a\n", "i: b\nx: 1\ny: 1\ni: b\n", NULL, NULL},
    {"part of a line", "x: 1\ni: a\n", "x: 1\nmi: b\n", NULL, NULL},
    {"changed", "x: 1\ni: a\n", "x: 1\ni: c\n", NULL, NULL},
    {"taken back by hand", "x: 1\ni: a\n", "x: 1\ni: a\n", NULL, "x: 1\ni: a\n"},
    {"of that image", "x: 1\ni: a\n", NULL, "nginx:1", "x: 1\ni: a\n"},
    {"of another image", "x: 1\ni: a\n", NULL, "redis:1", "x: 1\ni: b\n"},
};

static char *write_down(const char *path, GPtrArray **files)
{
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  CrFileChange change = {.place = {path, 2, 4}, .before = "a", .after = "b", .about = "nginx:1"};
  g_autoptr(GError) error = NULL;
  g_ptr_array_add(changes, &change);
  *files = cr_file_changes_make(changes, &error);
  g_assert_no_error(error);
  return cr_written_format(*files);
}

static void test_row(gconstpointer data)
{
  guint i = GPOINTER_TO_UINT(data);
  g_autofree char *folder = g_dir_make_tmp("careen-back-XXXXXX", NULL), *path = g_build_filename(folder, "f", NULL);
  g_autoptr(GPtrArray) files = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *now = NULL;
  g_assert_true(g_file_set_contents(path, rows[i].text, -1, NULL));
  g_autofree char *journal = write_down(path, &files);
  g_assert_true(cr_rewritten_files_write(files, NULL));
  g_assert_true(!rows[i].now || g_file_set_contents(path, rows[i].now, -1, NULL));
  g_autoptr(GPtrArray) returns = cr_file_returns_make(journal, rows[i].about, &error);
  g_assert_no_error(error);
  for (guint k = 0; k < returns->len; k++) {
    const CrFileReturn *back = returns->pdata[k];
    g_assert_cmpint(back->why != NULL, ==, rows[i].result == NULL);
    g_assert_cmpint(back->diff != NULL, ==, rows[i].result == NULL);
    g_assert_true(!back->files || cr_rewritten_files_write(back->files, NULL));
  }
  g_assert_true(g_file_get_contents(path, &now, NULL, NULL));
  g_assert_cmpstr(now, ==, rows[i].result ? rows[i].result : rows[i].now);
  remove_all(folder);
}

static void test_no_journal(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) none = cr_file_returns_make("{}", NULL, &error);
  g_assert_cmpuint(none->len, ==, 0);
  g_assert_null(cr_file_returns_make("", NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strdup_printf("/recipe/change-back/%s", rows[i].what);
    g_test_add_data_func(name, GUINT_TO_POINTER(i), test_row);
  }
  g_test_add_func("/recipe/change-back/no journal", test_no_journal);
  return g_test_run();
}
