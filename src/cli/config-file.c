/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config-file.h"

#include "advisory/suppress.h"
#include "base/error.h"
#include "base/read-file.h"
#include "base/yaml.h"
#include "cli/options.h"
#include "fleet/config-keys.h"
#include "report/near.h"

#include <string.h>

#define RULES "ignore" /* as in a file of --ignore-file */

static gboolean refuse_key(const CrYamlDoc *doc, const CrYaml *key, GError **error)
{
  const char *name = cr_yaml_get_text(key);
  cr_yaml_refuse(doc, key, error, "unknown key '%s'", name);
  g_autoptr(GPtrArray) known = g_ptr_array_new();
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (!options[i].flag_only)
      g_ptr_array_add(known, (gpointer)(options[i].key ? options[i].key : options[i].name));
  for (const CrConfigKey *key_row = cr_fleet_config_get_keys(); key_row->name; key_row++)
    g_ptr_array_add(known, (gpointer)key_row->name);
  g_ptr_array_add(known, (gpointer)RULES);
  g_autofree char *near = cr_near_format(name, (const char *const *)known->pdata, known->len);
  if (error && near)
    cr_error_set_hint(*error, "did you mean %s?", near);
  else if (error)
    cr_error_set_hint(*error, "'man careen.yaml' lists the keys");
  return FALSE;
}

/* ---- one key ---- */

static gboolean set_scalar(const CrOption *option, const CrYamlDoc *doc, const CrYaml *value, CrSettings *settings,
                           GError **error)
{
  const char *text = cr_yaml_get_text(value);
  if (!text || (option->kind == CR_OPTION_SWITCH && !*text))
    return cr_yaml_refuse(doc, value, error, "'%s' needs a value", option->name);
  g_autofree char *place = cr_yaml_format_place(doc, value);
  return cr_option_set(option, settings, text, place, error);
}

static gboolean set_list(const CrOption *option, const CrYamlDoc *doc, const CrYaml *value, CrSettings *settings,
                         GError **error)
{
  if (cr_yaml_get_type(value) == CR_YAML_TEXT)
    return set_scalar(option, doc, value, settings, error);
  if (cr_yaml_get_type(value) != CR_YAML_LIST)
    return cr_yaml_refuse(doc, value, error, "'%s' is a list", option->name);
  for (guint i = 0; i < cr_yaml_get_length(value); i++)
    if (!set_scalar(option, doc, cr_yaml_get_element(value, i), settings, error))
      return FALSE;
  return TRUE;
}

static gboolean set_map(const CrOption *option, const CrYamlDoc *doc, const CrYaml *value, CrSettings *settings,
                        GError **error)
{
  if (cr_yaml_get_type(value) != CR_YAML_MAP)
    return cr_yaml_refuse(doc, value, error, "'%s' is a map of NAME: URI", option->key);
  for (guint i = 0; i < cr_yaml_get_length(value); i++) {
    const CrYaml *left = cr_yaml_get_key(value, i);
    const char *from = cr_yaml_get_text(left), *to = cr_yaml_get_text(cr_yaml_get_element(value, i));
    if (!*from || !to || !*to)
      return cr_yaml_refuse(doc, left, error, "'%s' is a map of NAME: URI", option->key);
    g_autofree char *text = g_strconcat(from, "=", to, NULL);
    g_autofree char *place = cr_yaml_format_place(doc, left);
    if (!cr_option_set(option, settings, text, place, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean set_key(const CrYamlDoc *doc, const CrYaml *key, const CrYaml *value, CrSettings *settings,
                        GError **error)
{
  const char *text = cr_yaml_get_text(key);
  const CrOption *option = cr_options_find_key(text);
  if (!option)
    return refuse_key(doc, key, error);
  if (cr_yaml_get_type(value) == CR_YAML_NULL)
    return cr_yaml_refuse(doc, key, error, "'%s' needs a value", text);
  if (option->key)
    return set_map(option, doc, value, settings, error);
  if (option->kind == CR_OPTION_LIST)
    return set_list(option, doc, value, settings, error);
  return cr_yaml_get_type(value) == CR_YAML_TEXT ? set_scalar(option, doc, value, settings, error)
                                                 : cr_yaml_refuse(doc, key, error, "'%s' takes one value", text);
}

/* ---- the document ---- */

static gboolean is_fleet_key(const char *name)
{
  for (const CrConfigKey *key = cr_fleet_config_get_keys(); key->name; key++)
    if (!strcmp(key->name, name))
      return TRUE;
  return FALSE;
}

/* They are read again with the files of --ignore-file, whose place they share: a stronger place takes all of it. */
static gboolean add_rules(const CrYamlDoc *doc, const char *file, CrSettings *settings, GError **error)
{
  if (!cr_suppressions_check_rules(doc, error))
    return FALSE;
  g_free(settings->rules_config);
  settings->rules_config = g_strdup(file);
  if (file)
    g_ptr_array_add(settings->ignore_files, g_strdup(file));
  return TRUE;
}

/* Keys of the fleet are read by the commands that need them; here they are only checked, all at once. */
static gboolean read_document(const CrYamlDoc *doc, const char *file, const char *folder, CrSettings *settings,
                              GError **error)
{
  gboolean fleet = FALSE, rules = FALSE;
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
  if (!cr_yaml_doc_is_single(doc, error))
    return FALSE;
  if (cr_yaml_get_type(root) == CR_YAML_NULL)
    return TRUE; /* empty, or comments only */
  if (cr_yaml_get_type(root) != CR_YAML_MAP)
    return cr_yaml_refuse(doc, root, error, "it is not a map of keys and values");
  for (guint i = 0; i < cr_yaml_get_length(root); i++) {
    const CrYaml *key = cr_yaml_get_key(root, i);
    if (is_fleet_key(cr_yaml_get_text(key)))
      fleet = TRUE;
    else if (!strcmp(cr_yaml_get_text(key), RULES))
      rules = TRUE;
    else if (!set_key(doc, key, cr_yaml_get_element(root, i), settings, error))
      return FALSE;
  }
  if (rules && !add_rules(doc, file, settings, error))
    return FALSE;
  g_autoptr(CrFleetConfig) config = fleet ? cr_fleet_config_read(doc, NULL, folder, error) : NULL;
  return config || !fleet;
}

gboolean cr_config_parse(const char *text, gsize size, const char *name, CrSettings *settings, GError **error)
{
  g_autoptr(CrYamlDoc) doc = cr_yaml_parse(text, size, name, error);
  return doc && read_document(doc, NULL, ".", settings, error);
}

gboolean cr_config_load(const char *file, CrSettings *settings, GError **error)
{
  g_autofree char *found = file ? g_strdup(file) : cr_fleet_config_find_file();
  if (!found)
    return TRUE;
  if (!file && !cr_file_is_regular(found, error))
    return FALSE;
  g_autoptr(CrYamlDoc) doc = cr_yaml_load(found, error);
  g_autofree char *folder = g_path_get_dirname(found);
  return doc && read_document(doc, found, folder, settings, error);
}
