/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/whole-file.h"

typedef struct {
  char *folder, *target;
} Place;

static void set_up(Place *place, gconstpointer data)
{
  (void)data;
  place->folder = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  place->target = g_build_filename(place->folder, "target", NULL);
}

static void tear_down(Place *place, gconstpointer data)
{
  (void)data;
  unlink(place->target);
  g_assert_cmpint(rmdir(place->folder), ==, 0); /* nothing else was left in it */
  g_free(place->folder);
  g_free(place->target);
}

static void assert_target(const Place *place, const char *text)
{
  g_autofree char *bytes = NULL;
  gboolean found = g_file_get_contents(place->target, &bytes, NULL, NULL);
  g_assert_cmpstr(found ? bytes : NULL, ==, text);
}

static CrWholeFile *write_some(const Place *place, const char *text)
{
  CrWholeFile *file = cr_whole_file_create(place->folder, ".test-", 0640);
  g_assert_nonnull(file);
  g_assert_cmpint(write(cr_whole_file_get_fd(file), text, strlen(text)), ==, (gssize)strlen(text));
  return file;
}

static void test_appears_whole(Place *place, gconstpointer data)
{
  (void)data;
  CrWholeFile *file = write_some(place, "one");
  assert_target(place, NULL);
  g_assert_true(cr_whole_file_publish(file, place->target));
  assert_target(place, "one");
  cr_whole_file_free(file);
  assert_target(place, "one");
  struct stat status;
  g_assert_cmpint(stat(place->target, &status), ==, 0);
  g_assert_cmpuint(status.st_mode & 07777, ==, 0640);

  file = write_some(place, "another");
  assert_target(place, "one");
  g_assert_true(cr_whole_file_publish(file, place->target));
  cr_whole_file_free(file);
  assert_target(place, "another");
}

static void test_or_not_at_all(Place *place, gconstpointer data)
{
  (void)data;
  cr_whole_file_free(write_some(place, "one"));
  assert_target(place, NULL);
  CrWholeFile *file = write_some(place, "two");
  g_autofree char *elsewhere = g_build_filename(place->target, "in", "no", "folder", NULL);
  g_assert_false(cr_whole_file_publish(file, elsewhere));
  g_assert_cmpint(errno, ==, ENOENT);
  int fd = cr_whole_file_steal_fd(file); /* what was written can still be read */
  char bytes[8] = "";
  g_assert_cmpint(pread(fd, bytes, sizeof bytes, 0), ==, 3);
  close(fd);
  g_assert_null(cr_whole_file_create(elsewhere, ".test-", 0600));
  g_assert_cmpint(errno, ==, ENOENT);
}

static void test_sweep(Place *place, gconstpointer data)
{
  (void)data;
  g_autofree char *own = g_strdup_printf(".test-%d-0011aabb", (int)getpid());
  /* no process has a number as large as the first's */
  const char *const names[] = {".test-2147483647-0011aabb", own,
                               ".test-2147483647-0011aab",  ".test-2147483647-0011aabbc",
                               ".test--1-0011aabb",         ".other-2147483647-0011aabb"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(place->folder, names[i], NULL);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
  }
  cr_whole_file_sweep(place->folder, ".test-");
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(place->folder, names[i], NULL);
    g_assert_cmpint(unlink(path) == 0, ==, i > 0);
  }
  cr_whole_file_sweep("/nowhere", ".test-");
}

static void test_leftovers(Place *place, gconstpointer data)
{
  (void)data;
  g_autofree char *folder = g_build_filename(place->folder, "folder", NULL), *in = g_build_filename(folder, "in", NULL);
  g_autofree char *kept = g_build_filename(place->folder, "kept", NULL);
  g_assert_cmpint(mkdir(folder, 0700), ==, 0);
  const char *const files[] = {in, kept, place->target};
  cr_leftover_add(folder);
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_assert_true(g_file_set_contents(files[i], "x", 1, NULL));
    cr_leftover_add(files[i]);
  }
  cr_leftover_forget(kept);
  cr_leftover_remove_all();
  assert_target(place, NULL);
  g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
  unlink(kept);
  cr_leftover_forget(folder);
  cr_leftover_forget(in);
  cr_leftover_forget(place->target);

  g_autofree char *too_long = g_strnfill(5000, 'x');
  cr_leftover_add(too_long);      /* no file system has such a name */
  for (guint i = 0; i < 100; i++) /* more than are remembered */
    cr_leftover_add(kept);
  cr_leftover_forget(kept);
  g_assert_true(g_file_set_contents(place->target, "x", 1, NULL));
  cr_leftover_add(place->target); /* all places are free again */
  cr_leftover_remove_all();
  assert_target(place, NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/whole-file/appears-whole", Place, NULL, set_up, test_appears_whole, tear_down);
  g_test_add("/whole-file/or-not-at-all", Place, NULL, set_up, test_or_not_at_all, tear_down);
  g_test_add("/whole-file/sweep", Place, NULL, set_up, test_sweep, tear_down);
  g_test_add("/whole-file/leftovers", Place, NULL, set_up, test_leftovers, tear_down);
  return g_test_run();
}
