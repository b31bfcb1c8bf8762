/* SPDX-License-Identifier: Apache-2.0 */
/* The two documents of a draft, from the original's and what is added. Private to image/draft*.c. */
#pragma once
#include "image/draft.h"

typedef struct {
  const char *name, *value;
} CrDraftPair;

/* The config: for each of LAYERS (from FIRST on) its diff_id and the line of HISTORY (CrDraftHistory*, one each), then
 * LABELS (CrDraftPair*). */
GBytes *cr_draft_make_config(GBytes *original, const char *what, const CrDraftLayer *layers, guint first, guint count,
                             const GPtrArray *history, const GPtrArray *labels, GError **error);
/* The manifest: ORIGINAL with another config, LAYERS from FIRST on, and ANNOTATIONS (CrDraftPair*). */
GBytes *cr_draft_edit_manifest(GBytes *original, const char *what, const char *config_digest, gsize config_bytes,
                               const CrDraftLayer *layers, guint first, guint count, const GPtrArray *annotations,
                               GError **error);
/* One from scratch, with all LAYERS. */
GBytes *cr_draft_write_manifest(gboolean docker, const char *config_digest, gsize config_bytes,
                                const CrDraftLayer *layers, guint count, const GPtrArray *annotations);
/* Media types (image-spec media-types.md; distribution's manifest-v2-2.md). */
const char *cr_draft_get_layer_type(gboolean docker, CrCompression compression);
const char *cr_draft_get_document_type(gboolean docker, gboolean config);
/* The other family's type for a layer's TYPE. */
const char *cr_draft_convert_layer_type(gboolean docker, const char *type, gboolean foreign);
/* How a layer of media TYPE is compressed; Docker's old ones say nothing and are gzip. */
CrCompression cr_draft_get_compression(const char *type);
