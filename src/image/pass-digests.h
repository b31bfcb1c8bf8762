/* SPDX-License-Identifier: Apache-2.0 */
/* The digests of a layer and of every file in it, by a thread of the pass that reads the plain bytes once
 * (base/digest-both.h). Where files stand is told by the thread that reads the tar; the digests' thread stays behind it
 * by a buffer, so that all that begin in the buffer it takes are known. Private to image/. */
#pragma once
#include "base/ring.h"
#include "image/digest-rows.h"

typedef struct CrPassDigests CrPassDigests;

/* The digests of what READER of RING gets; those of files go to ROWS. */
CrPassDigests *cr_pass_digests_new(CrRing *ring, guint reader, CrDigestRows *rows);
/* The thread; cr_pass_digests_finish waits for it. */
void cr_pass_digests_start(CrPassDigests *digests);

/* By the tar's thread: file NUMBER (from cr_layer_writer_number_digest) is the SIZE bytes of the stream from START,
 * which is not before the last one's end. */
void cr_pass_digests_tell(CrPassDigests *digests, guint32 number, guint64 start, guint64 size);
/* What was told of file NUMBER, the last one, is not so: it gets no digest. */
void cr_pass_digests_withdraw(CrPassDigests *digests, guint32 number);
/* The digest of file NUMBER is known already; its data began at START. */
void cr_pass_digests_give(CrPassDigests *digests, guint32 number, guint64 start, const guint8 digest[CR_DIGEST_BYTES]);
/* All files that begin before REACHED bytes of the stream were told. */
void cr_pass_digests_reach(CrPassDigests *digests, guint64 reached);
/* The tar cannot be read on: nothing more is told. */
void cr_pass_digests_stop(CrPassDigests *digests);

/* Ends the thread; "sha256:…" of the stream. Frees DIGESTS. */
char *cr_pass_digests_finish(CrPassDigests *digests);
