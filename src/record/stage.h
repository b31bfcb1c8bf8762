/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long look is, for whoever else wants to show it (the page): stage.json beside the record, written at most
 * once a second and never synced; nothing hangs on it. What takes less than a second leaves no trace. One at a time in
 * a process. */
#pragma once
#include "record/record.h"

typedef struct CrStage CrStage;

/* WHAT is being done with TOTAL things called UNIT: "looking into images", "images". RECORD may be NULL, and so may
 * what comes of it. */
CrStage *cr_stage_new(const CrRecord *record, const char *what, const char *unit, guint total);
/* One more is done: SUBJECT. Thread-safe. */
void cr_stage_advance(CrStage *stage, const char *subject);
void cr_stage_free(CrStage *stage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrStage, cr_stage_free)

typedef struct {
  const char *what, *unit, *subject; /* the last was done last, or NULL */
  guint done, total;
} CrStageSeen;

/* What the process that is at it wrote beside RECORD, in ARENA; NULL: nobody is, or it has ended. */
const CrStageSeen *cr_stage_find(const CrRecord *record, CrArena *arena);
