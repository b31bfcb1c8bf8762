/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as a Compose file or `docker inspect` has them, and files of variables: what watchtower and diun are told
 * by. */
#include <string.h>

#include "base/error.h"
#include "import/import.h"

void cr_import_container_free(CrImportContainer *container)
{
  g_hash_table_unref(container->labels);
  g_hash_table_unref(container->variables);
  g_ptr_array_unref(container->command);
  g_free(container);
}

static CrImportContainer *new_container(CrImport *import, const CrYamlDoc *doc, const CrYaml *node)
{
  CrImportContainer *container = g_new0(CrImportContainer, 1);
  g_autofree char *place = cr_yaml_format_place(doc, node);
  container->place = cr_arena_strdup(import->arena, place);
  container->labels = g_hash_table_new(g_str_hash, g_str_equal);
  container->variables = g_hash_table_new(g_str_hash, g_str_equal);
  container->command = g_ptr_array_new();
  return container;
}

/* A map, or a list of NAME=VALUE. */
static void read_pairs(CrImport *import, const CrYaml *node, GHashTable *into)
{
  gboolean map = cr_yaml_get_type(node) == CR_YAML_MAP;
  for (guint i = 0; i < cr_yaml_get_length(node); i++) {
    const char *text = cr_yaml_get_text(cr_yaml_get_element(node, i));
    const char *equals = text && !map ? strchr(text, '=') : NULL;
    const char *name = map      ? cr_yaml_get_text(cr_yaml_get_key(node, i))
                       : equals ? cr_arena_strndup(import->arena, text, (gsize)(equals - text))
                                : text;
    if (name)
      g_hash_table_replace(into, (gpointer)cr_arena_strdup(import->arena, name),
                           (gpointer)cr_arena_strdup(import->arena, map      ? (text ? text : "")
                                                                    : equals ? equals + 1
                                                                             : ""));
  }
}

static void read_words(CrImport *import, const CrYaml *node, GPtrArray *into)
{
  g_auto(GStrv) words = NULL;
  if (cr_yaml_get_type(node) == CR_YAML_TEXT && g_shell_parse_argv(cr_yaml_get_text(node), NULL, &words, NULL))
    for (guint i = 0; words[i]; i++)
      g_ptr_array_add(into, (gpointer)cr_arena_strdup(import->arena, words[i]));
  for (guint i = 0; i < cr_yaml_get_length(node); i++) {
    const char *word = cr_yaml_get_text(cr_yaml_get_element(node, i));
    if (word)
      g_ptr_array_add(into, (gpointer)cr_arena_strdup(import->arena, word));
  }
}

/* Values with variables are not guessed: whether a container is to be updated may hang on them. */
static void tell_variables(CrImport *import, const CrImportContainer *container)
{
  GHashTableIter iter;
  gpointer name = NULL, value = NULL;
  g_hash_table_iter_init(&iter, container->labels);
  while (g_hash_table_iter_next(&iter, &name, &value))
    if (strchr(value, '$') && (strstr(name, "watchtower") || g_str_has_prefix(name, "diun.")))
      cr_import_lose(import, container->place,
                     "the label %s has a variable: fill it in first, as docker compose config does",
                     (const char *)name);
}

static gboolean read_all(CrImport *import, GPtrArray *containers)
{
  for (guint i = 0; i < containers->len; i++)
    tell_variables(import, containers->pdata[i]);
  cr_import_read_watchtower(import, containers, NULL, NULL);
  cr_import_read_diun_labels(import, containers);
  return TRUE;
}

/* ---- Compose ---- */

static gboolean is_compose(const CrImportSource *source)
{
  const CrYaml *root = source->yaml ? cr_yaml_doc_get_root(source->yaml, 0) : NULL;
  return cr_yaml_get_type(cr_yaml_find(root, "services")) == CR_YAML_MAP;
}

/* PROJECT-SERVICE-1 of Compose 2, PROJECT_SERVICE_1 of its forerunner. The number is one digit: a '*' would fit the
 * containers of another service, PROJECT-SERVICE-x-1, as well. */
static void name_container(CrImport *import, const CrImportSource *source, const char *service, const CrYaml *node,
                           CrImportContainer *container)
{
  const char *own = cr_yaml_get_text(cr_yaml_find(node, "container_name"));
  const char *project = cr_yaml_get_text(cr_yaml_find(cr_yaml_doc_get_root(source->yaml, 0), "name"));
  if (own) {
    container->name = cr_arena_strdup(import->arena, own);
    return;
  }
  g_autofree char *whole = g_canonicalize_filename(source->name, NULL);
  g_autofree char *folder = g_path_get_dirname(whole), *base = g_path_get_basename(folder);
  g_autofree char *lower = g_ascii_strdown(project ? project : base, -1);
  g_autoptr(GString) plain = g_string_new(NULL);
  for (const char *at = lower; *at; at++) /* as Compose does */
    if (g_ascii_isalnum(*at) || *at == '-' || *at == '_')
      g_string_append_c(plain, *at);
  container->name = cr_arena_printf(import->arena, "%s-%s-?", plain->str, service);
  container->older = cr_arena_printf(import->arena, "%s_%s_?", plain->str, service);
}

