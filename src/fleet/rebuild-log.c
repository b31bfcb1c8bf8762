/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "recipe/remote.h"

#define SHORTEST_SECRET 4U /* "1" and "no" would be everywhere */

static gboolean is_secret_name(const char *name)
{
  static const char *const parts[] = {"TOKEN", "SECRET", "PASS", "PWD", "KEY", "AUTH", "CRED"};
  g_autofree char *upper = g_ascii_strup(name, -1);
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(upper, parts[i]))
      return TRUE;
  return FALSE;
}

static char *replace(char *text, const char *secret)
{
  if (!secret || strlen(secret) < SHORTEST_SECRET || !strstr(text, secret))
    return text;
  g_auto(GStrv) parts = g_strsplit(text, secret, -1);
  g_free(text);
  return g_strjoinv("***", parts);
}

char *cr_rebuild_redact(CrStrv args, const char *text)
{
  char *result = g_strdup(text);
  for (guint i = 0; args && args[i]; i++) {
    const char *equals = strchr(args[i], '=');
    g_autofree char *name = equals ? g_strndup(args[i], (gsize)(equals - args[i])) : g_strdup(args[i]);
    const char *value = equals ? equals + 1 : g_getenv(name);
    gsize length = 0;
    const char *begin = value ? cr_remote_find_login(value, &length) : NULL;
    g_autofree char *login = begin ? g_strndup(begin, length) : NULL;
    result = replace(result, is_secret_name(name) ? value : login);
  }
  return result;
}

/* Without ECMA-48 CSI sequences: ESC [, parameters, one letter. */
static void strip_colours(char *text)
{
  char *to = text;
  for (const char *at = text; *at;) {
    if (at[0] != '\x1b' || at[1] != '[') {
      *to++ = *at++;
      continue;
    }
    at += 2;
    while (*at && (*at < '@' || *at > '~'))
      at++;
    at += *at != 0;
  }
  *to = 0;
}

void cr_rebuild_keep_log(CrRebuilding *work, const char *text, gsize size)
{
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)size);
  strip_colours(valid);
  g_autofree char *safe = cr_rebuild_redact(work->recipe->args, valid);
  work->rebuild->log = cr_arena_strdup(work->rebuild->arena, safe);
}

void cr_rebuild_say(const char *line, gpointer data)
{
  const CrRebuilding *work = data;
  g_autofree char *safe = cr_rebuild_redact(work->recipe->args, line);
  work->options->say(safe, work->options->data);
}
