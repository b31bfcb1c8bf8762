/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reading of Compose files (compose-spec.io): a project is a list of services, each a stack of definitions
 * from weakest to strongest (what it extends, its file, its override), looked up from the top. Private to recipe/. */
#pragma once
#include "recipe/private.h"

/* A line of a .env file. */
typedef struct {
  char *name, *value; /* its own variables filled in */
  char *raw;          /* VALUE as it stands there, without quotes */
  gboolean literal;   /* in single quotes: RAW's dollars are dollars */
  CrPlace place;      /* of RAW */
} CrComposeVariable;

/* The variables that a file's ${…} are filled from; the process' own environment wins over all of them. */
typedef struct CrComposeEnvironment {
  GPtrArray *variables;                     /* CrComposeVariable*, in the files' order */
  GHashTable *by_name;                      /* the same; of two of a name the later one */
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

typedef struct {
  char *name;
  GPtrArray *services;     /* CrComposeService* */
  GPtrArray *environments; /* CrComposeEnvironment* */
  GHashTable *docs;        /* path → CrYamlDoc*, whose nodes the services have */
  GArray *secrets;         /* CrComposeLayer of each file's secrets:, the weakest first */
  char **profiles;         /* that are on */
} CrComposeProject;

/* compose-environment.c: the .env of FOLDER, or FILES. Unreadable lines are left out. */
CrComposeEnvironment *cr_compose_environment_new(const char *folder, const char *const *files,
                                                 const CrComposeEnvironment *outer);
void cr_compose_environment_free(CrComposeEnvironment *environment);
/* The variable NAME, of the process or of these files, or NULL. */
const char *cr_compose_environment_find(const CrComposeEnvironment *environment, const char *name);
/* …where these files say it; NULL where the process' own environment does, or nothing. */
const CrComposeVariable *cr_compose_environment_find_variable(const CrComposeEnvironment *environment,
                                                              const char *name);
/* TEXT with its variables filled in. *MISSING: one has no value and no default, and is empty, as docker compose warns.
 * NULL: ${NAME:?why} has no value. Free with g_free. */
char *cr_compose_interpolate(const char *text, const CrComposeEnvironment *environment, gboolean *missing);

/* compose-elsewhere.c: name of a variable → where it says something that is not the name of an image. */
GHashTable *cr_compose_list_elsewhere(CrRecipes *recipes, const CrComposeProject *project);
/* compose-pieces.c: what USE's image, which NODE of LAYER says, is made of. */
void cr_compose_set_pieces(CrRecipes *recipes, CrImageUse *use, const CrYaml *node, const CrComposeLayer *layer,
                           GHashTable *elsewhere);
/* compose-service.c: SERVICE of PROJECT as a use; what cannot be is a problem. */
void cr_compose_add_use(CrRecipes *recipes, const CrComposeProject *project, const CrComposeService *service,
                        GHashTable *elsewhere);
