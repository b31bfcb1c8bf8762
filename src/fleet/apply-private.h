/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of fleet/apply-*.c share. Private to them.
 *
 *   apply.c            the run: leases, recovery, steps in their order, the record
 *   apply-image.c      what is done to one image: may it be, with which others, keeping the old one
 *   apply-patch.c      patch, a few of one wave at once
 *   apply-rebuild.c    rebuild, as well
 *   apply-pull.c       pull, those of one wave at once
 *   apply-write.c      new digests into files
 *   apply-container.c  containers over to the image that is there now
 *   apply-turn.c       which of them at once
 *   apply-prune.c      old images away, at the end */
#pragma once
#include "fleet/apply.h"
#include "fleet/dependents.h"

typedef struct CrPatchWave CrPatchWave;

typedef struct {
  CrFleetPlan *plan;
  const CrFleet *fleet;
  const CrApplyOptions *options;
  CrApplied *applied;
  guint number;          /* of the record's last step in this run */
  GHashTable *due;       /* CrFleetStep* that were when it began */
  GHashTable *users;     /* cr_fleet_index_users */
  GHashTable *gone;      /* CrFleetContainer*: its turn was */
  GHashTable *unwell;    /* CrFleetStep* → container that was not well with its image */
  GHashTable *pulls;     /* CrFleetStep* → CrPulling*: those that were fetched ahead */
  GHashTable *patches;   /* CrFleetStep* → CrPatching*: those that were made ahead */
  CrPatchWave *wave;     /* …the last of them, as long as some want their names; or NULL */
  GHashTable *rebuilds;  /* CrFleetStep* → CrRebuilt*: those that were built ahead */
  GHashTable *unwritten; /* of cr_apply_list_unwritten */
} CrApplying;

/* How a step ended. */
typedef struct {
  CrStepState state;
  const char *why;    /* in the plan's arena, or NULL */
  const char *after;  /* image id, or NULL */
  const char *detail; /* JSON for the record, in the plan's arena; or NULL */
  CrStrv with;        /* of a container: as CrFleetRollover has it */
  gboolean vain;      /* the same would come of it again: not until what it hangs on changes */
} CrOutcome;
CrOutcome cr_outcome_end(CrStepState state, const char *why);
CrOutcome cr_outcome_end_in_vain(CrStepState state, const char *why);
CrOutcome cr_outcome_stop(CrApplying *applying);
CrOutcome cr_outcome_fail(const CrApplying *applying, const GError *error);

/* Written down before it is done (RECORD stays the caller's) and after, and counted. BEFORE: the image id that SUBJECT
 * is or runs, or NULL. */
gboolean cr_apply_begin_step(CrApplying *applying, CrStep *record, const char *id, const char *kind,
                             const char *subject, const char *before, const CrFleetStep *step, GError **error);
gboolean cr_apply_end_step(CrApplying *applying, CrStep *record, CrOutcome outcome, GError **error);
void cr_apply_say(const CrApplying *applying, const char *what, const char *why);

/* ---- keeping the old one ---- */

typedef struct {
  char *name, *before; /* …and what it named until now */
} CrKept;
void cr_kept_clear(CrKept *kept);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrKept, cr_kept_clear)
gboolean cr_apply_keep(const CrFleetImage *image, const char *id, CrKept *kept, GError **error);
/* Nothing came of it: the name for the old one is what it was before. */
void cr_apply_unkeep(const CrFleetImage *image, const CrKept *kept);

/* ---- images ---- */

/* Why STEP must not be done now, or NULL: what it waits for, policy, window, freeze, another image by now. */
gboolean cr_apply_may_change(const CrApplying *applying, const CrFleetStep *step, CrOutcome *outcome);
/* The engine that STEP is for; of what none has, the one that builds it. Or NULL. */
CrDaemon *cr_apply_find_daemon(const CrApplying *applying, const CrFleetStep *step);
/* STEP and those of its kind and wave that come next and may go with it: by policy, --jobs and memory, four at most. No
 * image twice, under whatever names. const CrFleetStep*. */
GPtrArray *cr_apply_choose_together(const CrApplying *applying, const CrFleetStep *step);
/* Is the name still what STEP was planned for? */
gboolean cr_apply_is_unchanged(const CrApplying *applying, const CrFleetStep *step, CrOutcome *outcome);
/* What was proved has been looked at: status and where know it at once. SCAN: of it, or NULL; PROVED: the id that the
 * daemon gave it; ID: of what IMAGE's name is now. */
