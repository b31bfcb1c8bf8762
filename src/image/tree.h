/* SPDX-License-Identifier: Apache-2.0 */
/* The merged tree of an image: what overlay would show, as look-ups over the layer indexes. Never a table of its own,
 * never the host's file system. Whiteouts and opaque marks hide lower layers only (entries of the same layer stay, in
 * whatever order they stand); a non-directory over a directory hides all below; directories merge; of two members with
 * one name in one layer the later wins; a hard link shows the file that its target names at its own layer (OCI image
 * spec layer.md, overlayfs documentation). Oracles: `docker export`, `umoci unpack`.
 *
 * Thread-safe for reading. Paths are bytes without a leading '/', "" is the root. */
#pragma once
#include "base/arena.h"
#include "image/layer.h"

typedef struct CrTree CrTree;

/* LAYERS from the lowest; they are referenced. A NULL element stands for a layer that could not be read (foreign,
 * missing). */
CrTree *cr_tree_new(CrLayer *const *layers, guint count);
void cr_tree_free(CrTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrTree, cr_tree_free)
guint cr_tree_get_layer_count(const CrTree *tree);

/* A node of the tree. Strings live as long as the tree (interned in it). TYPE is never HARDLINK, WHITEOUT or OPAQUE. */
typedef struct {
  const char *path; /* canonical: no symbolic link in any component but perhaps the last */
  CrEntryType type;
  guint32 mode, uid, gid;
  gint64 mtime;
  guint64 size;
  const char *target;  /* raw target of a symbolic link */
  guint layer;         /* index of the layer that shows it */
  guint content_layer; /* where its content and facts are (another one for hard links) */
  guint64 content_id;
  gboolean has_facts;
} CrNode;

typedef enum {
  CR_TREE_FOUND,
  CR_TREE_ABSENT,   /* no such entry, or a component is no directory */
  CR_TREE_DANGLING, /* a link on the way points to nothing */
  CR_TREE_LOOP,     /* more than CR_LIMIT_SYMLINKS links */
} CrTreeResult;

/* As the kernel resolves PATH with the image's root as /: links in the middle are always followed (absolute ones from
 * the root, ".." stops at the root), the last one unless NOFOLLOW. A leading '/' is allowed. OUT may be NULL. */
CrTreeResult cr_tree_find(CrTree *tree, const char *path, CrNode *out);
CrTreeResult cr_tree_find_nofollow(CrTree *tree, const char *path, CrNode *out);
/* The same, PATH relative to folder CWD (absolute if it starts with '/'). */
CrTreeResult cr_tree_find_at(CrTree *tree, const char *cwd, const char *path, CrNode *out);

/* Facts of COLLECTOR for a node that was found, or NULL. */
GBytes *cr_tree_get_facts(CrTree *tree, const CrNode *node, const char *collector);
/* Facts for PATH with links followed: find and get in one, NULL when absent. */
GBytes *cr_tree_find_facts(CrTree *tree, const char *path, const char *collector);

/* Names in a folder (links in PATH followed), sorted by bytes, each with its node (last component not followed). VISIT
 * gets the full canonical path in node->path; return FALSE to stop. Unknown folder: no call. */
void cr_tree_foreach_child(CrTree *tree, const char *path, gboolean (*visit)(const CrNode *node, gpointer data),
                           gpointer data);
/* Every visible node below PATH (canonical; "" for all), in index order, by merging the layers' cursors. */
void cr_tree_foreach(CrTree *tree, const char *path, gboolean (*visit)(const CrNode *node, gpointer data),
                     gpointer data);
/* Every visible node for which COLLECTOR stored something; hard links give a call for each name (but not one whose
 * target is in a lower layer: overlay copies the target up, so no builder writes such a layer). Cost grows with their
 * number, not with the tree. */
void cr_tree_foreach_facts(CrTree *tree, const char *collector, gboolean (*visit)(const CrNode *node, gpointer data),
                           gpointer data);

/* Was PATH (canonical) in a lower layer and is hidden now? The newest layer that had it, or -1. For "a database was
 * deleted". */
int cr_tree_find_hidden(CrTree *tree, const char *path);
/* Which layer hides what LAYER has under PATH? The lowest: LAYER itself where it puts PATH below what is no folder; -1:
 * it shows. REPLACED: by something else in its place or in that of a folder above, else it is deleted. */
int cr_tree_find_hider(CrTree *tree, guint layer, const char *path, gboolean *replaced);
/* One layer's own index. */
const CrLayer *cr_tree_get_layer(const CrTree *tree, guint layer);
