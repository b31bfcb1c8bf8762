/* SPDX-License-Identifier: Apache-2.0 */
/* Between remedy.c and remedy-steps.c. */
#pragma once
#include "remedy/remedy.h"

/* What the user chose, without what ASIDE (or NULL) names. */
CrChoice cr_remedy_make_choice(const CrRemedy *remedy, GHashTable *aside);
void cr_remedy_add_check(CrRemedy *remedy, const char *name, gboolean passed, const char *detail);
/* The checks of the patch's proof, and what they say of the outcome. */
void cr_remedy_take_proof(CrRemedy *remedy);

/* The whole plan does not hold: its patch's proof fails, or there is no patch for the reason CAUSE. The most of it that
 * does hold becomes plan and patch, with a check "steps" that names the rest; where nothing holds, the outcome is
 * CR_REMEDY_FAILED. FALSE with ERROR: the environment failed. */
gboolean cr_remedy_find_smaller(CrRemedy *remedy, const GError *cause, GError **error);
