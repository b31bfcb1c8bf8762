/* SPDX-License-Identifier: Apache-2.0 */
/* The layer index on disk; private to image/layer*.c. Little-endian, varints are unsigned LEB128.
 *
 *   header       256 bytes, CrLayerHeader
 *   facts        what collectors stored, back to back, as they came
 *   entries      blocks of up to 32 entries sorted by path; within a block paths share prefixes:
 *                  varint shared, varint rest, rest bytes; u8 type | 0x80 if facts follow; varint mode, uid, gid,
 * zigzag mtime, size; for links varint length and target; then varint n and n × (varint collector, offset in `facts`,
 * size) blocks       u64 a block: its offset in `entries` collectors   n × (u32 count, 32 bytes name), then for each
 * its entries as u32 (block << 5 | place)
 *   digests      n × CrLayerDigest, the regular files that are not empty, in the order of entries; then m × u32, the
 *                places of hard links
 *   problems     n × (u8 kind, where NUL, what NUL)
 *
 * A path may stand up to three times: the entry itself, a whiteout of that name, an opaque mark; in this order. */
#pragma once
#include <glib.h>

#define CR_LAYER_MAGIC          "CRLAYER1"
#define CR_LAYER_FORMAT         2U
#define CR_LAYER_BLOCK_ENTRIES  32U
#define CR_LAYER_COLLECTOR_NAME 32U

typedef struct {
  char magic[8];
  guint32 format, collector_count;
  guint64 checksum; /* of all behind the header, then the header with this field as 0 */
  guint64 file_bytes, entry_count, block_count, unpacked_bytes;
  guint64 facts_offset, entries_offset, blocks_offset, collectors_offset, problems_offset;
  guint64 problem_count;
  char diff_id[80];
  char key[24];
  guint64 digests_offset;
  guint32 digest_count, link_count;
  guint32 undigested; /* files that have content and no row: read of a folder, or full of holes (image/pass.c) */
  guint8 reserved[28];
} CrLayerHeader;
G_STATIC_ASSERT(sizeof(CrLayerHeader) == 256);

/* PLACE is block << 5 | place in the block. */
typedef struct {
  guint32 place;
  guint8 digest[32];
} CrLayerDigest;
G_STATIC_ASSERT(sizeof(CrLayerDigest) == 36);

/* A check against damage, not against an attacker: the cache is the user's own. Four lanes of multiply and rotate, so
 * that it costs nothing beside reading the bytes. Feed multiples of 32 bytes but for the last call. */
typedef struct {
  guint64 lanes[4];
  guint64 bytes;
} CrLayerSum;
void cr_layer_sum_init(CrLayerSum *sum);
void cr_layer_sum_add(CrLayerSum *sum, const guint8 *data, gsize size);
guint64 cr_layer_sum_finish(const CrLayerSum *sum);

/* Entries, whiteouts and opaque marks of one path are told apart by this rank. */
static inline guint cr_layer_get_rank(guint type)
{
  return type == 8 /* WHITEOUT */ ? 1 : type == 9 /* OPAQUE */ ? 2 : 0;
}
/* Paths with their lengths in index order: '/' before every other byte. */
int cr_layer_compare_slices(const char *a, gsize a_bytes, const char *b, gsize b_bytes);
