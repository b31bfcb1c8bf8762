/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of buffers between one thread that fills them and one or more that each read all of them, in order: how the
 * steps of a pass overlap. It is the back-pressure too: the writer waits while no buffer is free.
 *
 * Waking a thread costs as much as filling a buffer. So a writer that found the ring full sleeps until half of it is
 * free, and readers are woken only where one waits. */
#pragma once
#include <glib.h>

#define CR_RING_SLOT_BYTES ((gsize)(256 * 1024))
#define CR_RING_READERS    2U

typedef struct CrRing CrRing;

/* SLOTS buffers, READERS readers (at most CR_RING_READERS). */
CrRing *cr_ring_new(guint slots, guint readers);
/* The same with its buffers in MEMORY, one behind the other; it is borrowed. */
CrRing *cr_ring_new_in(guint8 *memory, guint slots, guint readers);
/* When no thread uses it any more. */
void cr_ring_free(CrRing *ring);

/* The writer: the next buffer once it is free, CR_RING_SLOT_BYTES long; NULL when nobody reads any more. */
guint8 *cr_ring_wait(CrRing *ring);
/* SIZE (>0) bytes were written to it. */
void cr_ring_publish(CrRing *ring, gsize size);
/* Nothing more comes; ERROR (owned by the ring now) where it ended too early, or NULL. */
void cr_ring_end(CrRing *ring, GError *error);

/* READER (from 0): the next filled buffer, which is its own until the next call. Its size, 0 at the end, -1 when the
 * writer gave an error. */
gssize cr_ring_next(CrRing *ring, guint reader, const guint8 **data);
/* The writer's error or NULL; the ring's own. */
const GError *cr_ring_get_error(CrRing *ring);
/* Nobody reads any more: to the writer no buffer is free, to readers this is the end. */
void cr_ring_stop(CrRing *ring);
