/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/zip.h"

#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/reader.h"

#define END_BYTES      22U
#define COMMENT_BYTES  65535U
#define LOCATOR_BYTES  20U
#define END64_BYTES    56U
#define LOCAL_BYTES    30U
#define PIECE_BYTES    (256 * CR_KIB)
#define NEEDS_64(part) ((part) == 0xffffffffU)

struct CrZip {
  CrFile *file;
  guint64 start, size;
  guint64 shift; /* bytes before the zip that its offsets do not count */
  GBytes *directory;
  CrReader reader;
};

static gboolean fail(GError **error, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", why);
  return FALSE;
}

static CrReader peek(const CrZip *zip, guint64 offset, gsize size)
{
  gboolean inside = offset <= zip->size && size <= zip->size - offset;
  const guint8 *data = inside ? cr_file_peek(zip->file, zip->start + offset, size) : NULL;
  CrReader reader = cr_reader_init(data, size, FALSE);
  reader.failed = !data;
  return reader;
}

/* The last end record of the file, which may have a comment behind it. */
static gboolean find_end(const CrZip *zip, guint64 *at)
{
  gsize look = (gsize)MIN(zip->size, END_BYTES + COMMENT_BYTES);
  CrReader reader = peek(zip, zip->size - look, look);
  for (gsize i = look; !reader.failed && i >= END_BYTES; i--) {
    const guint8 *end = reader.data + i - END_BYTES;
    if (memcmp(end, "PK\5\6", 4) != 0)
      continue;
    *at = zip->size - look + i - END_BYTES;
    return TRUE;
  }
  return FALSE;
}

/* Size and place of the directory by the records of zip64, where they are there. */
static void read_end64(const CrZip *zip, guint64 end, guint64 *bytes, guint64 *offset, guint64 *behind)
{
  if (end < LOCATOR_BYTES)
    return;
  CrReader locator = peek(zip, end - LOCATOR_BYTES, LOCATOR_BYTES);
  guint32 magic = cr_reader_u32(&locator);
  cr_reader_u32(&locator);
  guint64 place = cr_reader_u64(&locator);
  if (cr_reader_failed(&locator) || magic != 0x07064b50U)
    return;
  CrReader record = peek(zip, place, END64_BYTES);
  magic = cr_reader_u32(&record);
  cr_reader_seek(&record, 40);
  guint64 size = cr_reader_u64(&record), start = cr_reader_u64(&record);
  if (cr_reader_failed(&record) || magic != 0x06064b50U)
    return;
  *bytes = size;
  *offset = start;
  *behind = place;
}

CrZip *cr_zip_open(CrFile *file, guint64 start, guint64 size, GError **error)
{
  g_autoptr(CrZip) zip = g_new0(CrZip, 1);
  *zip = (CrZip){.file = file, .start = start, .size = size};
  guint64 end = 0;
  if (!find_end(zip, &end)) {
    fail(error, "it has no directory at its end: it is cut, or no zip");
    return NULL;
  }
  CrReader record = peek(zip, end, END_BYTES);
  cr_reader_seek(&record, 12);
  guint64 bytes = cr_reader_u32(&record), offset = cr_reader_u32(&record), behind = end;
  if (NEEDS_64(bytes) || NEEDS_64(offset))
    read_end64(zip, end, &bytes, &offset, &behind);
  if (bytes > behind || offset > behind - bytes) {
    fail(error, "its directory points outside of it");
    return NULL;
  }
  zip->shift = behind - bytes - offset;
  if (bytes > CR_LIMIT_FILE_MEMORY) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "its directory is larger than %llu MiB",
                CR_LIMIT_FILE_MEMORY / CR_MIB);
    return NULL;
  }
  CrReader directory = peek(zip, behind - bytes, (gsize)bytes);
  zip->directory = g_bytes_new(directory.failed ? NULL : directory.data, directory.failed ? 0 : (gsize)bytes);
  zip->reader = cr_reader_init(g_bytes_get_data(zip->directory, NULL), g_bytes_get_size(zip->directory), FALSE);
  return g_steal_pointer(&zip);
}

void cr_zip_free(CrZip *zip)
{
  if (!zip)
    return;
  g_clear_pointer(&zip->directory, g_bytes_unref);
  g_free(zip);
}

gsize cr_zip_get_directory_bytes(const CrZip *zip)
{
  return g_bytes_get_size(zip->directory);
}

/* The extra field 1: 64-bit values of those that are all ones, in this order. */
static void read_extra64(CrReader extra, CrZipEntry *entry)
{
  while (cr_reader_left(&extra) >= 4) {
    guint id = cr_reader_u16(&extra), size = cr_reader_u16(&extra);
    const guint8 *data = cr_reader_take(&extra, size);
    CrReader field = cr_reader_init(data, size, FALSE);
    guint64 *const values[] = {&entry->bytes, &entry->packed_bytes, &entry->offset};
    for (guint i = 0; data && id == 1 && i < G_N_ELEMENTS(values); i++)
      if (NEEDS_64(*values[i]) && cr_reader_left(&field) >= 8)
        *values[i] = cr_reader_u64(&field);
  }
}

