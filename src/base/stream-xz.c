/* SPDX-License-Identifier: Apache-2.0 */
/* xz: root file systems and package lists. One stream at a time; streams may follow each other. */
#include "base/stream-decompress.h"

#include <lzma.h>

#include "base/library.h"
#include "base/limits.h"

static const char *const names[] = {"liblzma.so.5", NULL};
static CrLibrary library = {.names = names, .purpose = "unpacks xz", .package = "liblzma5"};

/* clang-format off */
CR_LIBRARY_FORWARD(library, lzma_ret, lzma_stream_decoder, (lzma_stream *s, uint64_t memory, uint32_t flags), (s, memory, flags))
CR_LIBRARY_FORWARD(library, lzma_ret, lzma_code, (lzma_stream *s, lzma_action action), (s, action))
CR_LIBRARY_FORWARD_VOID(library, lzma_end, (lzma_stream *s), (s))
/* clang-format on */

static gpointer xz_new(void)
{
  lzma_stream *lzma = g_new0(lzma_stream, 1);
  if (lzma_stream_decoder(lzma, CR_LIMIT_XZ_MEMORY, 0) != LZMA_OK)
    g_error("cannot start liblzma");
  return lzma;
}

static void xz_free(gpointer data)
{
  lzma_end(data);
  g_free(data);
}

static CrInflateResult xz_run(gpointer data, CrInflate *io, const char **why)
{
  lzma_stream *lzma = data;
  lzma->next_in = io->next_in;
  lzma->avail_in = io->avail_in;
  lzma->next_out = io->out;
  lzma->avail_out = io->out_size;
  lzma_ret rc = lzma_code(lzma, io->input_ended && !io->avail_in ? LZMA_FINISH : LZMA_RUN);
  io->next_in = lzma->next_in;
  io->avail_in = lzma->avail_in;
  io->produced = io->out_size - lzma->avail_out;
  if (rc == LZMA_STREAM_END)
    return lzma_stream_decoder(lzma, CR_LIMIT_XZ_MEMORY, 0) == LZMA_OK ? CR_INFLATE_MEMBER_END : CR_INFLATE_FAILED;
  if (rc != LZMA_OK && rc != LZMA_BUF_ERROR) {
    *why = rc == LZMA_MEMLIMIT_ERROR ? "it needs more memory than allowed" : "it is damaged";
    return CR_INFLATE_FAILED;
  }
  return CR_INFLATE_MORE;
}

const CrDecompressor cr_decompressor_xz = {"xz", CR_COMPRESSION_XZ, xz_new, xz_free, xz_run};
