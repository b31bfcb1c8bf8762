/* SPDX-License-Identifier: Apache-2.0 */
/* An image from its recipe again, proved, and only then named. Through the engine's own builder (BuildKit where it is)
 * or `buildah`; its base pinned by digest; what installed an outdated package is not taken from the build's cache.
 *
 * The result gets the name of the old one when the proof holds: a scan that is better or equal (no update is new, no
 * flaw is new that the old had not, no package is lost unless the recipe's own diff says so), its config is what the
 * recipe says, and it starts. The old one stays as REPOSITORY:careen-keep-TAG. */
#pragma once
#include "fleet/fleet.h"
#include "remedy/smoke.h"
#include "scan/scan.h"

typedef struct {
  const CrScanOptions *scan;
  const char *base_name, *base_digest; /* FROM base_name becomes base_name@digest (or the id just built); or NULL */
  CrStrv outdated; /* packages whose layers must not come from the cache; NULL: none, empty: no cache at all */
  gboolean pull;   /* ask the registry for a newer base first */
  CrSmokeOptions smoke;
  guint seconds;                                /* longest build; 0: one hour */
  gboolean dry_run;                             /* build and prove; name, keep and push nothing */
  const char *builder;                          /* "engine", "buildah", NULL: what there is */
  void (*say)(const char *line, gpointer data); /* the builder's own words, or NULL */
  gpointer data;
} CrRebuildOptions;

typedef struct {
  CrArena *arena;
  const char *image;          /* name */
  const char *before, *after; /* ids; AFTER NULL: it could not be built */
  const char *base_digest;    /* that it was built on */
  const char *builder;        /* "buildkit", "engine", "buildah" */
  const char *kept;           /* name of the old one now, or NULL */
  GPtrArray *checks;          /* CrCheck*: build, rescan, config, smoke */
  GPtrArray *changes;         /* CrChange*: what differs, as `diff` has it */
  gboolean good;              /* the proof holds, and the name is the new one's */
  const char *log;            /* the last 64 KiB of the build */
} CrRebuild;

/* IMAGE has a recipe. FALSE by NULL with ERROR: the environment or the recipe; a build or proof that fails is a
 * CrRebuild that is not good. */
CrRebuild *cr_rebuild_run(const CrFleetImage *image, const CrRebuildOptions *options, GError **error);
void cr_rebuild_free(CrRebuild *rebuild);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRebuild, cr_rebuild_free)
