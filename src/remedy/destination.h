/* SPDX-License-Identifier: Apache-2.0 */
/* Where the result goes, from what the user said and where the image came from. */
#pragma once
#include "image/sink.h"

typedef struct {
  const char *to;  /* --to: a destination (image/sink.h), or NULL */
  const char *tag; /* --tag: a name, or a destination, or NULL */
  gboolean push;   /* --push: TAG goes to its registry, too */
} CrDestinations;

/* Names of destinations, each once, in the order written. TAG as a plain name is for the daemon or registry that IMAGE
 * is from; with TO a layout or archive it is the image's name in there. CR_ERROR_USAGE with a hint where TAG can mean
 * nothing. Free with g_strfreev. */
char **cr_destinations_resolve(const CrDestinations *wishes, const CrImage *image, GError **error);
/* CrImageSink* of NAMES, opened: a daemon is there, a word is a destination. Free with g_ptr_array_unref. */
GPtrArray *cr_destinations_open(char **names, const CrSourceOptions *options, CrProblems *problems, GError **error);
