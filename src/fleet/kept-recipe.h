/* SPDX-License-Identifier: Apache-2.0 */
/* What the Dockerfile of a recipe at an address said when a rebuild last fetched it. Only a rebuild fetches; with this
 * its base is known between rebuilds, too, without a network, and after the cache is gone. On record (a mark), as it
 * was written: build arguments and target are those of today. */
#pragma once
#include "record/record.h"
#include "recipe/recipe.h"

/* A mark of its own is its own write: by an own connection, from any thread. REVISION: the commit or digest it is of.
 * FALSE with ERROR: the record's. */
gboolean cr_kept_recipe_store(const CrBuildRecipe *recipe, const char *text, gsize size, const char *revision,
                              GError **error);

typedef struct {
  const char *text;
  const char *revision; /* short: "1a2b3c4d5e", "sha256:1a2b3c4d5e" */
  gint64 fetched;       /* seconds */
} CrKeptRecipe;
/* Of the same context and Dockerfile; NULL: no rebuild has fetched it, or it cannot be read. In ARENA. */
const CrKeptRecipe *cr_kept_recipe_find(CrRecord *record, const CrBuildRecipe *recipe, CrArena *arena);
