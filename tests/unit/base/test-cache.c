/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "base/cache.h"

static CrCache *make(char **dir)
{
  *dir = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  g_autofree char *sub = g_build_filename(*dir, "cache", NULL);
  return cr_cache_new(sub);
}

static void test_store_and_load(void)
{
  g_autofree char *dir = NULL;
  g_autoptr(CrCache) cache = make(&dir);
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_cache_load(cache, "layers", "sha256/abc"));
  g_assert_true(cr_cache_store(cache, "layers", "sha256/abc", "hello", 5, &error));
  g_assert_no_error(error);
  g_assert_true(cr_cache_store(cache, "layers", "sha256/abc", "again", 5, &error));
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "layers", "sha256/abc");
  g_assert_cmpuint(g_bytes_get_size(bytes), ==, 5);
  g_assert_cmpint(memcmp(g_bytes_get_data(bytes, NULL), "again", 5), ==, 0);
  struct stat st;
  g_assert_cmpint(stat(cr_cache_get_dir(cache), &st), ==, 0);
  g_assert_cmpuint(st.st_mode & 0777, ==, 0700);
  g_autoptr(GPtrArray) items = cr_cache_list(cache, NULL, NULL);
  g_assert_cmpuint(items->len, ==, 1); /* no temporary file left */
}

static void test_discard_leaves_nothing(void)
{
  g_autofree char *dir = NULL;
  g_autoptr(CrCache) cache = make(&dir);
  CrCacheFile *file = cr_cache_create(cache, "layers", NULL);
  g_assert_cmpint(write(cr_cache_file_get_fd(file), "x", 1), ==, 1);
  cr_cache_file_discard(file);
  g_autoptr(GPtrArray) items = cr_cache_list(cache, NULL, NULL);
  g_assert_cmpuint(items->len, ==, 0);
}

static void test_prune_takes_the_least_used(void)
{
  g_autofree char *dir = NULL;
  g_autoptr(CrCache) cache = make(&dir);
  char block[4096] = "";
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf("n%u", i);
    cr_cache_store(cache, "layers", name, block, sizeof block, NULL);
    g_autofree char *path = cr_cache_get_path(cache, "layers", name);
    const struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000}};
    utimensat(AT_FDCWD, path, times, 0);
  }
  close(cr_cache_open(cache, "layers", "n0")); /* used now */
  guint count = 0;
  g_assert_cmpuint(cr_cache_prune(cache, "layers", 8192, &count, NULL), ==, 8192);
  g_assert_cmpuint(count, ==, 2);
  g_autoptr(GBytes) kept = cr_cache_load(cache, "layers", "n0");
  g_assert_nonnull(kept);
  g_assert_null(cr_cache_load(cache, "layers", "n1"));
}

static void test_a_folder_that_cannot_be_made(void)
{
  g_autoptr(CrCache) cache = cr_cache_new("/proc/no/such");
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_cache_store(cache, "layers", "a", "b", 1, &error));
  g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cache/store-and-load", test_store_and_load);
  g_test_add_func("/cache/discard-leaves-nothing", test_discard_leaves_nothing);
  g_test_add_func("/cache/prune-takes-the-least-used", test_prune_takes_the_least_used);
  g_test_add_func("/cache/a-folder-that-cannot-be-made", test_a_folder_that_cannot_be_made);
  return g_test_run();
}
