/* SPDX-License-Identifier: Apache-2.0 */
/* Starts readers of layers (apart.h). They are copies of one process, which is this program started anew at the first
 * use: it holds no secret and has loaded what readers need, so that a reader costs a fork of little and not a start.
 * All functions are thread-safe. */
#pragma once
#include <sys/types.h>

#include "base/cache.h"
#include "image/apart-memory.h"

typedef struct CrReaders CrReaders;

/* For layers whose readers have files without a name in CACHE's folder CR_CACHE_SCRATCH; where they can make none
 * there, in a folder of their own below the temporary one. */
CrReaders *cr_readers_new(const CrCache *cache);
/* No reader may be left. */
void cr_readers_free(CrReaders *readers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrReaders, cr_readers_free)

#define CR_READERS_FDS 4U

/* A reader, a child of this process that the caller waits for: an indexer, or an inflater; with FDS (borrowed, -1:
 * none) as apart-private.h numbers them. DIFF_ID may be NULL. 0 with ERROR: none can be started. */
pid_t cr_readers_start(CrReaders *readers, gboolean indexes, const int fds[CR_READERS_FDS], const char *diff_id,
                       const char *name, GError **error);

/* With -v, once: they have given up HAVE (base/confine.h). */
void cr_readers_tell_confined(CrReaders *readers, const char *have);

/* Of memory that readers have with this process; READERS' own. */
CrApartPool *cr_readers_get_pool(CrReaders *readers);
