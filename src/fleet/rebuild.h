/* SPDX-License-Identifier: Apache-2.0 */
/* An image from its recipe again, proved, and only then named. Through the engine's own builder, BuildKit or `buildah`
 * for what that cannot do; its base pinned by what it is now; what installs packages is not taken from the build's
 * cache.
 *
 * The result gets the name of the old one when the proof holds: a scan that is better or equal (no update is new, no
 * flaw is new that the old had not, no package is lost unless the recipe's own diff says so), its config is what the
 * recipe says, and it starts. The old one stays as REPOSITORY:careen-keep-TAG. While it works the engine has names
 * careen-base:… and careen-rebuild:…; those of a run that was killed go with the next (rebuild-names.c). */
#pragma once
#include "fleet/fleet.h"
#include "remedy/remedy.h"
#include "scan/scan.h"

typedef struct {
  const CrScanOptions *scan;
  const char *base_name, *base_digest; /* FROM base_name becomes base_name@digest (or the id just built); or NULL */
  CrStrv outdated;   /* packages whose layers must not come from the cache; NULL: none, empty: no cache at all */
  gboolean pull;     /* ask the registry for a newer base first */
  gboolean must_fix; /* without any of the updates that the old one waits for it is no gain, and gets no name */
  CrSmokeOptions smoke;
  guint seconds;       /* longest build; 0: one hour */
  gboolean dry_run;    /* build and prove; name, keep and push nothing */
  CrDaemon *daemon;    /* where an image is built that none has yet; NULL: then it is CR_ERROR_USAGE */
  const char *builder; /* "engine", "buildkit", "buildah"; NULL: the first of them that can */
  void (*say)(const char *line, gpointer data); /* the builder's own words, or NULL */
  gpointer data;
} CrRebuildOptions;

typedef struct {
  CrArena *arena;
  const char *image;          /* name */
  const char *before, *after; /* ids; BEFORE NULL: there was none; AFTER NULL: it could not be built */
  const char *base,
      *base_digest;    /* what it was built on: its name; its digest where it has one, else its id. Or NULL */
  const char *builder; /* "buildkit", "engine", "buildah" */
  const char *context, *revision; /* an address that its context was fetched from, without passwords, and the commit or
                                     digest that it was; or NULL: a folder */
  const char *kept;               /* name of the old one now, or NULL */
  GPtrArray *checks;              /* CrCheck*: base, build, rescan, gain, config, smoke, name, push */
  GPtrArray *changes;             /* CrChange*: packages that differ, by name and architecture */
  GPtrArray *states;              /* CrFix*: what became of every update that the old one waited for */
  GPtrArray *published;           /* CrPublished* */
  gboolean good;                  /* the proof holds, and (but for a dry run) the name is the new one's */
  const char *log;                /* the last 64 KiB of the build, valid UTF-8 */
  CrProblems *problems;
  CrScan *old, *now; /* of the two images; or NULL: there is none, or it could not be scanned */
  CrPatchProof *proof;
} CrRebuild;

/* IMAGE has a recipe; the caller has its daemon's lease (record.h). FALSE by NULL with ERROR: the environment or the
 * recipe; a build or proof that fails is a CrRebuild that is not good. A wish to stop (base/stop.h) is
 * CR_ERROR_ENVIRONMENT: nothing is named then. */
CrRebuild *cr_rebuild_run(const CrFleetImage *image, const CrRebuildOptions *options, GError **error);
/* The same in parts, for several at once. What IMAGE and the pointers of OPTIONS are must outlive the job. */
typedef struct CrRebuildJob CrRebuildJob;
/* The recipe is read, its context fetched. */
CrRebuildJob *cr_rebuild_begin(const CrFleetImage *image, const CrRebuildOptions *options, GError **error);
gboolean cr_rebuild_is_by_engine(const CrRebuildJob *job);
/* What it is to be built on is there; or a check of its end says why not. */
gboolean cr_rebuild_prepare(CrRebuildJob *job, GError **error);
/* Do both name a base that one of them has pulled, and would undo? */
gboolean cr_rebuild_depend(const CrRebuildJob *job, const CrRebuildJob *other);
/* By the engine: in any thread, while no other one forks (base/baton.h). */
void cr_rebuild_build(CrRebuildJob *job);
/* Proved and named. Takes the job. NULL with ERROR as cr_rebuild_run. */
CrRebuild *cr_rebuild_end(CrRebuildJob *job, GError **error);
/* Of one that is not ended: nothing is named. */
void cr_rebuild_job_free(CrRebuildJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRebuildJob, cr_rebuild_job_free)

void cr_rebuild_free(CrRebuild *rebuild);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRebuild, cr_rebuild_free)
/* How it was built, as JSON for the record's outcome of a step. Free with g_free. */
char *cr_rebuild_format_outcome(const CrRebuild *rebuild);
/* The names of builds whose process was killed go. Best effort; every rebuild begins with it. */
void cr_rebuild_sweep(CrDaemon *daemon);
/* Would the same come of it again? It was built, and its proof does not hold, or what it should bring is not all in it.
 * A build that fails, a name that moved, a registry that is away may be otherwise the next time. */
gboolean cr_rebuild_is_vain(const CrRebuild *rebuild);
/* The first check that does not hold, in words, or NULL. In the rebuild's arena. */
const char *cr_rebuild_explain(const CrRebuild *rebuild);
