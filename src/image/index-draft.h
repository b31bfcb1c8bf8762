/* SPDX-License-Identifier: Apache-2.0 */
/* An index in the making: another's, in which some platforms are replaced by drafts.
 *
 *   draft = cr_index_draft_new(index, kind);
 *   cr_index_draft_replace(draft, i, image); …     a sealed draft of entry i
 *   cr_index_draft_seal(draft, problems, &error);
 *   cr_image_sink_write_index(…); cr_index_draft_free
 *
 * Order, platforms and annotations of the entries stay, and every byte of the index that is not a replaced descriptor.
 * What was not replaced is carried as it is. Attestations of a replaced image speak of a digest that is not in the
 * index any more: they are left out and listed (cr_index_draft_get_dropped). With nothing replaced the index is the
 * original's, digest and all. */
#pragma once
#include "image/draft.h"
#include "image/index.h"
#include "image/referrers.h"

typedef struct CrIndexDraft CrIndexDraft;

/* INDEX is borrowed. OPTIONS.kind as of drafts: OCI turns a manifest list of Docker's into an OCI index. */
CrIndexDraft *cr_index_draft_new(CrIndex *index, const CrDraftOptions *options);
void cr_index_draft_free(CrIndexDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrIndexDraft, cr_index_draft_free)
/* Entry I, an image, becomes IMAGE (borrowed, sealed, of the same kind of manifest). */
void cr_index_draft_replace(CrIndexDraft *draft, guint i, CrDraft *image);
/* An annotation of the index itself; Docker's lists have none. */
void cr_index_draft_set_annotation(CrIndexDraft *draft, const char *name, const char *value);
/* Read what is carried, as far as documents go, and make the index. CR_ERROR_INPUT: an entry cannot be had, or is an
 * index of its own. */
gboolean cr_index_draft_seal(CrIndexDraft *draft, CrProblems *problems, GError **error);

/* ---- of a sealed one; all owned by it ---- */

CrIndex *cr_index_draft_get_index(const CrIndexDraft *draft);
gboolean cr_index_draft_is_docker(const CrIndexDraft *draft);
GBytes *cr_index_draft_get_bytes(const CrIndexDraft *draft);
const char *cr_index_draft_get_digest(const CrIndexDraft *draft);
const char *cr_index_draft_get_media_type(const CrIndexDraft *draft);
/* Everything that is in it, each manifest once: what was replaced and what is carried. */
guint cr_index_draft_get_count(const CrIndexDraft *draft);
CrDraft *cr_index_draft_get_image(const CrIndexDraft *draft, guint n);
/* CrDropped*. */
const GPtrArray *cr_index_draft_get_dropped(const CrIndexDraft *draft);
