/* SPDX-License-Identifier: Apache-2.0 */
#include "image/digest-rows.h"

#include <string.h>

#include "image/layer-format.h"
#include "image/spill.h"

/* Zeros: there is none. (Nobody knows, or will, a file that has this SHA-256.) */
static const guint8 none[CR_DIGEST_BYTES];

struct CrDigestRows {
  CrSpill *by_number; /* rows of a digest */
  CrSpill *by_place;  /* CrLayerDigest, as in the index */
  GHashTable *dropped;
  GArray *links; /* guint32 */
  guint32 digests, missing;
};

CrDigestRows *cr_digest_rows_new(const CrCache *cache)
{
  CrDigestRows *rows = g_new0(CrDigestRows, 1);
  rows->by_number = cr_spill_new(cache);
  rows->by_place = cr_spill_new(cache);
  rows->dropped = g_hash_table_new(NULL, NULL);
  rows->links = g_array_new(FALSE, FALSE, sizeof(guint32));
  return rows;
}

void cr_digest_rows_free(CrDigestRows *rows)
{
  if (!rows)
    return;
  cr_spill_free(rows->by_number);
  cr_spill_free(rows->by_place);
  g_hash_table_unref(rows->dropped);
  g_array_unref(rows->links);
  g_free(rows);
}

void cr_digest_rows_set(CrDigestRows *rows, guint32 number, const guint8 digest[CR_DIGEST_BYTES])
{
  while (!cr_spill_has_failed(rows->by_number) &&
         cr_spill_get_size(rows->by_number) < (number - 1ULL) * CR_DIGEST_BYTES)
    cr_spill_append(rows->by_number, none, CR_DIGEST_BYTES);
  cr_spill_append(rows->by_number, digest, CR_DIGEST_BYTES);
}

void cr_digest_rows_drop(CrDigestRows *rows, guint32 number)
{
  g_hash_table_add(rows->dropped, GUINT_TO_POINTER(number));
}

guint32 cr_digest_rows_get_last(const CrDigestRows *rows)
{
  return (guint32)(cr_spill_get_size(rows->by_number) / CR_DIGEST_BYTES);
}

gboolean cr_digest_rows_get(CrDigestRows *rows, guint32 number, guint8 digest[CR_DIGEST_BYTES])
{
  const guint8 *found = cr_spill_read(rows->by_number, (number - 1ULL) * CR_DIGEST_BYTES, CR_DIGEST_BYTES);
  if (found)
    memcpy(digest, found, CR_DIGEST_BYTES);
  return found && !cr_spill_has_failed(rows->by_number);
}

void cr_digest_rows_place(CrDigestRows *rows, guint32 place, guint32 number)
{
  gboolean known = number && !g_hash_table_contains(rows->dropped, GUINT_TO_POINTER(number));
  const guint8 *digest =
      known ? cr_spill_read(rows->by_number, (number - 1ULL) * CR_DIGEST_BYTES, CR_DIGEST_BYTES) : NULL;
  if (!digest || !memcmp(digest, none, sizeof none)) {
    rows->missing++;
    return;
  }
  CrLayerDigest row = {.place = GUINT32_TO_LE(place)};
  memcpy(row.digest, digest, sizeof row.digest);
  cr_spill_append(rows->by_place, &row, sizeof row);
  rows->digests++;
}

void cr_digest_rows_place_link(CrDigestRows *rows, guint32 place)
{
  guint32 little = GUINT32_TO_LE(place);
  g_array_append_val(rows->links, little);
}

void cr_digest_rows_count(const CrDigestRows *rows, guint32 *digests, guint32 *links, guint32 *missing)
{
  *digests = rows->digests;
  *links = rows->links->len;
  *missing = rows->missing;
}

gboolean cr_digest_rows_write(CrDigestRows *rows, void (*write)(gpointer owner, const void *data, gsize size),
                              gpointer owner)
{
  for (guint32 i = 0; i < rows->digests; i++) {
    const guint8 *row = cr_spill_read(rows->by_place, (guint64)i * sizeof(CrLayerDigest), sizeof(CrLayerDigest));
    if (!row)
      return FALSE;
    write(owner, row, sizeof(CrLayerDigest));
  }
  write(owner, rows->links->data, rows->links->len * sizeof(guint32));
  return !cr_spill_has_failed(rows->by_number) && !cr_spill_has_failed(rows->by_place);
}
