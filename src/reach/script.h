/* SPDX-License-Identifier: Apache-2.0 */
/* Inside reach/: starts, launchers, scripts and interpreters.
 *
 * A program that is started with known words goes through cr_reach_add_program (command.c): a launcher (launchers.c)
 * hands on to the command among its words, an interpreter (interpreter.c, one const struct each) to the script or
 * module it is given, a script to the interpreter of its "#!" line. Shell scripts are followed command by command
 * (shell.h); of the other languages the pass keeps statements only: imports, and the programs and libraries that calls
 * name. */
#pragma once
#include "reach/work.h"

/* A word or part of a word that is not known before run time. No byte of it can stand in a path of interest. */
#define CR_WORD_UNKNOWN "\001"
static inline gboolean cr_word_is_known(const char *word)
{
  for (; *word; word++)
    if (*word == CR_WORD_UNKNOWN[0])
      return FALSE;
  return TRUE;
}

/* ---- what the pass keeps of a script: script.c ---- */

typedef enum {
  CR_LANGUAGE_OTHER = 'o', /* only the "#!" line */
  CR_LANGUAGE_SHELL = 's', /* the text */
  CR_LANGUAGE_PYTHON = 'p',
  CR_LANGUAGE_PERL = 'l',
  CR_LANGUAGE_RUBY = 'r',
  CR_LANGUAGE_NODE = 'j',
  CR_LANGUAGE_PHP = 'h',
  CR_LANGUAGE_CONFIG = 'c', /* the text of a supervisor's, an interpreter's or a service's own configuration */
} CrLanguage;

typedef struct {
  CrLanguage language;
  gboolean cut;            /* longer than what is kept */
  const char *interpreter; /* the line behind "#!" without blanks around it, or NULL */
  const char *body;        /* text, or statements */
  gsize body_bytes;
} CrScriptFacts;
/* FALSE: NODE is no script that is known. Strings in the work's arena. */
gboolean cr_script_facts_get(CrReachWork *work, const CrNode *node, CrScriptFacts *out);
/* Text of the file at PATH (links followed) where it was kept, or NULL. */
const char *cr_script_find_text(CrReachWork *work, const char *path);
/* For the fuzz target and tests: what the collector stores for a file of this name. */
void cr_script_collect(const CrEntry *entry, const guint8 *data, gsize size, gboolean cut, CrSink *sink);

/* Words of a "#!" line by the kernel's rule: the interpreter and, if there is more, the rest as one word. NULL: none.
 */
const char *const *cr_script_split_interpreter(const char *line, CrArena *arena);

/* ---- statements of languages other than the shell: statements.c ---- */

typedef enum {
  CR_STATEMENT_IMPORT = 'I',     /* at the top, unconditional */
  CR_STATEMENT_IMPORT_MAY = 'i', /* inside a function, a condition, a try */
  CR_STATEMENT_DYNAMIC = 'd',    /* an import of what is not a literal */
  CR_STATEMENT_COMMAND = 'c',    /* words of a program that a call starts, CR_STATEMENT_SEPARATOR between them */
  CR_STATEMENT_SHELL = 's',      /* a text given to the shell */
  CR_STATEMENT_UNKNOWN = 'u',    /* a call starts a program that is not a literal */
  CR_STATEMENT_LIBRARY = 'n',    /* a shared library opened by name */
} CrStatementKind;
#define CR_STATEMENT_SEPARATOR '\037'

typedef struct {
  CrStatementKind kind;
  guint line;
  const char *text; /* in the arena given */
} CrStatement;
/* The next statement of *BODY, which moves on; FALSE at the end. */
gboolean cr_statement_next(const char **body, const char *end, CrArena *arena, CrStatement *out);
/* Find the statements of TEXT and write them. */
void cr_statements_scan(CrLanguage language, const char *text, gsize size, GString *out);
void cr_statements_scan_python(const char *text, gsize size, GString *out); /* imports: python-imports.c */
/* Facts of a program that stands among the words (perl -e CODE). In the work's arena; CODE NULL or not known: empty. */
void cr_statements_scan_code(CrReachWork *work, CrLanguage language, const char *code, CrScriptFacts *out);
/* What a program's own statements start and open, other than its imports. APP: it is the user's own program, so that
 * a command unknown until run time counts. */
void cr_statements_follow_calls(CrReachWork *work, const CrScriptFacts *facts, const char *path, gboolean app,
                                const CrReachContext *context, CrReachLevel level);

