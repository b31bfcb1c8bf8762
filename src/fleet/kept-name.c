/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/kept-name.h"

#include <string.h>

#define OPERATION_DIGITS 12U

gboolean cr_fleet_is_kept_name(const char *name)
{
  const char *tag = strrchr(name, ':');
  return tag && !strchr(tag, '/') && g_str_has_prefix(tag, ":careen-keep-");
}

gboolean cr_fleet_is_build_name(const char *name)
{
  return g_str_has_prefix(name, "careen-base:") || g_str_has_prefix(name, "careen-rebuild:");
}

char *cr_temporary_name_format(const char *name, const char *kind, const char *operation)
{
  return g_strdup_printf("%s.%s-%s", name, kind, operation);
}

static void give(char **out, const char *text, gsize length)
{
  if (out)
    *out = g_strndup(text, length);
}

gboolean cr_temporary_name_parse(const char *text, char **name, char **kind, char **operation)
{
  static const char *const kinds[] = {"new", "old", "failed", NULL};
  const char *dash = strrchr(text, '-');
  if (!dash || strlen(dash + 1) != OPERATION_DIGITS || strspn(dash + 1, "0123456789abcdef") != OPERATION_DIGITS)
    return FALSE;
  const char *dot = g_strrstr_len(text, dash - text, ".");
  if (!dot || dot == text)
    return FALSE;
  g_autofree char *word = g_strndup(dot + 1, (gsize)(dash - dot - 1));
  if (!g_strv_contains(kinds, word))
    return FALSE;
  give(name, text, (gsize)(dot - text));
  give(kind, word, strlen(word));
  give(operation, dash + 1, OPERATION_DIGITS);
  return TRUE;
}

gboolean cr_fleet_is_temporary_name(const char *name)
{
  return cr_temporary_name_parse(name, NULL, NULL, NULL);
}

char *cr_fleet_format_kept_name(const char *name)
{
  const char *tag = strrchr(name, ':');
  if (!tag || strchr(tag, '/'))
    return g_strconcat(name, ":careen-keep-latest", NULL);
  return g_strdup_printf("%.*s:careen-keep-%s", (int)(tag - name), name, tag + 1);
}
