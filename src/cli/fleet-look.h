/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: what every command of the fleet begins with: careen.yaml, the options for scans, and the graph;
 * and a plan of it. */
#pragma once
#include "cli/look.h"
#include "fleet/plan.h"

typedef struct {
  CrFleetConfig *config;
  CrLook *look;
  CrFleet *fleet;
} CrFleetLook;

/* ONLY: names or globs of images, NULL or empty: all; ALL: every local image with a name. They must outlive it. */
CrFleetLook *cr_fleet_look_new(const CrSettings *settings, char **only, gboolean all, GError **error);
void cr_fleet_look_free(CrFleetLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFleetLook, cr_fleet_look_free)
/* A plan of what LOOK has, looked into now; RECORD (may be NULL) gets what was seen. */
CrFleetPlan *cr_fleet_look_plan(const CrFleetLook *look, CrRecord *record);
