/* SPDX-License-Identifier: Apache-2.0 */
/* The record: what was seen, planned, done and said, in one SQLite file (WAL) in the state folder. It outlives the
 * cache and every image; what careen began before it was killed is finished or undone from it.
 *
 *   runs          one invocation that acts (apply, rebuild, watch's rounds): when, what, how it ended
 *   steps         what a run does, each with its intent before and its outcome after (CrStep)
 *   operations    one container's change, phase by phase (CrOperation): the journal of rollout
 *   observations  what a scan found in an image: packages, updates, findings, programs, layers (observe.h)
 *   sightings     which image was where, and which containers ran it, when (observe.h)
 *   marks         small facts by key: digests that failed, flaws told already, recipes that were fetched (CrMark)
 *
 * Every write is one transaction, synced (synchronous=FULL) before the call returns: whoever acts writes first and acts
 * then. Schema versions go up by migrations in schema.c; a newer record is refused (CR_ERROR_USAGE), never changed.
 * Several processes may write (busy time-out 10 s). Not for several threads together: each opens its own. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

typedef struct CrRecord CrRecord;

/* PATH NULL: record.db in the state folder (base/cache.h). For reading a record that is not there is empty. WRITE
 * creates it, mode 0600. CR_ERROR_ENVIRONMENT: no permission, no space; CR_ERROR_INPUT: damaged, not a record. */
CrRecord *cr_record_open(const char *path, gboolean write, GError **error);
void cr_record_free(CrRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRecord, cr_record_free)
const char *cr_record_get_path(const CrRecord *record);

/* ---- one at a time: lease.c ---- */

/* NAME ("daemon:unix:///var/run/docker.sock") is ours for as long as this process lives and RECORD is open; a dead
 * holder's is taken over. CR_ERROR_ENVIRONMENT names the holder (pid, command, since when). */
gboolean cr_record_take_lease(CrRecord *record, const char *name, GError **error);
void cr_record_drop_lease(CrRecord *record, const char *name);
/* Who has it, if that is another living process; *COMMAND in ARENA. NAME NULL: any that acts, which one that only
 * watches ("watch:NAME") does not; NAME "watch": any that watches. FALSE: nobody. */
gboolean cr_record_find_lease(CrRecord *record, const char *name, CrArena *arena, gint64 *pid, gint64 *since,
                              const char **command);

/* ---- runs and steps: run.c ---- */

typedef struct {
  gint64 id;
  gint64 started, ended; /* seconds; ended 0: running, or killed */
  const char *command;   /* "apply", "rebuild", "watch", "rollback" */
  const char *outcome;   /* "done", "failed", "rolled-back", "interrupted"; NULL: not ended */
  const char *summary;   /* one sentence, or NULL */
  gint64 undoes;         /* the run that this one takes back; 0: none */
} CrRun;

/* The states of a step; a crash leaves `started`. */
typedef enum {
  CR_STEP_PLANNED,
  CR_STEP_STARTED,
  CR_STEP_DONE,
  CR_STEP_FAILED,
  CR_STEP_ROLLED_BACK,
  CR_STEP_SKIPPED, /* what it waits for failed, or it was not needed any more */
  CR_STEP_REFUSED, /* by policy: window, hold, canary, bad digest */
} CrStepState;
const char *cr_step_state_get_name(CrStepState state);

typedef struct {
  gint64 run;
  guint number;        /* in the run, from 1 */
  const char *id;      /* of the plan: "patch shop/web:4" */
  const char *kind;    /* "patch", "rebuild", "pull", "name", "recreate", "write", "prune" */
  const char *subject; /* the image's or container's name */
  const char *reason;  /* why, one sentence */
  CrStepState state;
  gint64 started, ended;
  const char *before, *after; /* image ids (sha256:…), or NULL */
  const char *intent;         /* JSON: all that is needed to finish or undo it */
  const char *outcome;        /* JSON or NULL: what was done, for history */
  const char *error;          /* or NULL */
} CrStep;

