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
} CrTakingBack;

/* One item, written down before it is done, and after. */
gboolean cr_rollback_begin_item(CrTakingBack *it, const CrRollbackItem *item, GError **error);
gboolean cr_rollback_end_item(CrTakingBack *it, const CrRollbackItem *item, GError **error);

/* ---- rollback-file.c ---- */

/* What STEP ("write") put into files; ABOUT: only what says this image, or NULL. */
gboolean cr_rollback_take_files_back(CrTakingBack *it, const CrStep *step, const char *about, GError **error);
/* The mentions of the image NAME that the newest run wrote which wrote any. */
gboolean cr_rollback_take_mentions_back(CrTakingBack *it, const char *name, GError **error);
