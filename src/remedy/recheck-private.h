/* SPDX-License-Identifier: Apache-2.0 */
/* Between recheck*.c. */
#pragma once
#include "remedy/reasons.h"
#include "remedy/recheck.h"

typedef struct {
  CrRecheck *recheck;
  const CrScanOptions *options;
  const CrKey *key;
  CrStatement provenance;
  CrJsonDoc *remedy; /* remedy.json; NULL: not there */
  const CrJson *root;
  CrReasons reasons; /* of the check at hand */
} Rechecking;

/* Something that the check at hand objects to. */
#define cr_recheck_object(rechecking, ...) cr_reasons_add(&(rechecking)->reasons, __VA_ARGS__)
/* The end of a check: it fails with the reasons, or holds with these words. */
void cr_recheck_conclude(Rechecking *rechecking, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* A check that was not made. */
void cr_recheck_leave(Rechecking *rechecking, const char *name, CrRecheckState state, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The digests by which the image is known; either may be NULL. */
const char *cr_recheck_get_digest(const Rechecking *rechecking);
const char *cr_recheck_get_id(const Rechecking *rechecking);
/* The provenance's resolvedDependencies. */
const CrJson *cr_recheck_get_dependencies(const Rechecking *rechecking);
/* TEXT as it comes back from JSON, where bytes that are not UTF-8 are not what they were. Free with g_free. */
char *cr_recheck_format_text(const char *text);

/* recheck-original.c */
void cr_recheck_open_original(Rechecking *rechecking);
/* recheck-layer.c */
void cr_recheck_check_layer(Rechecking *rechecking);
/* recheck-packages.c */
void cr_recheck_check_proof(Rechecking *rechecking);
void cr_recheck_check_updates(Rechecking *rechecking);
void cr_recheck_check_archives(Rechecking *rechecking);
/* recheck-contents.c */
void cr_recheck_check_contents(Rechecking *rechecking);
/* recheck-documents.c */
void cr_recheck_check_sbom(Rechecking *rechecking);
void cr_recheck_check_vex(Rechecking *rechecking);
