/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of recipes share. Private to recipe/. */
#pragma once
#include "base/yaml.h"
#include "recipe/recipe.h"

/* A member of the family. */
typedef struct {
  const char *kind; /* "compose" */
  /* Is a file of NAME, with DOC (its YAML, or NULL where it is none), one of these? */
  gboolean (*fits)(const char *name, const CrYamlDoc *doc);
  /* Its uses into RECIPES; what is wrong in a part of it is a problem. DOC as above, borrowed. */
  gboolean (*read)(const char *path, const CrYamlDoc *doc, const CrRecipeOptions *options, CrRecipes *recipes,
                   GError **error);
} CrRecipeReader;
extern const CrRecipeReader cr_recipe_compose, cr_recipe_kubernetes, cr_recipe_quadlet;

CrImageUse *cr_recipes_add(CrRecipes *recipes, const char *kind, const char *name);
/* "FILE line N, column M" as a place; FILE is copied. */
CrPlace cr_recipes_place(CrRecipes *recipes, const char *file, const CrYaml *node);
/* TEXT as it stands at PLACE, or behind a quote there. Where it does not (escapes, several lines) the piece has no
 * place. */
CrPiece cr_recipes_make_piece(CrRecipes *recipes, CrPlace place, const char *text);
/* A piece that cannot be written, and WHY. */
CrPiece cr_recipes_make_fixed(CrRecipes *recipes, const char *text, const char *why);
/* PIECES (CrPiece), copied, are what USE's image is made of. */
void cr_recipes_set_pieces(CrRecipes *recipes, CrImageUse *use, const GArray *pieces);
/* …and PIECE alone. */
void cr_recipes_set_piece(CrRecipes *recipes, CrImageUse *use, CrPiece piece);
/* PATH from FOLDER, canonical; in the arena. */
const char *cr_recipes_resolve(CrRecipes *recipes, const char *folder, const char *path);

CrRecipes *cr_recipes_new(void);
/* kustomize.c: is a file of NAME one, also without saying its kind? And ROOT of FILE, which is one, into RECIPES. */
gboolean cr_kustomize_is_name(const char *name);
void cr_kustomize_read(CrRecipes *recipes, const char *file, const CrYaml *root);
/* kubernetes.c: images of the manifests in PATH, as char*; one that cannot be read has none. */
void cr_kubernetes_list_images(const char *path, GPtrArray *images);
