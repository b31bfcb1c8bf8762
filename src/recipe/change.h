/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of files in place of others, where they stand, and nothing else: for Compose files, variables, manifests and
 * units that others apply (`careen apply --write`), and for taking that back. Every other byte stays: comments, order,
 * quotes, line ends.
 *
 *   changes (what to put where) → cr_file_changes_make → files with them made, in memory → shown as a diff, or written
 *
 * A change says what stands there now. Where something else does, the file is no longer what was read, and nothing of
 * any file is written. */
#pragma once
#include "recipe/recipe.h"

typedef struct {
  CrPlace place;              /* where BEFORE begins; columns count characters */
  const char *line;           /* that whole line as it was read, without its end; NULL: only BEFORE must stand there */
  const char *before, *after; /* "1.25" → "1.25@sha256:…"; a newline in AFTER becomes the file's own line end */
  const char *about;          /* what it is of (an image's name), for whoever takes it back; or NULL */
} CrFileChange;

/* Lines that are others now. Whole lines with their ends, so that they can be found again wherever they have moved. */
typedef struct {
  guint old_line, new_line; /* of the first, from 1: as it was, and as it is */
  char *before, *after;
  char **about; /* of the changes in them, each once */
} CrRewrittenLines;

typedef struct {
  char *path;       /* real, links followed */
  const char *name; /* as the changes say it, and as long as they */
  GBytes *before, *after;
  GPtrArray *lines; /* CrRewrittenLines*, in order; empty where it says all of it already */
} CrRewrittenFile;

/* The files of CHANGES (CrFileChange*) with them made, as CrRewrittenFile*; the same change twice is one.
 * CR_ERROR_INPUT: something else stands there; CR_ERROR_USAGE: a file cannot be read. Owned by the result. */
GPtrArray *cr_file_changes_make(const GPtrArray *changes, GError **error);
/* FILES as one unified diff that `patch -p0` and `git apply -p0` take. Free with g_free. */
char *cr_rewritten_files_format(const GPtrArray *files);
/* Write them: each file whole or not at all, mode and owner kept, through symbolic links. A file that is no longer as
 * it was when the changes were made in it is CR_ERROR_INPUT; those before it in the list are written then. */
gboolean cr_rewritten_files_write(const GPtrArray *files, GError **error);
