/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reading of Dockerfiles: from text to instructions, and the words of one. The rules are those of BuildKit's
 * frontend/dockerfile/parser and shell (docs.docker.com/reference/dockerfile). */
#pragma once
#include "recipe/dockerfile.h"

typedef struct {
  const char *name; /* upper case: "FROM" */
  const char *text; /* what follows, continuation lines joined, here-documents left out; in the arena */
  guint line;       /* where it begins, from 1 */
} CrDockerInstruction;

typedef struct CrDockerLines CrDockerLines;
/* TEXT is borrowed. Directives (# syntax=, # escape=) are read now. */
CrDockerLines *cr_docker_lines_new(const char *text, gsize size, CrArena *arena);
void cr_docker_lines_free(CrDockerLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDockerLines, cr_docker_lines_free)
char cr_docker_lines_get_escape(const CrDockerLines *lines);
const char *cr_docker_lines_get_syntax(const CrDockerLines *lines); /* or NULL */
/* The next instruction. FALSE: the end, or *WHY says what is wrong at IT's line. */
gboolean cr_docker_lines_next(CrDockerLines *lines, CrDockerInstruction *it, const char **why);

/* Words as a shell splits them, without expanding anything; quotes stay only inside ${…}. Free with g_strfreev. */
char **cr_docker_split_words(const char *text, char escape);
/* $NAME, ${NAME}, ${NAME:-word}, ${NAME:+word}, without the colon too, ${NAME#pattern}, ##, %, %%, ${NAME/a/b}, //.
 * *REQUIRED (or NULL): the first of ${NAME:?why} without one.
 * FIND says what a name is. *UNKNOWN: the first name that has no value (owned by the result's caller's TEXT: an
 * interned string). Free with g_free. */
typedef const char *(*CrDockerFind)(const char *name, gboolean *known, gpointer data);
char *cr_docker_expand(const char *text, char escape, CrDockerFind find, gpointer data, const char **unknown,
                       const char **required);
/* Does the command install or upgrade packages of a distribution? */
gboolean cr_docker_installs(const char *command);
