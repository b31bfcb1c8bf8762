/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: gates of --fail-on. GATES is groups parted by ',' (any of them), each one or more gates joined by '+':
 * one thing must have them all. What a thing is follows from the gates: a finding where one of them is said of flaws
 * (a severity, which means that or worse; exploited; epss; fixable); else an update for `updates`, `security`,
 * `fix-age` and `reached` alone; a package, a file without a package or the image for `unsupported` and `unwatched`;
 * the image for `blind`. */
#pragma once
#include "scan/scan.h"

typedef struct CrGates CrGates;

/* NULL text: no gate ever trips. CR_ERROR_USAGE names the word and what there is. */
CrGates *cr_gates_parse(const char *text, GError **error);
void cr_gates_free(CrGates *gates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrGates, cr_gates_free)
/* Did one trip on SCAN? *WHY (free with g_free): "security: 13 updates (libc6, libssl3, …)". */
gboolean cr_gates_judge(const CrGates *gates, const CrScan *scan, char **why);
/* A gate about flaws, or NULL: without advisory data it can only be silent, which must be said. */
const char *cr_gates_find_advised(const CrGates *gates);
