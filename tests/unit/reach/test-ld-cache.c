/* SPDX-License-Identifier: Apache-2.0 */
/* glibc's ld.so.cache as made here by its layout (sysdeps/generic/dl-cache.h), in both byte orders, and damaged. */
#include <string.h>

#include "base/error.h"
#include "reach/loader.h"

typedef struct {
  const char *name, *path;
  guint64 hwcap;
} Entry;

/* Two libraries, one of them for x86-64-v3 first, and one of an older kind of CPU level. */
static const Entry entries[] = {
    {"libx.so.1", "/lib/glibc-hwcaps/x86-64-v3/libx.so.1", 1ULL << 62 | 1},
    {"libx.so.1", "/lib/libx.so.1", 0},
    {"liby.so", "/lib/haswell/liby.so", 4},
    {"liby.so", "/usr/lib/liby.so", 0},
};
static const char *const levels[] = {"x86-64-v2", "x86-64-v3"};

static void put(GByteArray *out, gboolean big, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++) {
    guint shift = 8 * (big ? bytes - 1 - i : i); /* paddings are longer than a number */
    guint8 byte = (guint8)(shift < 64 ? value >> shift : 0);
    g_byte_array_append(out, &byte, 1);
  }
}

static guint32 put_text(GByteArray *texts, const char *text)
{
  guint32 at = texts->len;
  g_byte_array_append(texts, (const guint8 *)text, (guint)strlen(text) + 1);
  return at;
}

typedef struct {
  const char *name;
  gboolean big, old_head, no_order; /* no_order: as glibc before 2.33, without an extension */
} Shape;

static GBytes *make(const Shape *shape)
{
  g_autoptr(GByteArray) texts = g_byte_array_new();
  GByteArray *out = g_byte_array_new();
  guint count = G_N_ELEMENTS(entries), levels_count = shape->no_order ? 0 : G_N_ELEMENTS(levels);
  guint start = 48 + count * 24, extension = start;
  if (!shape->no_order)
    start += 8 + 16 + levels_count * 4;
  if (shape->old_head) {
    g_byte_array_append(out, (const guint8 *)"ld.so-1.7.0\0", 12);
    put(out, shape->big, 1, 4);
    for (guint i = 0; i < 3; i++)
      put(out, shape->big, 7, 4);
    while (out->len % 8)
      put(out, FALSE, 0, 1);
  }
  g_byte_array_append(out, (const guint8 *)"glibc-ld.so.cache1.1", 20);
  put(out, shape->big, count, 4);
  put(out, shape->big, 0, 4); /* length of the texts: nobody needs it */
  put(out, shape->big, shape->no_order ? 0 : shape->big ? 3 : 2, 1);
  put(out, shape->big, 0, 3);
  put(out, shape->big, shape->no_order ? 0 : extension, 4);
  put(out, shape->big, 0, 12);
  for (guint i = 0; i < count; i++) {
    put(out, shape->big, 0x303, 4);
    put(out, shape->big, start + put_text(texts, entries[i].name), 4);
    put(out, shape->big, start + put_text(texts, entries[i].path), 4);
    put(out, shape->big, 0, 4);
    put(out, shape->big, entries[i].hwcap, 8);
  }
  if (!shape->no_order) {
    put(out, shape->big, 0xeaa42174U, 4);
    put(out, shape->big, 1, 4);
    put(out, shape->big, 1, 4); /* the names of levels */
    put(out, shape->big, 0, 4);
    put(out, shape->big, extension + 24, 4);
    put(out, shape->big, levels_count * 4, 4);
    for (guint i = 0; i < levels_count; i++)
      put(out, shape->big, start + put_text(texts, levels[i]), 4);
  }
  g_byte_array_append(out, texts->data, texts->len);
  return g_byte_array_free_to_bytes(out);
}

static const Shape shapes[] = {
    {"little", FALSE, FALSE, FALSE},
    {"big", TRUE, FALSE, FALSE},
    {"behind the old one", FALSE, TRUE, FALSE},
    {"big, behind the old one", TRUE, TRUE, FALSE},
    {"before 2.33", FALSE, FALSE, TRUE},
    {"big, before 2.33", TRUE, FALSE, TRUE},
};

static char *format(const CrLdCache *cache, const char *name)
{
  const GPtrArray *found = cr_ld_cache_find(cache, name);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; found && i < found->len; i++) {
    const CrLdCacheEntry *entry = found->pdata[i];
    g_string_append_printf(text, "%s%s[%s]", i ? " " : "", entry->path, entry->hwcaps ? entry->hwcaps : "every");
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_shapes(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(GBytes) bytes = make(&shapes[i]);
    g_autoptr(GError) error = NULL;
    g_autoptr(CrLdCache) cache = cr_ld_cache_parse(bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cr_ld_cache_get_count(cache), ==, G_N_ELEMENTS(entries));
    g_autofree char *x = format(cache, "libx.so.1"), *y = format(cache, "liby.so"), *z = format(cache, "libz.so");
    g_assert_cmpstr(x, ==,
                    shapes[i].no_order ? "/lib/glibc-hwcaps/x86-64-v3/libx.so.1[] /lib/libx.so.1[every]"
                                       : "/lib/glibc-hwcaps/x86-64-v3/libx.so.1[x86-64-v3] /lib/libx.so.1[every]");
    g_assert_cmpstr(y, ==, "/lib/haswell/liby.so[] /usr/lib/liby.so[every]");
    g_assert_cmpstr(z, ==, "");
  }
}

static void test_cut(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(GBytes) whole = make(&shapes[i]);
    gsize size = g_bytes_get_size(whole);
    for (gsize cut = 0; cut < size; cut++) {
      g_autoptr(GBytes) part = g_bytes_new(g_bytes_get_data(whole, NULL), cut); /* a copy: its end is an end */
      g_autoptr(GError) error = NULL;
      g_autoptr(CrLdCache) cache = cr_ld_cache_parse(part, &error);
      /* Only the names of levels may be lost: they stand last. An entry never is. */
      g_assert_true(!cache == (error != NULL));
      g_assert_true(!cache || cr_ld_cache_get_count(cache) == G_N_ELEMENTS(entries));
      g_assert_true(!error || g_error_matches(error, CR_ERROR, CR_ERROR_INPUT));
    }
  }
}

static void test_not_one(void)
{
  static const char *const texts[] = {"", "ld.so-1.7.0", "glibc-ld.so.cache1.0 and some more bytes behind it, no end",
                                      "x"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GBytes) bytes = g_bytes_new(texts[i], strlen(texts[i]));
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_ld_cache_parse(bytes, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ld-cache/shapes", test_shapes);
  g_test_add_func("/ld-cache/cut", test_cut);
  g_test_add_func("/ld-cache/not-one", test_not_one);
  return g_test_run();
}
