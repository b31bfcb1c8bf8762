/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/implied.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *path, guint mode)
{
  g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
  g_assert_cmpint(g_chmod(path, (int)mode), ==, 0);
}

static guint get_mode(const char *path)
{
  struct stat status;
  g_assert_cmpint(stat(path, &status), ==, 0);
  return status.st_mode & 07777;
}

/* Layers 0 to 3 from the lowest: 2, 0, 1, 3. */
static void test_inherit(void)
{
  static const guint32 order[] = {2, 0, 1, 3};
  GHashTable *sets[4];
  g_autofree char *folder = g_dir_make_tmp("careen-implied-XXXXXX", NULL);
  g_autofree char *before = g_get_current_dir();
  g_assert_cmpint(g_chdir(folder), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS(sets); i++)
    sets[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  make("2/root", 0700);
  make("2/tmp", 01777);
  make("2/gone", 0700);
  make("0", 0755);
  g_assert_true(g_file_set_contents("0/gone", "a file hides it", -1, NULL));
  make("1/root", 0755);
  make("1/gone", 0755);
  make("1/own", 0755);
  make("3/root", 0755);
  make("3/tmp", 0755);
  for (const char *const *path = (const char *const[]){"root", "gone", "own", NULL}; *path; path++)
    g_hash_table_add(sets[1], g_strdup(*path));
  g_hash_table_add(sets[3], g_strdup("root"));
  g_hash_table_add(sets[3], g_strdup("tmp"));
  g_assert_true(cr_implied_inherit(order, G_N_ELEMENTS(order), sets));
  g_assert_cmpuint(get_mode("1/root"), ==, 0700);
  g_assert_cmpuint(get_mode("3/root"), ==, 0700);
  g_assert_cmpuint(get_mode("3/tmp"), ==, 01777);
  g_assert_cmpuint(get_mode("1/gone"), ==, 0755);
  g_assert_cmpuint(get_mode("1/own"), ==, 0755);
  for (guint i = 0; i < G_N_ELEMENTS(sets); i++)
    g_hash_table_unref(sets[i]);
  g_assert_cmpint(g_chdir(before), ==, 0);
  g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder);
  g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/implied/inherit", test_inherit);
  return g_test_run();
}
