/* SPDX-License-Identifier: Apache-2.0 */
/* The fixes of a plan as one new layer, proved.
 *
 *   choose.c     what is to change             layer.c      what changed, as a tar
 *   packages.c   who changes it                verify.c     whether that is what was planned
 *   workspace.c  where it is changed           symbols.c    whether what starts finds what it needs
 *   sandbox.c    how little it can reach       smoke.c      whether it starts
 *   patch.c      one after the other           secrets.c    whether a secret came with it
 *
 * Nothing is published here: the layer is a file in the workspace, which a sink takes over only when the proof holds.
 */
#pragma once
#include "image/readers.h"
#include "remedy/smoke.h"
#include "remedy/verify.h"
#include "remedy/workspace.h"

typedef struct {
  const CrCache *cache;
  CrReaders *apart;                     /* as in CrScanOptions */
  gboolean in_memory;                   /* the image may be unpacked in memory, if there is plenty */
  guint program_seconds, total_seconds; /* 0: limits.h */
  guint64 disk_bytes;                   /* 0: limits.h */
  gint64 epoch;                         /* SOURCE_DATE_EPOCH, or -1: the date of the newest archive in use */
  CrSmokeOptions smoke;
  gboolean allow_new_secrets;
  gboolean twice; /* make it again and compare (twice.h) */
  CrBaton *baton; /* others are made at the same time, and the caller has it (base/baton.h); or NULL */
  guint at_once;  /* …so many with this one, who share what memory and its folder have to give; 0: 1 */
} CrPatchOptions;

typedef struct {
  CrLimits limits;
  CrWorkspace *workspace;
  char *layer_path; /* the plain tar, in the workspace; gone with the patch */
  char *diff_id;
  guint64 size_bytes;
  gint64 epoch; /* every date in the result is this or older */
  CrPatchProof *proof;
  char *log; /* what the package manager said */
} CrPatch;

/* Make PLAN's changes (there are some) to the image of SCAN. NULL with ERROR: it could not be made, and nothing is
 * left of it (CR_ERROR_GATE: the image's own programs failed). A patch whose proof does not hold is returned: it says
 * why, and must not be used. */
CrPatch *cr_patch_make(CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error);

/* The same in parts: a place for a patch, then one plan after the other, as often as wanted; the layers are unpacked
 * once. What a try before left in PATCH is gone. FALSE as NULL above. */
CrPatch *cr_patch_new(const CrScan *scan, const CrPatchOptions *options, GError **error);
gboolean cr_patch_try(CrPatch *patch, CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error);
/* The changes alone, without any proof: the layer is at `layer_path`. */
gboolean cr_patch_run(CrPatch *patch, CrScan *scan, const CrPlan *plan, GError **error);
/* It is not tried again: of its workspace only the layer stays. */
void cr_patch_settle(CrPatch *patch);
void cr_patch_free(CrPatch *patch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPatch, cr_patch_free)
/* The date of the newest verified archive, seconds; 0: none. */
gint64 cr_patch_find_epoch(const CrScan *scan);
