/* SPDX-License-Identifier: Apache-2.0 */
/* What could not be examined, as data. "Found nothing" must never look like "could not look". */
#pragma once
#include <glib.h>

typedef enum {
  CR_PROBLEM_NOTE,    /* worth saying; changes no verdict and no exit code */
  CR_PROBLEM_PARTIAL, /* some of it was not examined: exit 3 */
  CR_PROBLEM_BLIND,   /* a whole question has no answer: exit 3 and, for the operating system, verdict blind */
} CrProblemKind;

typedef struct {
  CrProblemKind kind;
  char *where; /* "layer 3: opt/app.jar", "archive bookworm-security" */
  char *what;  /* one sentence without a full stop */
} CrProblem;

typedef struct CrProblems CrProblems; /* an ordered list; the same text twice is kept once. Thread-safe to add. */

CrProblems *cr_problems_new(void);
void cr_problems_free(CrProblems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrProblems, cr_problems_free)
void cr_problems_add(CrProblems *problems, CrProblemKind kind, const char *where, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* ERROR's message as a problem. */
void cr_problems_add_error(CrProblems *problems, CrProblemKind kind, const char *where, const GError *error);
void cr_problems_add_all(CrProblems *problems, const CrProblems *from);
/* Those of FROM that are more than notes, each at "NAME: its place": of one image among many. */
void cr_problems_add_all_of(CrProblems *problems, const char *name, const CrProblems *from);
/* No partial and no blind one: everything was examined. */
gboolean cr_problems_are_complete(const CrProblems *problems);
guint cr_problems_get_count(const CrProblems *problems);
const CrProblem *cr_problems_get(const CrProblems *problems, guint i);
/* Blind first, then partial, then note; then by place and text. */
void cr_problems_sort(CrProblems *problems);
const char *cr_problem_kind_get_name(CrProblemKind kind);
