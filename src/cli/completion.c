/* SPDX-License-Identifier: Apache-2.0 */
/* careen __completion SHELL: completion for bash, zsh and fish, from the option and command tables. For the build only.
 */
#include "base/error.h"
#include "cli/command.h"
#include "cli/options.h"

#include <string.h>

/* In single quotes of any shell. */
static void append_quoted(GString *out, const char *text)
{
  g_string_append_c(out, '\'');
  for (const char *p = text; *p; p++)
    if (*p == '\'')
      g_string_append(out, "'\\''");
    else
      g_string_append_c(out, *p);
  g_string_append_c(out, '\'');
}

/* The first words of all commands, each once, with what to do with it. */
static void foreach_first_word(void (*visit)(GString *out, const char *word, const char *summary), GString *out)
{
  const CrCommand *const *commands = cr_commands_get();
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; commands[i]; i++) {
    gsize length = strcspn(commands[i]->name, " ");
    g_autofree char *word = g_strndup(commands[i]->name, length);
    if (commands[i]->hidden || g_hash_table_contains(seen, word))
      continue;
    visit(out, word, commands[i]->name[length] ? "its sub-commands" : commands[i]->summary);
    g_hash_table_add(seen, g_steal_pointer(&word));
  }
}

/* What may follow the first word of a family: "ls prune" for "cache"; NULL for a plain command. */
static char *format_second_words(const char *word)
{
  if (!cr_commands_is_family(word))
    return NULL;
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  const CrCommand *const *commands = cr_commands_get();
  gsize length = strlen(word);
  for (guint i = 0; commands[i]; i++)
    if (!strncmp(commands[i]->name, word, length) && commands[i]->name[length] == ' ')
      g_ptr_array_add(words, (gpointer)(commands[i]->name + length + 1));
  g_ptr_array_add(words, NULL);
  return g_strjoinv(" ", (char **)words->pdata);
}

/* ---- bash ---- */

static void append_word(GString *out, const char *word, const char *summary)
{
  g_string_append_printf(out, "%s ", word);
}

static void append_bash_pattern(GString *out, const char *word, const char *summary)
{
  if (cr_commands_is_family(word))
    g_string_append_printf(out, "%s|", word);
}

static void append_bash_family(GString *out, const char *word, const char *summary)
{
  g_autofree char *words = format_second_words(word);
  if (words)
    g_string_append_printf(out, "    %s) words='%s' ;;\n", word, words);
}

static void append_flags(GString *out, const char *command)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    if (!cr_option_fits(&options[i], command))
      continue;
    if (options[i].letter)
      g_string_append_printf(out, "-%c ", options[i].letter);
    g_string_append_printf(out, "--%s ", options[i].name);
  }
}

static void append_bash_value(GString *out, const CrOption *option)
{
  g_string_append(out, "    ");
  if (option->letter)
    g_string_append_printf(out, "-%c|", option->letter);
  g_string_append_printf(out, "--%s) ", option->name);
  if (option->choices)
    g_string_append_printf(out, "COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", option->choices);
  else if (option->complete)
    g_string_append_printf(out, "compopt -o filenames; COMPREPLY=($(compgen %s -- \"$cur\"))",
                           !strcmp(option->complete, "folder") ? "-d" : "-f");
  else
    g_string_append(out, "COMPREPLY=()");
  g_string_append(out, "; return ;;\n");
}

static void append_bash(GString *out)
{
  g_string_append(out, "# bash completion for careen, made by 'careen __completion bash'\n"
                       "_careen()\n{\n"
                       "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
                       "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                       "    case $word in -*) continue ;; esac\n"
                       "    command=${command:+$command }$word\n"
                       "    case $command in ");
  foreach_first_word(append_bash_pattern, out);
  g_string_append(out, "'') ;; *) break ;; esac\n"
                       "  done\n"
                       "  case $prev in\n");
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (options[i].argument)
      append_bash_value(out, &options[i]);
  g_string_append(out, "  esac\n  local flags= words=\n  case $command in\n    '') words='");
  foreach_first_word(append_word, out);
  g_string_append(out, "'; flags='");
  append_flags(out, NULL);
  g_string_append(out, "--version' ;;\n");
  foreach_first_word(append_bash_family, out);
  const CrCommand *const *commands = cr_commands_get();
  for (guint i = 0; commands[i]; i++) {
    if (commands[i]->hidden)
      continue;
    g_string_append_printf(out, "    '%s') flags='", commands[i]->name);
    append_flags(out, commands[i]->name);
    g_string_append(out, "'");
    if (!strcmp(commands[i]->name, "help")) {
      g_string_append(out, "; words='");
      foreach_first_word(append_word, out);
      g_string_append(out, "'");
    }
    g_string_append(out, " ;;\n");
  }
  g_string_append(out, "  esac\n"
                       "  case $cur in -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")); return ;; esac\n"
                       "  if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return; fi\n"
                       "  compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                       "}\ncomplete -F _careen careen\n");
}

/* ---- fish ---- */

static void append_fish_word(GString *out, const char *word, const char *summary)
{
  g_string_append_printf(out, "complete -c careen -n __fish_use_subcommand -f -a %s -d ", word);
  append_quoted(out, summary);
  g_string_append_c(out, '\n');
}

