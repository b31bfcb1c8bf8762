/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "image/layer-format.h"
#include "image/layer-write.h"
#include "tar.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_load(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autofree char *key = cr_collectors_get_key(keep_collectors);
  g_autoptr(CrLayer) made = read_tar(&place, tar_make(STRV("f a one", "d b", "l b/c ../a", "f refused x", "w gone")));
  const char *diff_id = cr_layer_get_diff_id(made);
  g_assert_true(cr_layer_exists(place.cache, diff_id, key));
  g_autoptr(CrLayer) loaded = cr_layer_load(place.cache, diff_id, key);
  g_assert_nonnull(loaded);
  g_autofree char *a = list_layer(made), *b = list_layer(loaded);
  g_assert_cmpstr(a, ==, b);
  g_assert_cmpuint(cr_layer_get_size(made), ==, cr_layer_get_size(loaded));
  g_assert_cmpuint(cr_layer_get_entry_count(loaded), ==, 5);
  g_autofree char *p = list_problems(made), *q = list_problems(loaded);
  g_assert_cmpstr(p, ==, q);
  g_assert_null(cr_layer_load(place.cache, diff_id, "0123456789abcdef")); /* other collectors */
  g_autofree char *other = g_strdup(diff_id);
  other[10] = other[10] == '0' ? '1' : '0';
  g_assert_null(cr_layer_load(place.cache, other, key));
}

/* Overwrite SIZE bytes at OFFSET of the only index in the cache. */
static void damage(const Place *place, const char *diff_id, const char *key, gint64 offset, const void *bytes,
                   gsize size)
{
  g_autofree char *name = cr_layer_get_cache_name(diff_id, key);
  g_autofree char *path = cr_cache_get_path(place->cache, "layers", name);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint(fd, >=, 0);
  if (!bytes)
    g_assert_cmpint(ftruncate(fd, offset), ==, 0);
  else
    g_assert_cmpint(pwrite(fd, bytes, size, offset), ==, (gssize)size);
  close(fd);
}

/* Whatever byte of an index is changed, wherever it is cut: it counts as absent, is removed, and the next pass makes it
 * anew. */
static void test_damaged(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autofree char *key = cr_collectors_get_key(keep_collectors);
  const char *const members[] = {"f a one", "d b", "f b/c two", "h d a", NULL};
  g_autoptr(CrLayer) good = read_tar(&place, tar_make(members));
  const char *diff_id = cr_layer_get_diff_id(good);
  g_autofree char *name = cr_layer_get_cache_name(diff_id, key);
  g_autoptr(GBytes) bytes = cr_cache_load(place.cache, "layers", name);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize at = 0; at < size; at++) {
    guint8 byte = data[at] ^ 0x40;
    damage(&place, diff_id, key, (gint64)at, &byte, 1);
    g_assert_null(cr_layer_load(place.cache, diff_id, key));
    g_assert_false(cr_layer_exists(place.cache, diff_id, key));
    g_assert_true(cr_cache_store(place.cache, "layers", name, data, size, NULL));
  }
  for (gsize at = 0; at < size; at += 7) {
    damage(&place, diff_id, key, (gint64)at, NULL, 0);
    g_assert_null(cr_layer_load(place.cache, diff_id, key));
    g_assert_true(cr_cache_store(place.cache, "layers", name, data, size, NULL));
  }
  guint32 old = CR_LAYER_FORMAT - 1;
  damage(&place, diff_id, key, G_STRUCT_OFFSET(CrLayerHeader, format), &old, sizeof old);
  g_assert_null(cr_layer_load(place.cache, diff_id, key));
  g_autoptr(CrLayer) again = read_tar(&place, tar_make(members));
  g_autoptr(CrLayer) loaded = cr_layer_load(place.cache, diff_id, key);
  g_assert_nonnull(loaded);
}

/* Many entries, in an order that has nothing to do with the paths', through sorted runs on disk; every one is found. */
static void test_many(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(GError) error = NULL;
  const guint count = 20000;
  g_autoptr(CrLayerWriter) writer = cr_layer_writer_new(place.cache, keep_collectors, 64 << 10, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < count; i++) {
    guint n = (guint)((guint64)i * 7919 % count);
    g_autofree char *path = g_strdup_printf("d%u/f%u", n % 97, n);
    CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = CR_ENTRY_FILE, .mode = 0644, .size = n};
    if (n % 100 == 0) {
      cr_sink_write(cr_layer_writer_begin_facts(writer, 0), path, strlen(path));
      cr_layer_writer_end_facts(writer, TRUE);
    }
    g_assert_true(cr_layer_writer_add(writer, &entry, &error));
  }
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, NULL, 1, FALSE, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(cr_layer_get_entry_count(layer), ==, count);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  CrLayerEntry entry;
  g_autofree char *last = g_strdup("");
  guint seen = 0;
  while (cr_layer_cursor_next(cursor, &entry)) {
    g_assert_cmpint(cr_layer_compare_paths(last, entry.entry.path), <, 0);
    g_free(last);
    last = g_strdup(entry.entry.path);
    seen++;
  }
  g_assert_cmpuint(seen, ==, count);
  for (guint n = 0; n < count; n += 37) {
    g_autofree char *path = g_strdup_printf("d%u/f%u", n % 97, n);
    cr_layer_cursor_seek(cursor, path);
    g_assert_true(cr_layer_cursor_next(cursor, &entry));
    g_assert_cmpstr(entry.entry.path, ==, path);
    g_assert_cmpuint(entry.entry.size, ==, n);
    g_autoptr(GBytes) facts = cr_layer_get_facts(layer, entry.id, "keep");
    g_assert_cmpint(facts != NULL, ==, n % 100 == 0);
    if (facts)
      g_assert_cmpint(memcmp(g_bytes_get_data(facts, NULL), path, strlen(path)), ==, 0);
  }
}

static void count_facts(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  g_autoptr(GBytes) facts = cr_layer_get_facts(layer, entry->id, "keep");
  g_assert_nonnull(facts);
  g_string_append_printf(data, "%s ", entry->entry.path);
}

static void test_foreach_facts(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(CrLayer) layer =
      read_tar(&place, tar_make(STRV("f z 1", "d m", "f m/x 2", "f a 3", "h q m/x", "l s a", "f refused 4")));
  g_autoptr(GString) paths = g_string_new(NULL);
  cr_layer_foreach_facts(layer, "keep", count_facts, paths);
  g_assert_cmpstr(paths->str, ==, "a m/x q z ");
  g_string_truncate(paths, 0);
  cr_layer_foreach_facts(layer, "another", count_facts, paths);
  g_assert_cmpstr(paths->str, ==, "");
}

static void test_order(void)
{
  static const char *const sorted[] = {"", "a", "a/b", "a/b/c", "a/c", "a\x01", "a b", "a-b", "a.b", "a0", "b", "\xff"};
  for (guint i = 0; i < G_N_ELEMENTS(sorted); i++)
    for (guint j = 0; j < G_N_ELEMENTS(sorted); j++)
      g_assert_cmpint(CLAMP(cr_layer_compare_paths(sorted[i], sorted[j]), -1, 1), ==, i < j ? -1 : i > j);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/layer/load", test_load);
  g_test_add_func("/image/layer/damaged", test_damaged);
  g_test_add_func("/image/layer/many", test_many);
  g_test_add_func("/image/layer/foreach-facts", test_foreach_facts);
  g_test_add_func("/image/layer/order", test_order);
  return g_test_run();
}
