/* SPDX-License-Identifier: Apache-2.0 */
/* Packages, rpm's database up to RHEL 8 and openSUSE Leap 15.1: a Berkeley DB file of the hash access method, in the
 * byte order of the machine that made it (db's src/dbinc/db_page.h). Page 0 is the meta page. A hash page has pairs of
 * items, a key (the record's number) and its value; a value too big for a page stands on a chain of overflow pages.
 * Pages are read in file order instead of bucket by bucket: a broken directory of buckets hides nothing. */
#include "base/limits.h"
#include "base/reader.h"
#include "inventory/rpm.h"

#define HASH_MAGIC  0x061561U
#define PAGE_HEADER 26U

/* Places in the meta page. */
#define META_MAGIC     12U
#define META_VERSION   16U
#define META_PAGE_SIZE 20U
#define META_ENCRYPTED 24U
#define META_TYPE      25U
#define META_FLAGS     26U
#define META_LAST_PAGE 32U
#define META_KEYS      88U

/* Types of pages, and of items on a hash page. */
enum { PAGE_FREE = 0, PAGE_HASH_UNSORTED = 2, PAGE_OVERFLOW = 7, PAGE_HASH_META = 8, PAGE_HASH = 13 };
enum { ITEM_KEY_DATA = 1, ITEM_OFF_PAGE = 3 };

typedef struct {
  CrRpmWalk *walk;
  CrReader file;
  guint32 page_bytes, last_page, keys;
  GByteArray *record; /* a record put together from its chain */
} Hash;

typedef struct {
  guint32 number, next;
  guint16 entries, free_at;
  guint8 type;
  CrReader bytes;
} Page;

static guint32 u32_at(CrReader reader, gsize at)
{
  cr_reader_seek(&reader, at);
  return cr_reader_u32(&reader);
}

static guint8 u8_at(CrReader reader, gsize at)
{
  cr_reader_seek(&reader, at);
  return cr_reader_u8(&reader);
}

static gboolean read_page(const Hash *hash, guint32 number, Page *page)
{
  CrReader reader = hash->file;
  cr_reader_seek(&reader, (guint64)number * hash->page_bytes);
  const guint8 *data = cr_reader_take(&reader, hash->page_bytes);
  if (!data)
    return FALSE;
  page->bytes = reader = cr_reader_init(data, hash->page_bytes, hash->file.big_endian);
  cr_reader_seek(&reader, 8);
  page->number = cr_reader_u32(&reader);
  cr_reader_u32(&reader);
  page->next = cr_reader_u32(&reader);
  page->entries = cr_reader_u16(&reader);
  page->free_at = cr_reader_u16(&reader);
  cr_reader_u8(&reader);
  page->type = cr_reader_u8(&reader);
  return TRUE;
}

/* SIZE bytes from the chain that starts at page FIRST; FALSE: it breaks off. The record grows by at least a byte with
 * every page, so a circle ends. */
static gboolean read_chain(Hash *hash, guint32 first, guint32 size)
{
  g_byte_array_set_size(hash->record, 0);
  for (guint32 number = first; hash->record->len < size;) {
    Page page;
    if (!number || !read_page(hash, number, &page) || page.type != PAGE_OVERFLOW || page.number != number)
      return FALSE;
    CrReader reader = page.bytes;
    cr_reader_seek(&reader, PAGE_HEADER);
    const guint8 *bytes = cr_reader_take(&reader, page.free_at); /* of overflow pages: bytes on it */
    if (!bytes || !page.free_at || page.free_at > size - hash->record->len)
      return FALSE;
    g_byte_array_append(hash->record, bytes, page.free_at);
    number = page.next;
  }
  return TRUE;
}

/* Item I of a hash page: items fill the page from its end, their offsets stand behind the page's header. */
static gboolean read_item(const Page *page, guint16 i, CrReader *item)
{
  CrReader reader = page->bytes;
  cr_reader_seek(&reader, PAGE_HEADER + (guint64)i * 2 - (i ? 2 : 0));
  guint64 end = i ? cr_reader_u16(&reader) : page->bytes.size;
  guint64 start = cr_reader_u16(&reader);
  if (cr_reader_failed(&reader) || start >= end || end > page->bytes.size ||
      start < PAGE_HEADER + (guint64)page->entries * 2)
    return FALSE;
  *item = cr_reader_init(page->bytes.data + start, (gsize)(end - start), page->bytes.big_endian);
  return TRUE;
}

