/* SPDX-License-Identifier: Apache-2.0 */
/* The plain bytes of a layer as the reader of its tar has them, and what it tells of files in them for their digests
 * (pass-digests.h): a thread that inflates and one that hashes, or another process that does both (apart.h). Private
 * to image/. */
#pragma once
#include "base/ring.h"
#include "base/stream.h"
#include "image/digest-rows.h"
#include "image/layer-write.h"
#include "image/pass.h"

typedef struct CrPlain CrPlain;
typedef struct {
  /* The next bytes, in *DATA until the next call: their count, 0 at the end, -1 where they end too early (get_error).
   * All files that begin before REACHED bytes of the stream were told. */
  gssize (*next)(CrPlain *plain, guint64 reached, const guint8 **data);
  const GError *(*get_error)(CrPlain *plain); /* NULL while all is well */
  /* pass-digests.h */
  void (*tell)(CrPlain *plain, guint32 number, guint64 start, guint64 size);
  void (*withdraw)(CrPlain *plain, guint32 number);
  void (*give)(CrPlain *plain, guint32 number, guint64 start, const guint8 digest[CR_DIGEST_BYTES]);
  /* Ends it; all digests are in the rows. "sha256:…" of all bytes, which were read to their end; NULL, unless READ: the
   * tar was given up. TRAILING is what stood behind the compressed data. */
  char *(*finish)(CrPlain *plain, gboolean read, CrTrailing *trailing);
} CrPlainClass;
struct CrPlain {
  const CrPlainClass *class;
};

/* In this process: SOURCE's bytes (borrowed, read by a thread of the new object; its class has `read`), what is known
 * of TRAILING once it has ended, and digests for ROWS. */
CrPlain *cr_plain_new(CrStream *source, const CrTrailing *trailing, CrDigestRows *rows);
/* The same in MEMORY (borrowed) of CR_PLAIN_SLOTS buffers of CR_RING_SLOT_BYTES. */
CrPlain *cr_plain_new_in(guint8 *memory, CrStream *source, const CrTrailing *trailing, CrDigestRows *rows);
#define CR_PLAIN_SLOTS 6U

/* pass.c: the tar of PLAIN (ended by it) into WRITER. Its diff_id, as PLAIN says, and how many *BYTES it was; NULL with
 * ERROR. Of OPTIONS: cache, collectors, expected_diff_id. */
char *cr_pass_index(CrPlain *plain, CrLayerWriter *writer, const CrPassOptions *options, guint64 *bytes,
                    GError **error);
