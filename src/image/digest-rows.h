/* SPDX-License-Identifier: Apache-2.0 */
/* The digests of a layer's files while its index is made: by their number in the tar as they come, by their place in
 * the index at the end. The section that comes of it is read by image/layer-digests.c. Private to image/. */
#pragma once
#include "base/cache.h"
#include "base/digest.h"

typedef struct CrDigestRows CrDigestRows;

CrDigestRows *cr_digest_rows_new(const CrCache *cache);
void cr_digest_rows_free(CrDigestRows *rows);

/* The digest of file NUMBER (from 1, rising; some may be left out). By one thread. */
void cr_digest_rows_set(CrDigestRows *rows, guint32 number, const guint8 digest[CR_DIGEST_BYTES]);
/* Forget it again: its bytes were not what the file holds. By one thread, which may be another. */
void cr_digest_rows_drop(CrDigestRows *rows, guint32 number);

/* For who hands them on: the highest number with a digest, and that of NUMBER (zeros: it has none). FALSE: a temporary
 * file could not be written or read. */
guint32 cr_digest_rows_get_last(const CrDigestRows *rows);
gboolean cr_digest_rows_get(CrDigestRows *rows, guint32 number, guint8 digest[CR_DIGEST_BYTES]);

/* When all are known: the regular file at PLACE of the index is NUMBER; 0: it was given none. Places come in order. */
void cr_digest_rows_place(CrDigestRows *rows, guint32 place, guint32 number);
/* A hard link is there. */
void cr_digest_rows_place_link(CrDigestRows *rows, guint32 place);
/* Files placed with a digest, hard links, and files without a digest. */
void cr_digest_rows_count(const CrDigestRows *rows, guint32 *digests, guint32 *links, guint32 *missing);
/* Give the section to WRITE piece by piece. FALSE: a temporary file could not be written or read. */
gboolean cr_digest_rows_write(CrDigestRows *rows, void (*write)(gpointer owner, const void *data, gsize size),
                              gpointer owner);
