/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's changes made in a workspace, and what they changed as a layer: the part of a patch that can be done again,
 * with another plan, or with the same one for comparison. */
#pragma once
#include "remedy/packages.h"

typedef struct {
  CrScan *scan;
  const CrPlan *plan;
  const CrPackageManager *manager;
  CrWorkspace *workspace;
  const CrLimits *limits;
  gint64 epoch;   /* of CrLayerPack */
  gboolean again; /* the layers are in the workspace: what was changed before is undone */
} CrRun;

/* Afterwards in the workspace's folder: "layer.tar", "files" (cr_layer_pack), "install.log", and "complaint" where the
 * package manager's own check found something that was not so before. CR_ERROR_GATE: the image's own programs failed.
 */
gboolean cr_run_changes(const CrRun *run, GError **error);
