/* SPDX-License-Identifier: Apache-2.0 */
/* A proved patch as an image: the original's layers and config, the new layer on top, and labels that say what it was
 * made of. Labels as well as annotations, because daemons keep only the former. */
#pragma once
#include "image/sink.h"
#include "remedy/patch.h"

/* The original of a patched image, by which the next patch begins there: at most one patch layer exists. */
#define CR_PATCH_LABEL_ORIGINAL "careen.patch.original"
/* "libssl3 3.0.20-1 3.0.22-1, …": name, version before ("-": new), version now ("-": removed). */
#define CR_PATCH_LABEL_PACKAGES "careen.patch.packages"

/* The draft of SCAN's image with PATCH's layer, sealed. CR_ERROR_GATE: its proof does not hold. */
CrDraft *cr_patch_make_draft(const CrPatch *patch, const CrScan *scan, const CrPlan *plan,
                             const CrDraftOptions *options, GError **error);
/* The text of CR_PATCH_LABEL_PACKAGES. Free with g_free. */
char *cr_patch_format_packages(const CrPlan *plan);
