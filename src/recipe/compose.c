/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/compose.h"

#include <string.h>

#include "base/error.h"

#define DEPTH 20U /* of include and extends; deeper ones go in a circle, or might as well */

typedef struct {
  CrRecipes *recipes;
  CrComposeProject is;
  guint depth;
} Project;

static void free_service(gpointer data)
{
  g_array_unref(((CrComposeService *)data)->layers);
}

static gboolean fits(const char *name, const CrYamlDoc *doc)
{
  const CrYaml *root = doc && cr_yaml_doc_get_count(doc) ? cr_yaml_doc_get_root(doc, 0) : NULL;
  gboolean named = strstr(name, "compose") != NULL;
  return cr_yaml_get_type(cr_yaml_find(root, "services")) == CR_YAML_MAP ||
         (named && cr_yaml_get_type(cr_yaml_find(root, "include")) == CR_YAML_LIST);
}

static gboolean refuse(const char *file, const CrYaml *node, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static gboolean refuse(const char *file, const CrYaml *node, GError **error, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *why = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s' line %u, column %u: %s", file, cr_yaml_get_line(node),
              cr_yaml_get_column(node), why);
  return FALSE;
}

/* ---- files ---- */

static const CrYamlDoc *load(Project *project, const char *path, GError **error)
{
  CrYamlDoc *doc = g_hash_table_lookup(project->is.docs, path);
  if (doc)
    return doc;
  doc = cr_yaml_load(path, error);
  if (doc)
    g_hash_table_insert(project->is.docs, g_strdup(path), doc);
  return doc;
}

static CrComposeService *get_service(Project *project, const char *name)
{
  for (guint i = 0; i < project->is.services->len; i++) {
    CrComposeService *service = project->is.services->pdata[i];
    if (!strcmp(service->name, name))
      return service;
  }
  CrComposeService *service = cr_arena_new0(project->recipes->arena, CrComposeService);
  service->name = cr_arena_strdup(project->recipes->arena, name);
  service->layers = g_array_new(FALSE, FALSE, sizeof(CrComposeLayer));
  g_ptr_array_add(project->is.services, service);
  return service;
}

/* ---- extends ---- */

/* The definitions that LAYER's service is, what it extends first. */
static gboolean add_layers(Project *project, GArray *layers, const CrComposeLayer *layer, guint depth, GError **error)
{
  const CrYaml *extends = cr_yaml_find(layer->map, "extends");
  const char *name = cr_yaml_get_text(extends);
  const CrYaml *file = cr_yaml_find(extends, "file");
  if (cr_yaml_get_type(extends) == CR_YAML_MAP)
    name = cr_yaml_get_text(cr_yaml_find(extends, "service"));
  if (cr_yaml_get_type(extends) != CR_YAML_NULL) {
    if (!name || depth > DEPTH)
      return refuse(layer->file, extends, error,
                    name ? "extends goes in a circle, or too deep" : "extends names no service");
    gboolean missing = FALSE;
    g_autofree char *text =
        cr_yaml_get_text(file) ? cr_compose_interpolate(cr_yaml_get_text(file), layer->environment, &missing) : NULL;
    const char *path = text ? cr_recipes_resolve(project->recipes, layer->folder, text) : layer->file;
    const CrYamlDoc *doc = load(project, path, error);
    if (!doc)
      return FALSE;
    const CrYaml *base = cr_yaml_find(cr_yaml_find(cr_yaml_doc_get_root(doc, 0), "services"), name);
    if (cr_yaml_get_type(base) != CR_YAML_MAP)
      return refuse(layer->file, extends, error, "there is no service '%s' in '%s'", name, path);
    g_autofree char *folder = g_path_get_dirname(path);
    CrComposeLayer below = {base, path, text ? cr_arena_strdup(project->recipes->arena, folder) : layer->folder,
                            layer->environment};
    if (!add_layers(project, layers, &below, depth + 1, error))
      return FALSE;
  }
  g_array_append_val(layers, *layer);
  return TRUE;
}

