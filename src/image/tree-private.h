/* SPDX-License-Identifier: Apache-2.0 */
/* Private to tree.c (look-ups) and tree-list.c (listings). All that is found stays in the tree's arena; callers hold
 * its lock. */
#pragma once
#include "image/layer-format.h"
#include "image/tree.h"

/* A folder that was resolved: its node, and the layers (from the top) whose entries show in it. */
typedef struct {
  CrNode node;
  guint count;
  guint16 layers[];
} CrTreeFolder;

/* What was found under a literal path (no link in the folder part). */
typedef struct {
  gboolean exists;
  CrNode node;
  const CrTreeFolder *folder; /* for directories */
} CrTreeFound;

struct CrTree {
  GRecMutex lock;
  CrArena *arena;
  guint count;
  CrLayer **layers;
  CrLayerCursor **cursors; /* one a layer, for look-ups under the lock */
  GHashTable *found;       /* path → CrTreeFound */
  CrTreeFolder *root;
};

typedef struct {
  gboolean real, whiteout, opaque;
  gboolean marks;   /* whiteouts or opaque marks stand below it */
  gboolean implied; /* only entries below it exist: a folder that the layer did not name */
  CrNode node;
  const char *link; /* of a hard link */
} CrTreeInLayer;

/* What the tree shows under PATH, in which no folder is a link; never NULL. */
const CrTreeFound *cr_tree_find_literal(CrTree *tree, const char *path);
/* ENTRY of LAYER as it is, whatever hides it. */
void cr_tree_take_entry(CrTree *tree, guint layer, const CrLayerEntry *entry, CrTreeInLayer *out);
