/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of rollback share. Private to them. */
#pragma once
#include "fleet/rollback.h"

typedef struct {
  const CrFleet *fleet;
  const CrRollbackOptions *options;
  CrRollback *result;
  CrArena *arena;     /* the result's */
  CrStep step;        /* at hand */
  const char *intent; /* of the next one: what will be written, so that this can be taken back, too; or NULL */
  gint64 before_run;  /* only what runs before that one wrote into files counts; 0: all */
  guint first;        /* steps that the run has from before it was killed */
} CrTakingBack;

/* One item, written down before it is done, and after. */
gboolean cr_rollback_begin_item(CrTakingBack *it, const CrRollbackItem *item, GError **error);
gboolean cr_rollback_end_item(CrTakingBack *it, const CrRollbackItem *item, GError **error);

/* ---- rollback.c ---- */

/* Its name, its containers, and what was written of it; all that RUN did. What is back already stays so. */
gboolean cr_rollback_take_image_back(CrTakingBack *it, const CrFleetImage *image, GError **error);
gboolean cr_rollback_take_run_back(CrTakingBack *it, gint64 run, GError **error);
CrRollback *cr_rollback_new(void);
/* Is it one of those that answered? */
gboolean cr_rollback_has_daemon(const CrFleet *fleet, const char *name);

/* ---- rollback-recover.c ---- */

/* What a rollback that was killed was to take back, by its steps. */
typedef struct {
  const CrRun *run;          /* its own */
  gint64 undoes;             /* all of this run; 0: IMAGE */
  const CrFleetImage *image; /* NULL with `undoes` 0: a container, nothing that was begun, or what is not here */
  guint steps;               /* that it has */
} CrRollbackAim;
/* The newest one that was to take back the run UNDOES (0: IMAGE), if it was killed and nothing was done to it since.
 * FALSE: there is none. Strings in ARENA. */
gboolean cr_rollback_find_killed(const CrFleet *fleet, CrRecord *record, gint64 undoes, const CrFleetImage *image,
                                 CrArena *arena, CrRollbackAim *aim);
/* AIM to its end, in its own run, or until careen is to stop: then there is the rest to be found. */
gboolean cr_rollback_finish(CrTakingBack *it, const CrRollbackAim *aim, GError **error);
/* Is STEP of a kind that gives a name to another image? */
gboolean cr_rollback_is_naming(const CrStep *step);
/* A rollback goes back, and one of such a one goes forward again. */
gboolean cr_rollback_goes_back(CrRecord *record, const CrRun *run, CrArena *arena);
/* The run by which the last that careen did to IMAGE was taken back; 0: that stands, or nothing was done. */
gint64 cr_rollback_find_undoing(CrRecord *record, const CrFleetImage *image);
/* What a step that gives a name to the image TO of DAEMON is to do. Free with g_free. */
char *cr_rollback_format_intent(const char *daemon, const char *to);
/* Was it ID that STEP was to give a name to? TRUE also where that is not on record. ARENA is for what is read. */
gboolean cr_rollback_meant(const CrStep *step, const char *id, CrArena *arena);

/* ---- rollback-file.c ---- */

/* What STEP ("write") put into files; ABOUT: only what says this image, or NULL. */
gboolean cr_rollback_take_files_back(CrTakingBack *it, const CrStep *step, const char *about, GError **error);
/* The mentions of the image NAME that the newest run wrote which wrote any. */
gboolean cr_rollback_take_mentions_back(CrTakingBack *it, const char *name, GError **error);
