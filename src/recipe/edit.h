/* SPDX-License-Identifier: Apache-2.0 */
/* A new reference in place of an old one, where a file says it: for Compose files, manifests and units that others
 * apply (`careen apply --write`). Every other byte stays: comments, order, quotes, line ends. */
#pragma once
#include "recipe/recipe.h"

typedef struct {
  CrPlace place;
  const char *from, *to; /* "nginx:1.25" → "nginx:1.25@sha256:…" */
} CrEdit;

/* The files of EDITS (CrEdit*) with them made, as one unified diff that `patch -p0` and `git apply -p0` take. An edit
 * whose place does not say FROM is CR_ERROR_INPUT: the file has changed since it was read. Free with g_free. */
char *cr_edits_format(const GPtrArray *edits, GError **error);
/* Write them: each file whole or not at all, mode and owner kept, through symbolic links. */
gboolean cr_edits_write(const GPtrArray *edits, GError **error);
