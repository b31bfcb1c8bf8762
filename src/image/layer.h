/* SPDX-License-Identifier: Apache-2.0 */
/* The layer index: all that careen remembers of one layer, read from the cache in microseconds.
 *
 * Entries are sorted by path with '/' before every other byte, so that a directory is followed by all below it, and
 * prefix-compressed in blocks; look-up is a binary search over the blocks' first paths. The format is taught in
 * image/layer.c and doc/formats.md. An index is verified (whole-file checksum) when it is opened; a corrupt, foreign or
 * old one is removed and counts as absent. Mapped read-only; thread-safe for reading. */
#pragma once
#include "base/cache.h"
#include "base/digest.h"
#include "image/collect.h"
#include "model/problem.h"

typedef struct CrLayer CrLayer;

/* The index of DIFF_ID made with this set of collectors, or NULL if the cache has none. */
CrLayer *cr_layer_load(const CrCache *cache, const char *diff_id, const char *collectors_key);
/* Cheap: is it there? (It may still prove corrupt on load.) */
gboolean cr_layer_exists(const CrCache *cache, const char *diff_id, const char *collectors_key);
CrLayer *cr_layer_ref(CrLayer *layer);
void cr_layer_unref(CrLayer *layer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLayer, cr_layer_unref)

const char *cr_layer_get_diff_id(const CrLayer *layer); /* NULL for one that was never in the cache */
guint64 cr_layer_get_size(const CrLayer *layer);        /* unpacked bytes of the tar */
guint64 cr_layer_get_entry_count(const CrLayer *layer);
/* Problems met while reading the layer ("entry 17: …"); places are relative to the layer. */
void cr_layer_add_problems(const CrLayer *layer, const char *layer_name, CrProblems *problems);

/* A cursor over the sorted entries; strings are valid until the next move. */
typedef struct {
  CrEntry entry;
  guint64 id; /* for cr_layer_get_facts; 0 without facts */
  gboolean has_facts;
  const guint8 *digest; /* where it was asked for (cr_layer_foreach_digest), else NULL; in the mapped index */
} CrLayerEntry;
typedef struct CrLayerCursor CrLayerCursor;
CrLayerCursor *cr_layer_cursor_new(const CrLayer *layer);
void cr_layer_cursor_free(CrLayerCursor *cursor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLayerCursor, cr_layer_cursor_free)
/* Go to the first entry >= PATH in index order. */
void cr_layer_cursor_seek(CrLayerCursor *cursor, const char *path);
/* The entry at the cursor, then moves on; FALSE at the end. */
gboolean cr_layer_cursor_next(CrLayerCursor *cursor, CrLayerEntry *out);

/* What COLLECTOR stored for the entry, or NULL. The bytes point into the mapped index. */
GBytes *cr_layer_get_facts(const CrLayer *layer, guint64 entry_id, const char *collector);
/* Every entry for which COLLECTOR stored something, in index order (a list of its own in the index: no walk). */
void cr_layer_foreach_facts(const CrLayer *layer, const char *collector,
                            void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data),
                            gpointer data);
/* Every regular file of the layer whose content has this SHA-256 (NULL: any that is known), in index order, whatever
 * hides it in an image. Files without content are not found: all have the digest of nothing. */
void cr_layer_foreach_digest(const CrLayer *layer, const guint8 digest[CR_DIGEST_BYTES],
                             void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data),
                             gpointer data);
/* Every hard link: another name of a file that this layer, or one below it, has. */
void cr_layer_foreach_link(const CrLayer *layer,
                           void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data),
                           gpointer data);
/* Files whose digest is not kept: of a folder all, of a tar those with more holes than are read. */
guint64 cr_layer_count_undigested(const CrLayer *layer);
/* Compare paths in index order. */
int cr_layer_compare_paths(const char *a, const char *b);
