/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/limits.h"
#include "image/collect-private.h"
#include "tar.h"

/* A file of 3 × 256 KiB whose bytes tell their place. */
static guint8 byte_at(guint64 offset)
{
  return (guint8)((offset * 31 + offset / 251) & 0xff);
}

static void check_peeks(CrFile *file, guint64 size)
{
  g_assert_cmpuint(cr_file_get_size(file), ==, size);
  const guint64 offsets[] = {0, 1, size / 2, 262143, 262144, size - 1, 5, size - 100000};
  const gsize sizes[] = {1, 64, 100000, 300000};
  for (guint o = 0; o < G_N_ELEMENTS(offsets); o++)
    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
      const guint8 *data = cr_file_peek(file, offsets[o], sizes[s]);
      g_assert_cmpint(data != NULL, ==, offsets[o] + sizes[s] <= size);
      for (gsize i = 0; data && i < sizes[s]; i += 997)
        g_assert_cmpuint(data[i], ==, byte_at(offsets[o] + i));
    }
  g_assert_nonnull(cr_file_peek(file, size, 0));
  g_assert_null(cr_file_peek(file, size + 1, 0));
  g_assert_null(cr_file_peek(file, G_MAXUINT64, 2));
  g_assert_null(cr_file_peek(file, 1, G_MAXSIZE));
}

static GBytes *make_bytes(gsize size)
{
  guint8 *data = g_malloc(size);
  for (gsize i = 0; i < size; i++)
    data[i] = byte_at(i);
  return g_bytes_new_take(data, size);
}

static void test_memory(void)
{
  g_autoptr(GBytes) bytes = make_bytes(786432);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  check_peeks(file, 786432);
  g_assert_true(cr_file_get_memory(file) == g_bytes_get_data(bytes, NULL));
  int fd = cr_file_get_fd(file);
  g_assert_cmpint(fd, >=, 0);
  g_assert_cmpint(cr_file_get_fd(file), ==, fd);
  guint8 byte = 0;
  g_assert_cmpint(pread(fd, &byte, 1, 700000), ==, 1);
  g_assert_cmpuint(byte, ==, byte_at(700000));
}

static void test_descriptor(void)
{
  g_autofree char *name = g_strdup("/tmp/careen-test-XXXXXX");
  int fd = g_mkstemp(name);
  g_assert_cmpint(fd, >=, 0);
  g_unlink(name);
  g_autoptr(GBytes) bytes = make_bytes(786432);
  g_assert_cmpint(write(fd, g_bytes_get_data(bytes, NULL), 786432), ==, 786432);
  CrFile file = {.size = 786432, .fd = fd, .own_fd = TRUE};
  check_peeks(&file, 786432);
  g_assert_null(cr_file_get_memory(&file));
  g_assert_cmpint(cr_file_get_fd(&file), ==, fd);
  g_autoptr(GByteArray) all = g_byte_array_new();
  CrSink *sink = cr_sink_new_array(all);
  cr_sink_write(sink, "<", 1);
  cr_sink_write_file(sink, &file);
  cr_sink_free(sink);
  g_assert_cmpuint(all->len, ==, 786433);
  g_assert_cmpint(memcmp(all->data + 1, g_bytes_get_data(bytes, NULL), 786432), ==, 0);
  g_assert_cmpint(ftruncate(fd, 1000), ==, 0); /* cut behind our back: nothing, not rubbish */
  file.window_size = 0;
  g_assert_null(cr_file_peek(&file, 600000, 10));
  cr_file_clear(&file);
}

static void test_key(void)
{
  static const CrCollector a1 = {"a", 1, NULL, NULL}, a2 = {"a", 2, NULL, NULL}, b1 = {"b", 1, NULL, NULL};
  const CrCollector *const one[] = {&a1, &b1, NULL}, *const same[] = {&b1, &a1, NULL};
  const CrCollector *const raised[] = {&a2, &b1, NULL}, *const fewer[] = {&a1, NULL};
  g_autofree char *key = cr_collectors_get_key(one), *key_same = cr_collectors_get_key(same);
  g_autofree char *key_raised = cr_collectors_get_key(raised), *key_fewer = cr_collectors_get_key(fewer);
  g_assert_cmpuint(strlen(key), ==, 16);
  g_assert_cmpstr(key, ==, key_same); /* order is nothing */
  g_assert_cmpstr(key, !=, key_raised);
  g_assert_cmpstr(key, !=, key_fewer);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/collect/memory", test_memory);
  g_test_add_func("/image/collect/descriptor", test_descriptor);
  g_test_add_func("/image/collect/key", test_key);
  return g_test_run();
}