/* ---- include ---- */

static gboolean read_project_file(Project *project, const char *path, const char *folder,
                                  const CrComposeEnvironment *environment, GError **error);

static const CrComposeEnvironment *new_environment(Project *project, const char *folder, const char *const *files,
                                                   const CrComposeEnvironment *outer)
{
  CrComposeEnvironment *environment = cr_compose_environment_new(folder, files, outer);
  g_ptr_array_add(project->is.environments, environment);
  return environment;
}

/* "path", a list of them (the later ones are overrides), or a map with a folder and variables of its own. */
static gboolean read_include(Project *project, const char *file, const char *folder, const CrYaml *item,
                             const CrComposeEnvironment *environment, GError **error)
{
  gboolean map = cr_yaml_get_type(item) == CR_YAML_MAP, missing = FALSE;
  const CrYaml *paths = map ? cr_yaml_find(item, "path") : item;
  guint count = cr_yaml_get_type(paths) == CR_YAML_TEXT ? 1 : cr_yaml_get_length(paths);
  const char *own = cr_yaml_get_text(cr_yaml_find(item, "project_directory"));
  const char *at = own ? cr_recipes_resolve(project->recipes, folder, own) : NULL;
  if (!count)
    return refuse(file, item, error, "include names no path");
  for (guint i = 0; i < count; i++) {
    const CrYaml *node = cr_yaml_get_type(paths) == CR_YAML_TEXT ? paths : cr_yaml_get_element(paths, i);
    if (!cr_yaml_get_text(node))
      return refuse(file, node, error, "include takes paths");
    g_autofree char *text = cr_compose_interpolate(cr_yaml_get_text(node), environment, &missing);
    if (!text)
      return refuse(file, node, error, "a variable that it needs has no value");
    const char *path = cr_recipes_resolve(project->recipes, folder, text);
    g_autofree char *beside = g_path_get_dirname(path);
    const char *base = at ? at : cr_arena_strdup(project->recipes->arena, beside);
    at = base; /* the overrides' relative paths are from the first one's folder */
    const char *env = cr_yaml_get_text(cr_yaml_find(item, "env_file"));
    const char *files[] = {env ? cr_recipes_resolve(project->recipes, folder, env) : NULL, NULL};
    if (!read_project_file(project, path, base, new_environment(project, base, env ? files : NULL, environment), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean read_project_file(Project *project, const char *path, const char *folder,
                                  const CrComposeEnvironment *environment, GError **error)
{
  if (++project->depth > DEPTH) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': include goes in a circle, or too deep", path);
    return FALSE;
  }
  const CrYamlDoc *doc = load(project, path, error);
  if (!doc)
    return FALSE;
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
  const CrYaml *includes = cr_yaml_find(root, "include"), *services = cr_yaml_find(root, "services");
  for (guint i = 0; i < cr_yaml_get_length(includes); i++)
    if (!read_include(project, path, folder, cr_yaml_get_element(includes, i), environment, error))
      return FALSE;
  CrComposeLayer secrets = {cr_yaml_find(root, "secrets"), cr_arena_strdup(project->recipes->arena, path),
                            cr_arena_strdup(project->recipes->arena, folder), environment};
  g_array_append_val(project->is.secrets, secrets);
  for (guint i = 0; i < cr_yaml_get_length(services); i++) {
    const CrYaml *key = cr_yaml_get_key(services, i), *map = cr_yaml_get_element(services, i);
    if (!key || cr_yaml_get_type(map) != CR_YAML_MAP)
      continue;
    CrComposeLayer layer = {map, cr_arena_strdup(project->recipes->arena, path),
                            cr_arena_strdup(project->recipes->arena, folder), environment};
    if (!add_layers(project, get_service(project, cr_yaml_get_text(key))->layers, &layer, 0, error))
      return FALSE;
  }
  project->depth--;
  return TRUE;
}

/* ---- the project ---- */

/* compose.yaml has compose.override.yaml, docker-compose.yml has docker-compose.override.yml, in either spelling. */
static char *find_override(const char *path)
{
  static const char *const ends[] = {".yaml", ".yml"};
  g_autofree char *name = g_path_get_basename(path);
  if (!g_str_has_prefix(name, "compose.y") && !g_str_has_prefix(name, "docker-compose.y"))
    return NULL;
  const char *dot = strrchr(path, '.');
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
    g_autofree char *other = g_strdup_printf("%.*s.override%s", (int)(dot - path), path, ends[i]);
    if (g_file_test(other, G_FILE_TEST_EXISTS))
      return g_steal_pointer(&other);
  }
  return NULL;
}

/* Lower case letters, digits, '-' and '_' (compose-spec.io, "name"). */
static char *name_project(const CrYamlDoc *doc, const char *folder, const CrRecipeOptions *options,
                          const CrComposeEnvironment *environment)
{
  gboolean missing = FALSE;
  const char *own = cr_yaml_get_text(cr_yaml_find(cr_yaml_doc_get_root(doc, 0), "name"));
  const char *variable = cr_compose_environment_find(environment, "COMPOSE_PROJECT_NAME");
  g_autofree char *base = g_path_get_basename(folder);
  g_autofree char *chosen = options->project ? g_strdup(options->project)
                            : variable       ? g_strdup(variable)
                            : own            ? cr_compose_interpolate(own, environment, &missing)
                                             : g_strdup(base);
  GString *name = g_string_new(NULL);
  for (const char *c = chosen ? chosen : base; *c; c++)
    if (g_ascii_isalnum(*c) || ((*c == '-' || *c == '_') && name->len))
      g_string_append_c(name, g_ascii_tolower(*c));
  return g_string_free(name, FALSE);
}

static char **list_profiles(const CrRecipeOptions *options, const CrComposeEnvironment *environment)
{
  const char *text = cr_compose_environment_find(environment, "COMPOSE_PROFILES");
  if (options->profiles)
    return g_strdupv((char **)options->profiles);
  return g_strsplit(text ? text : "", ",", -1);
}

static void init_project(CrComposeProject *project)
{
  project->services = g_ptr_array_new_with_free_func(free_service);
  project->environments = g_ptr_array_new_with_free_func((GDestroyNotify)cr_compose_environment_free);
  project->docs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_yaml_doc_free);
  project->secrets = g_array_new(FALSE, FALSE, sizeof(CrComposeLayer));
}

static void clear_project(CrComposeProject *project)
{
  g_ptr_array_unref(project->services);
  g_ptr_array_unref(project->environments);
  g_hash_table_unref(project->docs);
  g_array_unref(project->secrets);
  g_free(project->name);
  g_strfreev(project->profiles);
}

static gboolean read_compose(const char *path, const CrYamlDoc *doc, const CrRecipeOptions *options, CrRecipes *recipes,
                             GError **error)
{
  g_autofree char *whole = g_canonicalize_filename(path, NULL), *folder = g_path_get_dirname(whole);
  g_autofree char *override = find_override(path);
  Project project = {.recipes = recipes};
  init_project(&project.is);
  const CrComposeEnvironment *environment = new_environment(&project, folder, options->env_files, NULL);
  gboolean ok = read_project_file(&project, path, folder, environment, error) &&
                (!override || read_project_file(&project, override, folder, environment, error));
  project.is.name = name_project(doc, folder, options, environment);
  project.is.profiles = list_profiles(options, environment);
  g_autoptr(GHashTable) elsewhere = ok ? cr_compose_list_elsewhere(recipes, &project.is) : NULL;
  for (guint i = 0; ok && i < project.is.services->len; i++)
    cr_compose_add_use(recipes, &project.is, project.is.services->pdata[i], elsewhere);
  clear_project(&project.is);
  return ok;
}

const CrRecipeReader cr_recipe_compose = {.kind = "compose", .fits = fits, .read = read_compose};
