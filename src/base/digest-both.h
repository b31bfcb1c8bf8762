/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of a stream, and of parts of it, in one go: of a tar and of each file in it.
 *
 * A file's bytes are the tar's, and both begin on a block of 64 bytes. So each block is loaded and expanded once for
 * two states, whose rounds fill each other's waits: the two cost hardly more than one where the processor has SHA
 * instructions (x86-64: FIPS 180-4 §6.2 by sha256rnds2 and its helpers). Elsewhere each is a digest of the library's.
 * Why this is not a library's: doc/decisions/029-two-digests.md. */
#pragma once
#include "base/digest.h"

typedef struct CrDigestBoth CrDigestBoth;

/* PROCESSOR: by its own instructions where it has them; FALSE, for tests: by the library's digests alone. */
CrDigestBoth *cr_digest_both_new(gboolean processor);
void cr_digest_both_free(CrDigestBoth *both);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDigestBoth, cr_digest_both_free)
/* The next bytes of the stream; they are the part's too where one is open. */
void cr_digest_both_update(CrDigestBoth *both, const guint8 *data, gsize size);
/* A part begins with the next byte; none may be open. */
void cr_digest_both_begin_part(CrDigestBoth *both);
/* It ended with the last one. */
void cr_digest_both_end_part(CrDigestBoth *both, guint8 digest[CR_DIGEST_BYTES]);
/* "sha256:…" of the whole stream; ends it. Free with g_free. */
char *cr_digest_both_finish(CrDigestBoth *both);
