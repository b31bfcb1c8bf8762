/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside an image in its registry: records and signatures. The counterpart of cr_image_sink_attach.
 *
 * Referrers are manifests whose subject is the image (OCI distribution-spec 1.1 "Listing Referrers", with the tag
 * sha256-HEX where the registry lacks that API). cosign keeps signatures and attestations in one manifest each under
 * the tags sha256-HEX.sig and sha256-HEX.att (cosign specs/SIGNATURE_SPEC.md "Tag-based Discovery"). All of it is
 * checked against its digests, and nothing of it is believed for that. */
#pragma once
#include "image/source.h"

typedef struct {
  const char *type;                           /* artifactType of the referrer; of a tagged one its media type */
  const char *digest;                         /* of the manifest that holds it */
  const char *content_digest;                 /* "sha256:…" */
  CrStrv annotation_names, annotation_values; /* of the layer; parallel */
  GBytes *content;
} CrArtifact;

typedef struct {
  CrArena *arena;
  GPtrArray *list; /* CrArtifact* */
} CrArtifacts;

/* The artifacts of TYPES (NULL-terminated) that refer to IMAGE, each with its one layer. IMAGE is a registry's, with a
 * digest. None is no error. CR_ERROR_ENVIRONMENT, CR_ERROR_OFFLINE, CR_ERROR_TRUST, CR_ERROR_LIMIT. */
CrArtifacts *cr_artifacts_list(const CrImage *image, const char *const *types, const CrSourceOptions *options,
                               GError **error);
/* The layers under cosign's tag with SUFFIX, ".sig" or ".att". */
CrArtifacts *cr_artifacts_list_tagged(const CrImage *image, const char *suffix, const CrSourceOptions *options,
                                      GError **error);
void cr_artifacts_free(CrArtifacts *artifacts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrArtifacts, cr_artifacts_free)
/* The value of annotation NAME, or NULL. */
const char *cr_artifact_find_annotation(const CrArtifact *artifact, const char *name);
