/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/list.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/reader.h"
#include "vendor/list-format.h"

struct CrList {
  const CrCache *cache; /* borrowed, with the name in it */
  char *name;
  int fd;
  GMappedFile *map;
  const guint8 *data;
  gsize size;
  CrListHead head;
  /* offsets of the tables in DATA */
  gsize records, names, provided, providers, sources, mentions, texts;
  /* records read so far: id → CrListPackage in ARENA */
  GMutex lock;
  GHashTable *read;
  CrArena *arena;
  gboolean damaged;
};

/* ---- the head ---- */

static gboolean read_head(CrList *list)
{
  CrReader reader = cr_reader_init(list->data, list->size, FALSE);
  const guint8 *magic = cr_reader_take(&reader, 8);
  if (!magic || memcmp(magic, CR_LIST_MAGIC, 8) != 0)
    return FALSE;
  CrListHead *head = &list->head;
  head->record_count = cr_reader_u32(&reader);
  head->name_count = cr_reader_u32(&reader);
  head->provided_count = cr_reader_u32(&reader);
  head->provider_count = cr_reader_u32(&reader);
  head->source_count = cr_reader_u32(&reader);
  head->text_bytes = cr_reader_u32(&reader);
  head->tables_at = cr_reader_u64(&reader);
  head->mention_count = cr_reader_u32(&reader);
  head->crc = cr_reader_u32(&reader);
  return !cr_reader_failed(&reader) && head->crc == crc32(0, list->data, sizeof *head - 4);
}

/* The places of the tables; they must fill the file to its last byte, and the texts must end. */
static gboolean place_tables(CrList *list)
{
  const CrListHead *head = &list->head;
  guint64 at = head->tables_at;
  list->records = at;
  at += 8ULL * head->record_count;
  list->names = at;
  at += 8ULL * (head->name_count + 1ULL);
  list->provided = at;
  at += 8ULL * (head->provided_count + 1ULL);
  list->providers = at;
  at += 4ULL * head->provider_count;
  list->sources = at;
  at += 4ULL * head->source_count;
  list->mentions = at;
  at += 8ULL * head->mention_count;
  list->texts = at;
  at += head->text_bytes;
  return head->tables_at >= sizeof *head && head->tables_at <= list->size && at == list->size &&
         (head->text_bytes == 0 || list->data[list->size - 1] == 0);
}

CrList *cr_list_open(const CrCache *cache, const char *name)
{
  int fd = cr_cache_open(cache, "archives", name);
  if (fd < 0)
    return NULL;
  g_autoptr(CrList) list = g_new0(CrList, 1);
  list->cache = cache;
  list->name = g_strdup(name);
  list->fd = fd;
  g_mutex_init(&list->lock);
  list->arena = cr_arena_new();
  list->read = g_hash_table_new(NULL, NULL);
  list->map = g_mapped_file_new_from_fd(fd, FALSE, NULL);
  if (list->map) {
    list->data = (const guint8 *)g_mapped_file_get_contents(list->map);
    list->size = g_mapped_file_get_length(list->map);
  }
  if (!list->data || !read_head(list) || !place_tables(list)) {
    cr_cache_remove(cache, "archives", name);
    return NULL;
  }
  return g_steal_pointer(&list);
}

void cr_list_free(CrList *list)
{
  if (!list)
    return;
  g_clear_pointer(&list->map, g_mapped_file_unref);
  g_clear_pointer(&list->read, g_hash_table_unref);
  g_clear_pointer(&list->arena, cr_arena_free);
  g_mutex_clear(&list->lock);
  close(list->fd);
  g_free(list->name);
  g_free(list);
}

guint32 cr_list_get_count(const CrList *list)
{
  return list->head.record_count;
}

gboolean cr_list_is_damaged(const CrList *list)
{
  g_mutex_lock(&((CrList *)list)->lock);
  gboolean damaged = list->damaged;
  g_mutex_unlock(&((CrList *)list)->lock);
  return damaged;
}

/* ---- the tables ---- */

/* The U32 at place INDEX of the table at AT; the tables' ends were checked against the file in place_tables. */
static guint32 get_u32(const CrList *list, gsize at, gsize index)
{
  guint32 value = 0;
  memcpy(&value, list->data + at + 4 * index, 4);
  return GUINT32_FROM_LE(value);
}

static const char *get_text(const CrList *list, guint32 offset)
{
  return offset < list->head.text_bytes ? (const char *)list->data + list->texts + offset : "";
}

