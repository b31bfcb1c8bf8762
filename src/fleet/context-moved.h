/* SPDX-License-Identifier: Apache-2.0 */
/* Has the branch or tag of a recipe whose context is a git repository moved since its image was built? Which commit
 * that was is on record; what it is now is asked by `git ls-remote`, once for each address. */
#pragma once
#include "fleet/facts.h"

/* Into the facts of FLEET's images: `context_ref` and its fellows. Nothing is asked with --offline, without RECORD, or
 * for what careen did not build; that and failures are notes in PROBLEMS. Strings in ARENA. */
void cr_facts_ask_contexts(const CrFleet *fleet, GPtrArray *facts, const CrScanOptions *options, CrRecord *record,
                           CrArena *arena, CrProblems *problems);
/* The commit that IMAGE_ID of NAME was built from by RECORD, through patches of it; or NULL. In ARENA. */
const char *cr_context_find_built(CrRecord *record, const char *name, const char *image_id, CrArena *arena);
