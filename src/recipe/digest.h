/* SPDX-License-Identifier: Apache-2.0 */
/* A digest behind the name of an image, where files say that name (`careen apply --write`): "nginx:1.25" becomes
 * "nginx:1.25@sha256:…", a digest that stands there is replaced. Where a variable of a .env file says the tag, its
 * value becomes "1.25@sha256:…"; a Kustomization gets digest:.
 *
 * The part that the digest belongs to (a digest that is there, else the tag, else the last part of the name) must be
 * said by one piece (recipe.h); a variable's must say nothing else. Otherwise nothing is written, and it is said why.
 */
#pragma once
#include "recipe/change.h"

/* What makes USE's image one with DIGEST ("sha256:…"); NULL with *WHY where that cannot be written, and without where
 * it says so already. ALL: CrImageUse*, all that are known, for variables that other images have too. In ARENA. */
const CrFileChange *cr_image_use_put_digest(const CrImageUse *use, const char *digest, const GPtrArray *all,
                                            CrArena *arena, const char **why);
