/* SPDX-License-Identifier: Apache-2.0 */
/* Old images that may go: what a step on record replaced longer ago than its policy's `keep:`, and what nothing needs
 * any more. Never one that careen did not replace itself, and never one that
 *
 *   has a name other than REPOSITORY:careen-keep-TAG,
 *   a container has, running or not,
 *   another image of the fleet stands on, or a recipe or manifest names by its digest,
 *   belongs to an image that careen may not act on, that is held, or that the fleet has not any more. */
#pragma once
#include "fleet/plan.h"

/* PLAN's removals, by image name and id. Nothing of a fleet that was narrowed, or of an engine whose images or
 * containers are not all known, or that has a container's change open. What the record does not answer is a problem of
 * PLAN. */
void cr_prune_find(CrFleetPlan *plan, const CrFleet *fleet, CrRecord *record, gint64 now);
