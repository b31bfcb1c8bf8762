/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that a patch is what was planned, made by reading the result as any image is read: the layers as they were
 * and the new one on top. Nothing of the run is believed. */
#pragma once
#include "image/layer.h"
#include "remedy/choose.h"

typedef struct {
  const char *name; /* "packages", "updates", "files", "secrets", "libraries"; patch.c's: "audit", "symbols", "smoke" */
  gboolean passed;
  const char *detail; /* one sentence; of a failed one the first reasons */
} CrCheck;

typedef struct {
  char mark; /* '+', '~', '-' */
  const char *path;
  const char *owner;  /* name of the package, or NULL */
  const char *secret; /* what secret it is that the updates made, or NULL */
  const char *why;    /* of a file that no changed package owns: what it is; or NULL: nothing explains it */
} CrChangedFile;

typedef struct {
  CrArena *arena;
  GPtrArray *checks;    /* CrCheck*, in the order made */
  GPtrArray *files;     /* CrChangedFile* */
  GPtrArray *conffiles; /* const char*: files of the user's that were kept, the new version beside them */
  gboolean passed;      /* all of them */
  CrTree *tree;         /* what the result is read by */
  CrInventory *inventory;
  CrReach *reach;
} CrPatchProof;

typedef struct {
  GHashTable *secrets;        /* of secrets.h, or NULL */
  gboolean allow_new_secrets; /* they are listed, and no reason against the patch */
} CrProofOptions;

/* SCAN as before, PLAN as run, LAYER the index of the new layer, LIST what cr_layer_pack listed. Strings are of the
 * proof's own. */
CrPatchProof *cr_patch_proof_make(const CrScan *scan, const CrPlan *plan, CrLayer *layer, GBytes *list,
                                  const CrProofOptions *options);
/* One without any check, for what is no patch. */
CrPatchProof *cr_patch_proof_new(void);
void cr_patch_proof_free(CrPatchProof *proof);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPatchProof, cr_patch_proof_free)
void cr_patch_proof_add_check(CrPatchProof *proof, const char *name, gboolean passed, const char *detail);
