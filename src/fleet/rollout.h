/* SPDX-License-Identifier: Apache-2.0 */
/* A container, or a turn of them, over to another image, or exactly as it was. The order is research/remediation.md §5:
 * create the new one beside the old, compare, stop the old, swap names, start, gate, dependents, commit; at any failure
 * from the stop on the untouched old one comes back, is gated itself, and the digest is remembered as bad.
 *
 * Every call is written down first (record/record.h, CrOperation) and may be done twice: cr_rollout_recover finishes or
 * undoes what a kill -9 left, so that exactly one container of that name runs and no temporary name stays. */
#pragma once
#include "fleet/fleet.h"
#include "record/record.h"

/* One more of a turn that is outdated itself. */
typedef struct {
  const char *container, *image_id; /* its new one, present in the daemon */
  guint step;                       /* of the run; 0: none */
} CrRolloutOther;

typedef struct {
  CrRecord *record;
  gint64 run;
  guint step;
  const char *image_id;         /* the new one, present in the daemon */
  const CrRolloutOther *others; /* of its turn: what uses it, or shares with it what uses both (decision 032). Each is
                                   changed once */
  guint n_others;
  guint gate_seconds, soak_seconds, keep_seconds; /* of the policy; labels careen.health.* of the container win */
  gboolean rollback;
  void (*say)(const char *line, gpointer data); /* what happens, or NULL */
  gpointer data;
} CrRolloutOptions;

typedef enum {
  CR_ROLLOUT_DONE,        /* the new one runs, gated */
  CR_ROLLOUT_ROLLED_BACK, /* the old one runs again, gated */
  CR_ROLLOUT_FAILED,      /* neither is well: said, and the old one is what runs */
  CR_ROLLOUT_REFUSED,     /* nothing was touched: why */
} CrRolloutOutcome;
const char *cr_rollout_outcome_get_name(CrRolloutOutcome outcome);

typedef struct {
  const char *container, *before, *after; /* image ids */
} CrRolloutChange;

typedef struct {
  CrArena *arena;
  CrRolloutOutcome outcome;
  const char *container, *why; /* WHY NULL with done */
  const char *before, *after;  /* container ids */
  const char *blamed;          /* the container whose new image is bad; or NULL */
  const char *log;             /* last words of the new one when it failed */
  gint64 down_ms;              /* from the stop to ready; 0: never down */
  GPtrArray *changes; /* CrRolloutChange*, of each container whose image was to be another, the first included */
  GPtrArray *with;    /* char*: "user (uses web)", made again with them though its image stays: it uses one of them */
  CrProblems *problems;
} CrRollout;

/* NULL with ERROR: the daemon cannot be asked. What a unit of systemd makes is restarted through it; what uses any of
 * them (network_mode container:, links, volumes_from) is made again after it, once, and gated, too. */
CrRollout *cr_rollout_run(const CrFleetContainer *container, const CrRolloutOptions *options, GError **error);
void cr_rollout_free(CrRollout *rollout);
/* `with`, as JSON for the record's outcome of the step: {"with": […]}. NULL: nobody, or nothing was touched. Free with
 * g_free. */
char *cr_rollout_format_outcome(const CrRollout *rollout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRollout, cr_rollout_free)
/* At every start of what acts: finish or undo open operations of DAEMON; *COUNT of those that this was the end of.
 * Also takes away what was kept longer than its time. */
gboolean cr_rollout_recover(CrDaemon *daemon, CrRecord *record, void (*say)(const char *line, gpointer data),
                            gpointer data, guint *count, GError **error);
/* Back to what ran before its last committed operation, as a new operation. WHOLE: with all that went over in that
 * turn and has not changed since. */
CrRollout *cr_rollout_undo(CrDaemon *daemon, const char *container, gboolean whole, const CrRolloutOptions *options,
                           GError **error);
/* The newest operation in which CONTAINER went over, and that stands; NULL: none, or ERROR. *FROM (may be NULL): the
 * image that it had before. */
const CrOperation *cr_rollout_find_last(CrDaemon *daemon, CrRecord *record, const char *container, CrArena *arena,
                                        const char **from, GError **error);