/* ---- starting programs: command.c ---- */

/* NAME looked up as execvp(3) does in PATH of CONTEXT: its path as spelled, in the work's arena, or NULL. */
const char *cr_command_find(CrReachWork *work, const char *name, const CrReachContext *context);
/* The script at PATH (canonical) with words of which only argv[0] is known. */
void cr_command_run_script(CrReachWork *work, const char *path, const char *const *argv, const CrReachContext *context,
                           CrReachLevel level);
/* Path relative to CONTEXT's workdir made absolute. */
const char *cr_command_make_absolute(CrReachWork *work, const char *path, const CrReachContext *context);
/* Value of NAME in ENVIRONMENT or NULL. */
const char *cr_environment_find(CrStrv environment, const char *name);
/* CONTEXT with NAME=VALUE pairs of CHANGES set (NULL-terminated; "NAME" alone unsets), PATH kept in step. */
const CrReachContext *cr_context_change(CrReachWork *work, const CrReachContext *context, CrStrv changes,
                                        gboolean clear);

/* One start of a program by its words. */
typedef struct {
  CrReachWork *work;
  const char *const *argv; /* argv[0] as spelled */
  guint argc;
  const char *spelled; /* path of the program before links are followed, absolute */
  const char *program; /* canonical path */
  const CrReachContext *context;
  CrReachLevel level;
} CrRun;

/* ---- launchers: launchers.c ---- */

typedef struct {
  guint command;          /* index of the command in argv; argc: none */
  GPtrArray *changes;     /* char*: "NAME=VALUE" or "NAME" to unset, owned by the arena */
  gboolean clear;         /* the environment is emptied first */
  const char *user;       /* who runs it, or NULL: as before */
  const char *workdir;    /* or NULL */
  const char *shell_text; /* a text for `sh -c` instead of a command, or NULL */
  const char *shell;      /* the program for it, or NULL: /bin/sh */
  gboolean shell_asked;   /* an interactive shell (`su - user`) */
  gboolean possible_only; /* run only if something is found (xargs, find -exec) */
  CrStrv then;            /* another launch to be parsed after this one (find), or NULL */
  CrStrv words;           /* the command's words where they are no tail of argv (env -S, start-stop-daemon), or NULL */
} CrLaunch;
/* By argv[0]'s last component; FALSE: no launcher. */
gboolean cr_launcher_parse(const char *const *argv, CrArena *arena, CrLaunch *out);
/* PATH's last component is the name of one. */
gboolean cr_launcher_is(const char *path);
/* Files that PATTERN (absolute) fits, sorted, as the shell expands it: links followed, hidden names only where asked
 * for. Elements in ARENA. supervisors.c */
GPtrArray *cr_glob_find(CrTree *tree, const char *pattern, CrArena *arena);
/* Every word of TEXT that names a program is possible, WHY the evidence: for little languages that are not followed.
 * supervisors.c */
void cr_words_add_programs(const CrRun *run, const char *text, const char *from, const char *why);
/* One [program:x] or [eventlistener:x] of a supervisord.conf; strings in the arena given. supervisor-config.c */
typedef struct {
  const char *name, *command, *directory, *environment, *user;
  gboolean by_hand; /* autostart=false */
  guint line;
} CrSupervisedProgram;
typedef struct {
  GPtrArray *programs; /* CrSupervisedProgram* */
  GPtrArray *includes; /* char*: patterns of [include] files= */
} CrSupervisorConfig;
void cr_supervisor_config_parse(const char *text, gsize size, CrArena *arena, CrSupervisorConfig *out);
/* WORDS of a command as shlex.split has them. */
GPtrArray *cr_words_split(const char *text, CrArena *arena);
/* Where the program is a supervisor (s6, runit, supervisord, init): the services it starts. supervisors.c */
void cr_supervisor_run(const CrRun *run);

/* ---- interpreters: interpreter.c, and one file each ---- */

typedef struct {
  const char *name;
  const char *const *programs;  /* patterns of the last component of the program's path, NULL-terminated */
  const char *const *libraries; /* the same of libraries that embed it; may be NULL */
  CrLanguage language;          /* of its scripts */
  /* Started with these words: which script, module or code. */
  void (*run)(const CrRun *run);
  /* Reached at all, PROGRAM its canonical path (program or library): which files it opens at start (level) and can
   * import (possible). May be NULL. */
  void (*expand)(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context);
} CrInterpreter;

