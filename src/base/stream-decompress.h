/* SPDX-License-Identifier: Apache-2.0 */
/* Private to base/: the decompressors behind cr_stream_new_decompress, one const struct each. */
#pragma once
#include "base/stream.h"

typedef struct {
  const guint8 *next_in;
  gsize avail_in;
  guint8 *out;
  gsize out_size;
  gsize produced;
  gboolean input_ended; /* no more input will come */
} CrInflate;

typedef enum { CR_INFLATE_MORE, CR_INFLATE_MEMBER_END, CR_INFLATE_FAILED } CrInflateResult;

typedef struct {
  const char *name;
  CrCompression compression;
  gpointer (*new)(void);
  void (*free)(gpointer state);
  /* Consume input, fill output. MEMBER_END: one gzip member, zstd frame or xz stream is complete; the next call starts
   * another. *WHY on FAILED: a constant. */
  CrInflateResult (*run)(gpointer state, CrInflate *io, const char **why);
} CrDecompressor;

extern const CrDecompressor cr_decompressor_gzip, cr_decompressor_zstd, cr_decompressor_xz;
