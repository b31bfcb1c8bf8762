/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse.h"

#include "base/error.h"
#include "cli/options.h"
#include "report/near.h"

#include <string.h>

typedef struct {
  const CrOption *option;
  char *text;  /* NULL: a bare switch */
  char *shown; /* as it was written: "--jobs", "-f" */
} CrFlag;

static void free_flag(gpointer data)
{
  CrFlag *flag = data;
  g_free(flag->text);
  g_free(flag->shown);
  g_free(flag);
}

void cr_command_line_free(CrCommandLine *line)
{
  if (!line)
    return;
  g_free(line->family);
  g_ptr_array_unref(line->arguments);
  g_ptr_array_unref(line->flags);
  g_free(line);
}

static void add_flag(CrCommandLine *line, const CrOption *option, const char *text, const char *shown)
{
  CrFlag *flag = g_new0(CrFlag, 1);
  flag->option = option;
  flag->text = g_strdup(text);
  flag->shown = g_strdup(shown);
  g_ptr_array_add(line->flags, flag);
}

static void set_unknown_option(const char *name, GError **error)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  g_autofree const char **names = g_new(const char *, count);
  for (guint i = 0; i < count; i++)
    names[i] = options[i].name;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '--%s': there is no such option", name);
  g_autofree const char **near = cr_near_find(name, names, count, 1);
  if (error && near[0])
    cr_error_set_hint(*error, "did you mean '--%s'?", near[0]);
  else if (error)
    cr_error_set_hint(*error, "'careen help' lists commands, 'careen help COMMAND' its options");
}

static gboolean set_missing_value(const CrOption *option, const char *shown, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s': %s is missing behind it", shown,
              option->argument);
  return FALSE;
}

/* ARGUMENT without its two dashes; *NEXT is what follows, taken where a value is needed. */
static gboolean parse_long(CrCommandLine *line, const char *argument, char ***next, GError **error)
{
  const char *equals = strchr(argument, '=');
  g_autofree char *name = equals ? g_strndup(argument, (gsize)(equals - argument)) : g_strdup(argument);
  g_autofree char *shown = g_strconcat("--", name, NULL);
  const CrOption *option = cr_options_find(name);
  if (!option) {
    set_unknown_option(name, error);
    return FALSE;
  }
  const char *text = equals ? equals + 1 : NULL;
  if (!text && option->kind != CR_OPTION_SWITCH) {
    if (!**next)
      return set_missing_value(option, shown, error);
    text = *(*next)++;
  }
  add_flag(line, option, text, shown);
  return TRUE;
}

/* A cluster of letters without its dash: "qv", "fjson", "f". */
static gboolean parse_short(CrCommandLine *line, const char *letters, char ***next, GError **error)
{
  for (const char *p = letters; *p; p++) {
    const CrOption *option = cr_options_find_letter(*p);
    if (!option) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '-%s': there is no option -%c", letters, *p);
      if (error)
        cr_error_set_hint(*error, "'careen help COMMAND' lists the options");
      return FALSE;
    }
    char shown[3] = {'-', *p, 0};
    if (option->kind == CR_OPTION_SWITCH) {
      add_flag(line, option, NULL, shown);
      continue;
    }
    const char *text = p[1] ? p + 1 + (p[1] == '=') : *(*next);
    if (!text)
      return set_missing_value(option, shown, error);
    if (!p[1])
      (*next)++;
    add_flag(line, option, text, shown);
    return TRUE;
  }
  return TRUE;
}

/* The first word, or the first two, of ARGUMENTS name the command; they are removed. */
static gboolean take_command(CrCommandLine *line, GError **error)
{
  if (!line->arguments->len)
    return TRUE;
  const char *first = line->arguments->pdata[0];
  line->command = cr_commands_find(first);
  if (line->command) {
    g_ptr_array_remove_index(line->arguments, 0);
    return TRUE;
  }
  if (!cr_commands_is_family(first)) {
    cr_commands_set_unknown(first, error);
    return FALSE;
  }
  if (line->arguments->len == 1) {
    line->family = g_strdup(first);
    return TRUE;
  }
  g_autofree char *both = g_strconcat(first, " ", (const char *)line->arguments->pdata[1], NULL);
  line->command = cr_commands_find(both);
  if (!line->command) {
    cr_commands_set_unknown(both, error);
    return FALSE;
  }
  g_ptr_array_remove_range(line->arguments, 0, 2);
  return TRUE;
}

CrCommandLine *cr_command_line_parse(int argc, char **argv, GError **error)
{
  g_autoptr(CrCommandLine) line = g_new0(CrCommandLine, 1);
  line->arguments = g_ptr_array_new_with_free_func(g_free);
  line->flags = g_ptr_array_new_with_free_func(free_flag);
  gboolean ended = FALSE;
  char **next = argv + MIN(argc, 1);
  while (*next) {
    const char *argument = *next++;
    if (ended || argument[0] != '-' || !argument[1]) {
      g_ptr_array_add(line->arguments, g_strdup(argument));
    } else if (!strcmp(argument, "--")) {
      ended = TRUE;
    } else if (argument[1] == '-' ? !parse_long(line, argument + 2, &next, error)
                                  : !parse_short(line, argument + 1, &next, error)) {
      return NULL;
    }
  }
  if (!take_command(line, error))
    return NULL;
  g_ptr_array_add(line->arguments, NULL);
  return g_steal_pointer(&line);
}

gboolean cr_command_line_has(const CrCommandLine *line, const char *name)
{
  for (guint i = 0; i < line->flags->len; i++) {
    const CrFlag *flag = line->flags->pdata[i];
    if (!strcmp(flag->option->name, name) && !flag->text)
      return TRUE;
  }
  return FALSE;
}

const char *cr_command_line_find(const CrCommandLine *line, const char *name)
{
  for (guint i = line->flags->len; i > 0; i--) {
    const CrFlag *flag = line->flags->pdata[i - 1];
    if (!strcmp(flag->option->name, name))
      return flag->text;
  }
  return NULL;
}

static gboolean check_fit(const CrCommandLine *line, const CrFlag *flag, GError **error)
{
  const char *name = line->command ? line->command->name : NULL;
  if (flag->option->everywhere || cr_option_fits(flag->option, name))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for 'careen %s': it has no such option",
              flag->shown, name ? name : "");
  if (error && flag->option->commands && *flag->option->commands) {
    g_auto(GStrv) words = g_strsplit(flag->option->commands, " ", -1);
    g_autofree char *list = g_strjoinv(", ", words);
    cr_error_set_hint(*error, "it belongs to: %s", g_strdelimit(list, "-", ' '));
  }
  return FALSE;
}

gboolean cr_command_line_apply(const CrCommandLine *line, CrSettings *settings, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  const char *output = NULL;
  for (guint i = 0; i < line->flags->len; i++) {
    const CrFlag *flag = line->flags->pdata[i];
    if (!check_fit(line, flag, error))
      return FALSE;
    if (!strcmp(flag->option->name, "output")) {
      if (output && flag->text) {
        g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to both '%s' and '%s': there is one result", output,
                    flag->text);
        return FALSE;
      }
      output = flag->text;
    }
    if (g_hash_table_add(seen, (gpointer)flag->option))
      cr_option_reset(flag->option, settings);
    if (!cr_option_set(flag->option, settings, flag->text, flag->shown, error))
      return FALSE;
  }
  return TRUE;
}
