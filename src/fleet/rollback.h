/* SPDX-License-Identifier: Apache-2.0 */
/* careen rollback: back to what was before, by a person's word: a container with what went over in its turn, an image
 * with the containers that it was rolled out to, or all that one run did. A run of its own in the record. */
#pragma once
#include "fleet/rollout.h"
#include "report/report.h"

typedef struct {
  const char *kind;    /* "image", "container", "file" */
  const char *subject; /* its name */
  const char *daemon;  /* "docker:unix:///run/docker.sock", or NULL */
  CrRolloutOutcome outcome;
  const char *why;            /* NULL with done */
  const char *before, *after; /* image ids, or NULL */
  const char *log;            /* last words of what did not stay, or NULL */
  const char *diff;           /* of a file that cannot be taken back: what to do by hand; or NULL */
  CrStrv with;                /* of a container: what was made again with it, for it uses one; or NULL */
  gint64 down_ms;
} CrRollbackItem;

typedef struct {
  CrArena *arena;      /* has all texts here: the fleet may go before it */
  gint64 run, undoes;  /* 0: none */
  const char *nothing; /* why nothing was begun, there being nothing left to take back; or NULL */
  GPtrArray *items;    /* CrRollbackItem*, in the order of doing */
  CrProblems *problems;
} CrRollback;

typedef struct {
  CrRecord *record;
  void (*say)(const char *line, gpointer data);
  gpointer data;
} CrRollbackOptions;

/* TARGET: the number of a run, a container ("podman:web" where two daemons have it), or an image. NULL: the last run
 * that changed something. Neither that nor an image is taken back twice: `nothing` says so; one that was killed is gone
 * on with. The caller has the leases of FLEET's daemons, and has recovered. CR_ERROR_USAGE: there is nothing of that
 * name; CR_ERROR_ENVIRONMENT: no engine answers that could be asked for it. */
CrRollback *cr_rollback_run(const CrFleet *fleet, const char *target, const CrRollbackOptions *options, GError **error);
/* What a killed rollback of an image or a run had begun is done to its end, in its own run, unless something else was
 * done to it since; one of a container is cr_rollout_recover's. *COUNT of such; then the fleet is another one. The
 * caller has the leases of FLEET's daemons, and has recovered those. */
gboolean cr_rollback_recover(const CrFleet *fleet, const CrRollbackOptions *options, guint *count, GError **error);
void cr_rollback_free(CrRollback *rollback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRollback, cr_rollback_free)
/* Everything is as it was before. */
gboolean cr_rollback_is_done(const CrRollback *rollback);

void cr_rollback_write_table(const CrRollback *rollback, CrReport *report);
void cr_rollback_write_json(const CrRollback *rollback, CrReport *report); /* careen.rollback/1 */
