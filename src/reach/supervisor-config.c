/* SPDX-License-Identifier: Apache-2.0 */
/* supervisord.conf, as Python's ConfigParser and supervisor's own options.py read it: sections, NAME=VALUE, comments by
 * '#' and ';' (behind a blank also at the end of a line), continued lines that begin with a blank. */
#include <string.h>

#include "base/limits.h"
#include "reach/script.h"

GPtrArray *cr_words_split(const char *text, CrArena *arena)
{
  GPtrArray *words = g_ptr_array_new();
  g_autoptr(GString) word = g_string_new(NULL);
  gboolean open = FALSE;
  char quote = 0;
  for (const char *at = text; *at; at++) {
    if (!quote && g_ascii_isspace(*at)) {
      if (open)
        g_ptr_array_add(words, (gpointer)cr_arena_strdup(arena, word->str));
      g_string_truncate(word, 0);
      open = FALSE;
      continue;
    }
    open = TRUE;
    if (quote ? *at == quote : *at == '"' || *at == '\'')
      quote = quote ? 0 : *at;
    else if (*at == '\\' && at[1] && quote != '\'')
      g_string_append_c(word, *++at);
    else
      g_string_append_c(word, *at);
  }
  if (open)
    g_ptr_array_add(words, (gpointer)cr_arena_strdup(arena, word->str));
  return words;
}

/* %(ENV_NAME)s, %(here)s and their like become unknown: what they stand for is set where the container starts. */
static const char *expand(const char *value, CrArena *arena)
{
  if (!strstr(value, "%("))
    return value;
  g_autoptr(GString) out = g_string_new(NULL);
  for (const char *at = value; *at; at++) {
    const char *end = g_str_has_prefix(at, "%(") ? strchr(at, ')') : NULL;
    if (!end || !end[1]) {
      g_string_append_c(out, *at);
      continue;
    }
    g_string_append(out, CR_WORD_UNKNOWN);
    at = end + 1;
  }
  return cr_arena_strdup(arena, out->str);
}

static void take_value(CrSupervisedProgram *program, CrSupervisorConfig *out, gboolean including, const char *name,
                       const char *value, CrArena *arena)
{
  if (including && strcmp(name, "files") == 0) {
    g_autoptr(GPtrArray) words = cr_words_split(value, arena);
    for (guint i = 0; i < words->len; i++)
      g_ptr_array_add(out->includes, words->pdata[i]);
  }
  if (!program)
    return;
  if (strcmp(name, "command") == 0)
    program->command = expand(value, arena);
  else if (strcmp(name, "directory") == 0)
    program->directory = value;
  else if (strcmp(name, "environment") == 0)
    program->environment = expand(value, arena);
  else if (strcmp(name, "user") == 0)
    program->user = value;
  else if (strcmp(name, "autostart") == 0)
    program->by_hand = !strchr("tT1yYoO", *value) || g_ascii_strcasecmp(value, "off") == 0;
}

/* One logical line: continued lines joined with a blank. */
static const char *next_line(const char **at, const char *end, guint *line, CrArena *arena)
{
  g_autoptr(GString) text = g_string_new(NULL);
  do {
    const char *stop = memchr(*at, '\n', (gsize)(end - *at));
    stop = stop ? stop : end;
    gsize n = (gsize)(stop - *at);
    g_autofree char *one = g_strndup(*at, n);
    char *comment = strstr(one, " ;");
    if (comment)
      *comment = 0;
    g_string_append_printf(text, "%s%s", text->len ? " " : "", g_strstrip(one));
    *at = stop < end ? stop + 1 : end;
    (*line)++;
  } while (*at < end && (**at == ' ' || **at == '\t') && text->len && text->len < CR_LIMIT_SCRIPT_VALUE_BYTES);
  return cr_arena_strdup(arena, text->str);
}

void cr_supervisor_config_parse(const char *text, gsize size, CrArena *arena, CrSupervisorConfig *out)
{
  out->programs = g_ptr_array_new();
  out->includes = g_ptr_array_new();
  CrSupervisedProgram *program = NULL;
  gboolean including = FALSE;
  guint line = 1;
  for (const char *at = text, *end = text + size; at < end;) {
    guint number = line;
    const char *whole = next_line(&at, end, &line, arena);
    if (!*whole || *whole == '#' || *whole == ';')
      continue;
    if (*whole == '[') {
      const char *colon = strchr(whole, ':');
      gboolean starts = g_str_has_prefix(whole, "[program:") || g_str_has_prefix(whole, "[eventlistener:") ||
                        g_str_has_prefix(whole, "[fcgi-program:");
      including = g_str_has_prefix(whole, "[include]");
      program = starts ? cr_arena_new0(arena, CrSupervisedProgram) : NULL;
      if (program) {
        program->name = cr_arena_strndup(arena, colon + 1, strcspn(colon + 1, "]"));
        program->line = number;
        g_ptr_array_add(out->programs, program);
      }
      continue;
    }
    gsize n = strcspn(whole, "=:");
    if (!whole[n])
      continue;
    g_autofree char *name = g_strstrip(g_strndup(whole, n));
    const char *value = whole + n + 1;
    take_value(program, out, including, name, value + strspn(value, " \t"), arena);
  }
}
