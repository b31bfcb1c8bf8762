/* SPDX-License-Identifier: Apache-2.0 */
/* The other way round of stream-decompress.c: gzip by zlib, zstd by libzstd, both at a fixed level in one thread, so
 * that the same bytes give the same bytes. Not by ISA-L: what igzip makes differs from one CPU to the next. */
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "base/library.h"
#include "base/limits.h"
#include "base/stream.h"

#define OUT_BYTES  (256 * CR_KIB)
#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3

static const char *const names[] = {"libzstd.so.1", NULL};
static CrLibrary library = {.names = names, .purpose = "packs zstd", .package = "libzstd1"};

/* clang-format off */
CR_LIBRARY_FORWARD(library, ZSTD_CCtx *, ZSTD_createCCtx, (void), ())
CR_LIBRARY_FORWARD(library, size_t, ZSTD_freeCCtx, (ZSTD_CCtx *c), (c))
CR_LIBRARY_FORWARD(library, size_t, ZSTD_CCtx_setParameter, (ZSTD_CCtx *c, ZSTD_cParameter name, int value), (c, name, value))
CR_LIBRARY_FORWARD(library, size_t, ZSTD_compressStream2, (ZSTD_CCtx *c, ZSTD_outBuffer *out, ZSTD_inBuffer *in, ZSTD_EndDirective end), (c, out, in, end))
/* clang-format on */

typedef struct {
  CrStream stream;
  CrStream *source;
  z_stream gzip;
  ZSTD_CCtx *zstd; /* NULL: gzip */
  const guint8 *in;
  gsize in_bytes;
  gboolean source_ended, ended;
  guint8 out[OUT_BYTES];
} Compress;

/* Take from `in`, fill `out` from its start; the count that was written. */
static gsize run_gzip(Compress *self)
{
  z_stream *z = &self->gzip;
  z->next_in = (Bytef *)self->in;
  z->avail_in = (uInt)MIN(self->in_bytes, G_MAXINT32);
  z->next_out = self->out;
  z->avail_out = OUT_BYTES;
  uInt before = z->avail_in;
  gboolean last = self->source_ended && self->in_bytes == before;
  self->ended = deflate(z, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
  self->in += before - z->avail_in;
  self->in_bytes -= before - z->avail_in;
  return OUT_BYTES - z->avail_out;
}

static gsize run_zstd(Compress *self)
{
  ZSTD_inBuffer in = {self->in, self->in_bytes, 0};
  ZSTD_outBuffer out = {self->out, OUT_BYTES, 0};
  size_t left = ZSTD_compressStream2(self->zstd, &out, &in, self->source_ended ? ZSTD_e_end : ZSTD_e_continue);
  self->ended = self->source_ended && left == 0;
  self->in += in.pos;
  self->in_bytes -= in.pos;
  return out.pos;
}

static gssize compress_next(CrStream *stream, const guint8 **data, GError **error)
{
  Compress *self = (Compress *)stream;
  gsize written = 0;
  while (!self->ended && !written) {
    if (!self->in_bytes && !self->source_ended) {
      gssize n = cr_stream_next(self->source, &self->in, error);
      if (n < 0)
        return -1;
      self->in_bytes = (gsize)n;
      self->source_ended = n == 0;
    }
    written = self->zstd ? run_zstd(self) : run_gzip(self);
  }
  *data = self->out;
  return (gssize)written;
}

static void compress_free(CrStream *stream)
{
  Compress *self = (Compress *)stream;
  if (self->zstd)
    ZSTD_freeCCtx(self->zstd);
  else
    deflateEnd(&self->gzip);
  cr_stream_free(self->source);
  g_free(self);
}

static const CrStreamClass compress_class = {.next = compress_next, .free = compress_free};

CrStream *cr_stream_new_compress(CrStream *source, CrCompression compression)
{
  if (compression == CR_COMPRESSION_NONE)
    return source;
  Compress *self = g_new0(Compress, 1);
  self->stream.class = &compress_class;
  self->source = source;
  if (compression == CR_COMPRESSION_ZSTD) {
    self->zstd = ZSTD_createCCtx();
    if (!self->zstd)
      g_error("cannot start zstd");
    ZSTD_CCtx_setParameter(self->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(self->zstd, ZSTD_c_checksumFlag, 1);
  } else if (deflateInit2(&self->gzip, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    g_error("cannot start zlib");
  }
  return &self->stream;
}
