/* SPDX-License-Identifier: Apache-2.0 */
/* As much of TOML 1.0 as osv-scanner.toml is written in, and strictly that: tables, arrays of tables, dotted keys,
 * strings of all four kinds, bare values (numbers, switches, dates) and arrays over several lines, whose text is kept
 * as it stands. No C library for it is in both Debian 12 and 13. Inline tables are refused with their line. */
#pragma once
#include "base/arena.h"

typedef struct {
  const char *table; /* "IgnoredVulns"; "" above the first */
  guint element;     /* which one of [[TABLE]], from 1; 0: of [TABLE] */
  const char *key;   /* with dots: "license.override" */
  const char *value; /* unquoted; of an array its text */
  guint line;
} CrTomlItem;

/* Items of TEXT (NUL-terminated UTF-8), in order; in ARENA. NULL with CR_ERROR_INPUT "'NAME' line N: …". */
GPtrArray *cr_toml_parse(const char *text, const char *name, CrArena *arena, GError **error);
