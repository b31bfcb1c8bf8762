/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that describe an image: OCI image index, manifest and config (image-spec 1.1: image-index.md,
 * manifest.md, config.md), Docker's manifest list and manifest schema 2, `docker save`'s manifest.json is
 * source-archive.c's. All parsed from bytes whose digest the caller has checked; wrong types are CR_ERROR_INPUT that
 * names the document and the member; every count is checked against base/limits.h. Private to image/. */
#pragma once
#include "image/platform.h"
#include "model/image.h"

typedef struct {
  const char *media_type; /* or NULL */
  const char *digest;     /* valid by cr_digest_is_valid */
  gint64 size_bytes;
  const char *os, *architecture, *variant; /* of an index's entry, or NULL */
  const char *artifact_type;               /* it is no image but a signature, a chart …; or NULL */
  const char *subject;                     /* of an attestation: the digest of the manifest it speaks of, or NULL */
  const char *ref_name;                    /* annotation org.opencontainers.image.ref.name, or containerd's, or NULL */
  gboolean attestation; /* buildkit's attestation manifests (platform unknown/unknown): never an image */
  gboolean foreign;     /* urls[] only, or a nondistributable media type */
} CrDescriptor;

typedef struct {
  gboolean is_index; /* `entries` are manifests, else layers */
  CrDescriptor config;
  guint count;
  CrDescriptor *entries;
  CrStrv annotation_names, annotation_values;
} CrManifest;

/* WHAT names the document for errors ("manifest sha256:12ab… of 'x.tar'"). Docker's schema 1 is refused with words. */
CrManifest *cr_manifest_parse(const char *text, gsize size, const char *what, CrArena *arena, GError **error);
/* The same for what is only carried: artifacts are let pass. */
CrManifest *cr_manifest_parse_any(const char *text, gsize size, const char *what, CrArena *arena, GError **error);
/* Which entry of an index fits PLATFORM ("linux/arm64/v8", NULL: this machine's, else the only one there is; variants
 * as containerd matches them). NULL with CR_ERROR_USAGE and all platforms there are in the hint. */
const CrDescriptor *cr_manifest_choose(const CrManifest *index, const char *platform, const char *what, GError **error);
/* Fill IMAGE from config bytes: id is not set here; raw_config is a copy that cr_source_free drops. `layers` get
 * diff_id and created_by; their count must be that of LAYERS (NULL: not known) whose digest, size, media type and
 * foreign are joined in. */
gboolean cr_manifest_apply_config(const char *text, gsize size, const char *what, const CrManifest *layers,
                                  CrArena *arena, CrImage *image, GError **error);
/* The platforms of an index, at most twenty, for a message. Free with g_free. */
char *cr_manifest_format_platforms(const CrManifest *index);
/* As cr_platform_check_image; NULL: anything. */
gboolean cr_manifest_check_platform(const CrImage *image, const char *platform, GError **error);
/* A fresh CrImage with every string that must not be NULL set. */
CrImage *cr_image_new(CrArena *arena);
/* A reference "docker.io/library/debian:12@sha256:…" taken apart as docker does (distribution/reference): default
 * registry docker.io, library/, tag latest. FALSE with CR_ERROR_USAGE: not a reference. Strings in ARENA. */
typedef struct {
  const char *registry, *repository, *tag, *digest; /* tag NULL with a digest and no tag */
} CrReference;
gboolean cr_reference_parse(const char *text, CrArena *arena, CrReference *out, GError **error);
