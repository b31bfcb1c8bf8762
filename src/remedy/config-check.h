/* SPDX-License-Identifier: Apache-2.0 */
/* Is the config of the result the original's, but for what a patch adds: a diff_id and a line of history at the end,
 * and careen's own labels? OCI image-spec config.md. */
#pragma once
#include "remedy/verify.h"

/* Adds the check "config": BEFORE and NOW are the configs' texts. */
void cr_config_check(CrPatchProof *proof, GBytes *before, GBytes *now, const char *diff_id);
