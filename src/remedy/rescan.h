/* SPDX-License-Identifier: Apache-2.0 */
/* The last check of a proof: the ordinary scan of the very image that will be published, compared with the one before.
 * Layers come from the cache and archives as they were fetched for the plan, so it costs what a warm scan does. */
#pragma once
#include "image/draft.h"
#include "remedy/verify.h"

/* Scan the sealed DRAFT as OPTIONS scanned what BEFORE is of, and add the check "rescan" to PROOF: the updates that
 * PLAN fixes are gone, none is new, no flaw is new, no package is lost or older, and what could be examined still can
 * be. *AFTER (may be NULL): the scan, to be freed before DRAFT. FALSE with ERROR: it could not be scanned at all. */
gboolean cr_patch_rescan(CrPatchProof *proof, const CrScan *before, const CrPlan *plan, CrDraft *draft,
                         const CrScanOptions *options, CrScan **after, GError **error);
/* The comparison alone. */
void cr_patch_compare_scans(CrPatchProof *proof, const CrScan *before, const CrPlan *plan, const CrScan *after);
