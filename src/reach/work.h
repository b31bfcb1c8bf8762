/* SPDX-License-Identifier: Apache-2.0 */
/* Inside reach/: the graph while it is being made. reach.c owns it: a work list of files, each expanded once per level
 * by the rules (elf-rules.c: loader and plug-ins; script.c, interpreters in files of their own) until nothing new
 * is found. Rules only add edges, so the order of work never changes the answer. */
#pragma once
#include "reach/elf.h"
#include "reach/reach.h"

typedef struct CrReachWork CrReachWork;

/* What execvp(3) and the engines take where no PATH is set. */
#define CR_COMMAND_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What is known about the process a file would run in. Plain data in the work's arena; shared, constant. */
typedef struct {
  CrStrv environment;  /* "NAME=VALUE" of image, --env and what scripts on the way set for certain */
  const char *path;    /* PATH in force */
  const char *workdir; /* absolute */
  const char *user;    /* or "" */
} CrReachContext;

/* What the loader's rules remember during one work (loader.h). */
typedef struct CrLoader CrLoader;
CrLoader *cr_loader_new(CrReachWork *work);
void cr_loader_free(CrLoader *loader);

CrTree *cr_reach_work_get_tree(const CrReachWork *work);
CrArena *cr_reach_work_get_arena(const CrReachWork *work);
const CrImage *cr_reach_work_get_image(const CrReachWork *work);
const CrReachContext *cr_reach_work_get_context(const CrReachWork *work); /* of the start */
CrProblems *cr_reach_work_get_problems(const CrReachWork *work);
CrLoader *cr_reach_work_get_loader(const CrReachWork *work);
int cr_reach_work_get_owner(const CrReachWork *work, const char *path); /* package index or -1 */

/* PATH (any spelling; links are followed, and each link's target file is the node) is reached from FROM (canonical path
 * or NULL). Returns the canonical path, or NULL when there is no such regular file. Raises the level only. EVIDENCE is
 * copied. */
const char *cr_reach_add(CrReachWork *work, const char *path, CrReachLevel level, const char *from, const char *kind,
                         const char *evidence);
/* The same, and what PATH itself loads and starts is judged in CONTEXT (a script may have set LD_LIBRARY_PATH) instead
 * of that of the file being expanded. CONTEXT must live as long as the work: in its arena. reach.c. */
const char *cr_reach_add_in(CrReachWork *work, const char *path, const CrReachContext *context, CrReachLevel level,
                            const char *from, const char *kind, const char *evidence);
/* Level so far of the file at PATH (canonical). */
CrReachLevel cr_reach_work_get_level(const CrReachWork *work, const char *path);
/* What is unreached is unknown from now on: something that is loaded could not be analysed. */
void cr_reach_work_doubt(CrReachWork *work);
/* The library that dlopen(NAME) finds when FROM (canonical path of a program or library, or of a script: then by the
 * loader of the image's own C library) calls it: cr_reach_add with POSSIBLE, or LOADED if it is certain. NULL: none. */
const char *cr_reach_add_library(CrReachWork *work, const char *name, const CrReachContext *context, CrReachLevel level,
                                 const char *from, const char *kind, const char *evidence);
/* PATH (from the root, with or without a slash in front: what is written relative to the working folder goes through
 * cr_command_find or cr_command_make_absolute first) as a program to execute in CONTEXT: cr_reach_add, and its
 * interpreter or loader. ARGV (with argv[0], may be NULL: unknown) is given to launchers and interpreters, so that
 * `python3 app.py` follows app.py. command.c. */
void cr_reach_add_program(CrReachWork *work, const char *path, const char *const *argv, const CrReachContext *context,
                          CrReachLevel level, const char *from, const char *kind, const char *evidence);
/* WORDS[0] looked up in PATH as execvp does, then cr_reach_add_program. FALSE: not found. command.c. */
gboolean cr_reach_add_command(CrReachWork *work, const char *const *words, const CrReachContext *context,
                              CrReachLevel level, const char *from, const char *kind, const char *evidence);
/* From here on any program of the image may be started (a shell with unknown input, a command unknown until run time):
 * every executable becomes `possible`, once, with this reason. reach.c. */
void cr_reach_add_everything(CrReachWork *work, const char *from, const char *evidence);
/* Everything below FOLDER for which KEEP says yes (NULL: every regular file) is `possible`: plug-in folders, module
 * trees. */
void cr_reach_add_folder(CrReachWork *work, const char *folder, CrReachLevel level,
                         gboolean (*keep)(const CrNode *node, gpointer data), gpointer data, const char *from,
                         const char *kind, const char *evidence);

/* ---- the rules, called by reach.c for each file once per level ---- */
/* elf-rules.c: NEEDED closure (loader.c), dlopen names, plug-in folders, NSS, gconv, PAM, OpenSSL, programs named. */
void cr_reach_expand_elf(CrReachWork *work, const CrNode *node, const CrElfFacts *facts, CrReachLevel level,
                         const CrReachContext *context);
/* elf-rules.c: the words that the program at PATH is started with: files of configuration, folders of them, libraries,
 * programs. */
void cr_reach_expand_arguments(CrReachWork *work, const char *path, const char *const *argv, CrReachLevel level,
                               const CrReachContext *context);
/* script.c: a file with "#!" or one an interpreter was given. FALSE: no script known to it. */
gboolean cr_reach_expand_script(CrReachWork *work, const CrNode *node, CrReachLevel level,
                                const CrReachContext *context);
/* interpreter.c: after cr_reach_expand_elf, for every ELF file: where it is an interpreter, or a library that embeds
 * one (libpython3.11.so, libphp8.2.so, libjvm.so), what that can import and what it opens when it starts. */
void cr_reach_expand_interpreter(CrReachWork *work, const CrNode *node, CrReachLevel level,
                                 const CrReachContext *context);
/* What command.c and script.c remember of one work (scripts already followed with their arguments): reach.c makes it
 * with the work, frees it with it. script.c. */
typedef struct CrReachScripts CrReachScripts;
CrReachScripts *cr_reach_scripts_new(void);
void cr_reach_scripts_free(CrReachScripts *scripts);
CrReachScripts *cr_reach_work_get_scripts(const CrReachWork *work);
/* command.c: the program at PATH is a launcher or an interpreter: what it starts stands in its words or its script,
 * which are followed, so that its calls of exec or system() alone say nothing. */
gboolean cr_reach_is_understood(const char *path);
/* command.c: entrypoint, command, health check, by the image's config or --command. FALSE: no start known. */
gboolean cr_reach_add_starts(CrReachWork *work, const CrReachOptions *options);
/* script.c: collectors of scripts and of the interpreters' own configuration; NULL-terminated. */
const CrCollector *const *cr_reach_get_script_collectors(void);
/* elf.c, loader.c: of ELF files and loader configuration. */
const CrCollector *const *cr_reach_get_elf_collectors(void);
