/* SPDX-License-Identifier: Apache-2.0 */
/* Against GLib's own SHA-256, which shares no line with it. */
#include "base/digest-both.h"

static char *get_expected(const guint8 *data, gsize size)
{
  g_autofree char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, size);
  return g_strconcat("sha256:", hex, NULL);
}

/* SIZE bytes with one part, given in pieces of STEP. */
static void check(gboolean processor, const guint8 *data, gsize size, gsize from, gsize to, gsize step)
{
  g_autoptr(CrDigestBoth) both = cr_digest_both_new(processor);
  guint8 digest[CR_DIGEST_BYTES];
  gsize stops[] = {from, to, size}, at = 0;
  for (guint i = 0; i < G_N_ELEMENTS(stops); i++) {
    for (; at < stops[i]; at += MIN(step, stops[i] - at))
      cr_digest_both_update(both, data + at, MIN(step, stops[i] - at));
    if (i == 0)
      cr_digest_both_begin_part(both);
    if (i == 1)
      cr_digest_both_end_part(both, digest);
  }
  g_autofree char *part = cr_digest_format(digest), *whole = cr_digest_both_finish(both);
  g_autofree char *expected_part = get_expected(data + from, to - from), *expected = get_expected(data, size);
  g_assert_cmpstr(part, ==, expected_part);
  g_assert_cmpstr(whole, ==, expected);
  guint8 again[CR_DIGEST_BYTES];
  cr_digest_parse(part, again);
  g_assert_cmpmem(again, sizeof again, digest, sizeof digest);
}

/* Every length around a block's end, on and off the blocks' boundaries. */
static void test_lengths(void)
{
  guint8 data[1024];
  for (guint i = 0; i < sizeof data; i++)
    data[i] = (guint8)(i * 7 + i / 256);
  for (guint processor = 0; processor < 2; processor++)
    for (gsize length = 0; length <= 200; length++) {
      check(processor, data, sizeof data, 512, 512 + length, sizeof data);
      check(processor, data, sizeof data, 64 + length % 3, 64 + length % 3 + length, 64);
      check(processor, data, length, 0, length, 13);
    }
}

/* More than a 32-bit count of bits. */
static void test_long(void)
{
  gsize size = (gsize)600 << 20, piece = (gsize)1 << 20;
  g_autofree guint8 *data = g_malloc0(piece);
  g_autoptr(CrDigestBoth) ours = cr_digest_both_new(TRUE);
  g_autoptr(CrDigest) theirs = cr_digest_new();
  guint8 digest[CR_DIGEST_BYTES];
  cr_digest_both_begin_part(ours);
  for (gsize at = 0; at < size; at += piece) {
    data[at % piece] = (guint8)(at >> 20);
    cr_digest_both_update(ours, data, piece);
    cr_digest_update(theirs, data, piece);
  }
  cr_digest_both_end_part(ours, digest);
  g_autofree char *part = cr_digest_format(digest), *whole = cr_digest_both_finish(ours);
  g_autofree char *expected = cr_digest_finish(theirs);
  g_assert_cmpstr(whole, ==, expected);
  g_assert_cmpstr(part, ==, expected);
}

static void test_parts_in_turn(void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed(29);
  guint8 data[20000];
  for (guint i = 0; i < sizeof data; i++)
    data[i] = (guint8)g_rand_int(random);
  for (guint processor = 0; processor < 2; processor++) {
    g_autoptr(CrDigestBoth) both = cr_digest_both_new(processor);
    for (gsize at = 0; at + 2000 <= sizeof data;) {
      gsize gap = (gsize)g_rand_int_range(random, 0, 1000), size = (gsize)g_rand_int_range(random, 0, 1000);
      cr_digest_both_update(both, data + at, gap);
      cr_digest_both_begin_part(both);
      cr_digest_both_update(both, data + at + gap, size);
      guint8 digest[CR_DIGEST_BYTES];
      cr_digest_both_end_part(both, digest);
      g_autofree char *part = cr_digest_format(digest), *expected = get_expected(data + at + gap, size);
      g_assert_cmpstr(part, ==, expected);
      at += gap + size;
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/digest-both/lengths", test_lengths);
  g_test_add_func("/base/digest-both/long", test_long);
  g_test_add_func("/base/digest-both/parts-in-turn", test_parts_in_turn);
  return g_test_run();
}
