/* SPDX-License-Identifier: Apache-2.0 */
/* The local images around one, as far as what it is built on hangs on them: so that who keeps an answer looks again
 * only for an image that has something to do with the one that came or went. */
#pragma once
#include "image/source.h"
#include "model/image.h"
#include "model/package.h"

/* What cr_source_list_local gave, indexed; constant. LOCAL must outlive it. */
typedef struct CrSurroundings CrSurroundings;
CrSurroundings *cr_surroundings_new(const GPtrArray *local);
void cr_surroundings_free(CrSurroundings *surroundings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSurroundings, cr_surroundings_free)

/* The names that the rules look for in them: of BASE as it was found, and what IMAGE says of itself. In ARENA. */
CrStrv cr_surroundings_list_names(const CrImage *image, const CrBase *base, CrArena *arena);
/* A digest of all that has part in the answer for an image of these LAYERS (diff_ids): images whose layers are its
 * lowest, it itself among them; images that have one of NAMES; those that share a repository with a base that lost its
 * tag. With their ids, tags and digests. Free with g_free. */
char *cr_surroundings_hash(const CrSurroundings *surroundings, CrStrv layers, CrStrv names);
