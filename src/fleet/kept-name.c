/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/kept-name.h"

#include <string.h>

#define OPERATION_DIGITS 12U

gboolean cr_fleet_is_kept_name(const char *name)
{
  const char *tag = strrchr(name, ':');
  return tag && !strchr(tag, '/') && g_str_has_prefix(tag, ":careen-keep-");
}

gboolean cr_fleet_is_temporary_name(const char *name)
{
  static const char *const marks[] = {".old-", ".new-", ".failed-"};
  gsize length = strlen(name);
  for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
    gsize tail = strlen(marks[i]) + OPERATION_DIGITS;
    if (length <= tail || strncmp(name + length - tail, marks[i], strlen(marks[i])) != 0)
      continue;
    if (strspn(name + length - OPERATION_DIGITS, "0123456789abcdef") == OPERATION_DIGITS)
      return TRUE;
  }
  return FALSE;
}

char *cr_fleet_format_kept_name(const char *name)
{
  const char *tag = strrchr(name, ':');
  if (!tag || strchr(tag, '/'))
    return g_strconcat(name, ":careen-keep-latest", NULL);
  return g_strdup_printf("%.*s:careen-keep-%s", (int)(tag - name), name, tag + 1);
}
