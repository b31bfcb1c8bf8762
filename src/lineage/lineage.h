/* SPDX-License-Identifier: Apache-2.0 */
/* What the image is built on, how that is known, and whether the base has moved since (research: remediation.md §5b).
 */
#pragma once
#include "base/arena.h"
#include "image/source.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"

/* Fill OUT (strings in ARENA) by, in order of trust: OCI annotations org.opencontainers.image.base.name/.digest; labels
 * (the same names, Copa's BaseImage, CNB's lifecycle metadata); the longest proper layer-prefix among local images and
 * the other images of the same archive; history lines (the first run of layers that ends where the distribution's own
 * root file system does); a guess from the operating system (name "debian:12", how "guess"). `current` asks the
 * registry (unless offline) or the local daemon for the tag's digest. pending*, oldest_fix_days are scan/'s. */
void cr_lineage_find_base(const CrSource *source, const CrOs *os, const CrSourceOptions *options, CrArena *arena,
                          CrBase *out, CrProblems *problems);