/* Binary search for NAME in COUNT entries of WIDTH words, of which the first is the text. */
static gboolean find_text(const CrList *list, gsize table, guint32 count, guint width, const char *name, guint32 *found)
{
  guint32 low = 0;
  guint32 high = count;
  while (low < high) {
    guint32 middle = low + (high - low) / 2;
    int order = strcmp(name, get_text(list, get_u32(list, table, (gsize)middle * width)));
    if (order == 0) {
      *found = middle;
      return TRUE;
    }
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return FALSE;
}

/* The group of NAME in a table of (text, first) pairs with an end mark: its first and how many, at most TOTAL. */
static guint find_group(const CrList *list, gsize table, guint32 count, guint32 total, const char *name, guint32 *first)
{
  guint32 at = 0;
  *first = 0;
  if (!find_text(list, table, count, 2, name, &at))
    return 0;
  guint32 start = get_u32(list, table, 2 * (gsize)at + 1);
  guint32 end = get_u32(list, table, 2 * ((gsize)at + 1) + 1);
  if (start > end || end > total)
    return 0;
  *first = start;
  return end - start;
}

guint cr_list_find(const CrList *list, const char *name, guint32 *first)
{
  return find_group(list, list->names, list->head.name_count, list->head.record_count, name, first);
}

guint cr_list_find_providers(const CrList *list, const char *name, guint32 *first)
{
  return find_group(list, list->provided, list->head.provided_count, list->head.provider_count, name, first);
}

gboolean cr_list_has_source(const CrList *list, const char *name)
{
  guint32 at = 0;
  return find_text(list, list->sources, list->head.source_count, 1, name, &at);
}

/* The first mention whose CRC is at least HASH. */
static guint32 find_mention(const CrList *list, guint64 hash)
{
  guint32 low = 0;
  guint32 high = list->head.mention_count;
  while (low < high) {
    guint32 middle = low + (high - low) / 2;
    if (get_u32(list, list->mentions, 2 * (gsize)middle) < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

guint cr_list_find_mentions(const CrList *list, CrListMention kind, const char *name, guint32 *first)
{
  guint64 hash = cr_list_hash_mention((char)kind, name, strlen(name));
  *first = find_mention(list, hash);
  return find_mention(list, hash + 1) - *first;
}

guint32 cr_list_get_mention(const CrList *list, guint32 first, guint offset)
{
  return get_u32(list, list->mentions, 2 * ((gsize)first + offset) + 1);
}

/* ---- the records ---- */

static void parse_texts(CrReader *reader, guint64 mask, const char **texts)
{
  for (guint i = 0; i < CR_LIST_TEXTS; i++)
    texts[i] = mask & (1ULL << i) ? cr_reader_string(reader) : NULL;
}

static gboolean parse_record(const guint8 *bytes, gsize size, CrListPackage *out)
{
  CrReader reader = cr_reader_init(bytes, size, FALSE);
  guint64 mask = cr_reader_varint(&reader);
  out->size_bytes = cr_reader_varint(&reader);
  out->installed_kib = cr_reader_varint(&reader);
  guint64 flags = cr_reader_varint(&reader);
  const char *texts[CR_LIST_TEXTS];
  parse_texts(&reader, mask, texts);
  if (cr_reader_failed(&reader) || !texts[CR_LIST_NAME] || !texts[CR_LIST_VERSION] || !texts[CR_LIST_ARCH])
    return FALSE;
  out->name = texts[CR_LIST_NAME];
  out->version = texts[CR_LIST_VERSION];
  out->arch = texts[CR_LIST_ARCH];
  out->source_name = texts[CR_LIST_SOURCE_NAME] ? texts[CR_LIST_SOURCE_NAME] : out->name;
  out->source_version = texts[CR_LIST_SOURCE_VERSION] ? texts[CR_LIST_SOURCE_VERSION] : out->version;
  out->filename = texts[CR_LIST_FILENAME];
  out->sha256 = texts[CR_LIST_SHA256];
  out->depends = texts[CR_LIST_DEPENDS];
  out->pre_depends = texts[CR_LIST_PRE_DEPENDS];
  out->recommends = texts[CR_LIST_RECOMMENDS];
  out->suggests = texts[CR_LIST_SUGGESTS];
  out->conflicts = texts[CR_LIST_CONFLICTS];
  out->breaks = texts[CR_LIST_BREAKS];
  out->replaces = texts[CR_LIST_REPLACES];
  out->provides = texts[CR_LIST_PROVIDES];
  out->enhances = texts[CR_LIST_ENHANCES];
  out->multi_arch = texts[CR_LIST_MULTI_ARCH];
  out->section = texts[CR_LIST_SECTION];
  out->priority = texts[CR_LIST_PRIORITY];
  out->maintainer = texts[CR_LIST_MAINTAINER];
  out->origin = texts[CR_LIST_ORIGIN];
  out->built_using = texts[CR_LIST_BUILT_USING];
  out->static_built_using = texts[CR_LIST_STATIC_BUILT_USING];
  out->checksum = texts[CR_LIST_CHECKSUM];
  out->built = texts[CR_LIST_BUILT];
  out->offers = texts[CR_LIST_OFFERS];
  out->advisory = texts[CR_LIST_ADVISORY];
  out->fixes = texts[CR_LIST_FIXES];
  out->capabilities = texts[CR_LIST_CAPABILITIES];
  out->files = texts[CR_LIST_FILES];
  out->supplements = texts[CR_LIST_SUPPLEMENTS];
  out->essential = (flags & CR_LIST_FLAG_ESSENTIAL) != 0;
  out->important = (flags & CR_LIST_FLAG_IMPORTANT) != 0;
  guint64 phased = flags >> CR_LIST_PHASED_SHIFT;
  out->phased_percentage = phased > 0 && phased <= 101 ? (int)phased - 1 : 100;
  return TRUE;
}

static guint32 get_offset(const CrList *list, guint32 id)
{
  return get_u32(list, list->records, 2 * (gsize)id);
}

/* 0: no record has such a place. */
static gsize get_size(const CrList *list, guint32 id)
{
  gsize size = get_u32(list, list->records, 2 * (gsize)id + 1);
  gboolean good = size > 4 && size <= CR_LIMIT_STANZA_BYTES && get_offset(list, id) + size <= list->head.tables_at;
  return good ? size : 0;
}

/* Record ID into BYTES, which has room for its size; FALSE when the file does not hold what was written. */
static gboolean read_into(const CrList *list, guint32 id, guint8 *bytes, CrListPackage *out)
{
  gsize size = get_size(list, id);
  if (!size || pread(list->fd, bytes, size, (off_t)get_offset(list, id)) != (gssize)size)
    return FALSE;
  guint32 crc = 0;
  memcpy(&crc, bytes + size - 4, 4);
  *out = (CrListPackage){.list = list, .id = id};
  return GUINT32_FROM_LE(crc) == crc32(0, bytes, (uInt)(size - 4)) && parse_record(bytes, size - 4, out);
}

/* A record in the list's memory, or NULL. */
static const CrListPackage *read_record(CrList *list, guint32 id)
{
  guint8 *bytes = cr_arena_alloc(list->arena, get_size(list, id));
  CrListPackage *package = cr_arena_new0(list->arena, CrListPackage);
  return read_into(list, id, bytes, package) ? package : NULL;
}

static void set_damaged(CrList *list)
{
  if (!list->damaged)
    cr_cache_remove(list->cache, "archives", list->name);
  list->damaged = TRUE;
}

void cr_list_get(const CrList *constant, guint32 id, CrListPackage *out)
{
  CrList *list = (CrList *)constant; /* what is read is remembered; the list does not change for anyone */
  g_mutex_lock(&list->lock);
  const CrListPackage *package = g_hash_table_lookup(list->read, GUINT_TO_POINTER(id));
  if (!package && id < list->head.record_count) {
    package = read_record(list, id);
    if (package)
      g_hash_table_insert(list->read, GUINT_TO_POINTER(id), (gpointer)package);
    else
      set_damaged(list);
  }
  g_mutex_unlock(&list->lock);
  if (package)
    *out = *package;
  else
    *out = (CrListPackage){.list = list,
                           .id = id,
                           .name = "",
                           .version = "",
                           .arch = "",
                           .source_name = "",
                           .source_version = "",
                           .phased_percentage = 100};
}

void cr_list_get_named(const CrList *list, guint32 first, guint offset, CrListPackage *out)
{
  cr_list_get(list, first + offset, out);
}

void cr_list_get_provider(const CrList *list, guint32 first, guint offset, CrListPackage *out)
{
  guint64 at = (guint64)first + offset;
  cr_list_get(list, at < list->head.provider_count ? get_u32(list, list->providers, at) : G_MAXUINT32, out);
}

static int compare_places(gconstpointer a, gconstpointer b, gpointer list)
{
  guint32 one = get_offset(list, *(const guint32 *)a);
  guint32 two = get_offset(list, *(const guint32 *)b);
  return (one > two) - (one < two);
}

void cr_list_foreach(const CrList *constant, void (*visit)(const CrListPackage *record, gpointer data), gpointer data)
{
  CrList *list = (CrList *)constant;
  guint32 count = list->head.record_count; /* the file has a table of that length */
  g_autofree guint32 *ids = g_new(guint32, (gsize)count + 1);
  for (guint32 i = 0; i < count; i++)
    ids[i] = i;
  g_qsort_with_data(ids, (gint)count, sizeof *ids, compare_places, list);
  g_autofree guint8 *bytes = g_malloc(CR_LIMIT_STANZA_BYTES);
  for (guint32 i = 0; i < count; i++) {
    CrListPackage record;
    if (!read_into(list, ids[i], bytes, &record)) {
      g_mutex_lock(&list->lock);
      set_damaged(list);
      g_mutex_unlock(&list->lock);
      return;
    }
    visit(&record, data);
  }
}