static void append_fish_family(GString *out, const char *word, const char *summary)
{
  g_autofree char *words = format_second_words(word);
  if (words)
    g_string_append_printf(out, "complete -c careen -n '__fish_seen_subcommand_from %s' -f -a '%s'\n", word, words);
}

static void append_fish(GString *out)
{
  g_string_append(out, "# fish completion for careen, made by 'careen __completion fish'\n");
  foreach_first_word(append_fish_word, out);
  foreach_first_word(append_fish_family, out);
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    const CrOption *option = &options[i];
    g_string_append(out, "complete -c careen");
    if (option->commands && *option->commands) {
      /* A family's options are offered behind its first word. */
      g_autofree char *words = g_strdup(option->commands);
      for (char *p = words; (p = strchr(p, '-'));)
        while (*p && *p != ' ')
          memmove(p, p + 1, strlen(p));
      g_string_append_printf(out, " -n '__fish_seen_subcommand_from %s'", words);
    }
    if (option->letter)
      g_string_append_printf(out, " -s %c", option->letter);
    g_string_append_printf(out, " -l %s", option->name);
    if (option->argument)
      g_string_append_printf(out, " -%s", option->complete ? "r -F" : "x");
    if (option->choices)
      g_string_append_printf(out, " -a '%s'", option->choices);
    g_string_append(out, " -d ");
    append_quoted(out, option->help);
    g_string_append_c(out, '\n');
  }
}

/* ---- zsh ---- */

static void append_zsh_word(GString *out, const char *word, const char *summary)
{
  g_autofree char *both = g_strdup_printf("%s:%s", word, summary);
  g_string_append(out, "    ");
  append_quoted(out, both);
  g_string_append_c(out, '\n');
}

static void append_zsh_pair(GString *out, const char *word, const char *summary)
{
  if (cr_commands_is_family(word))
    g_string_append_printf(out, "[[ $command == %s ]] && (( CURRENT > 3 )) && command=\"%s $words[3]\"\n", word, word);
}

static void append_zsh_family(GString *out, const char *word, const char *summary)
{
  g_autofree char *words = format_second_words(word);
  if (words)
    g_string_append_printf(out, "  %s) compadd %s ;;\n", word, words);
}

/* '(-f --format)'{-f,--format}'[help]:FORMAT:(table json)' */
static void append_zsh_option(GString *out, const CrOption *option, const CrCommand *command)
{
  const char *choices = strcmp(option->name, "format") == 0 ? cr_command_get_formats(command) : option->choices;
  g_autofree char *help = g_strdelimit(g_strdup(option->help), "[]:", ' ');
  g_autoptr(GString) spec = g_string_new(NULL);
  g_string_append_printf(spec, "[%s]", help);
  if (option->argument) {
    g_autofree char *argument = g_strdelimit(g_strdup(option->argument), ":", ' ');
    g_string_append_printf(spec, ":%s:", argument);
    if (choices)
      g_string_append_printf(spec, "(%s)", choices);
    else if (option->complete)
      g_string_append(spec, !strcmp(option->complete, "folder") ? "_files -/" : "_files");
  }
  const char *again = option->kind == CR_OPTION_LIST ? "*" : "";
  g_string_append(out, "      ");
  if (option->letter)
    g_string_append_printf(out, "{-%c,--%s}", option->letter, option->name);
  else
    g_string_append_printf(out, "'%s--%s'", again, option->name);
  append_quoted(out, spec->str);
  g_string_append(out, " \\\n");
}

static void append_zsh(GString *out)
{
  g_string_append(out, "#compdef careen\n# zsh completion for careen, made by 'careen __completion zsh'\n"
                       "local -a commands\nlocal command\ncommands=(\n");
  foreach_first_word(append_zsh_word, out);
  g_string_append(
      out, ")\nif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n  _describe command commands\n  return\nfi\n"
           "command=$words[2]\n");
  foreach_first_word(append_zsh_pair, out);
  g_string_append(out, "case $command in\n");
  foreach_first_word(append_zsh_family, out);
  const CrCommand *const *commands = cr_commands_get();
  for (guint i = 0; commands[i]; i++) {
    if (commands[i]->hidden)
      continue;
    g_string_append_printf(out, "  '%s')\n    _arguments \\\n", commands[i]->name);
    guint count = 0;
    const CrOption *options = cr_options_get(&count);
    for (guint k = 0; k < count; k++)
      if (cr_option_fits(&options[k], commands[i]->name))
        append_zsh_option(out, &options[k], commands[i]);
    g_string_append(out, "      '*:argument:_files' ;;\n");
  }
  g_string_append(out, "esac\n");
}

static const struct {
  const char *name;
  void (*append)(GString *out);
} shells[] = {{"bash", append_bash}, {"zsh", append_zsh}, {"fish", append_fish}};

static int run_completion(const CrCall *call, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS(shells); i++) {
    if (strcmp(shells[i].name, call->arguments[0]) != 0)
      continue;
    g_autoptr(GString) out = g_string_new(NULL);
    shells[i].append(out);
    return cr_output_write(call->output, out->str, out->len, error) ? 0 : -1;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot complete for '%s': bash, zsh and fish are known",
              call->arguments[0]);
  return -1;
}

const CrCommand cr_command_completion = {
    .name = "__completion",
    .arguments = "SHELL",
    .min = 1,
    .max = 1,
    .hidden = TRUE,
    .summary = "completion for a shell",
    .description = "Print completion for bash, zsh or fish.",
    .run = run_completion,
};
