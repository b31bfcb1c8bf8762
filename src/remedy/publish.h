/* SPDX-License-Identifier: Apache-2.0 */
/* A proved patch as an image: the original's layers and config, the new layer on top, and labels that say what it was
 * made of. Labels as well as annotations, because daemons keep only the former. */
#pragma once
#include "image/sink.h"
#include "remedy/original.h"
#include "remedy/patch.h"

/* The original's manifest, or config where it has no manifest. */
#define CR_PATCH_LABEL_ORIGINAL "careen.patch.original"
/* The original's config, and the diff_id of the patch layer: by these the next patch begins at the original. */
#define CR_PATCH_LABEL_CONFIG "careen.patch.config"
#define CR_PATCH_LABEL_LAYER  "careen.patch.layer"
/* The original's name where it has one: base.name may be the original's own word. */
#define CR_PATCH_LABEL_NAME "careen.patch.name"
/* "libssl3 3.0.20-1 3.0.22-1, …": name, version before ("-": new), version now ("-": removed). */
#define CR_PATCH_LABEL_PACKAGES "careen.patch.packages"
/* The date that everything in the patch has at the latest, RFC 3339; and who made it: "careen 0.1.0". */
#define CR_PATCH_LABEL_DATE "careen.patch.date"
#define CR_PATCH_LABEL_TOOL "careen.patch.tool"
/* Labels (in the label) and annotations (in the annotation) of the original that these took the place of: JSON. */
#define CR_PATCH_LABEL_REPLACED "careen.patch.replaced"
/* OCI image-spec annotations.md: the original, as what this image is built on. */
#define CR_PATCH_LABEL_BASE_NAME   "org.opencontainers.image.base.name"
#define CR_PATCH_LABEL_BASE_DIGEST "org.opencontainers.image.base.digest"
/* All of them, NULL-terminated: what a patch adds, and peeling takes away. */
extern const char *const cr_patch_labels[];

/* The draft of SCAN's image, the ORIGINAL, with PATCH's layer, sealed. CR_ERROR_GATE: its proof does not hold. */
CrDraft *cr_patch_make_draft(const CrPatch *patch, const CrScan *scan, const CrPlan *plan, const CrOriginal *original,
                             const CrDraftOptions *options, GError **error);
/* The text of CR_PATCH_LABEL_PACKAGES. Free with g_free. */
char *cr_patch_format_packages(const CrPlan *plan);
