/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a JSON document that must be of one type, with errors that name document and member: "cannot read manifest
 * sha256:12ab…: 'layers[3].size' is a string, not an integer". For manifests, configs and the index files of archives.
 * Private to image/.
 *
 * The error is sticky, as in base/reader.h: after the first one every getter gives its empty value; ask once at the
 * end. Absent and null members are empty; a member that must be there is asked for with REQUIRED. */
#pragma once
#include "base/arena.h"
#include "base/json.h"
#include "model/package.h"

typedef struct {
  const char *what; /* the document's name */
  CrArena *arena;   /* every string goes here */
  GError *error;
} CrDocument;

/* PLACE is the object's own name in the document ("" for the root, "config.", "layers[3]."), in front of NAME. */
const CrJson *cr_document_get(CrDocument *document, const CrJson *object, const char *place, const char *name,
                              CrJsonType type, gboolean required);
const char *cr_document_get_string(CrDocument *document, const CrJson *object, const char *place, const char *name,
                                   const char *fallback);
/* An array of strings; with LENIENT a lone string is an array of one, as Docker reads Entrypoint and Cmd. Never NULL.
 */
CrStrv cr_document_get_strings(CrDocument *document, const CrJson *object, const char *place, const char *name,
                               gboolean lenient);
/* The member names of an object, in document order; with VALUES also its values, which must be strings. */
CrStrv cr_document_get_names(CrDocument *document, const CrJson *object, const char *place, const char *name,
                             CrStrv *values);
/* CR_ERROR_INPUT "cannot read WHAT: …"; the first one stays. */
void cr_document_fail(CrDocument *document, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* TRUE when nothing failed; else the error moves to ERROR. */
gboolean cr_document_finish(CrDocument *document, GError **error);