static gboolean read_compose(CrImport *import, const CrImportSource *source, GError **error)
{
  if (!is_compose(source))
    return cr_error_refuse(error, CR_ERROR_INPUT, NULL,
                           "cannot read '%s' as a Compose file: it has no map of 'services:'", source->name);
  g_autoptr(GPtrArray) containers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_import_container_free);
  const CrYaml *services = cr_yaml_find(cr_yaml_doc_get_root(source->yaml, 0), "services");
  for (guint i = 0; i < cr_yaml_get_length(services); i++) {
    const CrYaml *key = cr_yaml_get_key(services, i), *node = cr_yaml_get_element(services, i);
    if (!key)
      continue;
    CrImportContainer *container = new_container(import, source->yaml, key);
    g_ptr_array_add(containers, container);
    name_container(import, source, cr_yaml_get_text(key), node, container);
    container->image = cr_arena_strdup(import->arena, cr_yaml_get_text(cr_yaml_find(node, "image")));
    read_pairs(import, cr_yaml_find(node, "labels"), container->labels);
    read_pairs(import, cr_yaml_find(node, "environment"), container->variables);
    read_words(import, cr_yaml_find(node, "command"), container->command);
    if (cr_yaml_find(node, "env_file") || cr_yaml_find(node, "extends") || cr_yaml_find(node, "label_file"))
      cr_import_lose(import, container->place,
                     "what another file says of it is not read: give what docker compose config "
                     "prints");
  }
  return read_all(import, containers);
}

const CrImportKind cr_import_compose = {
    .kind = "compose",
    .is_yaml = TRUE,
    .names = (const char *const[]){"*compose.y*ml", "*compose.*.y*ml", NULL},
    .is = is_compose,
    .read = read_compose,
};

/* ---- docker inspect ---- */

static gboolean is_inspect(const CrImportSource *source)
{
  const CrYaml *root = source->yaml ? cr_yaml_doc_get_root(source->yaml, 0) : NULL;
  const CrYaml *first = cr_yaml_get_type(root) == CR_YAML_LIST ? cr_yaml_get_element(root, 0) : NULL;
  return cr_yaml_find(cr_yaml_find(first, "Config"), "Image") != NULL;
}

static gboolean read_inspect(CrImport *import, const CrImportSource *source, GError **error)
{
  const CrYaml *root = cr_yaml_doc_get_root(source->yaml, 0);
  if (cr_yaml_get_type(root) != CR_YAML_LIST)
    return cr_error_refuse(error, CR_ERROR_INPUT, "docker inspect CONTAINER… prints a list of them",
                           "cannot read '%s' as what docker inspect prints: it is no list of containers", source->name);
  g_autoptr(GPtrArray) containers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_import_container_free);
  for (guint i = 0; i < cr_yaml_get_length(root); i++) {
    const CrYaml *node = cr_yaml_get_element(root, i), *config = cr_yaml_find(node, "Config");
    const char *name = cr_yaml_get_text(cr_yaml_find(node, "Name"));
    if (!name || !config) {
      g_autofree char *place = cr_yaml_format_place(source->yaml, node);
      cr_import_lose(import, place, "this is no container: it has no 'Name' or no 'Config'");
      continue;
    }
    CrImportContainer *container = new_container(import, source->yaml, node);
    g_ptr_array_add(containers, container);
    container->name = cr_arena_strdup(import->arena, name + (*name == '/'));
    container->image = cr_arena_strdup(import->arena, cr_yaml_get_text(cr_yaml_find(config, "Image")));
    read_pairs(import, cr_yaml_find(config, "Labels"), container->labels);
    read_pairs(import, cr_yaml_find(config, "Env"), container->variables);
    read_words(import, cr_yaml_find(config, "Cmd"), container->command);
  }
  return read_all(import, containers);
}

const CrImportKind cr_import_inspect = {
    .kind = "inspect",
    .is_yaml = TRUE,
    .names = (const char *const[]){NULL},
    .is = is_inspect,
    .read = read_inspect,
};

/* ---- files of variables ---- */

static gboolean is_environment(const CrImportSource *source)
{
  static const char *const prefixes[] = {"WATCHTOWER_", "DIUN_"};
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
    const char *found = strstr(source->text, prefixes[i]);
    if (found && (found == source->text || found[-1] == '\n' || found[-1] == ' '))
      return TRUE;
  }
  return FALSE;
}

static gboolean read_environment(CrImport *import, const CrImportSource *source, GError **error)
{
  (void)error;
  g_autoptr(GHashTable) variables = g_hash_table_new(g_str_hash, g_str_equal);
  g_auto(GStrv) lines = g_strsplit(source->text, "\n", -1);
  const char *place = cr_arena_printf(import->arena, "'%s'", source->name);
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip(lines[i]);
    line = g_str_has_prefix(line, "export ") ? g_strstrip(line + strlen("export ")) : line;
    char *equals = strchr(line, '=');
    if (*line == '#' || !equals)
      continue;
    *equals = 0;
    char *value = equals + 1;
    gsize length = strlen(value);
    if (length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value) {
      value[length - 1] = 0;
      value++;
    }
    g_hash_table_replace(variables, (gpointer)cr_arena_strdup(import->arena, line),
                         (gpointer)cr_arena_strdup(import->arena, value));
  }
  cr_import_read_watchtower(import, NULL, variables, place);
  cr_import_read_diun_variables(import, variables, place);
  return TRUE;
}

const CrImportKind cr_import_environment = {
    .kind = "environment",
    .names = (const char *const[]){"*.env", NULL},
    .is = is_environment,
    .read = read_environment,
};
