/* SPDX-License-Identifier: Apache-2.0 */
/* Images that have a recipe here and that nobody has built yet: a plan rebuilds them, after what they are built on
 * (doc/decisions/026). Pure, but for reading the recipe. */
#pragma once
#include "fleet/facts.h"

/* Is IMAGE such a one? Not what its registry has, or may have. */
gboolean cr_first_build_is_unbuilt(const CrFleetImage *image);
/* The engine it is built by: its base's, else the first. NULL: there is none. */
CrDaemon *cr_first_build_choose_daemon(const CrFleet *fleet, const CrFleetImage *image);
/* Its facts; strings in ARENA, NOW in seconds. NULL: a service of Compose whose profile is off, which nobody asked for.
 * An `error` while an engine's images could not be listed: it may be there all the same. */
CrImageFacts *cr_first_build_take_facts(const CrFleet *fleet, const CrFleetImage *image, gint64 now, CrArena *arena);
