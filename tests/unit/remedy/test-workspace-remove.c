/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of an image goes with all in it, however deep it is, and nothing else goes with it. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../remove.h"
#include "remedy/workspace-private.h"

#define DEPTH 3000U /* a path of this depth is longer than a path may be */

/* Folders in folders below NAME, each beside a file; the last may not be entered. */
static void make_deep(int folder, const char *name)
{
  g_assert_cmpint(mkdirat(folder, name, 0755), ==, 0);
  int at = openat(folder, name, O_RDONLY | O_DIRECTORY);
  for (guint i = 0; i < DEPTH; i++) {
    g_assert_cmpint(mkdirat(at, "d", i + 1 < DEPTH ? 0755 : 0), ==, 0);
    g_assert_cmpint(mkdirat(at, "empty", 0), ==, 0);
    close(openat(at, "file", O_WRONLY | O_CREAT, 0600));
    int below = openat(at, "d", O_RDONLY | O_DIRECTORY);
    if (below < 0)
      break; /* not root */
    close(at);
    at = below;
  }
  g_assert_cmpint(symlinkat("/", at, "link"), ==, 0);
  close(at);
}

static void test_deep(void)
{
  autofolder char *outer = g_dir_make_tmp("careen-remove-XXXXXX", NULL);
  g_autofree char *kept = g_build_filename(outer, "kept", NULL), *gone = g_build_filename(outer, "gone", NULL),
                  *link_path = g_build_filename(outer, "gone", "link", NULL);
  int folder = open(outer, O_RDONLY | O_DIRECTORY);
  g_assert_true(g_file_set_contents(kept, "kept", -1, NULL));
  make_deep(folder, "gone");
  g_assert_cmpint(symlink(outer, link_path), ==, 0);
  struct rlimit few = {64, 64};
  g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
  g_assert_true(cr_workspace_remove_tree(folder, "gone"));
  g_assert_true(cr_workspace_remove_tree(folder, "gone")); /* gone is gone */
  g_assert_false(g_file_test(gone, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
  close(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/workspace-remove/deep", test_deep);
  return g_test_run();
}
