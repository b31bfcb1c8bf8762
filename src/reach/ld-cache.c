/* SPDX-License-Identifier: Apache-2.0 */
/* glibc's ld.so.cache (sysdeps/generic/dl-cache.h). A head of 48 bytes, entries of 24, strings by offset from the head,
 * and since 2.33 an extension that names the glibc-hwcaps levels. Written in the byte order of its machine. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/reader.h"
#include "reach/loader.h"

#define OLD_MAGIC       "ld.so-1.7.0"
#define OLD_HEAD        16U
#define OLD_ENTRY       12U
#define NEW_MAGIC       "glibc-ld.so.cache1.1"
#define NEW_HEAD        48U
#define NEW_ENTRY       24U
#define EXTENSION_MAGIC 0xeaa42174U
#define TAG_HWCAPS      1U
/* In an entry's hwcap word: the low half is an index into the names of levels. */
#define HWCAP_IS_NAMED (1ULL << 62)

struct CrLdCache {
  GBytes *bytes;
  GArray *entries;     /* CrLdCacheEntry */
  GHashTable *by_name; /* name → GPtrArray of CrLdCacheEntry */
};

static const char *read_text(const CrReader *all, guint32 offset)
{
  CrReader at = *all;
  cr_reader_seek(&at, offset);
  return cr_reader_short_string(&at, CR_LIMIT_PATH_BYTES);
}

/* Names of the hwcaps levels; left empty where the extension is not there or not to be believed. */
static GPtrArray *read_levels(const CrReader *all, guint32 offset)
{
  GPtrArray *levels = g_ptr_array_new();
  CrReader reader = *all;
  cr_reader_seek(&reader, offset);
  if (!offset || cr_reader_u32(&reader) != EXTENSION_MAGIC)
    return levels;
  guint32 count = cr_reader_u32(&reader);
  for (guint32 i = 0; i < count && !cr_reader_failed(&reader); i++) {
    guint32 tag = cr_reader_u32(&reader);
    cr_reader_u32(&reader); /* flags */
    guint32 place = cr_reader_u32(&reader), size = cr_reader_u32(&reader);
    CrReader section = *all;
    cr_reader_seek(&section, place);
    if (tag != TAG_HWCAPS || cr_reader_left(&section) < size)
      continue;
    for (guint32 j = 0; j < size / 4; j++) {
      const char *name = read_text(all, cr_reader_u32(&section));
      g_ptr_array_add(levels, (gpointer)(name ? name : ""));
    }
    break;
  }
  return levels;
}

static const char *name_level(const GPtrArray *levels, guint64 hwcap)
{
  if (!hwcap)
    return NULL;
  guint32 index = (guint32)hwcap;
  return (hwcap >> 32) == (HWCAP_IS_NAMED >> 32) && index < levels->len ? levels->pdata[index] : "";
}

static gboolean read_entries(CrLdCache *cache, CrReader *all, guint32 count, const GPtrArray *levels)
{
  for (guint32 i = 0; i < count; i++) {
    cr_reader_seek(all, NEW_HEAD + (guint64)i * NEW_ENTRY);
    CrLdCacheEntry entry = {.flags = cr_reader_u32(all)};
    guint32 name = cr_reader_u32(all), path = cr_reader_u32(all);
    cr_reader_u32(all); /* the oldest kernel: no longer used */
    entry.hwcaps = name_level(levels, cr_reader_u64(all));
    entry.name = read_text(all, name);
    entry.path = read_text(all, path);
    if (cr_reader_failed(all) || !entry.name || !entry.path)
      return FALSE;
    g_array_append_val(cache->entries, entry);
  }
  return TRUE;
}

static void make_index(CrLdCache *cache)
{
  for (guint i = 0; i < cache->entries->len; i++) {
    CrLdCacheEntry *entry = &g_array_index(cache->entries, CrLdCacheEntry, i);
    GPtrArray *list = g_hash_table_lookup(cache->by_name, entry->name);
    if (!list) {
      list = g_ptr_array_new();
      g_hash_table_insert(cache->by_name, (gpointer)entry->name, list);
    }
    g_ptr_array_add(list, entry);
  }
}

/* The old part says nothing of its byte order: the right one leads to the new part. */
static gsize find_new_part(const guint8 *data, gsize size)
{
  if (size < OLD_HEAD || memcmp(data, OLD_MAGIC, sizeof OLD_MAGIC - 1) != 0)
    return 0;
  for (guint big = 0; big < 2; big++) {
    CrReader reader = cr_reader_init(data, size, big == 1);
    cr_reader_seek(&reader, 12);
    guint64 end = OLD_HEAD + (guint64)cr_reader_u32(&reader) * OLD_ENTRY, start = (end + 7) & ~7ULL;
    cr_reader_seek(&reader, start);
    const guint8 *magic = cr_reader_take(&reader, sizeof NEW_MAGIC - 1);
    if (magic && !memcmp(magic, NEW_MAGIC, sizeof NEW_MAGIC - 1))
      return (gsize)start;
  }
  return size;
}

CrLdCache *cr_ld_cache_parse(GBytes *bytes, GError **error)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  gsize start = find_new_part(data, size);
  CrReader all = cr_reader_init(data + start, size - start, FALSE);
  const guint8 *magic = cr_reader_take(&all, sizeof NEW_MAGIC - 1);
  if (!magic || memcmp(magic, NEW_MAGIC, sizeof NEW_MAGIC - 1) != 0) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "is in no format that glibc's loader reads today");
    return NULL;
  }
  guint64 counts = all.at;
  cr_reader_seek(&all, counts + 8);
  guint8 order = cr_reader_u8(&all) & 3;
  /* 2 little, 3 big; before glibc 2.33 nothing said: then the smaller count is the right one. */
  cr_reader_seek(&all, counts);
  guint32 count = cr_reader_u32(&all);
  all.big_endian = order == 3 || (order < 2 && GUINT32_SWAP_LE_BE(count) < count);
  cr_reader_seek(&all, counts);
  count = cr_reader_u32(&all);
  cr_reader_seek(&all, counts + 12);
  guint32 extension = cr_reader_u32(&all);
  CrLdCache *cache = g_new0(CrLdCache, 1);
  cache->bytes = g_bytes_ref(bytes);
  cache->entries = g_array_new(FALSE, FALSE, sizeof(CrLdCacheEntry));
  cache->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  g_autoptr(GPtrArray) levels = read_levels(&all, order ? extension : 0);
  if (cr_reader_failed(&all) || count > (size - start) / NEW_ENTRY || !read_entries(cache, &all, count, levels)) {
    cr_ld_cache_free(cache);
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "is cut off or damaged");
    return NULL;
  }
  make_index(cache);
  return cache;
}

void cr_ld_cache_free(CrLdCache *cache)
{
  if (!cache)
    return;
  g_hash_table_unref(cache->by_name);
  g_array_unref(cache->entries);
  g_bytes_unref(cache->bytes);
  g_free(cache);
}

guint cr_ld_cache_get_count(const CrLdCache *cache)
{
  return cache->entries->len;
}

const GPtrArray *cr_ld_cache_find(const CrLdCache *cache, const char *name)
{
  return g_hash_table_lookup(cache->by_name, name);
}
