/* SPDX-License-Identifier: Apache-2.0 */
/* zstd (RFC 8878). Skippable frames (zstd:chunked's table of contents) pass as empty ones. */
#include "base/stream-decompress.h"

#include <zstd.h>

#include "base/library.h"
#include "base/limits.h"

static const char *const names[] = {"libzstd.so.1", NULL};
static CrLibrary library = {.names = names, .purpose = "unpacks zstd", .package = "libzstd1"};

/* clang-format off */
CR_LIBRARY_FORWARD(library, ZSTD_DCtx *, ZSTD_createDCtx, (void), ())
CR_LIBRARY_FORWARD(library, size_t, ZSTD_freeDCtx, (ZSTD_DCtx *c), (c))
CR_LIBRARY_FORWARD(library, size_t, ZSTD_DCtx_setParameter, (ZSTD_DCtx *c, ZSTD_dParameter name, int value), (c, name, value))
CR_LIBRARY_FORWARD(library, size_t, ZSTD_decompressStream, (ZSTD_DStream *c, ZSTD_outBuffer *out, ZSTD_inBuffer *in), (c, out, in))
CR_LIBRARY_FORWARD(library, unsigned, ZSTD_isError, (size_t rc), (rc))
CR_LIBRARY_FORWARD(library, const char *, ZSTD_getErrorName, (size_t rc), (rc))
/* clang-format on */

static gpointer zstd_new(void)
{
  ZSTD_DCtx *context = ZSTD_createDCtx();
  if (!context)
    g_error("cannot start zstd");
  ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, CR_LIMIT_ZSTD_WINDOW_LOG);
  return context;
}

static void zstd_free(gpointer context)
{
  ZSTD_freeDCtx(context);
}

static CrInflateResult zstd_run(gpointer context, CrInflate *io, const char **why)
{
  ZSTD_inBuffer in = {io->next_in, io->avail_in, 0};
  ZSTD_outBuffer out = {io->out, io->out_size, 0};
  size_t rc = ZSTD_decompressStream(context, &out, &in);
  io->next_in += in.pos;
  io->avail_in -= in.pos;
  io->produced = out.pos;
  if (ZSTD_isError(rc)) {
    *why = ZSTD_getErrorName(rc);
    return CR_INFLATE_FAILED;
  }
  return rc == 0 ? CR_INFLATE_MEMBER_END : CR_INFLATE_MORE;
}

const CrDecompressor cr_decompressor_zstd = {"zstd", CR_COMPRESSION_ZSTD, zstd_new, zstd_free, zstd_run};
