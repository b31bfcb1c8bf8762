/* SPDX-License-Identifier: Apache-2.0 */
/* An image of several platforms (OCI image-spec image-index.md; Docker's manifest list): one index, a manifest for each
 * platform, and beside them manifests that are no images: BuildKit's attestations (platform unknown/unknown, annotation
 * vnd.docker.reference.digest), artifacts of other kinds. image/index-draft.h makes a new one of it. */
#pragma once
#include "image/source.h"

typedef enum {
  CR_INDEX_IMAGE,       /* of a platform, or of one that only its config names */
  CR_INDEX_ATTESTATION, /* speaks of the manifest SUBJECT */
  CR_INDEX_ARTIFACT,    /* a signature, a chart, another index */
} CrIndexKind;

typedef struct {
  CrIndexKind kind;
  const char *digest;
  const char *media_type;                  /* or NULL */
  const char *platform;                    /* "linux/arm64/v8", or NULL */
  const char *os, *architecture, *variant; /* or NULL */
  const char *type;                        /* what an attestation or artifact is, for people; of images NULL */
  const char *subject;                     /* of an attestation, or NULL */
} CrIndexEntry;

typedef struct CrIndex CrIndex;

/* The index that SOURCE was chosen from; SOURCE must outlive it. NULL without an error: the image stands alone. */
CrIndex *cr_index_open(CrSource *source, GError **error);
void cr_index_free(CrIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrIndex, cr_index_free)
const char *cr_index_get_digest(const CrIndex *index);
CrSource *cr_index_get_source(const CrIndex *index);
guint cr_index_get_count(const CrIndex *index);
const CrIndexEntry *cr_index_get_entry(const CrIndex *index, guint i);
/* An annotation of the index itself, or NULL. */
const char *cr_index_find_annotation(const CrIndex *index, const char *name);
/* The entry that PLATFORM ("linux/arm64"; NULL: this machine's, else the only one there is) chooses, as --platform does
 * everywhere. CR_ERROR_USAGE: there is none, with all there are in the hint; or PLATFORM is none. */
gboolean cr_index_choose(const CrIndex *index, const char *platform, guint *i, GError **error);
/* All platforms there are: "linux/amd64, linux/arm64/v8". Free with g_free. */
char *cr_index_format_platforms(const CrIndex *index);
/* Entry I, an image, as a source, over the connection of the index's own, which must outlive it. */
CrSource *cr_index_open_image(const CrIndex *index, guint i, GError **error);
