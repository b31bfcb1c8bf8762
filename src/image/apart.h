/* SPDX-License-Identifier: Apache-2.0 */
/* The layer pass in processes of their own: who may act on images and engines does not parse what a stranger put into
 * them (doc/decisions/039-readers-apart.md).
 *
 *                 raw bytes            plain bytes                       plain bytes             layer index
 *   the source ──────────────► inflater ──────────► careen: copy, SHA-256 ◄────────────► indexer ────────────► careen
 *                                                                      where files stand, and their digests
 *
 * Bytes that are not compressed go to the indexer at once. Both readers are this program for one layer, and confined
 * (base/confine.h, cr_confine_reader) before they see a byte of it. What careen itself does with a layer's bytes is to
 * copy and to hash them; the index is opened by the reader that all indexes are opened by, and only as the one of the
 * diff_id that careen has hashed: a reader that was taken over can lie about the layer that took it over, and about no
 * other. */
#pragma once
#include "image/pass.h"

/* cr_pass_read_layer with OPTIONS->apart. CR_ERROR_INPUT also where a reader died of the bytes. The program that runs
 * must call cr_apart_run_readers first in its main. */
CrLayer *cr_apart_read_layer(CrStream *stream, const CrPassOptions *options, GError **error);

/* Returns if this process is not the one that starts readers; else it is, with COLLECTORS, and ends here. Before any
 * thread is started. INSTEAD is NULL but in tests: it may be a reader of its own kind, and not return. */
void cr_apart_run_readers(int argc, char **argv, const CrCollector *const *collectors,
                          void (*instead)(gboolean indexes, const char *name));
