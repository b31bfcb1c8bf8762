/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "recipe/private.h"

static const CrRecipeReader *const readers[] = {&cr_recipe_quadlet, &cr_recipe_compose, &cr_recipe_kubernetes};

/* ---- for the readers ---- */

CrImageUse *cr_recipes_add(CrRecipes *recipes, const char *kind, const char *name)
{
  CrImageUse *use = cr_arena_new0(recipes->arena, CrImageUse);
  use->kind = kind;
  use->name = cr_arena_strdup(recipes->arena, name);
  use->depends_on = use->profiles = cr_strv_empty;
  use->active = TRUE;
  g_ptr_array_add(recipes->uses, use);
  return use;
}

CrPlace cr_recipes_place(CrRecipes *recipes, const char *file, const CrYaml *node)
{
  return (CrPlace){cr_arena_strdup(recipes->arena, file), cr_yaml_get_line(node), cr_yaml_get_column(node)};
}

const char *cr_recipes_resolve(CrRecipes *recipes, const char *folder, const char *path)
{
  g_autofree char *whole = g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(folder, path, NULL);
  g_autofree char *plain = g_canonicalize_filename(whole, NULL);
  return cr_arena_strdup(recipes->arena, plain);
}

/* ---- one file ---- */

static gboolean is_yaml(const char *path)
{
  return g_str_has_suffix(path, ".yaml") || g_str_has_suffix(path, ".yml") || g_str_has_suffix(path, ".json") ||
         g_str_has_suffix(path, "/Kustomization") || !strcmp(path, "Kustomization");
}

/* ALONE: the user named it, so that it is none of these is an error. */
static gboolean read_file(CrRecipes *recipes, const char *path, const CrRecipeOptions *options, gboolean alone,
                          GError **error)
{
  g_autofree char *name = g_path_get_basename(path);
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrYamlDoc) doc = NULL;
  gboolean quadlet = cr_recipe_quadlet.fits(name, NULL);
  if (!quadlet && (is_yaml(path) || alone)) {
    doc = cr_yaml_load(path, &cause);
    if (!doc && alone) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    if (!doc) { /* a template of Helm, or something else that only looks like YAML */
      cr_problems_add(recipes->problems, CR_PROBLEM_NOTE, path, "%s", cause->message);
      return TRUE;
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
    if (readers[i]->fits(name, doc))
      return readers[i]->read(path, doc, options, recipes, error);
  if (alone)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "cannot use '%s': it is no Compose file, Kubernetes manifest or Quadlet unit", path);
  return !alone;
}

/* ---- a folder ---- */

#define DEPTH 8U

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* docker compose reads an override together with its file. */
static gboolean is_override(const char *name)
{
  return g_str_has_suffix(name, ".override.yaml") || g_str_has_suffix(name, ".override.yml");
}

static gboolean is_interesting(const char *name)
{
  return (is_yaml(name) && !is_override(name) && !g_str_has_suffix(name, ".json")) ||
         cr_recipe_quadlet.fits(name, NULL);
}

static void walk(CrRecipes *recipes, const char *folder, const CrRecipeOptions *options, guint depth, guint *files)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
    if (*name != '.' && strcmp(name, "node_modules") != 0)
      g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
    GStatBuf st;
    if (g_lstat(path, &st) != 0)
      continue;
    if (S_ISDIR(st.st_mode) && depth < DEPTH) {
      walk(recipes, path, options, depth + 1, files);
      continue;
    }
    if (!S_ISREG(st.st_mode) || !is_interesting(names->pdata[i]))
      continue;
    if (++*files > CR_LIMIT_FLEET_FILES)
      return;
    g_autoptr(GError) cause = NULL;
    if (!read_file(recipes, path, options, FALSE, &cause))
      cr_problems_add(recipes->problems, CR_PROBLEM_PARTIAL, path, "%s", cause->message);
  }
}

CrRecipes *cr_recipes_new(void)
{
  CrRecipes *recipes = g_new0(CrRecipes, 1);
  recipes->arena = cr_arena_new();
  recipes->uses = g_ptr_array_new();
  recipes->problems = cr_problems_new();
  recipes->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
  return recipes;
}

CrRecipes *cr_recipes_load(const char *path, const CrRecipeOptions *options, GError **error)
{
  static const CrRecipeOptions none = {NULL, NULL, NULL};
  g_autoptr(CrRecipes) recipes = cr_recipes_new();
  if (!options)
    options = &none;
  if (!g_file_test(path, G_FILE_TEST_IS_DIR))
    return read_file(recipes, path, options, TRUE, error) ? g_steal_pointer(&recipes) : NULL;
  guint files = 0;
  walk(recipes, path, options, 0, &files);
  if (files > CR_LIMIT_FLEET_FILES)
    cr_problems_add(recipes->problems, CR_PROBLEM_PARTIAL, path, "only its first %u files were looked at",
                    (guint)CR_LIMIT_FLEET_FILES);
  return g_steal_pointer(&recipes);
}

void cr_recipes_free(CrRecipes *recipes)
{
  if (!recipes)
    return;
  g_ptr_array_unref(recipes->uses);
  cr_problems_free(recipes->problems);
  g_hash_table_unref(recipes->lines);
  cr_arena_free(recipes->arena);
  g_free(recipes);
}
