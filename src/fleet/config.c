/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/config-keys.h"

#include <string.h>

#include "base/read-file.h"
#include "base/error.h"
#include "base/number.h"
#include "fleet/fleet.h"
#include "fleet/window.h"
#include "image/manifest.h"
#include "report/near.h"
#include "recipe/remote.h"

/* ---- what all readers use ---- */

char *cr_config_place(const Reading *reading, const CrYaml *node)
{
  return cr_yaml_format_place(reading->doc, node);
}

gboolean cr_config_refuse(Reading *reading, const CrYaml *node, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *why = g_strdup_vprintf(format, args);
  va_end(args);
  return cr_yaml_refuse(reading->doc, node, reading->error, "%s", why);
}

gboolean cr_config_text(Reading *reading, const CrYaml *node, const char *name, const char **out)
{
  const char *text = cr_yaml_get_text(node);
  if (!text || !*text)
    return cr_config_refuse(reading, node, "'%s' needs a value", name);
  *out = cr_arena_strdup(reading->arena, text);
  return TRUE;
}

gboolean cr_config_path(Reading *reading, const CrYaml *node, const char *name, const char **out)
{
  const char *text = NULL;
  if (!cr_config_text(reading, node, name, &text))
    return FALSE;
  g_autofree char *whole = g_path_is_absolute(text) ? g_strdup(text) : g_build_filename(reading->folder, text, NULL);
  g_autofree char *plain = g_canonicalize_filename(whole, NULL);
  *out = cr_arena_strdup(reading->arena, plain);
  return TRUE;
}

gboolean cr_config_switch(Reading *reading, const CrYaml *node, const char *name, gboolean *out)
{
  static const char *const yes[] = {"yes", "true", "on", NULL}, *const no[] = {"no", "false", "off", NULL};
  const char *text = cr_yaml_get_text(node);
  g_autofree char *lower = text ? g_ascii_strdown(text, -1) : NULL;
  if (lower && g_strv_contains(yes, lower))
    *out = TRUE;
  else if (lower && g_strv_contains(no, lower))
    *out = FALSE;
  else
    return cr_config_refuse(reading, node, "'%s' is yes or no", name);
  return TRUE;
}

gboolean cr_config_number(Reading *reading, const CrYaml *node, const char *name, guint least, guint most, guint *out)
{
  const char *text = cr_yaml_get_text(node);
  guint64 number = 0;
  if (!text || !cr_number_parse_unsigned(text, least, most, &number))
    return cr_config_refuse(reading, node, "'%s' is a number from %u to %u", name, least, most);
  *out = (guint)number;
  return TRUE;
}

