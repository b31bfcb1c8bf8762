/* SPDX-License-Identifier: Apache-2.0 */
/* Layers merged by copying, as overlay would show them. As root only: whiteouts' marks are "trusted". */
#include "remedy/merge.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static void put(const char *root, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(root, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void hide(const char *root, const char *name)
{
  g_autofree char *path = g_build_filename(root, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_assert_cmpint(mknod(path, S_IFCHR, makedev(0, 0)), ==, 0);
}

static void merge(const char *layer, const char *into)
{
  g_autoptr(GError) error = NULL;
  int from = open(layer, O_RDONLY | O_DIRECTORY);
  int to = open(into, O_RDONLY | O_DIRECTORY);
  g_assert_true(cr_merge_layer(from, to, FALSE, &error));
  g_assert_no_error(error);
  close(from);
  close(to);
}

/* Its text, or NULL. */
static char *get(const char *root, const char *name)
{
  g_autofree char *path = g_build_filename(root, name, NULL);
  char *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static const struct {
  const char *name, *text; /* NULL: gone */
} expected[] = {
    {"usr/kept", "kept"},
    {"usr/changed", "new"},
    {"usr/gone", NULL},
    {"folder/x", NULL},
    {"opaque/old", NULL},
    {"opaque/new", "new"},
    {"became/a", "file in a folder"},
    {"link", "new"},
    {"one", "twice"},
    {"two", "twice"},
    {"merged/below", "below"},
    {"merged/above", "above"},
};

static void test_merge(void)
{
  if (geteuid() != 0) {
    g_test_skip("trusted attributes are for root only");
    return;
  }
  g_autofree char *outer = g_dir_make_tmp("careen-merge-XXXXXX", NULL);
  g_autofree char *low = g_build_filename(outer, "low", NULL);
  g_autofree char *high = g_build_filename(outer, "high", NULL);
  g_autofree char *into = g_build_filename(outer, "into", NULL);
  g_assert_cmpint(mkdir(into, 0700) | mkdir(low, 0755) | mkdir(high, 0755), ==, 0);
  put(low, "usr/kept", "kept");
  put(low, "usr/changed", "old");
  put(low, "usr/gone", "gone");
  put(low, "folder/x", "x");
  put(low, "opaque/old", "old");
  put(low, "became", "file");
  put(low, "merged/below", "below");
  put(low, "link", "old");
  put(high, "usr/changed", "new");
  hide(high, "usr/gone");
  hide(high, "folder");
  put(high, "opaque/new", "new");
  g_autofree char *opaque = g_build_filename(high, "opaque", NULL);
  g_assert_cmpint(setxattr(opaque, "trusted.overlay.opaque", "y", 1, 0), ==, 0);
  put(high, "became/a", "file in a folder");
  put(high, "merged/above", "above");
  g_autofree char *link_path = g_build_filename(high, "link", NULL);
  g_assert_cmpint(symlink("usr/changed", link_path), ==, 0);
  put(high, "one", "twice");
  g_autofree char *one = g_build_filename(high, "one", NULL);
  g_autofree char *two = g_build_filename(high, "two", NULL);
  g_assert_cmpint(link(one, two), ==, 0);
  g_assert_cmpint(chmod(one, 04711), ==, 0);

  merge(low, into);
  merge(high, into);
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_autofree char *text = get(into, expected[i].name);
    g_test_message("%s", expected[i].name);
    g_assert_cmpstr(text, ==, expected[i].text);
  }
  struct stat first, second;
  g_autofree char *copied_one = g_build_filename(into, "one", NULL);
  g_autofree char *copied_two = g_build_filename(into, "two", NULL);
  g_autofree char *copied_opaque = g_build_filename(into, "opaque", NULL);
  g_assert_cmpint(stat(copied_one, &first) | stat(copied_two, &second), ==, 0);
  g_assert_cmpuint(first.st_ino, ==, second.st_ino);
  g_assert_cmpuint(first.st_mode & 07777, ==, 04711);
  g_assert_cmpint(getxattr(copied_opaque, "trusted.overlay.opaque", NULL, 0), <, 0); /* no mark of overlay's is left */
  g_autofree char *command = g_strdup_printf("rm -rf '%s'", outer);
  g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/merge/merge", test_merge);
  return g_test_run();
}
