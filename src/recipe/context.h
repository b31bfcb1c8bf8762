/* SPDX-License-Identifier: Apache-2.0 */
/* The build context of an image, as a tar for the engine's /build: what `docker build FOLDER` sends. Left out is what
 * .dockerignore says (DOCKERFILE.dockerignore instead, where it is), by the rules of moby/patternmatcher; the
 * Dockerfile and .dockerignore are always in it. Sorted names, owner 0:0, modes and times kept, links as links and
 * never followed; sockets and devices are left out. */
#pragma once
#include "base/error.h"

/* FOLDER packed into a file without a name: its descriptor (at the start, the caller's), or -1. DOCKERFILE: its path,
 * or NULL: Dockerfile, else Containerfile in FOLDER. TEXT, or NULL: what the Dockerfile says instead; it gets a name of
 * its own that COPY does not see, and so does a Dockerfile outside FOLDER. *NAME (g_free): the Dockerfile's in the tar.
 * CR_ERROR_USAGE: FOLDER or the Dockerfile is not there, or a file in it cannot be read (with its path);
 * CR_ERROR_LIMIT.
 */
int cr_context_pack(const char *folder, const char *dockerfile, const char *text, char **name, GError **error);

/* ---- .dockerignore ---- */

typedef struct CrIgnore CrIgnore;
/* FILE is for messages. CR_ERROR_USAGE with the line. */
CrIgnore *cr_ignore_parse(const char *text, gsize size, const char *file, GError **error);
/* Is PATH ("a/b", from the context on) left out? */
gboolean cr_ignore_matches(const CrIgnore *ignore, const char *path);
/* Does any line take something back in ("!b")? Then what is in a folder that is left out is looked at all the same. */
gboolean cr_ignore_has_exceptions(const CrIgnore *ignore);
void cr_ignore_free(CrIgnore *ignore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrIgnore, cr_ignore_free)
