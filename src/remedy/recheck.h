/* SPDX-License-Identifier: Apache-2.0 */
/* A patched image proved again by somebody who was not there. The record (evidence.h) says what to look for; each thing
 * it says is looked for in the image, in its original and in the signed archives, and what it does not say is
 * looked for too. Without a key a record can be no lie about the image, but anybody may have written it.
 *
 *   record     the provenance is about this image, and its documents are those it names by digest
 *   signature  KEY signed the image's digest, as cosign does, and every statement of the record
 *   original   what is below the patch layer is the original, layers and config: careen's labels apart, nothing differs
 *   layer      there is one patch layer, the recorded one, and it holds the recorded files and no others
 *   packages, files, libraries   the proof that was made before the image got its name (verify.h), made again
 *   updates    the fixes are there, and none of them is pending again
 *   archives   the package files' hashes stand in the distribution's signed lists today
 *   contents   the files of the changed packages are byte for byte those in these package files, where they can be had
 *   sbom, vex  list what is in the image; each flaw said to be fixed is one of a package that the patch changed
 */
#pragma once
#include "remedy/evidence.h"
#include "remedy/original.h"

typedef enum {
  CR_RECHECK_HOLDS,
  CR_RECHECK_FAILS,
  CR_RECHECK_UNKNOWN, /* it could not be examined: why is in the detail */
  CR_RECHECK_SKIPPED, /* nothing to check, or not asked for */
} CrRecheckState;
/* "holds", "fails", "unknown", "skipped" */
const char *cr_recheck_state_get_name(CrRecheckState state);

typedef struct {
  const char *name;
  CrRecheckState state;
  const char *detail;
} CrRecheckLine;

typedef struct {
  CrArena *arena;
  CrScan *scan;     /* what is in IMAGE; no archive was asked */
  CrScan *original; /* of what it was patched from; NULL: it cannot be had */
  CrEvidence *evidence;
  CrOriginal label;     /* what the image says of its original */
  char *key_id;         /* of the key, or NULL: none was given */
  guint changes, fixes; /* packages changed, flaws said to be fixed; by the record */
  GPtrArray *lines;     /* CrRecheckLine*, in the order of above */
} CrRecheck;

typedef struct {
  const char *record; /* a folder, or NULL: beside the image in its registry */
  const CrKey *key;   /* or NULL */
} CrRecheckOptions;

/* NULL with ERROR: it cannot be opened (as cr_scan_run), careen has not patched it, or there is no record (both
 * CR_ERROR_INPUT). What SCAN points to must outlive the result. */
CrRecheck *cr_recheck_new(const char *image, const CrRecheckOptions *options, const CrScanOptions *scan,
                          GError **error);
void cr_recheck_free(CrRecheck *recheck);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRecheck, cr_recheck_free)
/* The worst of the lines: FAILS, UNKNOWN, else HOLDS. */
CrRecheckState cr_recheck_get_verdict(const CrRecheck *recheck);