/* "90s", "10m", "2h", "7d", "1w" */
gboolean cr_config_time(Reading *reading, const CrYaml *node, const char *name, guint *seconds)
{
  static const struct {
    char unit;
    guint seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
  const char *text = cr_yaml_get_text(node);
  char *end = NULL;
  guint64 number = text && g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  for (guint i = 0; end && i < G_N_ELEMENTS(units); i++)
    if (*end == units[i].unit && !end[1] && number <= 10 * 365 * 86400ULL / units[i].seconds) {
      *seconds = (guint)number * units[i].seconds;
      return TRUE;
    }
  if (end && !*end && !number) {
    *seconds = 0;
    return TRUE;
  }
  return cr_config_refuse(reading, node, "'%s' is a time such as 30s, 10m, 2h or 7d", name);
}

gboolean cr_config_choice(Reading *reading, const CrYaml *node, const char *name, const char *const *words, guint *out)
{
  const char *text = cr_yaml_get_text(node);
  for (guint i = 0; text && words[i]; i++)
    if (!strcmp(words[i], text)) {
      *out = i;
      return TRUE;
    }
  g_autofree char *all = g_strjoinv(", ", (char **)words);
  return cr_config_refuse(reading, node, "'%s' is one of %s", name, all);
}

/* A list, or one value alone. */
gboolean cr_config_list(Reading *reading, const CrYaml *node, const char *name, gboolean paths, CrStrv *out)
{
  gboolean alone = cr_yaml_get_type(node) == CR_YAML_TEXT;
  if (!alone && cr_yaml_get_type(node) != CR_YAML_LIST)
    return cr_config_refuse(reading, node, "'%s' is a list", name);
  guint count = alone ? 1 : cr_yaml_get_length(node);
  const char **list = cr_arena_alloc(reading->arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++) {
    const CrYaml *item = alone ? node : cr_yaml_get_element(node, i);
    if (!(paths ? cr_config_path : cr_config_text)(reading, item, name, &list[i]))
      return FALSE;
  }
  *out = list;
  return TRUE;
}

gboolean cr_config_map(Reading *reading, const CrYaml *map, const char *name, const CrConfigKey *keys, gpointer into)
{
  if (cr_yaml_get_type(map) != CR_YAML_MAP)
    return cr_config_refuse(reading, map, "'%s' is a map", name);
  for (guint i = 0; i < cr_yaml_get_length(map); i++) {
    const CrYaml *key = cr_yaml_get_key(map, i), *value = cr_yaml_get_element(map, i);
    const CrConfigKey *found = keys;
    while (found->name && strcmp(found->name, cr_yaml_get_text(key)) != 0)
      found++;
    if (!found->name) {
      g_autoptr(GPtrArray) known = g_ptr_array_new();
      for (const CrConfigKey *each = keys; each->name; each++)
        g_ptr_array_add(known, (gpointer)each->name);
      g_autofree char *near = cr_near_format(cr_yaml_get_text(key), (const char *const *)known->pdata, known->len);
      cr_config_refuse(reading, key, "unknown key '%s' in '%s'", cr_yaml_get_text(key), name);
      if (reading->error && near)
        cr_error_set_hint(*reading->error, "did you mean %s?", near);
      else if (reading->error)
        cr_error_set_hint(*reading->error, "'man careen.yaml' lists the keys");
      return FALSE;
    }
    if (cr_yaml_get_type(value) == CR_YAML_NULL)
      return cr_config_refuse(reading, key, "'%s' needs a value", found->name);
    if (!found->read(reading, value, found->name, into))
      return FALSE;
  }
  return TRUE;
}

/* ---- how an image is built ---- */

/* "NAME=VALUE", from a map or a list. */
static gboolean read_pairs(Reading *reading, const CrYaml *node, const char *name, CrStrv *out)
{
  if (cr_yaml_get_type(node) != CR_YAML_MAP)
    return cr_config_list(reading, node, name, FALSE, out);
  guint count = cr_yaml_get_length(node);
  const char **list = cr_arena_alloc(reading->arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++) {
    const char *value = cr_yaml_get_text(cr_yaml_get_element(node, i));
    if (!value)
      return cr_config_refuse(reading, cr_yaml_get_key(node, i), "'%s' is a map of NAME: VALUE", name);
    list[i] = cr_arena_printf(reading->arena, "%s=%s", cr_yaml_get_text(cr_yaml_get_key(node, i)), value);
  }
  *out = list;
  return TRUE;
}

static gboolean read_context(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrBuildRecipe *build = into;
  const char *text = cr_yaml_get_text(node);
  build->remote = text && cr_remote_is_address(text);
  return build->remote ? cr_config_text(reading, node, name, &build->context)
                       : cr_config_path(reading, node, name, &build->context);
}

#define READER_TEXT(function, type, field)                                                                             \
  static gboolean function(Reading *reading, const CrYaml *node, const char *name, gpointer into)                      \
  {                                                                                                                    \
    return cr_config_text(reading, node, name, &((type *)into)->field);                                                \
  }
#define READER_PAIRS(function, type, field)                                                                            \
  static gboolean function(Reading *reading, const CrYaml *node, const char *name, gpointer into)                      \
  {                                                                                                                    \
    return read_pairs(reading, node, name, &((type *)into)->field);                                                    \
  }
#define READER_LIST(function, type, field, paths)                                                                      \
  static gboolean function(Reading *reading, const CrYaml *node, const char *name, gpointer into)                      \
  {                                                                                                                    \
    return cr_config_list(reading, node, name, paths, &((type *)into)->field);                                         \
  }

READER_TEXT(read_dockerfile, CrBuildRecipe, dockerfile)
READER_TEXT(read_inline, CrBuildRecipe, text)
READER_TEXT(read_target, CrBuildRecipe, target)
READER_TEXT(read_network, CrBuildRecipe, network)
READER_TEXT(read_platform, CrBuildRecipe, platform)
READER_PAIRS(read_args, CrBuildRecipe, args)
READER_PAIRS(read_contexts, CrBuildRecipe, contexts)
READER_PAIRS(read_labels, CrBuildRecipe, labels)
READER_LIST(read_secrets, CrBuildRecipe, secrets, FALSE)
READER_LIST(read_ssh, CrBuildRecipe, ssh, FALSE)
READER_LIST(read_hosts, CrBuildRecipe, extra_hosts, FALSE)
READER_LIST(read_cache, CrBuildRecipe, cache_from, FALSE)

static const CrConfigKey build_keys[] = {
    {"context", read_context,
     "folder that is sent to the builder; or a git repository (…/x.git#REF:FOLDER), an archive or a Dockerfile by "
     "https"},
    {"dockerfile", read_dockerfile, "path in it, or absolute; else Dockerfile, then Containerfile"},
    {"dockerfile_inline", read_inline, "its text, here"},
    {"target", read_target, "stage"},
    {"args", read_args, "build arguments"},
    {"additional_contexts", read_contexts, "named contexts"},
    {"secrets", read_secrets, "id=NAME,src=FILE or id=NAME,env=VARIABLE"},
    {"ssh", read_ssh, "agent sockets or keys"},
    {"labels", read_labels, "labels of the result"},
    {"extra_hosts", read_hosts, "HOST:ADDRESS"},
    {"cache_from", read_cache, "images whose layers may be used again"},
    {"network", read_network, "of RUN: host, none"},
    {"platform", read_platform, "OS/ARCH"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_config_get_build_keys(void)
{
  return build_keys;
}

static void set_place(const Reading *reading, const CrYaml *node, CrPlace *place)
{
  *place = (CrPlace){reading->file, cr_yaml_get_line(node), cr_yaml_get_column(node)};
}

/* Relative ones are in the context, as docker build has them. */
static void complete_build(Reading *reading, CrBuildRecipe *build)
{
  if (build->dockerfile && !build->remote && !g_path_is_absolute(build->dockerfile)) {
    g_autofree char *whole = g_build_filename(build->context, build->dockerfile, NULL);
    build->dockerfile = cr_arena_strdup(reading->arena, whole);
  }
  CrStrv *lists[] = {&build->args,   &build->contexts,    &build->secrets,   &build->ssh,
                     &build->labels, &build->extra_hosts, &build->cache_from};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!*lists[i])
      *lists[i] = cr_strv_empty;
}

static gboolean read_build(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrImageConfig *image = into;
  CrBuildRecipe *build = cr_arena_new0(reading->arena, CrBuildRecipe);
  image->build = build;
  set_place(reading, node, &build->place);
  gboolean ok = cr_yaml_get_type(node) == CR_YAML_TEXT ? read_context(reading, node, name, build)
                                                       : cr_config_map(reading, node, name, build_keys, build);
  if (!ok)
    return FALSE;
  if (!build->context)
    return cr_config_refuse(reading, node, "'build' needs a context");
  complete_build(reading, build);
  return TRUE;
}

/* ---- images ---- */

READER_TEXT(read_parent, CrImageConfig, parent)
READER_TEXT(read_successor, CrImageConfig, successor)
READER_TEXT(read_push, CrImageConfig, push)
READER_TEXT(read_smoke, CrImageConfig, smoke)

/* Policies are read last: an image's own is merged over the fleet's, wherever that stands in the file. */
static gboolean read_image_policy(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  (void)name;
  g_hash_table_insert(reading->image_policies, into, (gpointer)node);
  return TRUE;
}

static const CrConfigKey image_keys[] = {
    {"build", read_build, "how it is made: a folder, or a map as Compose has it; without it the image is foreign"},
    {"from", read_parent, "what it is built on, where its recipe cannot tell"},
    {"successor", read_successor, "what to propose when its release is no longer watched"},
    {"push", read_push, "registry name that results are pushed to"},
    {"smoke", read_smoke, "command that proves a result"},
    {"policy", read_image_policy, "a policy of its own: a name of policies:, or a map"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_config_get_image_keys(void)
{
  return image_keys;
}

static gboolean read_images(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrFleetConfig *config = into;
  if (cr_yaml_get_type(node) != CR_YAML_MAP)
    return cr_config_refuse(reading, node, "'%s' is a map", name);
  for (guint i = 0; i < cr_yaml_get_length(node); i++) {
    const CrYaml *key = cr_yaml_get_key(node, i), *value = cr_yaml_get_element(node, i);
    CrImageConfig *image = cr_arena_new0(reading->arena, CrImageConfig);
    CrReference parts;
    if (!cr_reference_parse(cr_yaml_get_text(key), reading->arena, &parts, NULL))
      return cr_config_refuse(reading, key, "'%s' is not the name of an image", cr_yaml_get_text(key));
    g_autofree char *plain = cr_fleet_normalise_name(cr_yaml_get_text(key));
    if (cr_fleet_config_find_image(config, plain))
      return cr_config_refuse(reading, key, "'%s' is there twice", plain);
    image->name = cr_arena_strdup(reading->arena, plain);
    set_place(reading, key, &image->place);
    if (cr_yaml_get_type(value) != CR_YAML_NULL && !cr_config_map(reading, value, image->name, image_keys, image))
      return FALSE;
    g_ptr_array_add(config->images, image);
  }
  return TRUE;
}

/* ---- the rest ---- */

READER_LIST(read_containers, CrFleetConfig, containers, FALSE)
READER_LIST(read_compose, CrFleetConfig, compose, TRUE)
READER_LIST(read_dockerfiles, CrFleetConfig, dockerfiles, TRUE)
READER_LIST(read_manifests, CrFleetConfig, manifests, TRUE)
READER_LIST(read_registries, CrFleetConfig, registries, FALSE)

static gboolean keep_policy(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  (void)name;
  (void)into;
  reading->policy_node = node;
  return TRUE;
}

static gboolean keep_policies(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  (void)into;
  if (cr_yaml_get_type(node) != CR_YAML_MAP)
    return cr_config_refuse(reading, node, "'%s' is a map of policies", name);
  reading->policies_node = node;
  return TRUE;
}

static gboolean read_notify(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  return cr_config_read_notify(reading, node, name, &((CrFleetConfig *)into)->notify);
}

static const CrConfigKey fleet_keys[] = {
    {"images", read_images, "what careen may act on, and how each image is made"},
    {"containers", read_containers, "names or globs of containers that may be re-created"},
    {"compose", read_compose, "Compose files, or folders of them, to find images in"},
    {"dockerfiles", read_dockerfiles, "Dockerfiles, or folders of them, to find images in"},
    {"manifests", read_manifests, "Kubernetes manifests and Quadlet units to find images in"},
    {"registries", read_registries, "repositories whose tags count as the fleet's"},
    {"policy", keep_policy, "which updates, when, and what is held"},
    {"policies", keep_policies, "policies with a name, for images and the label careen.policy"},
    {"notify", read_notify, "who is told"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_fleet_config_get_keys(void)
{
  return fleet_keys;
}

/* ---- policies ---- */

/* Those of A, then those of B that are not among them. */
static CrStrv join(Reading *reading, CrStrv a, CrStrv b)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; a[i]; i++)
    g_ptr_array_add(all, (gpointer)a[i]);
  for (guint i = 0; b[i]; i++)
    if (!g_strv_contains(a, b[i]))
      g_ptr_array_add(all, (gpointer)b[i]);
  return cr_arena_list(reading->arena, all);
}

/* The key of `careen patch --hold` holds for whatever is done by this file; commas as there. */
static gboolean read_hold(Reading *reading, const CrYaml *node)
{
  CrStrv words = NULL;
  reading->hold = cr_strv_empty;
  if (!node)
    return TRUE;
  if (!cr_config_list(reading, node, "hold", FALSE, &words))
    return FALSE;
  for (guint i = 0; words && words[i]; i++) {
    g_auto(GStrv) parts = g_strsplit(words[i], ",", -1);
    for (guint k = 0; parts[k]; k++) {
      const char *const one[] = {cr_arena_strdup(reading->arena, g_strstrip(parts[k])), NULL};
      reading->hold = *parts[k] ? join(reading, reading->hold, one) : reading->hold;
    }
  }
  return TRUE;
}

static gboolean read_policy(Reading *reading, const CrYaml *node, const char *name, const CrPolicy *base,
                            const CrPolicy **out)
{
  CrPolicy *policy = cr_arena_new0(reading->arena, CrPolicy);
  *policy = *base;
  if (node && !cr_config_read_policy(reading, node, name, policy))
    return FALSE;
  policy->hold = join(reading, reading->hold, policy->hold);
  *out = policy;
  return TRUE;
}

static gboolean read_named(Reading *reading, CrFleetConfig *config)
{
  for (guint i = 0; i < cr_yaml_get_length(reading->policies_node); i++) {
    const char *name = cr_yaml_get_text(cr_yaml_get_key(reading->policies_node, i));
    const CrPolicy *policy = NULL;
    if (!read_policy(reading, cr_yaml_get_element(reading->policies_node, i), name, config->policy, &policy))
      return FALSE;
    ((CrPolicy *)policy)->name = cr_arena_strdup(reading->arena, name);
    g_hash_table_insert(config->policies, (gpointer)policy->name, (gpointer)policy);
  }
  return TRUE;
}

static gboolean read_own(Reading *reading, CrFleetConfig *config, CrImageConfig *image)
{
  const CrYaml *node = g_hash_table_lookup(reading->image_policies, image);
  const char *name = cr_yaml_get_type(node) == CR_YAML_TEXT ? cr_yaml_get_text(node) : NULL;
  image->policy = config->policy;
  if (name) {
    image->policy = g_hash_table_lookup(config->policies, name);
    return image->policy || cr_config_refuse(reading, node, "there is no '%s' in policies:", name);
  }
  image->own_policy = node != NULL;
  return !node || read_policy(reading, node, "policy", config->policy, &image->policy);
}

static gboolean read_policies(Reading *reading, CrFleetConfig *config)
{
  const CrPolicy standard = *cr_policy_get_default();
  if (!read_policy(reading, reading->policy_node, "policy", &standard, &config->policy) || !read_named(reading, config))
    return FALSE;
  for (guint i = 0; i < config->images->len; i++)
    if (!read_own(reading, config, config->images->pdata[i]))
      return FALSE;
  return TRUE;
}

/* ---- the document ---- */

static CrFleetConfig *config_new(void)
{
  CrFleetConfig *config = g_new0(CrFleetConfig, 1);
  config->arena = cr_arena_new();
  config->images = g_ptr_array_new();
  config->policies = g_hash_table_new(g_str_hash, g_str_equal);
  config->windows = g_ptr_array_new_with_free_func((GDestroyNotify)cr_window_free);
  config->arrays = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  config->containers = config->compose = config->dockerfiles = config->manifests = config->registries = cr_strv_empty;
  config->notify.targets = g_ptr_array_new();
  config->notify.report = CR_REPORT_ON_CHANGE;
  return config;
}

void cr_fleet_config_free(CrFleetConfig *config)
{
  if (!config)
    return;
  g_ptr_array_unref(config->images);
  g_hash_table_unref(config->policies);
  g_ptr_array_unref(config->windows);
  g_ptr_array_unref(config->arrays);
  g_ptr_array_unref(config->notify.targets);
  cr_arena_free(config->arena);
  g_free(config);
}

static const CrConfigKey *find_key(const char *name)
{
  for (const CrConfigKey *key = fleet_keys; key->name; key++)
    if (!strcmp(key->name, name))
      return key;
  return NULL; /* an option's: cli/config-file.c knows whether there is one */
}

static gboolean read_keys(Reading *reading, const CrYaml *root, CrFleetConfig *config)
{
  for (guint i = 0; i < cr_yaml_get_length(root); i++) {
    const CrYaml *key = cr_yaml_get_key(root, i), *value = cr_yaml_get_element(root, i);
    const CrConfigKey *found = find_key(cr_yaml_get_text(key));
    if (!found)
      continue;
    if (cr_yaml_get_type(value) == CR_YAML_NULL)
      return cr_config_refuse(reading, key, "'%s' needs a value", found->name);
    if (!found->read(reading, value, found->name, config))
      return FALSE;
  }
  return read_policies(reading, config);
}

CrFleetConfig *cr_fleet_config_read(const CrYamlDoc *doc, const char *file, const char *folder, GError **error)
{
  g_autoptr(CrFleetConfig) config = config_new();
  g_autoptr(GHashTable) image_policies = g_hash_table_new(NULL, NULL);
  Reading reading = {.doc = doc, .arena = config->arena, .folder = folder, .error = error};
  reading.windows = config->windows;
  reading.arrays = config->arrays;
  reading.image_policies = image_policies;
  reading.file = config->file = cr_arena_strdup(config->arena, file);
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
  if (!cr_yaml_doc_is_single(doc, error))
    return NULL;
  if (cr_yaml_get_type(root) != CR_YAML_NULL && cr_yaml_get_type(root) != CR_YAML_MAP) {
    cr_config_refuse(&reading, root, "it is not a map of keys and values");
    return NULL;
  }
  return read_hold(&reading, cr_yaml_find(root, "hold")) && read_keys(&reading, root, config) ? g_steal_pointer(&config)
                                                                                              : NULL;
}

CrFleetConfig *cr_fleet_config_parse(const char *text, gsize size, const char *name, const char *folder, GError **error)
{
  g_autoptr(CrYamlDoc) doc = cr_yaml_parse(text, size, name, error);
  return doc ? cr_fleet_config_read(doc, name, folder, error) : NULL;
}

char *cr_fleet_config_find_file(void)
{
  g_autofree char *own = g_build_filename(g_get_user_config_dir(), "careen", "careen.yaml", NULL);
  const char *const places[] = {"careen.yaml", own, "/etc/careen/careen.yaml"};
  for (guint i = 0; i < G_N_ELEMENTS(places); i++)
    if (cr_file_is_there(places[i], FALSE))
      return g_strdup(places[i]);
  return NULL;
}

CrFleetConfig *cr_fleet_config_load(const char *file, GError **error)
{
  g_autofree char *found = file ? g_strdup(file) : cr_fleet_config_find_file();
  if (!found)
    return cr_fleet_config_parse("", 0, "careen.yaml", ".", error);
  if (!file && !cr_file_is_regular(found, error))
    return NULL;
  g_autofree char *real = g_canonicalize_filename(found, NULL);
  g_autofree char *folder = g_path_get_dirname(real);
  g_autoptr(CrYamlDoc) doc = cr_yaml_load(found, error);
  return doc ? cr_fleet_config_read(doc, found, folder, error) : NULL;
}

const CrImageConfig *cr_fleet_config_find_image(const CrFleetConfig *config, const char *name)
{
  for (guint i = 0; i < config->images->len; i++) {
    const CrImageConfig *image = config->images->pdata[i];
    if (!strcmp(image->name, name))
      return image;
  }
  g_autofree char *plain = cr_fleet_normalise_name(name);
  for (guint i = 0; plain && i < config->images->len; i++) {
    const CrImageConfig *image = config->images->pdata[i];
    if (!strcmp(image->name, plain))
      return image;
  }
  return NULL;
}
