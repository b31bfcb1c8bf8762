/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of rollout share: one operation on one container and what uses it, as it is written down. Private to
 * them. */
#pragma once
#include "fleet/gate-wait.h"
#include "fleet/rollout.h"

/* In their order. Up to CR_PHASE_HOOK nothing that runs was touched: what was interrupted there is taken back. From
 * CR_PHASE_SWITCH on it is gone on with, and each call may be made again. */
typedef enum {
  CR_PHASE_CREATE,     /* the new one, beside the old */
  CR_PHASE_HOOK,       /* careen.hook.pre, inside the old one */
  CR_PHASE_SWITCH,     /* old stopped, names swapped, new started */
  CR_PHASE_GATE,       /* the new one is waited for; careen.hook.post inside it */
  CR_PHASE_DEPENDENTS, /* each of the others created, switched and waited for */
  CR_PHASE_SOAK,
  CR_PHASE_COMMIT, /* it stands: old ones go, or are kept */
  CR_PHASE_BACK,   /* the old ones again */
} CrPhase;
const char *cr_phase_get_name(CrPhase phase);
gboolean cr_phase_find(const char *name, CrPhase *phase);

/* A container that is changed. The first is the one that was asked for and uses none of the others; those use it, or go
 * over in one turn with it (decision 032). Each comes after what it uses. */
typedef struct {
  const char *name;
  const char *old_id, *new_id; /* NEW_ID NULL: not made yet */
  const char *image;           /* that the new one is created from: a reference, or an id */
  const char *image_id, *before_image_id;
  const char *state;      /* of the old one before: running, paused, exited, … */
  const char *policy;     /* its RestartPolicy, JSON */
  const char *new_policy; /* of a kept one that is taken back, which has "no" by then; else NULL */
  const char *home;       /* the kept one's name until now, which it gets again on the way back; else NULL */
  const char *ill;   /* …and how that one was not well, "unhealthy" or "restarting": no proof against a new one that
                        is no worse; NULL: it was */
  const char *unit;  /* systemd's, which makes it: restarted, not made here; else NULL */
  const char *uses;  /* names of those before it that it uses itself, with a comma between; NULL: none */
  gint64 step;       /* of the run on record, that says what became of it; 0: none */
  gboolean at_once;  /* Compose starts every container with its labels: the old one is not kept */
  CrGateResult gate; /* not written down */
} CrRolloutMember;

typedef struct {
  CrRollout *result; /* its arena has all texts here */
  CrArena *arena;
  CrDaemon *daemon;
  CrRecord *record;
  CrOperation operation;
  CrPhase phase;
  GPtrArray *members; /* CrRolloutMember* */
  guint gate_seconds, soak_seconds, keep_seconds;
  gboolean rollback;
  const char *why;     /* what is wrong with the new one, or NULL */
  gboolean blamed;     /* …and it is the image's fault */
  const char *whose;   /* …of this member; NULL: of the first */
  gint64 stopped_usec; /* monotonic; 0: it was not, or by a process that was killed */
  void (*say)(const char *line, gpointer data);
  gpointer data;
} CrRolling;

/* ---- rollout-journal.c ---- */

CrRolling *cr_rolling_new(CrDaemon *daemon, const char *container, const CrRolloutOptions *options);
/* Of an OPERATION in the record, to go on with; CR_ERROR_INPUT: it cannot be read. */
CrRolling *cr_rolling_load(CrDaemon *daemon, CrRecord *record, const CrOperation *operation, GError **error);
/* Its result stays, and is freed by whoever has it; before or after. */
void cr_rolling_free(CrRolling *rolling);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRolling, cr_rolling_free)
/* What comes now, in the record when it returns. */
gboolean cr_rolling_enter(CrRolling *rolling, CrPhase phase, GError **error);
/* The end of the operation: "committed", "rolled-back", "failed", "abandoned". */
gboolean cr_rolling_end(CrRolling *rolling, const char *outcome, GError **error);
void cr_rolling_say(const CrRolling *rolling, const char *format, ...) G_GNUC_PRINTF(2, 3);
CrRolloutMember *cr_rolling_get(const CrRolling *rolling, guint i);
/* `changes` and `with` of the result: of whom whoever asked hears what became. */
void cr_rolling_note_members(CrRolling *rolling);
/* Does its image change? */
gboolean cr_rollout_member_changes(const CrRolloutMember *member);
/* Does it use OTHER itself? */
gboolean cr_rollout_member_uses(const CrRolloutMember *member, const CrRolloutMember *other);
/* Whose new image is bad; NULL: nobody's. */
const CrRolloutMember *cr_rolling_find_blamed(const CrRolling *rolling);
/* NAME.old-OPERATION and the like, in the arena. */
const char *cr_rolling_format_name(const CrRolling *rolling, const CrRolloutMember *member, const char *kind);

/* ---- rollout-calls.c: calls that an engine may refuse for a while ---- */

