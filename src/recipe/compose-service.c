/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "recipe/compose.h"
#include "recipe/remote.h"

typedef struct {
  CrRecipes *recipes;
  const CrComposeService *service;
  const GArray *secrets;
} Reading;

static const CrComposeLayer *get_layer(const Reading *reading, guint i)
{
  return &g_array_index(reading->service->layers, CrComposeLayer, i);
}

/* A stronger file's "!reset" takes away what weaker ones say, and "!override" stands in their place. */
static gboolean is_reset(const CrYaml *node)
{
  return !g_strcmp0(cr_yaml_get_tag(node), "!reset");
}

static gboolean replaces(const CrYaml *node)
{
  return is_reset(node) || !g_strcmp0(cr_yaml_get_tag(node), "!override");
}

/* The strongest definition of KEY, and whose; one that is reset, or null, is none. */
static const CrYaml *find_strongest(const Reading *reading, const char *key, const CrComposeLayer **layer)
{
  for (guint i = reading->service->layers->len; i > 0; i--) {
    const CrComposeLayer *it = get_layer(reading, i - 1);
    for (guint k = 0; k < cr_yaml_get_length(it->map); k++) {
      if (strcmp(cr_yaml_get_text(cr_yaml_get_key(it->map, k)), key) != 0)
        continue;
      const CrYaml *value = cr_yaml_get_element(it->map, k);
      *layer = it;
      return cr_yaml_get_type(value) == CR_YAML_NULL || is_reset(value) ? NULL : value;
    }
  }
  return NULL;
}

/* The text of NODE with its variables filled in, in the arena; NULL where it is none. */
static const char *fill(const Reading *reading, const CrYaml *node, const CrComposeLayer *layer)
{
  const char *text = cr_yaml_get_text(node);
  if (!text)
    return NULL;
  gboolean missing = FALSE;
  g_autofree char *whole = cr_compose_interpolate(text, layer->environment, &missing);
  if (missing) {
    g_autofree char *where = g_strdup_printf("%s line %u", layer->file, cr_yaml_get_line(node));
    if (!whole) {
      cr_problems_add(reading->recipes->problems, CR_PROBLEM_PARTIAL, where,
                      "'%s' needs a variable that has no value, so it is not known", text);
      return NULL;
    }
    cr_problems_add(reading->recipes->problems, CR_PROBLEM_NOTE, where, "'%s' has a variable without a value", text);
  }
  return cr_arena_strdup(reading->recipes->arena, whole);
}

static const char *find_text(const Reading *reading, const char *key)
{
  const CrComposeLayer *layer = NULL;
  const CrYaml *node = find_strongest(reading, key, &layer);
  return node ? fill(reading, node, layer) : NULL;
}

/* ---- lists ---- */

static void add_once(GPtrArray *list, const char *text)
{
  for (guint i = 0; i < list->len; i++)
    if (!strcmp(list->pdata[i], text))
      return;
  g_ptr_array_add(list, (gpointer)text);
}

/* Elements of all layers' lists, or the keys of their maps (depends_on has both forms). */
static CrStrv find_list(const Reading *reading, const char *key)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; i < reading->service->layers->len; i++) {
    const CrComposeLayer *layer = get_layer(reading, i);
    const CrYaml *node = cr_yaml_find(layer->map, key);
    gboolean map = cr_yaml_get_type(node) == CR_YAML_MAP;
    if (replaces(node))
      g_ptr_array_set_size(list, 0);
    for (guint k = 0; !is_reset(node) && k < cr_yaml_get_length(node); k++) {
      const char *text = fill(reading, map ? cr_yaml_get_key(node, k) : cr_yaml_get_element(node, k), layer);
      if (text)
        add_once(list, text);
    }
  }
  return cr_arena_list_copies(reading->recipes->arena, list);
}

/* ---- build ---- */

/* "NAME=VALUE" of a map or list; a later one of a name takes the earlier one's place. */
static void add_pair(GPtrArray *list, const char *pair)
{
  gsize length = strcspn(pair, "=");
  for (guint i = 0; i < list->len; i++)
    if (!strncmp(list->pdata[i], pair, length) && strchr("=", ((const char *)list->pdata[i])[length])) {
      list->pdata[i] = (gpointer)pair;
      return;
    }
  g_ptr_array_add(list, (gpointer)pair);
}

static void take_pairs(const Reading *reading, GPtrArray *list, const CrYaml *node, const CrComposeLayer *layer)
{
  gboolean map = cr_yaml_get_type(node) == CR_YAML_MAP;
  if (replaces(node))
    g_ptr_array_set_size(list, 0);
  for (guint i = 0; !is_reset(node) && i < cr_yaml_get_length(node); i++) {
    const char *value = fill(reading, cr_yaml_get_element(node, i), layer);
    const char *name = map ? cr_yaml_get_text(cr_yaml_get_key(node, i)) : NULL;
    if (name)
      add_pair(list, value ? cr_arena_printf(reading->recipes->arena, "%s=%s", name, value)
                           : cr_arena_strdup(reading->recipes->arena, name));
    else if (value)
      add_pair(list, value);
  }
}

