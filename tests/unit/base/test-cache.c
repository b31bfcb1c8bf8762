/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "../remove.h"
#include "base/cache.h"
#include "base/error.h"
#include "base/log.h"

static CrCache *make(char **dir)
{
  *dir = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  g_autofree char *sub = g_build_filename(*dir, "cache", NULL);
  return cr_cache_new(sub);
}

static void test_store_and_load(void)
{
  autofolder char *dir = NULL;
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
  autofolder char *dir = NULL;
  g_autoptr(CrCache) cache = make(&dir);
  CrCacheFile *file = cr_cache_create(cache, "layers", NULL);
  g_assert_cmpint(write(cr_cache_file_get_fd(file), "x", 1), ==, 1);
  cr_cache_file_discard(file);
  g_autoptr(GPtrArray) items = cr_cache_list(cache, NULL, NULL);
  g_assert_cmpuint(items->len, ==, 0);
}

static void test_prune_takes_the_least_used(void)
{
  autofolder char *dir = NULL;
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

/* Not a folder that is only forbidden: root may write everywhere. */
static CrCache *make_homeless(char **dir)
{
  *dir = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(*dir, "file", NULL), *below = g_build_filename(file, "cache", NULL);
  g_assert_true(g_file_set_contents(file, "mine", -1, NULL));
  cr_log_set_level(CR_LOG_QUIET);
  return cr_cache_new(below);
}

static void assert_loads(const CrCache *cache, const char *name, const char *text)
{
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "layers", name);
  g_assert_nonnull(bytes);
  g_autofree char *got = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_assert_cmpstr(got, ==, text);
}

static void test_without_a_home(void)
{
  autofolder char *dir = NULL;
  g_autoptr(CrCache) cache = make_homeless(&dir);
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_cache_store(cache, "layers", "a", "one", 3, &error));
  g_assert_no_error(error);
  assert_loads(cache, "a", "one");
  int fd = cr_cache_open(cache, "layers", "a");
  g_assert_true(cr_cache_store(cache, "layers", "a", "another", 7, &error));
  assert_loads(cache, "a", "another");
  char old[8] = "";
  g_assert_cmpint(pread(fd, old, sizeof old, 0), ==, 3); /* who had it open still has it */
  close(fd);
  g_assert_null(cr_cache_load(cache, "archives", "a"));

  g_autofree char *path = cr_cache_get_path(cache, "layers", "a"), *text = NULL;
  const char *argv[] = {"cat", path, NULL}; /* gpgv is given such a path */
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
  g_assert_cmpstr(text, ==, "another");

  cr_cache_remove(cache, "layers", "a");
  g_assert_null(cr_cache_load(cache, "layers", "a"));
}

/* Each reader has a place of its own, and none begins where the writer ended. */
static void test_without_a_home_from_the_beginning(void)
{
  autofolder char *dir = NULL;
  g_autoptr(CrCache) cache = make_homeless(&dir);
  CrCacheFile *file = cr_cache_create(cache, "packages", NULL);
  g_assert_nonnull(file);
  g_assert_true(cr_cache_file_write(file, "whole", 5, NULL));
  g_assert_true(cr_cache_file_publish(file, "one", NULL));
  int first = cr_cache_open(cache, "packages", "one");
  int second = cr_cache_open(cache, "packages", "one");
  char bytes[8];
  g_assert_cmpint(read(first, bytes, sizeof bytes), ==, 5);
  g_assert_cmpint(read(second, bytes, sizeof bytes), ==, 5);
  g_assert_cmpmem(bytes, 5, "whole", 5);
  close(first);
  close(second);
}

static void test_a_home_that_cannot_be_read(void)
{
  autofolder char *dir = NULL;
  g_autoptr(CrCache) cache = make_homeless(&dir);
  g_autoptr(GError) error = NULL;
  guint count = 1;
  g_assert_null(cr_cache_list(cache, NULL, &error)); /* not: empty */
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_clear_error(&error);
  g_assert_cmpuint(cr_cache_prune(cache, NULL, 0, &count, &error), ==, 0);
  g_assert_nonnull(error);
  g_assert_cmpuint(count, ==, 0);
}

static void test_stale_temporaries(void)
{
  autofolder char *dir = NULL;
  g_autoptr(CrCache) cache = make(&dir);
  static const char *const names[] = {"old/x", "young/x"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    cr_cache_store(cache, "layers", names[i], "x", 1, NULL);
    g_autofree char *path = cr_cache_get_path(cache, "layers", names[i]), *folder = g_path_get_dirname(path);
    g_autofree char *name = g_build_filename(folder, ".tmp-1-00000001", NULL);
    g_assert_cmpint(rename(path, name), ==, 0);
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    if (i == 0)
      utimensat(AT_FDCWD, name, times, 0);
  }
  guint count = 0;
  cr_cache_prune(cache, NULL, G_MAXUINT64, &count, NULL);
  g_assert_cmpuint(count, ==, 1);
  g_autoptr(GPtrArray) items = cr_cache_list(cache, NULL, NULL);
  g_assert_cmpuint(items->len, ==, 1);
  g_assert_cmpstr(((const CrCacheItem *)items->pdata[0])->name, ==, "young/.tmp-1-00000001");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cache/store-and-load", test_store_and_load);
  g_test_add_func("/cache/discard-leaves-nothing", test_discard_leaves_nothing);
  g_test_add_func("/cache/prune-takes-the-least-used", test_prune_takes_the_least_used);
  g_test_add_func("/cache/without-a-home", test_without_a_home);
  g_test_add_func("/cache/without-a-home-from-the-beginning", test_without_a_home_from_the_beginning);
  g_test_add_func("/cache/a-home-that-cannot-be-read", test_a_home_that_cannot_be_read);
  g_test_add_func("/cache/stale-temporaries", test_stale_temporaries);
  return g_test_run();
}
