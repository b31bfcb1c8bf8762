/* SPDX-License-Identifier: Apache-2.0 */
/* Inside reach/: the shell (POSIX sh, and what scripts of images use of bash and ksh).
 *
 * shell-parse.c (with shell-skip.c) makes commands of a text; shell-expand.c makes words of what is written, with the
 * values that are known (more than one where branches differ); shell-test.c judges conditions; shell.c walks the
 * commands and starts what they name. Nothing is executed and no file of this machine is asked.
 *
 * How sure a place is: CERTAIN on the straight line from the start, also in the branch that known words choose; MAYBE
 * behind a condition that is not known; DEAD in a branch that known words do not choose, and behind an `exec`. What
 * CERTAIN places name gets the level of the script, all others `possible`: a script names it. An `exec "$@"` at the end
 * stays certain behind a MAYBE that could have left the script: every documented entry point ends so. */
#pragma once
#include "reach/script.h"

/* ---- shell-parse.c ---- */

typedef struct {
  const char *text; /* raw, with its quotes; points into the text that was parsed */
  guint length, line;
} CrShellWord;

typedef enum {
  CR_SHELL_SIMPLE,   /* words; assignments among them; heredoc */
  CR_SHELL_AND,      /* first && second */
  CR_SHELL_OR,       /* first || second */
  CR_SHELL_PIPE,     /* first | second */
  CR_SHELL_NOT,      /* ! first */
  CR_SHELL_IF,       /* first: condition, second: then, third: else */
  CR_SHELL_WHILE,    /* first: condition, second: body */
  CR_SHELL_FOR,      /* words[0]: name, rest: list (none: "$@", if !has_in), second: body */
  CR_SHELL_CASE,     /* words[0]: subject, first: list of CR_SHELL_ITEM */
  CR_SHELL_ITEM,     /* words: patterns, first: body */
  CR_SHELL_GROUP,    /* { first; } */
  CR_SHELL_SUBSHELL, /* ( first ) */
  CR_SHELL_FUNCTION, /* words[0]: name, first: body */
} CrShellKind;

typedef struct CrShellNode CrShellNode;
struct CrShellNode {
  CrShellKind kind;
  guint line;
  CrShellNode *first, *second, *third;
  CrShellNode *next; /* the command after this one in its list */
  CrShellWord *words;
  guint word_count;
  gboolean has_in;
  CrShellWord heredoc; /* body of the last here-document; .text NULL: none */
  gboolean heredoc_quoted;
};

typedef struct {
  CrShellNode *first; /* what could be parsed */
  const char *failed; /* where it could not go on, or NULL: all of it was parsed */
  guint failed_line;
  const char *why;
} CrShellScript;

/* TEXT must outlive the result. Never fails as a whole. */
void cr_shell_parse(const char *text, gsize size, guint first_line, CrArena *arena, CrShellScript *out);
/* C stands behind an unquoted word. */
static inline gboolean cr_shell_ends_word(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' ||
         c == ')';
}
/* shell-skip.c: index just behind the word that begins at TEXT (quotes, $(…), `…` balanced); 0: it does not end. */
gsize cr_shell_skip_word(const char *text, gsize size);
/* Index just behind the construct that TEXT begins with: "$(", "${", "`", "'", "\"", "("; 0: it does not end. */
gsize cr_shell_skip_nested(const char *text, gsize size, guint depth);

/* ---- values: shell-value.c; words made of them: shell-expand.c ---- */

/* A variable: the lists it may be, a scalar being a list of one. Constant after it is made; in the work's arena. */
typedef struct {
  CrStrv values[16]; /* CR_LIMIT_SCRIPT_VALUES */
  guint count;       /* 0: not known at all */
} CrShellValue;

typedef enum { CR_LIVE_DEAD, CR_LIVE_MAYBE, CR_LIVE_CERTAIN } CrShellLive;
typedef enum { CR_STATUS_UNKNOWN, CR_STATUS_TRUE, CR_STATUS_FALSE } CrShellStatus;
typedef enum { CR_LEFT_NOT, CR_LEFT_FUNCTION, CR_LEFT_LOOP, CR_LEFT_SCRIPT } CrShellLeft;