/* A build argument without a value has that of the environment, if any. */
static void fill_arguments(const Reading *reading, GPtrArray *list, const CrComposeEnvironment *environment)
{
  for (guint i = 0; i < list->len; i++) {
    const char *name = list->pdata[i];
    const char *value = strchr(name, '=') ? NULL : cr_compose_environment_find(environment, name);
    if (value)
      list->pdata[i] = (gpointer)cr_arena_printf(reading->recipes->arena, "%s=%s", name, value);
  }
}

static void take_plain(const Reading *reading, GPtrArray *list, const CrYaml *node, const CrComposeLayer *layer)
{
  if (replaces(node))
    g_ptr_array_set_size(list, 0);
  if (is_reset(node))
    return;
  if (cr_yaml_get_type(node) == CR_YAML_TEXT)
    add_once(list, fill(reading, node, layer));
  for (guint i = 0; i < cr_yaml_get_length(node); i++) {
    const char *text = fill(reading, cr_yaml_get_element(node, i), layer);
    const char *key = cr_yaml_get_type(node) == CR_YAML_MAP ? cr_yaml_get_text(cr_yaml_get_key(node, i)) : NULL;
    if (key)
      text = text ? cr_arena_printf(reading->recipes->arena, "%s=%s", key, text) : key;
    if (text)
      add_once(list, text);
  }
}

/* The project's secret NAME as docker build is given it: a file, or a variable. */
static const char *format_secret(const Reading *reading, const char *name, const char *id)
{
  for (guint i = reading->secrets->len; i > 0; i--) {
    const CrComposeLayer *layer = &g_array_index(reading->secrets, CrComposeLayer, i - 1);
    const CrYaml *map = cr_yaml_find(layer->map, name);
    const char *file = fill(reading, cr_yaml_find(map, "file"), layer);
    const char *variable = fill(reading, cr_yaml_find(map, "environment"), layer);
    if (file)
      return cr_arena_printf(reading->recipes->arena, "id=%s,src=%s", id,
                             cr_recipes_resolve(reading->recipes, layer->folder, file));
    if (variable)
      return cr_arena_printf(reading->recipes->arena, "id=%s,env=%s", id, variable);
  }
  cr_problems_add(reading->recipes->problems, CR_PROBLEM_PARTIAL, get_layer(reading, 0)->file,
                  "the service '%s' is built with the secret '%s', and secrets: has no file or variable for it",
                  reading->service->name, name);
  return cr_arena_printf(reading->recipes->arena, "id=%s", id);
}

/* "name", or {source, target}: the Dockerfile knows it as its target. */
static void take_secrets(const Reading *reading, GPtrArray *list, const CrYaml *node, const CrComposeLayer *layer)
{
  if (replaces(node))
    g_ptr_array_set_size(list, 0);
  for (guint i = 0; !is_reset(node) && i < cr_yaml_get_length(node); i++) {
    const CrYaml *item = cr_yaml_get_element(node, i);
    gboolean map = cr_yaml_get_type(item) == CR_YAML_MAP;
    const char *name = fill(reading, map ? cr_yaml_find(item, "source") : item, layer);
    const char *id = map ? fill(reading, cr_yaml_find(item, "target"), layer) : NULL;
    if (name)
      add_once(list, format_secret(reading, name, id ? id : name));
  }
}

typedef struct {
  GPtrArray *args, *contexts, *secrets, *ssh, *labels, *hosts, *cache;
} Lists;

static void take_scalars(const Reading *reading, CrBuildRecipe *build, const CrYaml *map, const CrComposeLayer *layer)
{
  const struct {
    const char *key, **field;
  } rows[] = {
      {"target", &build->target},
      {"dockerfile_inline", &build->text},
      {"network", &build->network},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *text = fill(reading, cr_yaml_find(map, rows[i].key), layer);
    if (text)
      *rows[i].field = text;
  }
  const CrYaml *platforms = cr_yaml_find(map, "platforms");
  if (cr_yaml_get_length(platforms) == 1)
    build->platform = fill(reading, cr_yaml_get_element(platforms, 0), layer);
}

static void take_context(const Reading *reading, CrBuildRecipe *build, const CrYaml *node, const CrComposeLayer *layer)
{
  const char *text = fill(reading, node, layer);
  if (!text)
    return;
  build->remote = cr_remote_is_address(text);
  build->context = build->remote ? text : cr_recipes_resolve(reading->recipes, layer->folder, text);
}

/* "name=value", where the value may be a folder as seen from the file. */
static void take_contexts(const Reading *reading, GPtrArray *list, const CrYaml *node, const CrComposeLayer *layer)
{
  g_autoptr(GPtrArray) own = g_ptr_array_new();
  if (replaces(node))
    g_ptr_array_set_size(list, 0);
  take_pairs(reading, own, node, layer);
  for (guint i = 0; i < own->len; i++) {
    const char *pair = own->pdata[i], *equals = strchr(pair, '=');
    gboolean folder = equals && !strstr(equals, "://") && !g_str_has_prefix(equals + 1, "service:");
    add_pair(list, folder ? cr_arena_printf(reading->recipes->arena, "%.*s=%s", (int)(equals - pair), pair,
                                            cr_recipes_resolve(reading->recipes, layer->folder, equals + 1))
                          : pair);
  }
}

