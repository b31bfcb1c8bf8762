/* SPDX-License-Identifier: Apache-2.0 */
/* Private to list*.c: the file that a package list is compiled into. Little endian.
 *
 *   head     CrListHead
 *   records  one after the other, in the order of the list: varint mask of texts present, varint size_bytes, varint
 *            installed_kib, varint flags, then each text that the mask names with its NUL, then the CRC-32 of all that
 *   tables   record_count × (offset, bytes) of records, sorted by name and stable within it;
 *            name_count + 1 × (text, first record); provided_count + 1 × (text, first of providers);
 *            provider_count × record; source_count × text; mention_count × (CRC-32 of kind and name, record), sorted;
 *            the texts, sorted, so that a table sorted by offset is sorted by name
 *
 * Look-ups of names search the tables, which are mapped (3 MiB for Debian's main); a record that is wanted is read by
 * pread into the list's memory, because the kernel maps 16 pages around each touched one: three hundred records of a
 * mapped file would make most of its 30 MiB resident. */
#pragma once
#include <glib.h>

#define CR_LIST_MAGIC "CRLIST3\n"

typedef struct {
  char magic[8];
  guint32 record_count, name_count, provided_count, provider_count, source_count, text_bytes;
  guint64 tables_at; /* offset of the tables; the file ends with them */
  guint32 mention_count;
  guint32 crc; /* of all before */
} CrListHead;
G_STATIC_ASSERT(sizeof(CrListHead) == 48);

/* The texts of a record, in this order; bit i of the mask. */
typedef enum {
  CR_LIST_NAME,
  CR_LIST_VERSION,
  CR_LIST_ARCH,
  CR_LIST_SOURCE_NAME, /* absent: as the binary's */
  CR_LIST_SOURCE_VERSION,
  CR_LIST_FILENAME,
  CR_LIST_SHA256,
  CR_LIST_DEPENDS,
  CR_LIST_PRE_DEPENDS,
  CR_LIST_RECOMMENDS,
  CR_LIST_SUGGESTS,
  CR_LIST_CONFLICTS,
  CR_LIST_BREAKS,
  CR_LIST_REPLACES,
  CR_LIST_PROVIDES,
  CR_LIST_ENHANCES,
  CR_LIST_MULTI_ARCH,
  CR_LIST_SECTION,
  CR_LIST_PRIORITY,
  CR_LIST_MAINTAINER,
  CR_LIST_ORIGIN,
  CR_LIST_BUILT_USING,
  CR_LIST_STATIC_BUILT_USING, /* or X-Cargo-Built-Using, its name before: no stanza has both */
  CR_LIST_CHECKSUM,
  CR_LIST_BUILT,
  CR_LIST_OFFERS,
  CR_LIST_ADVISORY,
  CR_LIST_FIXES,
  CR_LIST_CAPABILITIES,
  CR_LIST_FILES,
  CR_LIST_SUPPLEMENTS,
  CR_LIST_TEXTS,
  /* not texts of a record, only of the stanza */
  CR_LIST_SOURCE = CR_LIST_TEXTS,
  CR_LIST_SIZE,
  CR_LIST_INSTALLED_SIZE,
  CR_LIST_ESSENTIAL,
  CR_LIST_IMPORTANT,
  CR_LIST_PROTECTED,
  CR_LIST_PHASED,
  CR_LIST_FIELDS,
} CrListField;

/* flags: two bits, then the phased percentage plus one (0: none) */
#define CR_LIST_FLAG_ESSENTIAL 1U
#define CR_LIST_FLAG_IMPORTANT 2U
#define CR_LIST_PHASED_SHIFT   2U

/* Which mentions of a record's fields are looked up by name (list.h). Their names are not kept: a look-up finds whose
 * CRC agrees, and the record itself says whether it is so. A repository of rpm provides half a million names; as texts
 * they would cost the compiler 50 MiB. */
guint32 cr_list_hash_mention(char kind, const char *name, gsize length);
/* Calls VISIT for each name that FIELD of an rpm record mentions: "a >= 1\t(b if c)" → a, b, c. */
void cr_list_foreach_mention(const char *field, gsize length,
                             gboolean (*visit)(const char *name, gsize length, gpointer data), gpointer data);
