/* SPDX-License-Identifier: Apache-2.0 */
/* Packages.db, SUSE's default. Little endian. A header of 32 bytes ("RpmP", version, generation, pages of slots), then
 * slots of 16 ("Slot", package number or 0, first block, blocks), a page of 4096 bytes at a time; the header takes the
 * place of the first two. A blob is blocks of 16 bytes: a head ("BlbS", number, generation, length), the record,
 * padding, a tail (adler32 over head, record and padding; length; "BlbE"). */
#include <zlib.h>

#include "base/limits.h"
#include "base/reader.h"
#include "inventory/rpm.h"

#define MAGIC_HEADER 0x506d7052U /* "RpmP" */
#define MAGIC_SLOT   0x746f6c53U /* "Slot" */
#define MAGIC_HEAD   0x53626c42U /* "BlbS" */
#define MAGIC_TAIL   0x45626c42U /* "BlbE" */

#define HEADER_BYTES 32U
#define SLOT_BYTES   16U
#define PAGE_BYTES   4096U
#define BLOCK_BYTES  16U
#define HEAD_BYTES   16U
#define TAIL_BYTES   12U

typedef struct {
  guint32 number, first_block, blocks;
} Slot;

/* FALSE: stop. */
static gboolean read_blob(CrRpmWalk *walk, const CrReader *file, const Slot *slot)
{
  guint64 start = (guint64)slot->first_block * BLOCK_BYTES, size = (guint64)slot->blocks * BLOCK_BYTES;
  CrReader reader = *file;
  cr_reader_seek(&reader, start);
  guint32 magic = cr_reader_u32(&reader), number = cr_reader_u32(&reader);
  cr_reader_u32(&reader);
  guint32 length = cr_reader_u32(&reader);
  if (cr_reader_failed(&reader) || size > file->size - start) {
    cr_rpm_walk_damaged(walk, "record %u lies behind the end of the file", slot->number);
    return TRUE;
  }
  if (magic != MAGIC_HEAD || number != slot->number || size < HEAD_BYTES + TAIL_BYTES ||
      length > size - HEAD_BYTES - TAIL_BYTES) {
    cr_rpm_walk_damaged(walk, "record %u is not where its slot says", slot->number);
    return TRUE;
  }
  const guint8 *blob = cr_reader_take(&reader, length);
  cr_reader_seek(&reader, start + size - TAIL_BYTES);
  guint32 sum = cr_reader_u32(&reader), length_again = cr_reader_u32(&reader), end = cr_reader_u32(&reader);
  if (end != MAGIC_TAIL || length_again != length ||
      (walk->thorough && sum != adler32_z(adler32_z(0, NULL, 0), file->data + start, (gsize)size - TAIL_BYTES))) {
    cr_rpm_walk_damaged(walk, "record %u does not match its checksum", slot->number);
    if (end != MAGIC_TAIL || length_again != length)
      return TRUE;
  }
  return cr_rpm_walk_give(walk, slot->number, blob, length);
}

static void walk_ndb(CrRpmWalk *walk)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(walk->bytes, &size);
  CrReader file = cr_reader_init(data, size, FALSE), reader = file;
  guint32 magic = cr_reader_u32(&reader), version = cr_reader_u32(&reader);
  cr_reader_u32(&reader);
  guint64 slots_end = (guint64)cr_reader_u32(&reader) * PAGE_BYTES;
  if (cr_reader_failed(&reader) || magic != MAGIC_HEADER || version) {
    cr_rpm_walk_damaged(walk, "it is no rpm database of the kind ndb");
    return;
  }
  if (slots_end > size) {
    cr_rpm_walk_damaged(walk, "it is cut short: its table of %" G_GUINT64_FORMAT " bytes does not fit in", slots_end);
    slots_end = size;
  }
  cr_reader_seek(&reader, HEADER_BYTES);
  while (reader.at + SLOT_BYTES <= slots_end) {
    guint32 slot_magic = cr_reader_u32(&reader);
    Slot slot = {.number = cr_reader_u32(&reader)};
    slot.first_block = cr_reader_u32(&reader);
    slot.blocks = cr_reader_u32(&reader);
    if (slot_magic != MAGIC_SLOT)
      cr_rpm_walk_damaged(walk, "its table has a bad slot at %" G_GSIZE_FORMAT, reader.at - SLOT_BYTES);
    else if (slot.number && !read_blob(walk, &file, &slot))
      return;
  }
}

const CrRpmBackend cr_rpm_ndb = {.file = "Packages.db", .walk = walk_ndb};