static void take_lists(const Reading *reading, Lists *lists, const CrYaml *map, const CrComposeLayer *layer)
{
  take_pairs(reading, lists->args, cr_yaml_find(map, "args"), layer);
  take_contexts(reading, lists->contexts, cr_yaml_find(map, "additional_contexts"), layer);
  take_pairs(reading, lists->labels, cr_yaml_find(map, "labels"), layer);
  take_secrets(reading, lists->secrets, cr_yaml_find(map, "secrets"), layer);
  take_plain(reading, lists->ssh, cr_yaml_find(map, "ssh"), layer);
  take_plain(reading, lists->hosts, cr_yaml_find(map, "extra_hosts"), layer);
  take_plain(reading, lists->cache, cr_yaml_find(map, "cache_from"), layer);
}

static void finish_lists(const Reading *reading, CrBuildRecipe *build, Lists *lists)
{
  const struct {
    GPtrArray *list;
    CrStrv *field;
  } rows[] = {
      {lists->args, &build->args},        {lists->contexts, &build->contexts}, {lists->secrets, &build->secrets},
      {lists->ssh, &build->ssh},          {lists->labels, &build->labels},     {lists->hosts, &build->extra_hosts},
      {lists->cache, &build->cache_from},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    *rows[i].field = cr_arena_list_copies(reading->recipes->arena, rows[i].list);
    g_ptr_array_unref(rows[i].list);
  }
}

static const CrBuildRecipe *find_build(const Reading *reading)
{
  const CrComposeLayer *strongest = NULL;
  const CrYaml *node = find_strongest(reading, "build", &strongest);
  if (!node)
    return NULL;
  CrBuildRecipe *build = cr_arena_new0(reading->recipes->arena, CrBuildRecipe);
  const char *dockerfile = NULL;
  Lists lists = {g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new(),
                 g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new()};
  for (guint i = 0; i < reading->service->layers->len; i++) {
    const CrComposeLayer *layer = get_layer(reading, i);
    const CrYaml *value = cr_yaml_find(layer->map, "build");
    gboolean map = cr_yaml_get_type(value) == CR_YAML_MAP;
    take_context(reading, build, map ? cr_yaml_find(value, "context") : value, layer);
    if (!map)
      continue;
    const char *text = fill(reading, cr_yaml_find(value, "dockerfile"), layer);
    dockerfile = text ? text : dockerfile;
    take_scalars(reading, build, value, layer);
    take_lists(reading, &lists, value, layer);
  }
  fill_arguments(reading, lists.args, strongest->environment);
  finish_lists(reading, build, &lists);
  if (!build->context)
    build->context = cr_recipes_resolve(reading->recipes, strongest->folder, ".");
  if (dockerfile)
    build->dockerfile = build->remote ? dockerfile : cr_recipes_resolve(reading->recipes, build->context, dockerfile);
  build->place = cr_recipes_place(reading->recipes, strongest->file, node);
  return build;
}

/* ---- the service ---- */

static gboolean is_on(CrStrv own, const char *const *on)
{
  for (guint i = 0; own[i]; i++)
    for (guint k = 0; on && on[k]; k++)
      if (!strcmp(own[i], on[k]) || !strcmp(on[k], "*"))
        return TRUE;
  return !own[0];
}

void cr_compose_add_use(CrRecipes *recipes, const CrComposeProject *project, const CrComposeService *service,
                        GHashTable *elsewhere)
{
  Reading reading = {recipes, service, project->secrets};
  const CrComposeLayer *layer = NULL;
  const CrYaml *image = find_strongest(&reading, "image", &layer);
  const CrBuildRecipe *build = find_build(&reading);
  if (!image && !build) {
    cr_problems_add(recipes->problems, CR_PROBLEM_NOTE, get_layer(&reading, 0)->file,
                    "the service '%s' has neither image nor build", service->name);
    return;
  }
  g_autofree char *name = g_strdup_printf("%s/%s", project->name, service->name);
  CrImageUse *use = cr_recipes_add(recipes, "compose", name);
  use->build = build;
  use->image = image ? fill(&reading, image, layer) : NULL;
  use->place = image ? cr_recipes_place(recipes, layer->file, image) : build->place;
  if (use->image)
    cr_compose_set_pieces(recipes, use, image, layer, elsewhere);
  use->container = find_text(&reading, "container_name");
  use->profiles = find_list(&reading, "profiles");
  use->active = is_on(use->profiles, (const char *const *)project->profiles);
  CrStrv needs = find_list(&reading, "depends_on");
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; needs[i]; i++)
    g_ptr_array_add(names, (gpointer)cr_arena_printf(recipes->arena, "%s/%s", project->name, needs[i]));
  use->depends_on = cr_arena_list_copies(recipes->arena, names);
}
