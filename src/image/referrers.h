/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks of an image beside it: signatures, attestations, bills of materials. Three ways to find them:
 *
 *   the referrers API of a registry (OCI distribution-spec 1.1 "Listing Referrers")
 *   its fallback, the tag sha256-HEX, an index ("Referrers Tag Schema"); registries and layouts
 *   cosign's own tags sha256-HEX.sig, .att and .sbom (cosign's specs/SIGNATURE_SPEC.md); registries and layouts
 *
 * They speak of one digest. An image that changes has another, so none of them can be carried to it: a signature over
 * the old digest says nothing about the new one. What is left behind is listed, never silently. */
#pragma once
#include "image/source.h"

typedef struct {
  const char *digest;  /* its own, or NULL: the registry does not say */
  const char *type;    /* artifact or media type, or what its tag stands for:
                          "application/vnd.dev.sigstore.bundle.v0.3+json",    "cosign signature" */
  const char *subject; /* the digest it speaks of */
  const char *place;   /* "index", "referrers", or the tag */
} CrDropped;

/* Append to OUT (CrDropped*, strings in ARENA) what speaks of DIGEST where SOURCE was found; at most
 * CR_LIMIT_REFERRERS, which is a `partial` problem beyond, and so is a registry that cannot be asked. Sources other
 * than registries and layouts have none. */
void cr_source_list_referrers(CrSource *source, const char *digest, CrArena *arena, GPtrArray *out,
                              CrProblems *problems);
