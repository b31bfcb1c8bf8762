/* SPDX-License-Identifier: Apache-2.0 */
/* The record beside a patched image: what was done, in the field's own formats, for people and programs who were not
 * there. Each document is a file in a folder, and in a registry an artifact that refers to the image.
 *
 *   remedy.json       careen.remedy/1: packages, fixes and their states, files, checks, what a run makes at random
 *   sbom.cdx.json     CycloneDX 1.6 of the result; the packages before are these without the changes
 *   sbom.spdx.json    SPDX 2.3 of the same
 *   openvex.json      OpenVEX 0.2.0: each flaw that was mended is `fixed` in the package's new version, in the result
 *   provenance.json   in-toto Statement v1 with SLSA provenance v1: made of what, with which options, by whom
 *
 * With a key each is a signed statement as well (NAME.dsse.json beside NAME.json: DSSE, the document as predicate), and
 * the image's digest is signed as cosign does it (signature.json, what is signed, and signature.sig).
 *
 * The same patch at the same SOURCE_DATE_EPOCH gives the same bytes; ECDSA's signatures alone are other ones each time.
 * remedy/recheck.h reads it again and believes nothing of it. */
#pragma once
#include "remedy/evidence.h"
#include "remedy/remedy.h"
#include "report/report.h"

typedef struct {
  const CrKey *key;                         /* signs; or NULL */
  const char *author;                       /* who states what openvex states */
  CrStrv parameter_names, parameter_values; /* what the user asked for, parallel */
} CrRecordOptions;

typedef struct {
  const char *file;           /* "sbom.cdx.json" */
  const char *artifact_type;  /* in a registry */
  const char *predicate_type; /* of the statement that is signed */
  GBytes *content;            /* provenance.json is a statement itself */
  GBytes *envelope;           /* signed; or NULL */
} CrRecordPart;

typedef struct {
  CrArena *arena;
  GPtrArray *parts; /* CrRecordPart*; openvex only where a flaw was mended */
  const CrDraft *draft;
  GBytes *payload; /* cosign's statement of the digest of `draft`, and its signature; or NULL */
  GBytes *signature;
} CrPatchRecord;

/* The record of REMEDY, which is patched, about its drafts; what is signed by digest is DRAFT, one of them. OPTIONS and
 * the remedy must outlive it. SCAN: how the result is scanned for its bill of materials. */
CrPatchRecord *cr_patch_record_new(const CrRemedy *remedy, const CrDraft *draft, const CrRecordOptions *options,
                                   const CrScanOptions *scan, GError **error);
void cr_patch_record_free(CrPatchRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPatchRecord, cr_patch_record_free)

/* Write it into FOLDER, which is made where it is not there. Files of an earlier record that this one has not are
 * removed, so that no folder holds parts of two. CR_ERROR_ENVIRONMENT. */
gboolean cr_patch_record_store(const CrPatchRecord *record, const char *folder, GError **error);
/* Attach it to what SINK (a registry) has of its draft. *COUNT (may be NULL): artifacts. */
gboolean cr_patch_record_attach(const CrPatchRecord *record, CrImageSink *sink, guint *count, GError **error);

/* ---- the documents: record-vex.c, record-provenance.c ---- */

/* What the result is: the digests of its manifests, then of its config, by which a daemon knows it. */
typedef struct {
  const char *name; /* "shop/web:4-patched" */
  const CrSubject *list;
  guint count;
} CrRecordSubjects;

/* NULL: nothing that a flaw is known of was changed. AFTER is the scan of the result. */
GBytes *cr_patch_record_write_vex(const CrRemedy *remedy, const CrScan *after, const CrRecordSubjects *subjects,
                                  const char *author);
/* PARTS (CrRecordPart*) are its by-products. */
GBytes *cr_patch_record_write_provenance(const CrRemedy *remedy, const CrRecordSubjects *subjects,
                                         const CrRecordOptions *options, const GPtrArray *parts, GError **error);

/* openvex.c: pkg:oci/NAME@DIGEST?arch=…&repository_url=… of an image called NAME ("host/shop/web:4"). Free with g_free.
 */
char *cr_openvex_format_product(const char *name, const char *digest, const char *architecture);
