/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a name of a library means: ld.so(8) of glibc, and musl's dynlink.c, as rules over the merged tree.
 *
 * glibc: a name with a slash is a path. Else the first of: an object loaded already under that name or soname; RPATH of
 * the object that asks and of those that loaded it (only if it has no RUNPATH); LD_LIBRARY_PATH; its RUNPATH;
 * ld.so.cache; the folders built into the loader (read from the loader itself). In each folder a variant for a better
 * CPU (glibc-hwcaps, and the older haswell, tls, …) goes first: which one is not known, so each is `possible`.
 * musl: LD_LIBRARY_PATH, then RUNPATH or RPATH of the object and of those that needed it, then its path file. */
#pragma once
#include "reach/work.h"

/* ---- ld.so.cache: ld-cache.c (the format "glibc-ld.so.cache1.1", also behind the older "ld.so-1.7.0") ---- */

typedef struct {
  const char *name, *path;
  guint32 flags;
  const char *hwcaps; /* "x86-64-v3", "" for an older kind of CPU level; NULL: for every CPU */
} CrLdCacheEntry;
typedef struct CrLdCache CrLdCache;
CrLdCache *cr_ld_cache_parse(GBytes *bytes, GError **error);
void cr_ld_cache_free(CrLdCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLdCache, cr_ld_cache_free)
guint cr_ld_cache_get_count(const CrLdCache *cache);
/* Entries for NAME, CrLdCacheEntry* in the cache's order (the loader's preference), or NULL. */
const GPtrArray *cr_ld_cache_find(const CrLdCache *cache, const char *name);

/* ---- objects and where they are looked for: loader.c, loader-folders.c ---- */

/* A kind of loader in the image, as the program's PT_INTERP names it. */
typedef struct {
  const char *interpreter; /* canonical path, or NULL: it is not in the image */
  gboolean musl;
  CrStrv folders;  /* built in, or of musl's path file */
  const char *lib; /* what $LIB means */
} CrLoaderKind;

typedef struct CrLib CrLib;
struct CrLib {
  CrNode node;
  const CrElfFacts *facts; /* without its strings */
  const char *spelled;     /* the path it was opened by: $ORIGIN is its folder */
  const CrLib *parent;     /* what loaded it first */
  const CrLoaderKind *kind;
  CrStrv rpath, runpath;           /* their folders, once they were needed */
  const char *folders_in;          /* the working folder that relative ones among them were meant from */
  const CrReachContext *closed_in; /* what it needs has been found in these surroundings, up to this level */
  CrReachLevel closed;
  const CrReachContext *followed_in; /* and its strings (elf-rules.c) */
  CrReachLevel followed;
};

typedef struct {
  CrLib *lib;
  const char *how;   /* "via ld.so.cache", "via RUNPATH /opt/x/lib" */
  gboolean doubtful; /* the loader would not find it as things are (a stale cache) */
} CrLibFound;

/* The ELF file at PATH (links followed), or NULL. */
CrLib *cr_loader_get_lib(CrLoader *loader, const char *path);
/* What dlopen(NAME) finds when CALLER does it. FALSE: nothing. */
gboolean cr_loader_find(CrLoader *loader, const char *name, const CrLib *caller, const CrReachContext *context,
                        CrLibFound *out);
/* Everything that LIB needs, and for a program its loader and what is preloaded, is added at LEVEL. */
void cr_loader_load(CrLoader *loader, CrLib *lib, CrReachLevel level, const CrReachContext *context);
/* NAME's variants for other CPUs beside FOUND are added as possible. */
void cr_loader_add_variants(CrLoader *loader, const char *name, const CrLibFound *found, const char *from);
/* A folder that the loader itself searches (or one above such a folder): not one of plug-ins. PATH canonical. */
gboolean cr_loader_is_shared_folder(CrLoader *loader, const char *path);
/* Paths of every ELF file called NAME outside those folders, or NULL. */
const GPtrArray *cr_loader_find_named(CrLoader *loader, const char *name);
/* Each library outside those folders that is somewhere below FOLDER (canonical), by name. */
void cr_loader_foreach_below(CrLoader *loader, const char *folder, void (*visit)(const char *path, gpointer data),
                             gpointer data);
/* FALSE: all of FOLDER (canonical) was taken as WHAT in these surroundings before. Whoever names it, what is in it is
 * possible once, and a system's folders are named by every other program. */
gboolean cr_loader_enter_folder(CrLoader *loader, const char *folder, const char *what, const CrReachContext *context);
/* A program of that name in CONTEXT's PATH, or NULL. Cheap for words that are none. */
const char *cr_loader_find_program(CrLoader *loader, const char *word, const CrReachContext *context);
/* The kind that a library without a known caller would be loaded by: that of the first program. May be NULL. */
const CrLoaderKind *cr_loader_get_usual_kind(const CrLoader *loader);
/* One more look-up. FALSE: this image has had more than any real one needs; said once. */
gboolean cr_loader_count_step(CrLoader *loader);

/* etc/ld.so.*, etc/ld-musl-*.path, etc/nsswitch.conf as they are. */
extern const CrCollector cr_loader_collector;
/* One of those; free with g_free. NULL: not there. */
char *cr_loader_load_text(CrReachWork *work, const char *path);

/* ---- between loader.c and loader-folders.c ---- */
typedef struct {
  CrLdCache *cache;
  CrStrv configured; /* folders of ld.so.conf */
  CrStrv preload;    /* words of ld.so.preload */
} CrLoaderConfig;
void cr_loader_config_read(CrReachWork *work, CrLoaderConfig *out);
/* The kind for the interpreter at PATH as spelled. In the work's arena. */
CrLoaderKind *cr_loader_kind_make(CrReachWork *work, const char *path, const CrElfFacts *program);
/* The folders of a LIST with one of SEPARATORS between them: $ORIGIN, $LIB, $PLATFORM replaced, relative ones made
 * absolute from WORKDIR, which is also what an empty one means to glibc; musl passes over those. */
CrStrv cr_loader_split_path(CrReachWork *work, const char *list, const char *separators, const CrLib *owner,
                            const CrLoaderKind *kind, const char *workdir);
/* TEXT with $ORIGIN, $LIB and $PLATFORM replaced. */
const char *cr_loader_expand_text(CrReachWork *work, const char *text, gsize size, const CrLib *owner,
                                  const CrLoaderKind *kind);