/* *ID: the new run's. */
gboolean cr_record_begin_run(CrRecord *record, const char *command, gint64 undoes, gint64 *id, GError **error);
gboolean cr_record_end_run(CrRecord *record, gint64 id, const char *outcome, const char *summary, GError **error);
/* The plan that RUN carries out, careen.plan/1, before its first step; and of a run, in ARENA, or NULL. */
gboolean cr_record_put_plan(CrRecord *record, gint64 run, const char *plan, GError **error);
const char *cr_record_find_plan(CrRecord *record, gint64 run, CrArena *arena);
/* RUN, or NULL: there is none such. */
CrRun *cr_record_find_run(CrRecord *record, gint64 run, CrArena *arena, GError **error);
/* New, or the one of STEP's run and number changed to what STEP says. Written before acting, and after. */
gboolean cr_record_put_step(CrRecord *record, const CrStep *step, GError **error);
/* What a killed careen left `started` is failed from now on, with WHY, and its run interrupted; unless another living
 * process holds a lease, whose it may be. Before what acts begins a run of its own. */
gboolean cr_record_end_killed(CrRecord *record, const char *why, GError **error);
/* Newest first; LIMIT 0: all. Elements CrRun*, strings in ARENA. SUBJECT or NULL: only runs with a step of it. */
GPtrArray *cr_record_list_runs(CrRecord *record, const char *subject, guint limit, CrArena *arena, GError **error);
/* Of one run, in order; RUN 0: of all runs those that are still `started`. Elements CrStep*. */
GPtrArray *cr_record_list_steps(CrRecord *record, gint64 run, CrArena *arena, GError **error);

/* An image that a step of SUBJECT's replaced, and that no later step removed. */
typedef struct {
  const char *id, *subject;
  gint64 when; /* seconds: the last time that it was replaced */
} CrReplaced;
/* By id, then subject; strings in ARENA. Elements CrReplaced*. */
GPtrArray *cr_record_list_replaced(CrRecord *record, CrArena *arena, GError **error);
/* When careen last removed the image WHAT (an id), or an old one of the name WHAT; 0: it did not. */
gint64 cr_record_find_removed(CrRecord *record, const char *what);

/* ---- the journal of one container's change: operation.c ---- */

typedef struct {
  const char *id; /* 12 hex, in temporary names: "web.new-0a1b2c3d4e5f" */
  gint64 run;     /* 0: none */
  guint step;
  const char *daemon;    /* "docker:unix:///run/docker.sock" */
  const char *container; /* its name */
  const char *phase;     /* the owner's word */
  const char *state;     /* JSON: ids, snapshot of inspect, restart policy: all that undoing needs */
  gint64 began, changed; /* seconds */
  gboolean open;         /* neither committed nor rolled back */
  const char *outcome;   /* "committed", "rolled-back", …; NULL while open */
} CrOperation;

/* New or changed; synced when it returns. */
gboolean cr_record_put_operation(CrRecord *record, const CrOperation *operation, GError **error);
/* DAEMON NULL: of all. OPEN: only those that are not ended. Oldest first. Elements CrOperation*. */
GPtrArray *cr_record_list_operations(CrRecord *record, const char *daemon, gboolean open, CrArena *arena,
                                     GError **error);

/* ---- marks: mark.c ---- */

/* A fact under (KIND, KEY): "bad" digest → why; "told" flaw|lineage → state; "answer" container → yes/no; "keep" image
 * → kept id; "unwritten" image → its id before a change that files do not say yet; "recipe" address and Dockerfile →
 * what it said (fleet/kept-recipe.h). VALUE NULL takes it away. */
gboolean cr_record_set_mark(CrRecord *record, const char *kind, const char *key, const char *value, GError **error);
/* The value in ARENA, or NULL: none. *SINCE (may be NULL): when it was set. */
const char *cr_record_find_mark(CrRecord *record, const char *kind, const char *key, CrArena *arena, gint64 *since);
typedef struct {
  const char *key, *value;
  gint64 since;
} CrMark;
/* All of KIND, by key. Elements CrMark*. */
GPtrArray *cr_record_list_marks(CrRecord *record, const char *kind, CrArena *arena, GError **error);
