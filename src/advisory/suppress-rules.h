/* SPDX-License-Identifier: Apache-2.0 */
/* Ignore rules (suppress.h has their form). Private to advisory/. */
#pragma once
#include "advisory/suppress.h"
#include "model/purl.h"

typedef struct {
  const char *id, *package, *path; /* globs; NULL: any */
  const char *reason, *owner;
  GDate expires;      /* the last day it holds */
  const char *place;  /* "'ignore.yaml' line 3, column 7" */
  gboolean used, met; /* it hid something; it would have, had it not expired */
} CrIgnoreRule;

/* suppress.c: does WANTED mean PACKAGE? It may leave out version and qualifiers; what it has must be equal. A source
 * package (arch=source) means everything built from it. */
gboolean cr_suppress_purl_means(const CrPurl *wanted, const CrPackage *package, CrArena *arena);

/* Rules of the file PATH are added to RULES (CrIgnoreRule*, in ARENA). ALONE: it may hold nothing else. */
gboolean cr_ignore_rules_load(const char *path, gboolean alone, CrArena *arena, GPtrArray *rules, GError **error);
/* The same of TEXT; NAME for messages. */
gboolean cr_ignore_rules_parse(const char *text, gsize size, const char *name, CrArena *arena, GPtrArray *rules,
                               GError **error);
/* Why FINDING is hidden, in ARENA; NULL: it is not. Marks the rules. */
const char *cr_ignore_rules_judge(GPtrArray *rules, const CrFinding *finding, const GDate *today, CrArena *arena);
/* Notes about rules that expired, and that met nothing. */
void cr_ignore_rules_tell(const GPtrArray *rules, const GDate *today, CrProblems *problems);