gboolean cr_zip_next(CrZip *zip, CrZipEntry *entry, GError **error)
{
  CrReader *reader = &zip->reader;
  if (!cr_reader_left(reader))
    return FALSE;
  guint32 magic = cr_reader_u32(reader);
  cr_reader_u32(reader); /* versions */
  guint flags = cr_reader_u16(reader);
  *entry = (CrZipEntry){.method = cr_reader_u16(reader), .encrypted = flags & 1};
  cr_reader_take(reader, 8); /* time, CRC */
  entry->packed_bytes = cr_reader_u32(reader);
  entry->bytes = cr_reader_u32(reader);
  entry->name_bytes = cr_reader_u16(reader);
  guint extra_bytes = cr_reader_u16(reader), comment_bytes = cr_reader_u16(reader);
  cr_reader_take(reader, 8); /* disk, attributes */
  entry->offset = cr_reader_u32(reader);
  entry->name = (const char *)cr_reader_take(reader, entry->name_bytes);
  const guint8 *extra = cr_reader_take(reader, extra_bytes);
  cr_reader_take(reader, comment_bytes);
  if (cr_reader_failed(reader) || magic != 0x02014b50U)
    return fail(error, "its directory is damaged");
  read_extra64(cr_reader_init(extra, extra_bytes, FALSE), entry);
  return TRUE;
}

gboolean cr_zip_find_data(CrZip *zip, const CrZipEntry *entry, guint64 *offset, GError **error)
{
  guint64 place = entry->offset;
  if (place > zip->size - zip->shift)
    return fail(error, "a member stands outside of it");
  CrReader local = peek(zip, zip->shift + place, LOCAL_BYTES);
  guint32 magic = cr_reader_u32(&local);
  cr_reader_seek(&local, 26);
  guint64 name_bytes = cr_reader_u16(&local), extra_bytes = cr_reader_u16(&local);
  guint64 data = zip->shift + place + LOCAL_BYTES + name_bytes + extra_bytes;
  if (cr_reader_failed(&local) || magic != 0x04034b50U || data > zip->size || entry->packed_bytes > zip->size - data)
    return fail(error, "a member stands outside of it");
  *offset = zip->start + data;
  return TRUE;
}

static gboolean unpack(CrZip *zip, const CrZipEntry *entry, guint64 offset, guint8 *out)
{
  z_stream stream = {.next_out = out, .avail_out = (uInt)entry->bytes};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return FALSE;
  int rc = Z_OK;
  for (guint64 left = entry->packed_bytes; left && rc == Z_OK;) {
    gsize piece = (gsize)MIN(left, PIECE_BYTES);
    const guint8 *data = cr_file_peek(zip->file, offset, piece);
    if (!data)
      break;
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)piece;
    rc = inflate(&stream, Z_NO_FLUSH);
    offset += piece;
    left -= piece;
  }
  inflateEnd(&stream);
  return rc == Z_STREAM_END && !stream.avail_out;
}

static gboolean copy(CrZip *zip, const CrZipEntry *entry, guint64 offset, guint8 *out)
{
  for (guint64 done = 0; done < entry->bytes;) {
    gsize piece = (gsize)MIN(entry->bytes - done, PIECE_BYTES);
    const guint8 *data = cr_file_peek(zip->file, offset + done, piece);
    if (!data)
      return FALSE;
    memcpy(out + done, data, piece);
    done += piece;
  }
  return TRUE;
}

GBytes *cr_zip_read(CrZip *zip, const CrZipEntry *entry, gsize limit, GError **error)
{
  guint64 offset = 0;
  if (entry->encrypted || (entry->method != 0 && entry->method != 8)) {
    fail(error, entry->encrypted ? "it is encrypted" : "it is packed in a way that careen does not know");
    return NULL;
  }
  if (entry->bytes > limit) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "it unpacks to %" G_GUINT64_FORMAT " MiB",
                (guint64)(entry->bytes / CR_MIB));
    return NULL;
  }
  if (!cr_zip_find_data(zip, entry, &offset, error))
    return NULL;
  guint8 *out = g_try_malloc((gsize)entry->bytes + 1);
  gboolean stored = entry->method == 0;
  if (!out || (stored && entry->bytes != entry->packed_bytes) ||
      !(stored ? copy(zip, entry, offset, out) : unpack(zip, entry, offset, out))) {
    g_free(out);
    fail(error, "it does not unpack to what the directory says");
    return NULL;
  }
  return g_bytes_new_take(out, (gsize)entry->bytes);
}
