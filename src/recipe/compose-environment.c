/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "recipe/compose.h"
#include "recipe/dockerfile-lines.h"

/* ---- .env: NAME=VALUE, quotes, `export`, comments behind a blank and '#' ---- */

static char *unquote(const char *value)
{
  gsize length = strlen(value);
  if (*value == '\'') {
    const char *end = strchr(value + 1, '\'');
    return end ? g_strndup(value + 1, (gsize)(end - value - 1)) : g_strdup(value);
  }
  if (*value == '"') {
    g_autoptr(GString) text = g_string_new(NULL);
    for (const char *c = value + 1; *c && *c != '"'; c++) {
      if (*c != '\\' || !c[1]) {
        g_string_append_c(text, *c);
        continue;
      }
      c++;
      g_string_append_c(text, *c == 'n' ? '\n' : *c == 't' ? '\t' : *c == 'r' ? '\r' : *c);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
  }
  for (gsize i = 0; i < length; i++)
    if (value[i] == '#' && i && (value[i - 1] == ' ' || value[i - 1] == '\t')) {
      length = i;
      break;
    }
  return g_strchomp(g_strndup(value, length));
}

static void free_variable(gpointer data)
{
  CrComposeVariable *variable = data;
  g_free(variable->name);
  g_free(variable->value);
  g_free(variable->raw);
  g_free((char *)variable->place.file);
  g_free(variable);
}

static void read_line(CrComposeEnvironment *environment, const char *path, guint number, char *whole)
{
  char *line = whole + strspn(whole, " \t");
  g_strchomp(line);
  if (g_str_has_prefix(line, "export "))
    line += strlen("export ");
  char *equals = strchr(line, '=');
  if (!*line || *line == '#' || !equals)
    return;
  const char *value = equals + 1 + strspn(equals + 1, " \t");
  gboolean quoted = *value == '"' || *value == '\'', missing = FALSE;
  CrComposeVariable *variable = g_new0(CrComposeVariable, 1);
  variable->name = g_strchomp(g_strndup(line, (gsize)(equals - line)));
  variable->raw = unquote(value);
  variable->literal = *value == '\'';
  variable->value =
      variable->literal ? g_strdup(variable->raw) : cr_compose_interpolate(variable->raw, environment, &missing);
  if (!variable->value)
    variable->value = g_strdup("");
  variable->place =
      (CrPlace){g_canonicalize_filename(path, NULL), number, (guint)g_utf8_strlen(whole, value + quoted - whole) + 1};
  g_ptr_array_add(environment->variables, variable);
  g_hash_table_insert(environment->by_name, variable->name, variable);
}

static void read_env(CrComposeEnvironment *environment, const char *path)
{
  g_autoptr(GBytes) bytes =
      g_file_test(path, G_FILE_TEST_IS_REGULAR) ? cr_read_file(path, CR_LIMIT_RECIPE_BYTES, NULL) : NULL;
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = data ? g_utf8_make_valid(data, (gssize)size) : NULL;
  g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    read_line(environment, path, i + 1, lines[i]);
}

CrComposeEnvironment *cr_compose_environment_new(const char *folder, const char *const *files,
                                                 const CrComposeEnvironment *outer)
{
  CrComposeEnvironment *environment = g_new0(CrComposeEnvironment, 1);
  environment->outer = outer;
  environment->variables = g_ptr_array_new_with_free_func(free_variable);
  environment->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; files && files[i]; i++)
    read_env(environment, files[i]);
  if (!files) {
    g_autofree char *path = g_build_filename(folder, ".env", NULL);
    read_env(environment, path);
  }
  return environment;
}

void cr_compose_environment_free(CrComposeEnvironment *environment)
{
  g_hash_table_unref(environment->by_name);
  g_ptr_array_unref(environment->variables);
  g_free(environment);
}

/* ---- ${…} ---- */

const CrComposeVariable *cr_compose_environment_find_variable(const CrComposeEnvironment *environment, const char *name)
{
  if (g_getenv(name))
    return NULL;
  const CrComposeVariable *outer =
      environment->outer ? cr_compose_environment_find_variable(environment->outer, name) : NULL;
  return outer ? outer : g_hash_table_lookup(environment->by_name, name);
}

const char *cr_compose_environment_find(const CrComposeEnvironment *environment, const char *name)
{
  const char *own = g_getenv(name);
  const CrComposeVariable *variable = own ? NULL : cr_compose_environment_find_variable(environment, name);
  return variable ? variable->value : own;
}

static const char *find(const char *name, gboolean *known, gpointer data)
{
  const char *value = cr_compose_environment_find(data, name);
  *known = value != NULL;
  return value;
}

char *cr_compose_interpolate(const char *text, const CrComposeEnvironment *environment, gboolean *missing)
{
  /* "$$" is a dollar; the rest is what Dockerfiles have, without an escape character */
  g_auto(GStrv) parts = g_strsplit(text, "$$", -1);
  g_autoptr(GString) out = g_string_new(NULL);
  *missing = FALSE;
  const char *required = NULL;
  for (guint i = 0; parts[i]; i++) {
    const char *unknown = NULL;
    g_autofree char *part = cr_docker_expand(parts[i], 0, find, (gpointer)environment, &unknown, &required);
    *missing |= unknown != NULL;
    g_string_append_printf(out, "%s%s", i ? "$" : "", part);
  }
  if (required)
    return NULL;
  return g_string_free(g_steal_pointer(&out), FALSE);
}