void cr_apply_remember(const CrApplying *applying, const CrFleetImage *image, const CrScan *scan, const char *proved,
                       const char *id);
CrOutcome cr_apply_patch(CrApplying *applying, const CrFleetStep *step);
/* STEP, a patch, and those of its wave that may be made with it: all written down and said before the first begins,
 * then made and proved at once. What came of each is told, and named, by cr_apply_patch. Of one alone nothing. FALSE:
 * it could not be written down. */
gboolean cr_apply_make_patches(CrApplying *applying, const CrFleetStep *step, GError **error);
/* What was written down for STEP, if it was made ahead; else NULL. */
const CrStep *cr_apply_find_patch(const CrApplying *applying, const CrFleetStep *step);
void cr_patching_free(gpointer patching);
void cr_patch_wave_end(CrPatchWave *wave);
CrOutcome cr_apply_rebuild(CrApplying *applying, const CrFleetStep *step);
/* As cr_apply_make_patches: those that the engine builds by itself are built at once; proved they are where they are
 * named. */
gboolean cr_apply_build_ahead(CrApplying *applying, const CrFleetStep *step, GError **error);
const CrStep *cr_apply_find_rebuild(const CrApplying *applying, const CrFleetStep *step);
void cr_rebuilt_free(gpointer rebuilt);
CrOutcome cr_apply_pull(CrApplying *applying, const CrFleetStep *step);
/* The pulls of STEP's wave that are due, all written down before the first begins; then those that are allowed, at
 * once: as many as their policies' maximum-at-once. FALSE: it could not be written down. */
gboolean cr_apply_fetch_wave(CrApplying *applying, const CrFleetStep *step, GError **error);
/* What was written down for STEP, if its wave was begun; else NULL. */
const CrStep *cr_apply_find_pull(const CrApplying *applying, const CrFleetStep *step);
void cr_pulling_free(gpointer pulling);

/* ---- files ---- */

/* The mark "unwritten" is on an image from before --write changes it until the files say it: who is killed in between,
 * or cannot write, leaves the rest to the next --write. Image name → the id it had; of PLAN's images, empty without
 * --write. */
GHashTable *cr_apply_list_unwritten(const CrFleetPlan *plan, const CrApplyOptions *options);
gboolean cr_apply_mark_unwritten(CrApplying *applying, GError **error);
/* --write: PLAN's edits, and made, but for a dry run. FALSE: it could not be written down. */
gboolean cr_apply_write_files(CrApplying *applying, GError **error);

/* ---- containers ---- */

/* Those of STEP, one after the other, over to what its image's name is now. One that others use, or that uses others,
 * which are outdated themselves, goes over with them when the last of their steps is done; LATE: now, whatever is
 * still to come. FALSE: it could not be written down. */
gboolean cr_apply_roll_containers(CrApplying *applying, CrFleetStep *step, gboolean late, GError **error);

/* The container NAME of STEP, or NULL. */
const CrFleetContainer *cr_apply_find_container(const CrFleetStep *step, const char *name);

/* ---- turns ---- */

typedef struct {
  const CrFleetContainer *container;
  CrFleetStep *step;
  char *image_id; /* that it goes over to; NULL: not judged yet */
  CrStep record;  /* of it, once it was begun */
} CrTurnMember;
CrTurnMember *cr_turn_member_new(const CrFleetContainer *container, CrFleetStep *step);
void cr_turn_member_free(CrTurnMember *member);
/* USERS: of cr_fleet_index_users. Of CANDIDATES (CrTurnMember*, those in it are taken out) what has to be changed at
 * once with the first of them: who shares what uses it, and so on. Where `canary:` names one of it, the others of its
 * image stay candidates, the first, too: they come after it. The first of the result uses none of the others. Elements
 * owned. */
GPtrArray *cr_turn_take(GHashTable *users, GPtrArray *candidates);
/* CONTAINER of STEP, and what of the plan has to be changed with it and whose turn was not yet; as cr_turn_take, so
 * that it may be without CONTAINER. */
GPtrArray *cr_turn_find(const CrApplying *applying, const CrFleetContainer *container, CrFleetStep *step);

/* ---- old images ---- */

/* PLAN's removals. FALSE: it could not be written down. */
gboolean cr_apply_prune(CrApplying *applying, GError **error);
