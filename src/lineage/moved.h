/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lineage/: asking a registry whether the base's tag has moved. */
#pragma once
#include "lineage/lineage.h"

/* 1: BASE->name still names the base that IMAGE is built on; 0: it moved; -1: not asked (--offline) or no answer (a
 * note in PROBLEMS). Compared are digests first: the tag's own, then that of its manifest for our platform (an
 * annotation may name either); where both differ, layers: a re-pushed tag with the same layers has not moved. Answers
 * are remembered for an hour, failures for ten minutes, and none from before options->asked_since. */
typedef struct {
  char *digest;         /* what the tag is in its registry; NULL: no answer */
  char *place, *reason; /* who gave none, and why (cr_error_get_reason); NULL: it did, or that is not known */
} CrTagAnswer;
void cr_tag_answer_clear(CrTagAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrTagAnswer, cr_tag_answer_clear)
int cr_lineage_ask_registry(const CrImage *image, const CrBase *base, const CrSourceOptions *options,
                            CrTagAnswer *answer, CrProblems *problems);
