/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to registries what another process made, and holds the login for it (handover.h, sink-handover.c). The other
 * one runs strangers' programs: everything that it sends is judged here as if a stranger had sent it. */
#pragma once
#include "image/source.h"

typedef struct {
  const CrSourceOptions *source; /* plain_http, ca_file */
  CrStrv names;                  /* references that may be published, in any spelling; no other is */
  guint wait_ms;                 /* of silence from the other side */
} CrPublisherOptions;

/* One image, over the connected socket FD (borrowed). Manifest and config are well-formed and each other's; layers have
 * the sizes and digests that the manifest says; the name is written last. TRUE also where there is no login for the
 * registry: the other side is told so, and may write with its own. CR_ERROR_USAGE: not one of NAMES, or no tag;
 * CR_ERROR_ENVIRONMENT also for a login that is there and cannot be used. Else as cr_image_sink_write. The other side
 * is told the error. */
gboolean cr_publisher_serve(int fd, const CrPublisherOptions *options, GError **error);