extern const CrInterpreter cr_interpreter_shell, cr_interpreter_python, cr_interpreter_perl, cr_interpreter_ruby,
    cr_interpreter_node, cr_interpreter_php, cr_interpreter_java, cr_interpreter_execline;
/* By the last component of NAME, or NULL. */
const CrInterpreter *cr_interpreter_find(const char *name);
/* NAME's last component is that of a library that embeds one: libpython3.11.so.1.0. */
gboolean cr_interpreter_is_embedded(const char *name);

/* TEXT as the shell runs it: `sh -c TEXT NAME ARGUMENTS…`. shell.c */
void cr_shell_run_text(const CrRun *run, const char *text, gsize size, guint line, const char *zero, CrStrv arguments,
                       const char *from);

/* Skip options of an interpreter: index of the first word that is none. VALUED: letters of short options that take a
 * value, LONG_VALUED: options that take one in the next word, written out, space separated. STOP: letters after whose
 * value no option follows (-c CODE, -m MODULE): the letter in *STOPPED, its value in *VALUE, the index behind them. */
guint cr_options_skip(const CrRun *run, const char *valued, const char *long_valued, const char *stop, char *stopped,
                      const char **value);

/* ---- what interpreters share: modules.c ---- */

/* The folders that PATTERN (cr_glob_find) fits, added to FOLDERS. */
void cr_folders_add_glob(CrReachWork *work, const char *pattern, GPtrArray *folders);
/* All below the folders that COUNT PATTERNS fit is possible: PROGRAM can import it. WHY is the evidence. */
void cr_folders_reach(CrReachWork *work, const char *const *patterns, guint count, const char *program,
                      const char *why);
/* The same of the folders in a VARIABLE like NODE_PATH, ':' between them, relative ones from the working folder. */
void cr_folders_reach_variable(CrReachWork *work, const CrReachContext *context, const char *variable,
                               const char *program);

/* Modules that RUN's program imports, each followed once, in the order they were found. */
typedef struct {
  const CrRun *run;
  CrLanguage language;
  GPtrArray *queue;  /* char*: canonical paths */
  GHashTable *known; /* of the same */
  guint next;
} CrModules;
void cr_modules_init(CrModules *modules, const CrRun *run, CrLanguage language);
void cr_modules_clear(CrModules *modules);
/* FROM (canonical) imports the file at PATH. FALSE: there is none. */
gboolean cr_modules_add(CrModules *modules, const char *path, const char *from, const char *evidence);
/* The next module that is a text of the language, with its FACTS; NULL: none is left. Others are only reached. */
const char *cr_modules_next(CrModules *modules, CrScriptFacts *facts);

/* ---- memory of one work ---- */
struct CrReachScripts {
  GHashTable *seen;    /* char* keys of anything done once → GUINT of the level it was done at */
  GHashTable *globs;   /* pattern → GPtrArray of what cr_glob_find found */
  GHashTable *named;   /* last component → GPtrArray of canonical paths; NULL until it is asked for */
  guint depth, steps;  /* programs inside programs; commands followed in all */
  gboolean steps_said; /* the cap was reported */
  guint doubt;         /* above 0: what is followed now stands where it is not run, or is run with words not known */
};
/* cr_reach_add_everything, but not in doubt: a branch not taken and a script nobody is known to start name what they
 * name, and no more. */
void cr_scripts_add_everything(CrReachWork *work, const char *from, const char *evidence);
/* cr_glob_find over the work's tree, each pattern once: interpreters and scripts ask the same again and again. Kept. */
const GPtrArray *cr_scripts_glob(CrReachWork *work, const char *pattern);
/* Canonical paths of the regular files and links whose path is END or ends in a slash and END: what a relative name may
 * mean where the working folder is not known. At most 100; free with g_ptr_array_unref. */
GPtrArray *cr_scripts_find_by_end(CrReachWork *work, const char *end);
/* TRUE the first time KEY is done at LEVEL or a higher one than before. */
gboolean cr_scripts_enter(CrReachWork *work, const char *key, CrReachLevel level);
/* For cr_reach_add_folder of the folder a program stands in: not the scripts of other languages beside it, which are
 * programs and have to be started. (Those that a library brings and starts itself stay: below node_modules and their
 * like.)
 */
gboolean cr_scripts_can_import(const CrNode *node, gpointer data);
