/* SPDX-License-Identifier: Apache-2.0 */
/* The original of a patched image. The next patch is made from there, so that at most one patch layer exists.
 *
 * Labels tell of it (publish.h). They count only where the last layer is the one they name: an image that somebody
 * built on top of a patched one has inherited them, and is an original itself. What a label says is believed only by
 * digest: the patch layer is taken off again and the config that remains must have the original's digest
 * (image/peel.h); where that is not so, as with tools that write configs anew, the original is asked for by digest
 * where the image came from. */
#pragma once
#include "scan/scan.h"

typedef struct {
  const char *name;          /* as published, for base.name: "shop/web:4"; NULL: a file's name is no name of an image */
  const char *digest;        /* of its manifest; or NULL: it had none */
  const char *config_digest; /* NULL: not known yet (a daemon's, before its layers were read) */
  gboolean peeled;
} CrOriginal;

/* Is the last layer of IMAGE a patch of careen's? */
gboolean cr_original_is_patched(const CrImage *image);
/* What is known of IMAGE, which is no patch, as an original. */
CrOriginal cr_original_describe(const CrImage *image);
/* The original of the patched image GIVEN, which must outlive it; *ORIGINAL: what is known of it. OPTIONS as for
 * cr_source_open. NULL with CR_ERROR_INPUT: it cannot be had, neither from below the patch nor by its digest. */
CrSource *cr_original_open(CrSource *given, const CrSourceOptions *options, CrProblems *problems, CrOriginal *original,
                           GError **error);
