/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reading of Compose files (compose-spec.io): a project is a list of services, each a stack of definitions
 * from weakest to strongest (what it extends, its file, its override), looked up from the top. Private to recipe/. */
#pragma once
#include "recipe/private.h"

/* The variables that a file's ${…} are filled from. */
typedef struct CrComposeEnvironment {
  GHashTable *values;                       /* name → value, of .env files; the process' own environment wins */
  const struct CrComposeEnvironment *outer; /* of the file that includes this one, and wins; or NULL */
} CrComposeEnvironment;

typedef struct {
  const CrYaml *map;
  const char *file, *folder; /* relative paths are from the folder */
  const CrComposeEnvironment *environment;
} CrComposeLayer;

typedef struct {
  const char *name;
  GArray *layers; /* CrComposeLayer, the weakest first */
} CrComposeService;

/* compose-environment.c: the .env of FOLDER, or FILES. Unreadable lines are left out. */
CrComposeEnvironment *cr_compose_environment_new(const char *folder, const char *const *files,
                                                 const CrComposeEnvironment *outer);
void cr_compose_environment_free(CrComposeEnvironment *environment);
/* The variable NAME, of the process or of these files, or NULL. */
const char *cr_compose_environment_find(const CrComposeEnvironment *environment, const char *name);
/* TEXT with its variables filled in. *MISSING: one has no value and no default, and is empty, as docker compose warns.
 * NULL: ${NAME:?why} has no value. Free with g_free. */
char *cr_compose_interpolate(const char *text, const CrComposeEnvironment *environment, gboolean *missing);

/* compose-service.c: SERVICE of PROJECT as a use; what cannot be is a problem. SECRETS: CrComposeLayer, the files'
 * secrets:, the weakest first. */
void cr_compose_add_use(CrRecipes *recipes, const char *project, const CrComposeService *service, const GArray *secrets,
                        const char *const *profiles);
