/* SPDX-License-Identifier: Apache-2.0 */
/* How images are made, and where they are used, as files say it. A family of readers, one file each (compose.c,
 * kubernetes.c, quadlet.c; dockerfile.h is theirs all), one table in recipe.c.
 *
 * Every fact has its place (file, line, column), so that a report can name it and digest.h can write one there. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "model/package.h"
#include "model/problem.h"

typedef struct {
  const char *file;   /* as given or found, relative to where careen runs when it was */
  guint line, column; /* from 1 */
} CrPlace;

/* How one image is built. Paths are absolute. */
typedef struct {
  const char *context; /* folder; or a URL (git), with `remote` */
  gboolean remote;
  const char *dockerfile; /* path; NULL: Dockerfile, else Containerfile in the context */
  const char *text;       /* of dockerfile_inline, or NULL */
  const char *target;     /* or NULL */
  CrStrv args;            /* "NAME=VALUE" */
  CrStrv contexts;        /* additional contexts, "name=value" */
  CrStrv secrets;         /* "id=NAME,src=FILE" or "id=NAME,env=VAR" as docker build has them */
  CrStrv ssh;             /* "default" or "id=path" */
  CrStrv labels;          /* "NAME=VALUE" */
  CrStrv extra_hosts;     /* "host:ip" */
  CrStrv cache_from;
  const char *network;  /* "host", "none", NULL: the builder's own */
  const char *platform; /* or NULL */
  CrPlace place;        /* of what says so */
} CrBuildRecipe;

/* A part of an image's reference, where one file says it. */
typedef struct {
  CrPlace place;        /* of TEXT's first character; file NULL: nowhere that can be written */
  const char *line;     /* the whole line of it, without its end */
  const char *text;     /* "nginx:", "1.25" */
  const char *variable; /* whose value it is, of a .env file; or NULL */
  const char *why;      /* no place: why it cannot be written; else NULL */
} CrPiece;

/* Where a digest can be put that is a member of its own (of a Kustomization): HEAD, the digest and TAIL in the place of
 * what is AT. */
typedef struct {
  CrPiece at;
  const char *head, *tail;
} CrInsertion;

/* One use of an image. */
typedef struct {
  const char *kind;           /* "compose", "kubernetes", "quadlet" */
  const char *name;           /* "shop/web" (project/service), "Deployment shop/web container nginx", "web.container" */
  const char *image;          /* reference as it will be used; NULL: only built, named by the tool */
  const CrBuildRecipe *build; /* or NULL */
  CrPlace place;              /* of the image's (or the build's) value */
  const CrPiece *pieces;      /* what IMAGE is made of, in order, for who writes there (digest.h) */
  guint piece_count;
  const CrInsertion *insertion; /* or NULL */
  CrStrv depends_on;            /* names of uses, for compose */
  const char *container;        /* the container's name where it is certain, else NULL */
  const char *unit;             /* of systemd that makes it, of Quadlet: "web.service"; or NULL */
  CrStrv profiles;
  gboolean active; /* of compose: no profile, or one that is on */
} CrImageUse;

typedef struct {
  CrArena *arena;
  GPtrArray *uses;      /* CrImageUse* */
  CrProblems *problems; /* what could not be read, with its place */
  GHashTable *lines;    /* path → GStrv, of files whose lines pieces have */
} CrRecipes;

typedef struct {
  const char *const *profiles;  /* of compose that are on, or NULL: COMPOSE_PROFILES */
  const char *const *env_files; /* or NULL: .env beside the file */
  const char *project;          /* compose project name, or NULL: COMPOSE_PROJECT_NAME, `name:`, the folder */
} CrRecipeOptions;

/* PATH: a Compose file (its override beside it is read too, as docker compose does), a Kubernetes manifest (any number
 * of documents), a Quadlet unit; or a folder, where files of their usual names are looked for. What it is, its content
 * says. CR_ERROR_USAGE: not there, or none of these. */
CrRecipes *cr_recipes_load(const char *path, const CrRecipeOptions *options, GError **error);
void cr_recipes_free(CrRecipes *recipes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRecipes, cr_recipes_free)
