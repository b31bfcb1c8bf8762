/* SPDX-License-Identifier: Apache-2.0 */
/* Is the new layer the same when it is made again? A second run in a workspace of its own: later, with clocks since
 * boot that are a thousand days ahead (time_namespaces(7), where the kernel has them), on one processor, and in plain
 * copies of the layers in place of an overlay, so that folders list their names in another order and files have other
 * numbers. What it cannot change: the date (no namespace has that), the kernel, and random numbers, which are others
 * anyhow.
 *
 * What is not the same is what maintainer scripts make at random; it is named, entry by entry, and no reason against a
 * patch. */
#pragma once
#include "remedy/patch.h"
#include "remedy/reasons.h"

/* Adds the check "twice" to PATCH, whose proof holds. FALSE with ERROR: the second run failed. */
gboolean cr_twice_check(CrPatch *patch, CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error);
/* Where the plain tars at A and B differ, to REASONS: "var/x: content". FALSE with ERROR: one cannot be read. */
gboolean cr_twice_compare(const char *a, const char *b, CrReasons *reasons, GError **error);
