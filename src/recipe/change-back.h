/* SPDX-License-Identifier: Apache-2.0 */
/* Taking back what was written into files, also when they have changed since, in other places.
 *
 *   files (recipe/change.h) → cr_written_format → the record, before they are written
 *   the record → cr_file_returns_make → the same files with their lines as they were → cr_rewritten_files_write
 *
 * The journal has of each file its real path, the digests of all of it before and after, and the lines that were
 * changed. Where the file is exactly what was written, it becomes exactly what it was. Else each of the lines must
 * still stand somewhere, and in one place only where they have moved; if they do not, nothing of that file is touched.
 */
#pragma once
#include "recipe/change.h"

/* FILES (CrRewrittenFile*) as JSON. Free with g_free. */
char *cr_written_format(const GPtrArray *files);

typedef struct {
  char *path;
  GPtrArray *files; /* the one CrRewrittenFile* to be written; NULL: it is as it was already, or WHY */
  char *why;        /* why it cannot be taken back, or NULL */
  char *diff;       /* with WHY: what would be, for a person to do */
} CrFileReturn;

/* Of JOURNAL, elements CrFileReturn*. ABOUT: only the lines that say this (CrFileChange), none together with others;
 * NULL: all. CR_ERROR_INPUT: it is no journal. */
GPtrArray *cr_file_returns_make(const char *journal, const char *about, GError **error);
