/* SPDX-License-Identifier: Apache-2.0 */
/* A plan, done: step after step in its order, each written down before and after. What waits for a step that failed or
 * was refused is skipped, the rest goes on. An image is patched, rebuilt or pulled; then its containers are rolled over
 * to it, one after the other, and the rest keeps the old one when one is not well with it. */
#pragma once
#include "fleet/plan.h"
#include "remedy/remedy.h"

typedef struct {
  const CrScanOptions *scan;
  const CrRemedyOptions *remedy; /* how a patch is proved; what is chosen is the plan's */
  CrRecord *record;
  const char *lock_dir;   /* fleet/lease.h, or NULL */
  const char *command;    /* "apply", "watch": of the run */
  gint64 now;             /* seconds; by it windows are judged */
  gboolean dry_run;       /* patches are made and proved, nothing is named, pulled or written down */
  gboolean write;         /* --write: new digests into Compose files, manifests and units */
  gboolean yes;           /* --yes: `restart: ask` is answered */
  gboolean ignore_window; /* --now; what freezes and a metered network hold all the same */
  void (*say)(const char *line, gpointer data); /* progress for people, or NULL */
  gpointer data;
} CrApplyOptions;

typedef struct {
  gint64 run;                                        /* 0: nothing was to be done, or a dry run */
  guint done, failed, rolled_back, skipped, refused; /* steps: of images, and of containers */
  gboolean interrupted;                              /* the rest was skipped, for careen was asked to stop */
} CrApplied;

/* Before the fleet is looked at for a plan: what a killed careen left half done in FLEET's daemons is finished or
 * undone. *COUNT of such; then the fleet is another one. CR_ERROR_ENVIRONMENT: another careen is at work. */
gboolean cr_apply_recover(const CrFleet *fleet, const CrApplyOptions *options, guint *count, GError **error);
/* What --write would change, as a unified diff. Free with g_free. */
char *cr_apply_format_diff(const CrFleetPlan *plan, GError **error);
/* PLAN's steps get their `state` (done, failed, skipped, refused; planned: there was nothing to do), reason and new id;
 * PLAN its rollovers. FALSE with ERROR: it could not begin or not be written down; what was done is in the record. */
gboolean cr_apply_run(CrFleetPlan *plan, const CrFleet *fleet, const CrApplyOptions *options, CrApplied *applied,
                      GError **error);
