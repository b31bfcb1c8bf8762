/* SPDX-License-Identifier: Apache-2.0 */
/* Reach: which files the image's own process loads, can load, and cannot (CONTRACT.md "reach").
 *
 * A graph over files of the merged tree. Edges carry their kind and evidence; nodes get the highest level of any path
 * from the start set (entrypoint, command, declared health check). Loader rules are ld.so(8)'s (glibc) and musl's. No
 * list of package names anywhere in here; what is doubtful is `possible`. */
#pragma once
#include "base/arena.h"
#include "image/tree.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"

/* Collectors for ELF facts, scripts and loader configuration; NULL-terminated. */
const CrCollector *const *cr_reach_get_collectors(void);

typedef struct {
  const char *const *command;     /* --command: replaces entrypoint+cmd; NULL: the image's own */
  const char *const *environment; /* --env NAME=VALUE added to the image's; or NULL */
} CrReachOptions;

typedef struct CrReach CrReach;

typedef struct {
  const char *path;     /* canonical path of the file */
  CrReachLevel level;   /* loaded or possible */
  const char *from;     /* path of the file that leads here, NULL for a start */
  const char *kind;     /* "entrypoint", "interpreter", "needed", "preload", "script", "exec", "dlopen", "plugin-dir",
                           "import", "path-string", "health-check", "shell", … */
  const char *evidence; /* "NEEDED libssl.so.3 via ld.so.cache", "line 12: exec nginx", "string \"libnss_%s.so\"" */
} CrReachFile;

/* Compute. WHOLE_FOLDERS etc. are decided inside. OWNER gives the package's index for a path (or -1): some rules need
 * to know which files came together (a program's own data folder). Never fails as a whole; what could not be analysed
 * makes things `unknown`, said in PROBLEMS. */
CrReach *cr_reach_compute(CrTree *tree, const CrImage *image, const CrReachOptions *options,
                          int (*owner)(const char *path, gpointer data), gpointer data, CrProblems *problems);
void cr_reach_free(CrReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrReach, cr_reach_free)

/* What it starts with, for the report: "nginx -g 'daemon off;'", or NULL. */
const char *cr_reach_get_command(const CrReach *reach);
/* FALSE: the start could not be found (no config, dangling entrypoint): every level is unknown. */
gboolean cr_reach_is_known(const CrReach *reach);
/* Level of what no way leads to: unreached; unknown where something that is loaded could not be analysed. */
CrReachLevel cr_reach_get_rest(const CrReach *reach);
/* Level of the file at PATH (canonical). */
CrReachLevel cr_reach_get_level(const CrReach *reach, const char *path);
/* All files with level loaded or possible, sorted by path. */
const CrReachFile *cr_reach_get_files(const CrReach *reach, guint *count);
/* The path from a start to PATH, first element the start; NULL when unreached. In ARENA. Elements point into REACH; the
 * vector is NULL-terminated. */
const CrReachFile *const *cr_reach_get_path(const CrReach *reach, const char *path, CrArena *arena);
