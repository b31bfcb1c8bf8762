/* SPDX-License-Identifier: Apache-2.0 */
/* An image in the making: an original, and what is added to it. Sinks (image/sink.h) write it somewhere.
 *
 *   draft = cr_draft_new(source, &options, &error);
 *   cr_draft_add_layer(draft, tar, &history, &error);      none or more, bottom to top
 *   cr_draft_set_label(…); cr_draft_set_annotation(…);     none or more
 *   cr_draft_seal(draft, problems, &error);                now config, manifest and digests are known
 *   cr_image_sink_write(…) as often as wanted; cr_draft_free
 *
 * The original's layers are not touched: what its manifest names by digest goes to the sink as the same bytes, straight
 * from the source. Daemons and Docker archives have no manifest; their layers are compressed while the draft is sealed,
 * into files without a name. The config (OCI image-spec config.md) is the original's text with the stated additions:
 * the layers' diff_ids, a history line each, labels; every other byte stays. So is the manifest (manifest.md): another
 * config, the new layers, annotations. With nothing added both are the original's, digest and all.
 *
 * The same source, layers, additions and libraries give the same bytes. Memory does not grow with the image. */
#pragma once
#include "image/source.h"

typedef enum {
  CR_DRAFT_KEEP,   /* the original's kind of manifest; OCI where it has none */
  CR_DRAFT_OCI,    /* application/vnd.oci.image.manifest.v1+json */
  CR_DRAFT_DOCKER, /* Docker's manifest, version 2, schema 2: no annotations, no zstd. Podman heeds a HEALTHCHECK only
                      of these, which is why KEEP keeps them */
} CrDraftKind;

typedef struct {
  CrDraftKind kind;
  CrCompression compression; /* of layers that are not compressed: GZIP, ZSTD (GZIP in Docker's manifests), NONE */
  const char *temporary_dir; /* of files without a name; NULL: $TMPDIR, else /var/tmp. Not on a RAM disk, please */
} CrDraftOptions;

/* One line of the config's history (config.md, "history"); NULL members are left out. */
typedef struct {
  const char *created; /* RFC 3339 */
  const char *created_by, *author, *comment;
} CrDraftHistory;

/* A layer of a sealed draft, the original's first. Strings live as long as the draft. */
typedef struct {
  const char *media_type;
  const char *digest; /* of the bytes as they are stored */
  guint64 size_bytes;
  const char *diff_id;
  CrCompression compression;
  gboolean foreign; /* not distributable: only its descriptor goes along */
} CrDraftLayer;

typedef struct CrDraft CrDraft;

/* SOURCE is borrowed and must outlive the draft. CR_ERROR_USAGE: it is no image with a config (a root file system, a
 * container, an SBOM). */
CrDraft *cr_draft_new(CrSource *source, const CrDraftOptions *options, GError **error);
void cr_draft_free(CrDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDraft, cr_draft_free)

/* Read TAR (owned, a plain tar) to its end into a file without a name, compressed. CR_ERROR_ENVIRONMENT: no space. */
gboolean cr_draft_add_layer(CrDraft *draft, CrStream *tar, const CrDraftHistory *history, GError **error);
/* A label of the config; an annotation of the manifest (Docker's have none: left out, so say it by a label too). */
void cr_draft_set_label(CrDraft *draft, const char *name, const char *value);
void cr_draft_set_annotation(CrDraft *draft, const char *name, const char *value);

/* Know the original's config, for who wants to write about it: of a daemon's image it comes with the layers, which are
 * read now. Else cr_draft_seal does it. */
gboolean cr_draft_load(CrDraft *draft, CrProblems *problems, GError **error);
/* Make config and manifest; reads and compresses the layers of a source without a manifest, proved by their diff_ids
 * (CR_ERROR_TRUST). CR_ERROR_INPUT: a layer or the config cannot be had; the reason is in PROBLEMS as well. */
gboolean cr_draft_seal(CrDraft *draft, CrProblems *problems, GError **error);

/* ---- of a sealed draft; all owned by it ---- */

CrSource *cr_draft_get_source(const CrDraft *draft);
gboolean cr_draft_is_changed(const CrDraft *draft); /* anything was added */
gboolean cr_draft_is_docker(const CrDraft *draft);  /* Docker's manifest */
GBytes *cr_draft_get_config(const CrDraft *draft);
const char *cr_draft_get_config_digest(const CrDraft *draft); /* the image's id */
const char *cr_draft_get_config_type(const CrDraft *draft);
GBytes *cr_draft_get_manifest(const CrDraft *draft);
const char *cr_draft_get_manifest_digest(const CrDraft *draft);
const char *cr_draft_get_manifest_type(const CrDraft *draft);
guint cr_draft_get_layer_count(const CrDraft *draft);
const CrDraftLayer *cr_draft_get_layer(const CrDraft *draft, guint i);

/* VISIT the layers whose WANTED is TRUE (by index), each digest once, foreign ones never, up to JOBS at once: LAYER is
 * the index, STREAM the bytes as stored. The stream ends in CR_ERROR_TRUST instead of its end when size or digest are
 * not the layer's, so what was read to the end without an error is right. CR_ERROR_INPUT: the source does not have one.
 */
gboolean cr_draft_read_layers(CrDraft *draft, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                              GError **error);

/* The image as it will be, for a scan before it is written. Reads what it must from the original and the new layers;
 * DRAFT and its source must outlive it. Not for several threads together with cr_image_sink_write. */
CrSource *cr_draft_open_source(CrDraft *draft, GError **error);
