/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are appended and then read again: in memory while they are few, else in a file without a name, so that a
 * layer of millions of files needs no more memory than one of thousands. One thread at a time. Private to image/. */
#pragma once
#include "base/cache.h"

typedef struct CrSpill CrSpill;

CrSpill *cr_spill_new(const CrCache *cache);
void cr_spill_free(CrSpill *spill);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSpill, cr_spill_free)
void cr_spill_append(CrSpill *spill, const void *data, gsize size);
guint64 cr_spill_get_size(const CrSpill *spill);
/* SIZE bytes (at most 64 KiB) at OFFSET, all of them from one append; valid until the next call. NULL: they are not
 * there. */
const guint8 *cr_spill_read(CrSpill *spill, guint64 offset, gsize size);
/* Something could not be written or read back, of a full disk for one: nothing in it counts. */
gboolean cr_spill_has_failed(const CrSpill *spill);
