/* SPDX-License-Identifier: Apache-2.0 */
/* What `careen watch` counts, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). Names
 * and labels are a promise: doc/fleet.md lists them. */
#pragma once
#include "fleet/apply.h"
#include "fleet/plan.h"

/* What a watcher knows of itself. */
typedef struct {
  gint64 started, last_round, last_success, next_round; /* seconds; 0: none yet */
  double last_seconds;                                  /* how long the last round took */
  guint rounds, failed_rounds;
  guint done, failed, rolled_back, refused; /* steps, since it started */
  guint told, not_told;                     /* notices */
} CrWatchCounts;

/* The part that is made once a round. Free with g_free. */
char *cr_metrics_format_fleet(const CrFleet *fleet, const GPtrArray *facts, const CrFleetPlan *plan);
/* All of it; FLEET: that part of the last round, or NULL before the first. Free with g_free. */
char *cr_metrics_format(const CrWatchCounts *counts, const char *fleet);
/* "ok", or why not; *HEALTHY. Not healthy: no round has succeeded for three intervals. Free with g_free. */
char *cr_metrics_format_health(const CrWatchCounts *counts, gint64 now, guint interval_seconds, gboolean *healthy);