typedef struct {
  CrReachWork *work;
  CrArena *arena;
  const CrRun *run;   /* of the shell */
  const char *script; /* canonical path for edges */
  const char *zero;   /* $0 */
  /* what branches copy and join */
  GHashTable *variables;         /* name → CrShellValue* */
  GHashTable *exported;          /* names */
  const CrShellValue *arguments; /* $@ */
  const char *workdir;           /* or NULL: not known */
  CrShellLive live;
  CrShellLeft left;
  /* shared by all branches */
  GHashTable *functions;  /* name → CrShellNode* (body) */
  GHashTable *called;     /* names of functions that were followed */
  gboolean unsure_return; /* a `return` stood in a branch that may not have been taken */
  guint depth, line;
} CrShell;

const CrShellValue *cr_shell_value_new(CrShell *shell, const char *text); /* one known scalar */
const CrShellValue *cr_shell_value_new_list(CrShell *shell, CrStrv list);
const CrShellValue *cr_shell_value_join(CrShell *shell, const CrShellValue *a, const CrShellValue *b);
extern const CrShellValue cr_shell_value_unknown;
/* Of NAME: variable, then the environment; NULL: not set. */
const CrShellValue *cr_shell_find_variable(CrShell *shell, const char *name);

/* WORDS with everything expanded: the argument lists they may stand for (CrStrv each, at most CR_LIMIT_SCRIPT_VALUES).
 * What is not known appears as CR_WORD_UNKNOWN. FALSE in *SPLIT for a place where words are neither split nor globbed.
 */
GPtrArray *cr_shell_expand(CrShell *shell, const CrShellWord *words, guint count, gboolean split);
/* One word as one text; holds CR_WORD_UNKNOWN where it is not known or has several values. */
const char *cr_shell_expand_text(CrShell *shell, const CrShellWord *word);
/* The same as a pattern for cr_shell_match: what is quoted stands for itself. */
const char *cr_shell_expand_pattern(CrShell *shell, const CrShellWord *word);
/* The body of `$(…)`: run it, and what it prints if that is known. shell.c, shell-output.c */
const char *cr_shell_substitute(CrShell *shell, const char *text, gsize size, guint line);
const char *cr_shell_guess_output(CrShell *shell, const CrShellNode *node);
/* The shell's `case` and `[[ == ]]`: does PATTERN fit TEXT? Unknown where one holds CR_WORD_UNKNOWN. */
CrShellStatus cr_shell_match(const char *pattern, const char *text);

/* ---- shell-test.c ---- */
/* `[ … ]`, `test …` and `[[ … ]]`; WORDS with the name and without the closing bracket. DOUBLE: patterns count. */
CrShellStatus cr_shell_test(CrShell *shell, const char *const *words, gboolean is_double);

/* ---- shell.c; what it starts: shell-start.c ---- */
CrShellStatus cr_shell_walk(CrShell *shell, const CrShellNode *list);
/* TEXT in this shell: eval, a trap, a sourced file (SCRIPT its canonical path, else NULL). */
CrShellStatus cr_shell_walk_text(CrShell *shell, const char *text, gsize size, guint line, const char *script);
/* The context of a program that this shell starts now. */
const CrReachContext *cr_shell_make_context(CrShell *shell, CrStrv assignments);
/* Start WORDS from here, with all that CERTAIN, MAYBE and DEAD mean. */
void cr_shell_start(CrShell *shell, CrStrv words, CrStrv assignments, guint line, gboolean replaces);

/* NAME=VALUE, NAME+=VALUE, NAME=(…) as written: done. FALSE: WORD is none. */
gboolean cr_shell_assign(CrShell *shell, const CrShellWord *word, const char **name);
/* WORDS as a function, a builtin or a program. */
CrShellStatus cr_shell_run_words(CrShell *shell, CrStrv words, CrStrv assignments, const CrShellNode *node);

/* ---- shell-builtins.c ---- */
/* TRUE: WORDS[0] is a builtin, and done. */
gboolean cr_shell_run_builtin(CrShell *shell, CrStrv words, const CrShellNode *node, CrShellStatus *status);
void cr_shell_set(CrShell *shell, const char *name, const CrShellValue *value);
