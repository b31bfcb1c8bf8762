/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the candidates that are spelled nearly like a word. */
#pragma once
#include <glib.h>

/* Up to MAX of CANDIDATES (char*, NULL-terminated array or GPtrArray's pdata with COUNT), nearest first: equal but for
 * case, beginning with WORD, containing it, or a third of its letters apart at most (Damerau's distance: one letter
 * more, less, other, or two swapped). Owned by the candidates; free the vector with g_free. Never NULL. */
const char **cr_near_find(const char *word, const char *const *candidates, guint count, guint max);
/* The nearest ones as "'scan' or 'sbom'", or NULL when none is near. Free with g_free. */
char *cr_near_format(const char *word, const char *const *candidates, guint count);
