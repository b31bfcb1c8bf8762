/* SPDX-License-Identifier: Apache-2.0 */
/* A plan, done: wave by wave, independent steps at once up to the policy's cap, each step written down before and
 * after. What a failed step's children wait for is skipped, the rest goes on. */
#pragma once
#include "fleet/plan.h"
#include "fleet/rebuild.h"
#include "fleet/rollout.h"
#include "remedy/remedy.h"

typedef struct {
  const CrScanOptions *scan;
  const CrRemedyOptions *remedy; /* how a patch is proved; choice and hold are the policy's */
  CrRecord *record;
  const char *command;    /* "apply", "watch", "rebuild": of the run */
  gboolean dry_run;       /* do everything that changes nothing: make and prove, publish and re-create nothing */
  gboolean no_rollout;    /* images only */
  gboolean ignore_window; /* --now */
  char *(*answer)(const char *container, gpointer data); /* restart: ask; or NULL: it is not re-created */
  void (*say)(const char *line, gpointer data);          /* progress for people */
  gpointer data;
} CrApplyOptions;

typedef struct {
  gint64 run;
  guint done, failed, rolled_back, skipped, refused;
  gboolean changed; /* anything at all */
} CrApplied;

/* PLAN's steps get their `state` and reason. FALSE with ERROR: it could not begin or not go on; what was done is in the
 * record. */
gboolean cr_apply_run(CrFleetPlan *plan, const CrFleet *fleet, const CrApplyOptions *options, CrApplied *applied,
                      GError **error);
