/* SPDX-License-Identifier: Apache-2.0 */
/* Making a layer index: entries in any order, facts as they come, sorted at the end. Private to image/. */
#pragma once
#include "base/cache.h"
#include "image/digest-rows.h"
#include "image/layer.h"

typedef struct CrLayerWriter CrLayerWriter;

/* SORT_BYTES: memory for sorting before a run is spilled (0: the default of 16 MiB; tests use little). */
CrLayerWriter *cr_layer_writer_new(const CrCache *cache, const CrCollector *const *collectors, gsize sort_bytes,
                                   GError **error);
/* The same into FILE, which is the writer's; NULL: none could be made. */
CrLayerWriter *cr_layer_writer_new_in(CrCacheFile *file, const CrCache *cache, const CrCollector *const *collectors,
                                      gsize sort_bytes);
void cr_layer_writer_free(CrLayerWriter *writer); /* drops what was not finished */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLayerWriter, cr_layer_writer_free)

/* Facts of the entry that is added next. BEGIN, write into the sink, END; KEEP FALSE forgets them. */
CrSink *cr_layer_writer_begin_facts(CrLayerWriter *writer, guint collector);
void cr_layer_writer_end_facts(CrLayerWriter *writer, gboolean keep);
guint64 cr_layer_writer_get_facts_bytes(const CrLayerWriter *writer);
/* A number for the digest of the regular file that is added next; the digest itself may come later, until FINISH. */
guint32 cr_layer_writer_number_digest(CrLayerWriter *writer);
CrDigestRows *cr_layer_writer_get_digests(CrLayerWriter *writer);
/* Add ENTRY with the facts collected since the last one. A hard link takes over the facts of its target in this layer.
 * Later entries of the same path and rank win. */
gboolean cr_layer_writer_add(CrLayerWriter *writer, const CrEntry *entry, GError **error);
void cr_layer_writer_add_problem(CrLayerWriter *writer, CrProblemKind kind, const char *where, const char *what);

/* Sort, write, and publish as DIFF_ID (or, with PUBLISH FALSE, keep as an unnamed file). Opens the result. */
CrLayer *cr_layer_writer_finish(CrLayerWriter *writer, const char *diff_id, guint64 unpacked_bytes, gboolean publish,
                                GError **error);

/* The index that another process made in FD (borrowed; nobody writes there any more), copied into the cache and opened
 * from the copy, published if PUBLISH. CR_ERROR_INPUT: it is no index of DIFF_ID and KEY. */
CrLayer *cr_layer_adopt(const CrCache *cache, int fd, const char *diff_id, const char *key, gboolean publish,
                        GError **error);

/* layer.c: open an index from a descriptor (not closed). NULL: not a valid index of KEY. DIFF_ID may be NULL. */
CrLayer *cr_layer_open_fd(int fd, const char *diff_id, const char *key);
/* The name in the cache area "layers". */
char *cr_layer_get_cache_name(const char *diff_id, const char *key);
