/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass over a tar and the walk of a folder share: names, whiteouts, collectors. Private to image/. */
#pragma once
#include "image/collect-private.h"
#include "image/layer-write.h"

typedef struct {
  const CrCollector *const *collectors;
  CrLayerWriter *writer;
  gboolean whiteouts; /* names like ".wh.x" are marks: TRUE in layers, FALSE in a folder */
  guint64 entries;    /* seen so far */
  char path[4096 + 1];
} CrEntries;

typedef enum { CR_NAME_PLAIN, CR_NAME_WHITEOUT, CR_NAME_OPAQUE, CR_NAME_IGNORED, CR_NAME_REFUSED } CrNameKind;

/* Normalise RAW into entries->path: '/' in front, "." and empty components dropped, ".." resolved. REFUSED: it leaves
 * the root, is too long or too deep; *WHY says it. A whiteout's path is that of the name it hides, an opaque mark's
 * that of the folder. */
CrNameKind cr_entries_take_name(CrEntries *entries, const char *raw, gsize *bytes, const char **why);
/* The bits of the collectors that want the file (the first 64 collectors). */
guint64 cr_entries_ask_collectors(const CrEntries *entries, const CrEntry *entry, const guint8 *head, gsize head_bytes);
/* Let those collect from FILE; their errors become problems of the layer. */
void cr_entries_collect(CrEntries *entries, const CrEntry *entry, guint64 wanted, CrFile *file);
