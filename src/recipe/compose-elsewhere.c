/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables of a Compose project say more than the name of an image: such a one must not get a digest. */
#include <string.h>

#include "recipe/compose.h"

typedef struct {
  CrRecipes *recipes;
  const CrComposeProject *project;
  GHashTable *images; /* CrYaml*: the values of image: */
  GHashTable *seen;   /* CrYaml*: an alias is its anchor */
  GHashTable *found;  /* name → where */
} Searching;

static void add(Searching *searching, const char *name, const char *where)
{
  if (*name && !g_hash_table_contains(searching->found, name))
    g_hash_table_insert(searching->found, g_strdup(name), g_strdup(where));
}

static gsize measure_name(const char *text)
{
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || text[length] == '_')
    length++;
  return length;
}

/* Every variable that TEXT has. */
static void add_variables(Searching *searching, const char *text, const char *where)
{
  for (const char *at = strchr(text, '$'); at; at = strchr(at, '$')) {
    if (*++at == '$') {
      at++;
      continue;
    }
    at += *at == '{';
    g_autofree char *name = g_strndup(at, measure_name(at));
    add(searching, name, where);
  }
}

static void search(Searching *searching, const char *file, const CrYaml *node);

/* In environment: and args: a name alone has the variable's value: "- NAME", or "NAME:". */
static void search_bare(Searching *searching, const char *file, const CrYaml *node, const char *text)
{
  if (!text || measure_name(text) != strlen(text))
    return;
  g_autofree char *where = g_strdup_printf("%s line %u has it", file, cr_yaml_get_line(node));
  add(searching, text, where);
}

static void search(Searching *searching, const char *file, const CrYaml *node)
{
  if (!node || g_hash_table_contains(searching->images, node) || !g_hash_table_add(searching->seen, (gpointer)node))
    return;
  const char *text = cr_yaml_get_text(node);
  if (text && strchr(text, '$')) {
    g_autofree char *where = g_strdup_printf("%s line %u has it", file, cr_yaml_get_line(node));
    add_variables(searching, text, where);
  }
  gboolean list = cr_yaml_get_type(node) == CR_YAML_LIST;
  for (guint i = 0; i < cr_yaml_get_length(node); i++) {
    const CrYaml *value = cr_yaml_get_element(node, i), *key = cr_yaml_get_key(node, i);
    if (list)
      search_bare(searching, file, value, cr_yaml_get_text(value));
    else if (cr_yaml_get_type(value) == CR_YAML_NULL)
      search_bare(searching, file, key, cr_yaml_get_text(key));
    search(searching, file, key);
    search(searching, file, value);
  }
}

/* ---- files that containers are given whole ---- */

static void add_given_file(Searching *searching, const CrComposeService *service, const CrComposeLayer *layer,
                           const CrYaml *node)
{
  const char *text = cr_yaml_get_text(cr_yaml_get_type(node) == CR_YAML_MAP ? cr_yaml_find(node, "path") : node);
  gboolean missing = FALSE;
  g_autofree char *whole = text ? cr_compose_interpolate(text, layer->environment, &missing) : NULL;
  if (!whole)
    return;
  const char *path = cr_recipes_resolve(searching->recipes, layer->folder, whole);
  g_autofree char *where = g_strdup_printf("the service %s is given the whole file", service->name);
  for (guint i = 0; i < searching->project->environments->len; i++) {
    const CrComposeEnvironment *environment = searching->project->environments->pdata[i];
    for (guint k = 0; k < environment->variables->len; k++) {
      const CrComposeVariable *variable = environment->variables->pdata[k];
      if (!strcmp(variable->place.file, path))
        add(searching, variable->name, where);
    }
  }
}

static void search_service(Searching *searching, const CrComposeService *service)
{
  for (guint i = 0; i < service->layers->len; i++) {
    const CrComposeLayer *layer = &g_array_index(service->layers, CrComposeLayer, i);
    const CrYaml *image = cr_yaml_find(layer->map, "image"), *files = cr_yaml_find(layer->map, "env_file");
    if (image)
      g_hash_table_add(searching->images, (gpointer)image);
    if (cr_yaml_get_type(files) != CR_YAML_LIST)
      add_given_file(searching, service, layer, files);
    for (guint k = 0; cr_yaml_get_type(files) == CR_YAML_LIST && k < cr_yaml_get_length(files); k++)
      add_given_file(searching, service, layer, cr_yaml_get_element(files, k));
  }
}

/* ---- variables by which others are said ---- */

/* What a variable has whose own value is used for more is used for more itself. A value has only variables that are
 * before it in the file, so that the last one is looked at first. */
static void search_environment(Searching *searching, const CrComposeEnvironment *environment)
{
  for (guint i = environment->variables->len; i > 0; i--) {
    const CrComposeVariable *variable = environment->variables->pdata[i - 1];
    if (g_str_has_prefix(variable->name, "COMPOSE_") || g_str_has_prefix(variable->name, "DOCKER_"))
      add(searching, variable->name, "Compose itself reads it");
    if (!variable->literal && g_hash_table_contains(searching->found, variable->name)) {
      g_autofree char *where = g_strdup_printf("the variable %s has it", variable->name);
      add_variables(searching, variable->raw, where);
    }
  }
}

GHashTable *cr_compose_list_elsewhere(CrRecipes *recipes, const CrComposeProject *project)
{
  g_autoptr(GHashTable) images = g_hash_table_new(NULL, NULL), seen = g_hash_table_new(NULL, NULL);
  Searching searching = {recipes, project, images, seen,
                         g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
  for (guint i = 0; i < project->services->len; i++)
    search_service(&searching, project->services->pdata[i]);
  GHashTableIter iter;
  gpointer path = NULL, doc = NULL;
  g_hash_table_iter_init(&iter, project->docs);
  while (g_hash_table_iter_next(&iter, &path, &doc)) {
    g_autofree char *name = g_path_get_basename(path);
    search(&searching, name, cr_yaml_doc_get_root(doc, 0));
  }
  for (guint i = 0; i < project->environments->len; i++)
    search_environment(&searching, project->environments->pdata[i]);
  return searching.found;
}
