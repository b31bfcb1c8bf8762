/* SPDX-License-Identifier: Apache-2.0 */
/* A record as it was found (report/record.h tells what is in one): bytes, of which nothing is believed yet. Where an
 * image has several, and others' documents beside them, the provenance says by digest which belong to it. */
#pragma once
#include "image/artifact.h"
#include "remedy/dsse.h"
#include "remedy/statement.h"

#define CR_TYPE_REMEDY    "application/vnd.careen.remedy.v1+json"
#define CR_TYPE_CYCLONEDX "application/vnd.cyclonedx+json"
#define CR_TYPE_SPDX      "application/spdx+json"
#define CR_TYPE_OPENVEX   "application/vnd.openvex+json"
#define CR_PATCH_BUILD    "urn:careen:patch:1" /* SLSA's buildType */

typedef struct {
  GBytes *payload, *signature;
} CrEvidenceSignature;

typedef struct {
  char *place;           /* for people: the folder, or "beside the image" */
  GPtrArray *documents;  /* GBytes* */
  GPtrArray *envelopes;  /* GBytes* */
  GPtrArray *signatures; /* CrEvidenceSignature*, cosign's */
} CrEvidence;

/* What is in FOLDER, or beside IMAGE in its registry. Both CR_ERROR_INPUT where there is none. */
CrEvidence *cr_evidence_load_folder(const char *folder, GError **error);
CrEvidence *cr_evidence_load_registry(const CrImage *image, const CrSourceOptions *options, GError **error);
void cr_evidence_free(CrEvidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrEvidence, cr_evidence_free)

/* The provenance of a patch by careen whose subject is DIGEST or ID (either may be NULL): with KEY one that KEY signed,
 * else any. FALSE: there is none. */
gboolean cr_evidence_find_provenance(const CrEvidence *evidence, const char *digest, const char *id, const CrKey *key,
                                     CrStatement *provenance);
/* The document that PROVENANCE calls NAME, by its digest. *NAMED: it names one. NULL: it is not there. Owned by
 * EVIDENCE. */
GBytes *cr_evidence_find(const CrEvidence *evidence, const CrStatement *provenance, const char *name, gboolean *named);
/* Is there a statement of PREDICATE_TYPE about DIGEST or ID that KEY signed? */
gboolean cr_evidence_is_signed(const CrEvidence *evidence, const char *predicate_type, const char *digest,
                               const char *id, const CrKey *key);
/* Did KEY sign DIGEST as cosign does? */
gboolean cr_evidence_has_signature(const CrEvidence *evidence, const char *digest, const CrKey *key);
