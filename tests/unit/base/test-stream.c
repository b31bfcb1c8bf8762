/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "base/stream.h"

/* SIZE bytes that compress, but not to nothing. */
static GBytes *make_data(gsize size)
{
  guint8 *data = g_malloc(size);
  guint32 seed = 7;
  for (gsize i = 0; i < size; i++) {
    seed = seed * 1103515245 + 12345;
    data[i] = (guint8)("abcdefgh"[(seed >> 16) & 7]);
  }
  return g_bytes_new_take(data, size);
}

static GBytes *compress(const char *program, const char *option, GBytes *data)
{
  const char *argv[] = {program, option, "-c", NULL};
  CrProcessRequest request = {.argv = argv, .input = data, .max_output = 64 << 20};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProcessResult) result = cr_process_run(&request, &error);
  g_assert_no_error(error);
  g_assert_cmpint(result->status, ==, 0);
  return g_bytes_ref(result->output);
}

static GBytes *join(GBytes *a, const void *more, gsize size)
{
  GByteArray *all = g_byte_array_new();
  g_byte_array_append(all, g_bytes_get_data(a, NULL), (guint)g_bytes_get_size(a));
  g_byte_array_append(all, more, (guint)size);
  return g_byte_array_free_to_bytes(all);
}

/* A source that gives STEP bytes at a time. */
typedef struct {
  CrStream stream;
  GBytes *bytes;
  gsize at, step;
} Trickle;

static gssize trickle_next(CrStream *stream, const guint8 **data, GError **error)
{
  (void)error;
  Trickle *self = (Trickle *)stream;
  gsize n = MIN(self->step, g_bytes_get_size(self->bytes) - self->at);
  *data = (const guint8 *)g_bytes_get_data(self->bytes, NULL) + self->at;
  self->at += n;
  return (gssize)n;
}

static void trickle_free(CrStream *stream)
{
  g_bytes_unref(((Trickle *)stream)->bytes);
  g_free(stream);
}

static const CrStreamClass trickle_class = {.next = trickle_next, .free = trickle_free};

static CrStream *trickle(GBytes *bytes, gsize step)
{
  Trickle *self = g_new0(Trickle, 1);
  self->stream.class = &trickle_class;
  self->bytes = g_bytes_ref(bytes);
  self->step = step;
  return &self->stream;
}

static GBytes *decompress(GBytes *bytes, gsize step, gboolean threaded, CrTrailing *trailing, GError **error)
{
  CrStream *stream = cr_stream_new_decompress(trickle(bytes, step), trailing);
  g_autoptr(CrStream) whole = threaded ? cr_stream_new_threaded(stream) : stream;
  return cr_stream_read_all(whole, 1 << 28, error);
}

static const char *const tools[][2] = {{"gzip", "-6"}, {"zstd", "-3"}, {"xz", "-1"}, {"cat", "-u"}};

/* Every size of piece alone; a thread only with pieces that are worth handing over. */
static void test_round_trip(void)
{
  g_autoptr(GBytes) data = make_data(3000001);
  for (guint t = 0; t < G_N_ELEMENTS(tools); t++) {
    g_autoptr(GBytes) packed = t < 3 ? compress(tools[t][0], tools[t][1], data) : g_bytes_ref(data);
    const gsize steps[] = {1 << 20, 65536, 4097, 3};
    for (guint s = 0; s < G_N_ELEMENTS(steps); s++) {
      g_autoptr(GError) error = NULL;
      CrTrailing trailing = {0};
      g_autoptr(GBytes) plain = decompress(packed, steps[s], s == 1, &trailing, &error);
      g_assert_no_error(error);
      g_assert_true(g_bytes_equal(plain, data));
      g_assert_cmpuint(trailing.trailing_bytes, ==, 0);
    }
  }
}

static void test_members_follow_each_other(void)
{
  g_autoptr(GBytes) data = make_data(100000);
  for (guint t = 0; t < 3; t++) {
    g_autoptr(GBytes) one = compress(tools[t][0], tools[t][1], data);
    g_autoptr(GBytes) two = join(one, g_bytes_get_data(one, NULL), g_bytes_get_size(one));
    for (gsize step = 1; step < 100000; step = step * 7 + 1) {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) plain = decompress(two, step, FALSE, NULL, &error);
      g_assert_no_error(error);
      g_assert_cmpuint(g_bytes_get_size(plain), ==, 200000);
    }
  }
}

