/* SPDX-License-Identifier: Apache-2.0 */
/* A plan, done: step after step in its order, each written down before and after. What waits for a step that failed or
 * was refused is skipped, the rest goes on.
 *
 * Done here are patch and pull. What this careen cannot do (to rebuild, to re-create containers) is refused with what
 * to do instead, and counted: never passed over. */
#pragma once
#include "fleet/plan.h"
#include "remedy/remedy.h"

typedef struct {
  const CrScanOptions *scan;
  const CrRemedyOptions *remedy; /* how a patch is proved; what is chosen is the plan's */
  CrRecord *record;
  const char *command;    /* "apply", "watch": of the run */
  gint64 now;             /* seconds; by it windows are judged */
  gboolean dry_run;       /* patches are made and proved, nothing is named, pulled or written down */
  gboolean ignore_window; /* --now; what freezes and a metered network hold all the same */
  void (*say)(const char *line, gpointer data); /* progress for people, or NULL */
  gpointer data;
} CrApplyOptions;

typedef struct {
  gint64 run; /* 0: nothing was to be done, or a dry run */
  guint done, failed, skipped, refused;
} CrApplied;

/* PLAN's steps get their `state` (done, failed, skipped, refused; planned: there was nothing to do) and reason. FALSE
 * with ERROR: it could not begin or not be written down; what was done is in the record. */
gboolean cr_apply_run(CrFleetPlan *plan, const CrFleet *fleet, const CrApplyOptions *options, CrApplied *applied,
                      GError **error);
