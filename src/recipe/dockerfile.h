/* SPDX-License-Identifier: Apache-2.0 */
/* What a Dockerfile (or Containerfile) is built on: FROM, ARG, stages, COPY --from, RUN --mount=from. Nothing is
 * built here; the rules are those of BuildKit's parser (docs.docker.com/reference/dockerfile): escape and syntax
 * directives, line continuation, here-documents, ${VAR:-word}, ARG before FROM, TARGETPLATFORM and its kin. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "model/package.h"

typedef struct {
  const char *image;   /* the name after expansion, "debian:12-slim"; NULL: a stage, or not known */
  int stage;           /* index of the stage it means; -1: an image */
  const char *raw;     /* as written, "$BASE" */
  const char *unknown; /* the variable without a value that keeps it from being known, or NULL */
  guint line;          /* from 1 */
} CrDockerfrom;

typedef struct {
  const char *name;     /* AS, or NULL */
  CrDockerfrom from;    /* `scratch` has image NULL, stage -1, raw "scratch" */
  const char *platform; /* --platform after expansion, or NULL */
  GPtrArray *copies;    /* CrDockerfrom*: COPY --from, ADD --from, RUN --mount=…,from= */
  GPtrArray *installs;  /* CrDockerline*: RUN lines that install packages, for a rebuild without their cache */
} CrDockerstage;

typedef struct {
  guint line;       /* from 1 */
  const char *text; /* the instruction after RUN, continuation lines joined */
} CrDockerline;

typedef struct {
  CrArena *arena;
  GPtrArray *stages;        /* CrDockerstage*, in order */
  int target;               /* index of the stage that the image is; -1: no stage at all */
  CrStrv arguments;         /* names of ARGs… */
  GPtrArray *argument_list; /* …whose array this is */
  const char *syntax;       /* of `# syntax=`, or NULL: a frontend that is an image, too */
} CrDockerfile;

/* NAME for messages. ARGS: "NAME=VALUE" of the build, or NULL; PLATFORM ("linux/amd64") of the result, or NULL: this
 * machine's; TARGET a stage's name or number, or NULL: the last. CR_ERROR_USAGE with the line. */
CrDockerfile *cr_dockerfile_parse(const char *text, gsize size, const char *name, const char *const *args,
                                  const char *target, const char *platform, GError **error);
CrDockerfile *cr_dockerfile_load(const char *path, const char *const *args, const char *target, const char *platform,
                                 GError **error);
/* The one of FOLDER: Dockerfile, else Containerfile; where neither is there, the path of the first. Free with g_free.
 */
char *cr_dockerfile_find(const char *folder);
void cr_dockerfile_free(CrDockerfile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDockerfile, cr_dockerfile_free)
/* All images that stage `target` needs, its own base first: CrDockerfrom*, transfer container. */
GPtrArray *cr_dockerfile_list_images(const CrDockerfile *file);
/* The base of the target: through stages down to an image (or scratch). Never NULL where target ≥ 0. */
const CrDockerfrom *cr_dockerfile_get_base(const CrDockerfile *file);
