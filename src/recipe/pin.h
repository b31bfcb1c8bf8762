/* SPDX-License-Identifier: Apache-2.0 */
/* A Dockerfile as a rebuild wants it: its bases pinned, and what installs packages done anew while everything before it
 * still comes from the build's cache. The text is a copy for one build; the recipe's own file is never touched. */
#pragma once
#include "recipe/dockerfile.h"

typedef struct {
  const char *image; /* as FROM means it, after expansion: CrDockerfrom.image */
  const char *to;    /* what stands there instead: "debian@sha256:…", or the name of what was just built */
} CrBasePin;

/* FILE is what cr_dockerfile_parse made of TEXT. FRESH (letters and digits, or NULL) is the value of an ARG that is put
 * before the first RUN of each stage that installs packages: it belongs to the cache key of every RUN behind it, so the
 * same FRESH is the same build. A base that FILE names otherwise than in the line of its FROM (quoted, or continued on
 * the next) is CR_ERROR_INPUT with the line: not pinned would be built on something else. Free with g_free. */
char *cr_dockerfile_pin(const CrDockerfile *file, const char *text, gsize size, const CrBasePin *pins, guint count,
                        const char *fresh, GError **error);
