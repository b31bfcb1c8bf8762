/* SPDX-License-Identifier: Apache-2.0 */
/* Inside fleet/: registries that did not answer for images, or refused to. One problem for each registry and reason,
 * with the images that are concerned, and not one for each image. */
#pragma once
#include <glib.h>

#include "model/problem.h"

typedef struct CrUnanswered CrUnanswered;

CrUnanswered *cr_unanswered_new(void);
void cr_unanswered_free(CrUnanswered *unanswered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrUnanswered, cr_unanswered_free)

/* REASON as cr_error_get_reason has it: "does not answer: …". The same NAME twice counts once. */
void cr_unanswered_add(CrUnanswered *unanswered, const char *place, const char *reason, const char *name);
/* A note at each place: "REASON: WHAT NAME, NAME and 17 more"; NAMES in the order of their coming. */
void cr_unanswered_say(const CrUnanswered *unanswered, const char *what, CrProblems *problems);
