/* SPDX-License-Identifier: Apache-2.0 */
/* The files without a name in which a draft keeps layers, and the streams that prove bytes on their way. Private to
 * image/draft*.c and the sinks. */
#pragma once
#include "base/stream.h"

typedef struct {
  int fd;
  guint64 size_bytes;
  char *digest, *diff_id;
  CrCompression compression;
} CrStored;

/* Read STREAM (owned) into a file in DIR. What is plain is compressed with WANTED; gzip and, unless WANTED is GZIP,
 * zstd stay as they are; the rest is unpacked and compressed anew. NULL with ERROR, which does not name the layer. */
CrStored *cr_stored_new(CrStream *stream, CrCompression wanted, const char *dir, GError **error);
void cr_stored_free(CrStored *stored);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrStored, cr_stored_free)

/* STREAM (owned) unchanged, but CR_ERROR_TRUST in place of its end where it is not SIZE bytes with DIGEST. WHAT
 * (copied) names it. */
CrStream *cr_stream_new_checked(CrStream *stream, guint64 size, const char *digest, const char *what);