/* FALSE: stop. Record 0 is rpm's own: the next free number. */
static gboolean read_pair(Hash *hash, CrReader *key, CrReader *value)
{
  guint8 key_type = cr_reader_u8(key);
  guint32 number = cr_reader_u32(key);
  guint8 type = cr_reader_u8(value);
  if (key_type != ITEM_KEY_DATA || cr_reader_failed(key) || (type != ITEM_KEY_DATA && type != ITEM_OFF_PAGE)) {
    cr_rpm_walk_damaged(hash->walk, "it has a record of an unknown kind");
    return TRUE;
  }
  if (!number)
    return TRUE;
  if (type == ITEM_KEY_DATA)
    return cr_rpm_walk_give(hash->walk, number, value->data + value->at, cr_reader_left(value));
  cr_reader_take(value, 3);
  guint32 first = cr_reader_u32(value), size = cr_reader_u32(value);
  if (cr_reader_failed(value) || size > CR_LIMIT_RPM_HEADER_BYTES || size > hash->file.size)
    cr_rpm_walk_damaged(hash->walk, "record %u has an impossible size", number);
  else if (!read_chain(hash, first, size)) {
    cr_rpm_walk_damaged(hash->walk, "the pages of record %u break off", number);
    return cr_rpm_walk_spend(hash->walk, hash->record->len);
  } else
    return cr_rpm_walk_give(hash->walk, number, hash->record->data, hash->record->len);
  return TRUE;
}

static gboolean read_hash_page(Hash *hash, const Page *page)
{
  for (guint16 i = 0; i + 1 < page->entries; i = (guint16)(i + 2)) {
    CrReader key, value;
    if (!read_item(page, i, &key) || !read_item(page, (guint16)(i + 1), &value)) {
      cr_rpm_walk_damaged(hash->walk, "page %u is not in order", page->number);
      return TRUE;
    }
    if (!read_pair(hash, &key, &value))
      return FALSE;
  }
  if (page->entries % 2)
    cr_rpm_walk_damaged(hash->walk, "page %u is not in order", page->number);
  return TRUE;
}

static gboolean read_meta(Hash *hash)
{
  CrReader *file = &hash->file;
  if (u32_at(*file, META_MAGIC) != HASH_MAGIC)
    file->big_endian = TRUE;
  guint32 version = u32_at(*file, META_VERSION);
  hash->page_bytes = u32_at(*file, META_PAGE_SIZE);
  hash->last_page = u32_at(*file, META_LAST_PAGE);
  hash->keys = u32_at(*file, META_KEYS);
  if (u32_at(*file, META_MAGIC) != HASH_MAGIC || u8_at(*file, META_TYPE) != PAGE_HASH_META)
    cr_rpm_walk_damaged(hash->walk, "it is no Berkeley DB file of the kind hash");
  else if (version < 7 || version > 10 || u8_at(*file, META_ENCRYPTED) || u8_at(*file, META_FLAGS))
    cr_rpm_walk_damaged(hash->walk, "it is a Berkeley DB file of a kind that rpm never made");
  else if (hash->page_bytes < 512 || hash->page_bytes > 65536 || (hash->page_bytes & (hash->page_bytes - 1)))
    cr_rpm_walk_damaged(hash->walk, "it has pages of %u bytes", hash->page_bytes);
  else
    return TRUE;
  return FALSE;
}

static gboolean is_known(const Page *page, guint32 number)
{
  return page->type == PAGE_FREE ||
         (page->number == number &&
          (page->type == PAGE_HASH_UNSORTED || page->type == PAGE_HASH || page->type == PAGE_OVERFLOW));
}

/* Fewer records than the meta page counts are lost ones (db_load counts each key twice). */
static void check_count(const Hash *hash)
{
  guint64 found = (guint64)hash->walk->records + 1;
  if (hash->walk->thorough && !hash->walk->damages && found < hash->keys && 2 * found != hash->keys)
    cr_rpm_walk_damaged(hash->walk, "it has %u of %u records", hash->walk->records, hash->keys - 1);
}

static void walk_bdb(CrRpmWalk *walk)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(walk->bytes, &size);
  Hash hash = {.walk = walk, .file = cr_reader_init(data, size, FALSE)};
  if (!read_meta(&hash))
    return;
  if (((guint64)hash.last_page + 1) * hash.page_bytes > size)
    cr_rpm_walk_damaged(walk, "it is cut short: %" G_GSIZE_FORMAT " bytes of %" G_GUINT64_FORMAT, size,
                        ((guint64)hash.last_page + 1) * hash.page_bytes);
  g_autoptr(GByteArray) record = g_byte_array_new();
  hash.record = record;
  Page page;
  for (guint32 number = 1; read_page(&hash, number, &page); number++) {
    if (!is_known(&page, number))
      cr_rpm_walk_damaged(walk, "page %u is of an unknown kind", number);
    else if ((page.type == PAGE_HASH || page.type == PAGE_HASH_UNSORTED) && !read_hash_page(&hash, &page))
      return;
  }
  check_count(&hash);
}

const CrRpmBackend cr_rpm_bdb = {.file = "Packages", .walk = walk_bdb};
