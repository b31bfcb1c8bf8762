/* SPDX-License-Identifier: Apache-2.0 */
/* What one image needs: the table of research/remediation.md §5c, row by row in decide.c, the first that fits. Pure. */
#pragma once
#include "fleet/plan.h"

typedef struct {
  CrAction action;
  const char *reason;    /* one sentence, in the arena */
  gboolean after_parent; /* it waits for its base's step */
} CrDecision;

/* PARENT: what is done to its base, where that is ours and changes; else NULL. TRIED: why the same was in vain before
 * (the record's mark "tried"), or NULL. */
CrDecision cr_decide(const CrImageFacts *facts, const CrFleetStep *parent, const char *tried, CrArena *arena);
/* What the decision hangs on, as 64 hex in ARENA: the same again after it was done means that doing it is in vain. */
const char *cr_decide_fingerprint(const CrImageFacts *facts, const CrFleetStep *parent, CrArena *arena);
