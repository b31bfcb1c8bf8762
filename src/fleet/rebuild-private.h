/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a rebuild share, in the order of the work: rebuild-bases.c (what it is built on), rebuild-engine.c
 * and rebuild-tools.c (the builders), rebuild-proof.c, rebuild-place.c (names). Private to them. */
#pragma once
#include "fleet/rebuild.h"
#include "recipe/dockerfile.h"
#include "remedy/workspace.h"

/* One image that the recipe names. */
typedef struct {
  const char *name;        /* as FROM means it */
  const char *id;          /* what is built on */
  const char *alias;       /* careen-base:…, or NULL: not pinned */
  const char *digest;      /* in its registry, of what careen pulled; else NULL */
  const char *pulled_over; /* what the name was before careen pulled it, or NULL: it was not pulled, or not there */
  gboolean copied;         /* only COPY --from */
} CrRebuildBase;

typedef struct {
  const CrFleetImage *image;
  const CrBuildRecipe *recipe;
  const CrRebuildOptions *options;
  CrDaemon *daemon;
  CrRebuild *rebuild;
  CrDockerfile *file;
  char *path; /* of the recipe's Dockerfile; NULL: its text is inline */
  char *text; /* what it says */
  gsize size;
  GPtrArray *bases;     /* CrRebuildBase* */
  const char *result;   /* careen-rebuild:…, once it is built */
  CrWorkspace *fetched; /* where a context that is an address is for this build; or NULL */
} CrRebuilding;

/* A check that does not hold. */
void cr_rebuild_fail(CrRebuilding *work, const char *check, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* ---- rebuild-names.c ---- */

/* "careen-KIND:…", which no other process and no other call makes. In ARENA. */
const char *cr_rebuild_make_name(const char *kind, CrArena *arena);
/* Is NAME, normalised, one of those? */
gboolean cr_rebuild_is_name(const char *name);

/* ---- rebuild-context.c ---- */

/* The recipe's context is an address: from here on WORK's recipe is one of the folder that it was fetched into. */
gboolean cr_rebuild_fetch_context(CrRebuilding *work, GError **error);

/* ---- rebuild-bases.c ---- */

/* Every image that the Dockerfile names is there, pulled where that may be, and those of FROM have an alias. FALSE
 * without ERROR: a check says why not. */
gboolean cr_rebuild_prepare_bases(CrRebuilding *work, GError **error);
/* The aliases go; with UNDO names that were pulled are what they were. */
void cr_rebuild_release_bases(CrRebuilding *work, gboolean undo);
/* Whatever of host, "library/" and ":latest" is written. */
gboolean cr_rebuild_is_same_name(const char *a, const char *b);

/* ---- the builders ---- */

/* Why the engine's classic builder cannot do this recipe ("RUN --mount in line 3"), or NULL. In the arena. */
const char *cr_rebuild_find_modern(const CrRebuilding *work);
/* The first here-document, which buildah knows since 1.33 and Podman since 4.8, in the same words; or NULL. */
const char *cr_rebuild_find_document(const CrRebuilding *work);
/* TEXT is the Dockerfile with its pins; the result is named work->result. FALSE with ERROR: CR_ERROR_INPUT: the build
 * failed. */
gboolean cr_rebuild_by_engine(CrRebuilding *work, const char *text, GError **error);
gboolean cr_rebuild_by_buildkit(CrRebuilding *work, const char *text, GError **error);
gboolean cr_rebuild_by_buildah(CrRebuilding *work, const char *text, GError **error);
gboolean cr_rebuild_has_buildkit(const CrRebuilding *work);
/* Its version, "1.28.2", in the arena; NULL: it is not here. */
const char *cr_rebuild_find_buildah(const CrRebuilding *work);
/* The query of POST /build; free with g_free. DOCKERFILE: its name in the context. */
char *cr_rebuild_format_query(const CrRebuilding *work, const char *dockerfile);

/* ---- rebuild-log.c: what the build said ---- */

/* TEXT with *** for the values of arguments that are secrets by their names (TOKEN, …_PASSWORD) and for passwords in
 * URLs. They are no secrets to who may read the image's history; but logs go further. Free with g_free. */
char *cr_rebuild_redact(CrStrv args, const char *text);
/* As the rebuild's `log`: valid UTF-8, redacted, without what colours a terminal. */
void cr_rebuild_keep_log(CrRebuilding *work, const char *text, gsize size);
/* One line to the caller of the rebuild, redacted; DATA is the CrRebuilding. */
void cr_rebuild_say(const char *line, gpointer data);

/* ---- rebuild-proof.c ---- */

/* Is the result better or equal, as the recipe says, and does it start? Fills checks, changes and states. */
void cr_rebuild_prove(CrRebuilding *work);
/* The packages of OLD that NOW has not, and that its maker took out: those that the recipe's history names no more,
 * what came with them, and what has another name now. Appended to CHANGES as CrChange* for the comparison. */
void cr_rebuild_find_dropped(const CrScan *old, const CrScan *now, CrArena *arena, GPtrArray *changes);

/* ---- rebuild-place.c ---- */

/* The proof holds: keep the old one, name the new one, push it. All of it or nothing; what fails is a check. */
void cr_rebuild_place(CrRebuilding *work);
