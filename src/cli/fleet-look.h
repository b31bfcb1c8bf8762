/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: what every command of the fleet begins with: careen.yaml, the options for scans, and the graph;
 * and a plan of it. */
#pragma once
#include "cli/look.h"
#include "fleet/known.h"
#include "fleet/plan.h"

typedef struct {
  const CrFleetConfig *config;
  CrFleetConfig *own; /* the same where it was read for this look, or NULL */
  CrLook *look;
  CrFleet *fleet;
  gboolean whole; /* of all images that the configuration and the engines name */
} CrFleetLook;

typedef enum {
  CR_FLEET_LOOK_ALL = 1,        /* every local image with a name */
  CR_FLEET_LOOK_REGISTRIES = 2, /* and ask registries for what no engine has */
} CrFleetLookFlags;

/* ONLY: names or globs of images, NULL or empty: all. They must outlive it. */
CrFleetLook *cr_fleet_look_new(const CrSettings *settings, char **only, guint flags, GError **error);
/* All of the fleet of CONFIG, which is not read again and must outlive it. */
CrFleetLook *cr_fleet_look_new_of(const CrSettings *settings, const CrFleetConfig *config, GError **error);
void cr_fleet_look_free(CrFleetLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFleetLook, cr_fleet_look_free)
/* A plan of what LOOK has, looked into now; RECORD (may be NULL) gets what was seen. */
CrFleetPlan *cr_fleet_look_plan(const CrFleetLook *look, CrRecord *record);
/* The same, a round of KNOWN; VISIT sees the facts that it was made of, which are gone when it returns. */
typedef void (*CrFactsVisit)(const GPtrArray *facts, const CrFleetPlan *plan, gpointer data);
CrFleetPlan *cr_fleet_look_plan_round(const CrFleetLook *look, CrRecord *record, CrKnown *known, CrStrv files,
                                      CrFactsVisit visit, gpointer data);