/* Each is asked again for a minute while it is refused: an engine says no while a process ends or a removal is under
 * way (Podman: "container state improper"; Docker: "removal … is already in progress"). CR_ERROR_NOT_FOUND ends it. */
gboolean cr_rollout_stop(CrDaemon *daemon, const char *id, GError **error);
gboolean cr_rollout_rename(CrDaemon *daemon, const char *id, const char *name, GError **error);
gboolean cr_rollout_start(CrDaemon *daemon, const char *id, GError **error);
/* Stop it and take it away, without its volumes: they are the other one's. One that is gone is success. */
gboolean cr_rollout_remove(CrDaemon *daemon, const char *id, GError **error);
/* POLICY: JSON text, NULL: "no". An engine that cannot is no failure. */
gboolean cr_rollout_set_policy(CrDaemon *daemon, const char *id, const char *policy, GError **error);
/* One container by NAME or id, or NULL without ERROR: there is none. */
CrContainers *cr_rollout_find(CrDaemon *daemon, const char *name, GError **error);
const CrContainer *cr_rollout_get_first(const CrContainers *containers);
gboolean cr_rollout_runs(const char *state); /* running, paused, restarting */

/* ---- rollout-prepare.c ---- */

/* What is asked for. */
typedef struct {
  const CrContainers *all;      /* of the daemon, now */
  const CrContainer *container; /* the first */
  const char *image_id;
  const CrRolloutOther *others; /* of the turn */
  guint n_others;
  GHashTable *kept; /* name → CrRolloutMember*: what was kept of it (`old_id`, `name` that it has, `policy`) takes its
                       place again; or NULL */
} CrRollingWish;
/* Who is changed, and whether it may be. FALSE without ERROR: it may not, `result` says why. */
gboolean cr_rolling_prepare(CrRolling *rolling, const CrRollingWish *wish, GError **error);

/* "unhealthy", "restarting" (also between two restarts), or NULL: it is well, as far as the engine says. */
const char *cr_rollout_find_illness(const CrContainer *container);

/* ---- rollout-steps.c ---- */

/* The new one of MEMBER I under its temporary name; *WHY (in the arena): it would not be what the old one is. */
gboolean cr_rolling_create(CrRolling *rolling, guint i, const char **why, GError **error);
/* From the switch on, to the commit. FALSE: `why` says what is wrong, and the way is back. */
gboolean cr_rolling_go_on(CrRolling *rolling);
/* It stands. FALSE: the record could not be written. */
gboolean cr_rolling_commit(CrRolling *rolling, GError **error);
void cr_rolling_mark_bad(CrRolling *rolling);
/* RESULT's, in the arena; or NULL. */
const char *cr_rolling_take_why(CrRolling *rolling, CrGateResult *result);
/* Is the new one of MEMBER, which is not well for WHY, no worse than the old one was? Then that is said, and TRUE. */
gboolean cr_rolling_forgives(CrRolling *rolling, const CrRolloutMember *member, const char *why);
/* Wait until ID is well; FALSE: *WHY (in the arena) says why it is not, or cannot be asked. */
gboolean cr_rolling_wait(CrRolling *rolling, const char *id, gint64 restarts, CrGateResult *result, const char **why);

/* ---- rollout-back.c ---- */

/* Nothing that ran was touched: the new one goes again. */
gboolean cr_rolling_abandon(CrRolling *rolling, const char *outcome, GError **error);
/* The old ones run again, each waited for. `result` says how it ended. */
void cr_rolling_go_back(CrRolling *rolling);

/* ---- rollout.c ---- */

/* All of WISH, from the beginning to the end. */
CrRollout *cr_rollout_roll(CrDaemon *daemon, const CrRollingWish *wish, const CrRolloutOptions *options,
                           GError **error);
/* From the phase that the record has to the end. */
void cr_rolling_finish(CrRolling *rolling);
/* A CrRollout that only says why nothing was done. */
CrRollout *cr_rollout_refuse(const char *container, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ---- rollout-hooks.c ---- */

/* careen.hook.post inside ID; FALSE: *WHY (in the arena). */
gboolean cr_rolling_run_post_hook(CrRolling *rolling, const char *id, const char **why);
/* careen.hook.pre inside the old one of member I, where it runs; FALSE: *WHY. */
gboolean cr_rolling_run_pre_hook(CrRolling *rolling, guint i, const char **why);

/* ---- rollout-systemd.c ---- */

/* Why the unit that makes CONTAINER cannot be restarted, or NULL. */
const char *cr_rollout_find_unit_obstacle(const CrContainer *container);
/* Member I, of a unit, runs its new image: the units of those after it stop first, for an engine removes none that
 * another one uses. What is so already is left. */
gboolean cr_rolling_switch_unit(CrRolling *rolling, guint i, GError **error);
/* …and is out of the way of those before it, where it was touched or uses one of them. */
gboolean cr_rolling_stop_unit(CrRolling *rolling, const CrRolloutMember *member, GError **error);
/* …and runs the image of before again. */
gboolean cr_rolling_restore_unit(CrRolling *rolling, CrRolloutMember *member, GError **error);
