/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest-both.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define HAVE_SHA_NI 1
#else
#define HAVE_SHA_NI 0
#endif

#define BLOCK 64U

/* One running digest; by the library where OTHER is there. */
typedef struct {
  guint32 state[8];
  guint8 rest[BLOCK]; /* bytes of a block that is not full yet */
  gsize held;
  guint64 bytes;
  CrDigest *other;
} Sum;

struct CrDigestBoth {
  gboolean processor, open;
  Sum whole, part;
};

/* ---- blocks ---- */

#if HAVE_SHA_NI

/* FIPS 180-4 §4.2.2 */
static const guint32 constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static gboolean find_instructions(void)
{
  guint a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
    return FALSE;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1U << 29)); /* SHA */
}

/* A state as the instructions want it: words A, B, E, F and C, D, G, H. */
typedef struct {
  __m128i abef, cdgh;
} Words;

__attribute__((target("sha,sse4.1,ssse3"))) static inline Words load_words(const guint32 state[8])
{
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  return (Words){_mm_alignr_epi8(low, high, 8), _mm_blend_epi16(high, low, 0xf0)};
}

__attribute__((target("sha,sse4.1,ssse3"))) static inline void store_words(guint32 state[8], Words words)
{
  __m128i low = _mm_shuffle_epi32(words.abef, 0x1b), high = _mm_shuffle_epi32(words.cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

/* Four rounds with the four words of the schedule in SCHEDULED, the constants added already. */
__attribute__((target("sha,sse4.1,ssse3"))) static inline void do_rounds(Words *words, __m128i scheduled)
{
  words->cdgh = _mm_sha256rnds2_epu32(words->cdgh, words->abef, scheduled);
  words->abef = _mm_sha256rnds2_epu32(words->abef, words->cdgh, _mm_shuffle_epi32(scheduled, 0x0e));
}

/* Feed COUNT blocks to A and, unless it is NULL, to B. */
__attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline void
feed(guint32 a_state[8], guint32 b_state[8], const guint8 *data, gsize count)
{
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  Words a = load_words(a_state), b = b_state ? load_words(b_state) : a;
  for (; count; count--, data += BLOCK) {
    Words a_before = a, b_before = b;
    __m128i w[4];
    for (guint i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + (gsize)16 * i)), swap);
#pragma GCC unroll 16
    for (guint i = 0; i < 16; i++) {
      __m128i now = w[i & 3];
      __m128i scheduled = _mm_add_epi32(now, _mm_load_si128((const __m128i *)(constants + (gsize)4 * i)));
      do_rounds(&a, scheduled);
      if (b_state)
        do_rounds(&b, scheduled);
      if (i < 12) { /* the words that are wanted four steps on */
        __m128i last = w[(i + 3) & 3];
        now = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) & 3]), _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
        w[i & 3] = _mm_sha256msg2_epu32(now, last);
      }
    }
    a = (Words){_mm_add_epi32(a.abef, a_before.abef), _mm_add_epi32(a.cdgh, a_before.cdgh)};
    b = (Words){_mm_add_epi32(b.abef, b_before.abef), _mm_add_epi32(b.cdgh, b_before.cdgh)};
  }
  store_words(a_state, a);
  if (b_state)
    store_words(b_state, b);
}

__attribute__((target("sha,sse4.1,ssse3"))) static void feed_one(guint32 state[8], const guint8 *data, gsize count)
{
  feed(state, NULL, data, count);
}

__attribute__((target("sha,sse4.1,ssse3"))) static void feed_two(guint32 a[8], guint32 b[8], const guint8 *data,
                                                                 gsize count)
{
  feed(a, b, data, count);
}

#else

static gboolean find_instructions(void)
{
  return FALSE;
}

static void feed_one(guint32 state[8], const guint8 *data, gsize count)
{
  (void)state, (void)data, (void)count;
  g_assert_not_reached();
}