static void test_trailing(void)
{
  g_autoptr(GBytes) data = make_data(5000);
  g_autoptr(GBytes) packed = compress("gzip", "-6", data);
  static const guint8 zeros[700];
  g_autoptr(GBytes) padded = join(packed, zeros, sizeof zeros);
  g_autoptr(GBytes) soiled = join(packed, "garbage", 7);
  g_autoptr(GError) error = NULL;
  CrTrailing trailing = {0};
  g_autoptr(GBytes) a = decompress(padded, 64, FALSE, &trailing, &error);
  g_assert_no_error(error);
  g_assert_true(trailing.trailing_zeros);
  g_assert_cmpuint(trailing.trailing_bytes, ==, 0);
  CrTrailing dirty = {0};
  g_autoptr(GBytes) b = decompress(soiled, 64, FALSE, &dirty, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(dirty.trailing_bytes, ==, 7);
}

static void test_truncated_and_corrupt(void)
{
  g_autoptr(GBytes) data = make_data(200000);
  for (guint t = 0; t < 3; t++) {
    g_autoptr(GBytes) packed = compress(tools[t][0], tools[t][1], data);
    gsize size = g_bytes_get_size(packed);
    const gsize cuts[] = {7, 20, size / 2, size - 9, size - 1};
    for (guint c = 0; c < G_N_ELEMENTS(cuts); c++) {
      g_autoptr(GBytes) cut = g_bytes_new_from_bytes(packed, 0, cuts[c]);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) plain = decompress(cut, 1000, c & 1, NULL, &error);
      g_assert_null(plain);
      g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    }
    guint8 *bad = g_memdup2(g_bytes_get_data(packed, NULL), size);
    for (gsize i = 0; i < 16; i++)
      bad[size / 2 + i] ^= 0x55;
    g_autoptr(GBytes) spoiled = g_bytes_new_take(bad, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) plain = decompress(spoiled, 4096, FALSE, NULL, &error);
    g_assert_null(plain);
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_threaded_dropped_early(void)
{
  g_autoptr(GBytes) data = make_data(8 << 20);
  for (guint reads = 0; reads < 4; reads++) {
    g_autoptr(CrStream) stream = cr_stream_new_threaded(cr_stream_new_bytes(data));
    for (guint i = 0; i < reads; i++) {
      const guint8 *bytes = NULL;
      g_assert_cmpint(cr_stream_next(stream, &bytes, NULL), >, 0);
    }
  }
}

static void test_read_all_is_capped(void)
{
  g_autoptr(GBytes) data = make_data(1000);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrStream) stream = cr_stream_new_bytes(data);
  g_assert_null(cr_stream_read_all(stream, 999, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_LIMIT);
}

/* The same bytes every time, no time in them, and they unpack to what went in. */
static void test_compress(void)
{
  static const CrCompression kinds[] = {CR_COMPRESSION_NONE, CR_COMPRESSION_GZIP, CR_COMPRESSION_ZSTD};
  static const gsize sizes[] = {0, 1, 300 * 1024, 3 * 1024 * 1024 + 7};
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
      g_autoptr(GBytes) data = make_data(sizes[s]);
      g_autoptr(CrStream) first = cr_stream_new_compress(cr_stream_new_bytes(data), kinds[k]);
      g_autoptr(CrStream) second = cr_stream_new_compress(cr_stream_new_bytes(data), kinds[k]);
      g_autoptr(GBytes) one = cr_stream_read_all(first, 64 << 20, NULL);
      g_autoptr(GBytes) two = cr_stream_read_all(second, 64 << 20, NULL);
      g_assert_true(one && two && g_bytes_equal(one, two));
      const guint8 *head = g_bytes_get_data(one, NULL);
      gboolean packed = kinds[k] != CR_COMPRESSION_NONE;
      if (packed)
        g_assert_cmpint(cr_compression_detect(head, g_bytes_get_size(one)), ==, kinds[k]);
      if (kinds[k] == CR_COMPRESSION_GZIP) /* RFC 1952: neither flags nor time */
        g_assert_true(head[3] == 0 && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0);
      g_assert_true(!packed || sizes[s] < 1000 || g_bytes_get_size(one) < sizes[s] / 2);
      g_autoptr(CrStream) back = cr_stream_new_decompress(cr_stream_new_bytes(one), NULL);
      g_autoptr(GBytes) got = cr_stream_read_all(back, 64 << 20, NULL);
      g_assert_true(got && g_bytes_equal(got, data));
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stream/round-trip", test_round_trip);
  g_test_add_func("/stream/members-follow-each-other", test_members_follow_each_other);
  g_test_add_func("/stream/trailing", test_trailing);
  g_test_add_func("/stream/truncated-and-corrupt", test_truncated_and_corrupt);
  g_test_add_func("/stream/threaded-dropped-early", test_threaded_dropped_early);
  g_test_add_func("/stream/read-all-is-capped", test_read_all_is_capped);
  g_test_add_func("/base/stream/compress", test_compress);
  return g_test_run();
}
