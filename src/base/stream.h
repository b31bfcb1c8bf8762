/* SPDX-License-Identifier: Apache-2.0 */
/* Pull-based byte streams with back-pressure: files, memory, HTTP bodies, members of an archive, and decompressors on
 * top of any of them. A stream hands out its own buffer, so nothing is copied on the way.
 *
 * A stream is used by one thread at a time. Errors are sticky. */
#pragma once
#include <glib.h>

typedef struct CrStream CrStream;
typedef struct {
  /* Give the next bytes: *DATA points into the stream's buffer, valid until the next call. Returns the count (>0), 0 at
   * the end, -1 with ERROR set. */
  gssize (*next)(CrStream *stream, const guint8 **data, GError **error);
  void (*free)(CrStream *stream);
  /* As next, but into BUFFER (SIZE > 0), or NULL: where the bytes have to be copied anyhow, this makes it once. The two
   * are not mixed on one stream. */
  gssize (*read)(CrStream *stream, guint8 *buffer, gsize size, GError **error);
} CrStreamClass;
/* The head of every stream; members put it first in their own struct. */
struct CrStream {
  const CrStreamClass *class;
};

gssize cr_stream_next(CrStream *stream, const guint8 **data, GError **error);
void cr_stream_free(CrStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrStream, cr_stream_free)

/* Bytes [OFFSET, OFFSET+SIZE) of an open file by pread; FD is borrowed and must outlive the stream. SIZE G_MAXUINT64:
 * to the end; a file that ends earlier is CR_ERROR_INPUT ("cut short"). */
CrStream *cr_stream_new_fd(int fd, guint64 offset, guint64 size);
/* Everything that can be read from FD (a pipe too); closes FD at the end if OWN. */
CrStream *cr_stream_new_pipe(int fd, gboolean own);
CrStream *cr_stream_new_bytes(GBytes *bytes);

typedef enum {
  CR_COMPRESSION_NONE,
  CR_COMPRESSION_GZIP,
  CR_COMPRESSION_ZSTD,
  CR_COMPRESSION_XZ,
  CR_COMPRESSION_BZIP2, /* recognised, refused with words */
} CrCompression;
/* By magic number; HEAD needs 6 bytes to be sure. */
CrCompression cr_compression_detect(const guint8 *head, gsize size);
const char *cr_compression_get_name(CrCompression compression);

typedef struct {
  gboolean trailing_zeros; /* zero padding behind the last member: a note */
  guint64 trailing_bytes;  /* other bytes behind it: `partial` */
} CrTrailing;

/* Decompress SOURCE (owned by the new stream) by its magic number; plain data passes through. gzip members and zstd
 * frames (also skippable ones: zstd:chunked, eStargz) follow each other until the end. Gzip by ISA-L where the build
 * has it, else zlib. Truncated or corrupt data is CR_ERROR_INPUT with the offset. TRAILING may be NULL; it is filled at
 * the end and must outlive the stream. */
CrStream *cr_stream_new_decompress(CrStream *source, CrTrailing *trailing);
/* The same in a thread of its own with a small ring of buffers, so that inflating overlaps with what the reader does.
 */
CrStream *cr_stream_new_threaded(CrStream *source);

/* Compress SOURCE (owned by the new stream) to one gzip member without name or time, or one zstd frame with its check
 * sum; NONE gives SOURCE itself. The same bytes give the same bytes with the same library. */
CrStream *cr_stream_new_compress(CrStream *source, CrCompression compression);

/* Read everything into memory, at most MAX bytes (then CR_ERROR_LIMIT). */
GBytes *cr_stream_read_all(CrStream *stream, guint64 max, GError **error);