static void feed_two(guint32 a[8], guint32 b[8], const guint8 *data, gsize count)
{
  (void)a, (void)b, (void)data, (void)count;
  g_assert_not_reached();
}

#endif

/* ---- one digest ---- */

static void start(Sum *sum, gboolean processor)
{
  static const guint32 first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}; /* FIPS 180-4 §5.3.3 */
  memcpy(sum->state, first, sizeof first);
  sum->held = 0;
  sum->bytes = 0;
  if (!processor)
    sum->other = cr_digest_new();
}

static void add(Sum *sum, const guint8 *data, gsize size)
{
  sum->bytes += size;
  if (sum->other) {
    cr_digest_update(sum->other, data, size);
    return;
  }
  if (sum->held) {
    gsize n = MIN(size, BLOCK - sum->held);
    memcpy(sum->rest + sum->held, data, n);
    sum->held += n;
    data += n;
    size -= n;
    if (sum->held < BLOCK)
      return;
    feed_one(sum->state, sum->rest, 1);
    sum->held = 0;
  }
  if (size >= BLOCK)
    feed_one(sum->state, data, size / BLOCK);
  sum->held = size % BLOCK;
  memcpy(sum->rest, data + size - sum->held, sum->held);
}

static void add_to_both(Sum *a, Sum *b, const guint8 *data, gsize size)
{
  gsize blocks = size / BLOCK;
  if (!a->other && !a->held && !b->held && blocks) {
    feed_two(a->state, b->state, data, blocks);
    a->bytes += blocks * BLOCK;
    b->bytes += blocks * BLOCK;
    data += blocks * BLOCK;
    size -= blocks * BLOCK;
  }
  if (!size)
    return;
  add(a, data, size);
  add(b, data, size);
}

/* A one, zeros, and the length in bits fill the last block or two (FIPS 180-4 §5.1.1). */
static void end(Sum *sum, guint8 digest[CR_DIGEST_BYTES])
{
  if (sum->other) {
    cr_digest_finish_bytes(sum->other, digest);
    g_clear_pointer(&sum->other, cr_digest_free);
    return;
  }
  guint8 last[2 * BLOCK] = {0};
  gsize size = sum->held + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
  memcpy(last, sum->rest, sum->held);
  last[sum->held] = 0x80;
  guint64 bits = GUINT64_TO_BE(sum->bytes * 8);
  memcpy(last + size - 8, &bits, 8);
  feed_one(sum->state, last, size / BLOCK);
  for (guint i = 0; i < 8; i++) {
    guint32 word = GUINT32_TO_BE(sum->state[i]);
    memcpy(digest + (gsize)4 * i, &word, 4);
  }
}

/* ---- the two ---- */

CrDigestBoth *cr_digest_both_new(gboolean processor)
{
  CrDigestBoth *both = g_new0(CrDigestBoth, 1);
  both->processor = processor && find_instructions();
  start(&both->whole, both->processor);
  return both;
}

void cr_digest_both_free(CrDigestBoth *both)
{
  if (!both)
    return;
  cr_digest_free(both->whole.other);
  cr_digest_free(both->part.other);
  g_free(both);
}

void cr_digest_both_update(CrDigestBoth *both, const guint8 *data, gsize size)
{
  if (!size)
    return;
  if (both->open)
    add_to_both(&both->whole, &both->part, data, size);
  else
    add(&both->whole, data, size);
}

void cr_digest_both_begin_part(CrDigestBoth *both)
{
  g_assert(!both->open);
  both->open = TRUE;
  start(&both->part, both->processor);
}

void cr_digest_both_end_part(CrDigestBoth *both, guint8 digest[CR_DIGEST_BYTES])
{
  g_assert(both->open);
  both->open = FALSE;
  end(&both->part, digest);
}

char *cr_digest_both_finish(CrDigestBoth *both)
{
  guint8 digest[CR_DIGEST_BYTES];
  end(&both->whole, digest);
  return cr_digest_format(digest);
}
