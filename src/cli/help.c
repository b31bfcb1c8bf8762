/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "cli/options.h"
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void append_blanks(GString *out, guint count)
{
  for (guint i = 0; i < count; i++)
    g_string_append_c(out, ' ');
}

static void append_paragraph(GString *out, const char *text, guint indent, guint width)
{
  g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
  guint column = 0;
  for (guint i = 0; words[i]; i++) {
    guint length = (guint)g_utf8_strlen(words[i], -1);
    if (!length)
      continue;
    if (column && column + 1 + length > width) {
      g_string_append_c(out, '\n');
      column = 0;
    }
    if (!column)
      append_blanks(out, indent);
    column = column ? column + 1 : indent;
    if (column > indent)
      g_string_append_c(out, ' ');
    g_string_append(out, words[i]);
    column += length;
  }
  g_string_append_c(out, '\n');
}

void cr_help_append_wrapped(GString *out, const char *text, guint indent, guint width)
{
  g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
  for (guint i = 0; paragraphs[i]; i++) {
    if (i)
      g_string_append_c(out, '\n');
    append_paragraph(out, paragraphs[i], indent, width);
  }
}

/* LEFT in a column of LEFT_WIDTH, RIGHT beside it; or RIGHT below where LEFT is too long or the screen too narrow. */
static void append_row(GString *out, const char *left, const char *right, guint left_width, guint width)
{
  gboolean below = width < left_width + 30;
  guint indent = below ? 8 : left_width;
  gsize start = out->len;
  append_blanks(out, 2);
  g_string_append(out, left);
  guint column = (guint)g_utf8_strlen(out->str + start, -1);
  if (below || column + 2 > left_width) {
    g_string_append_c(out, '\n');
    cr_help_append_wrapped(out, right, indent, width);
    return;
  }
  g_autoptr(GString) wrapped = g_string_new(NULL);
  cr_help_append_wrapped(wrapped, right, indent, width);
  append_blanks(out, left_width - column);
  g_string_append(out, wrapped->str + indent);
}

static char *format_option(const CrOption *option)
{
  GString *text = g_string_new(NULL);
  if (option->letter)
    g_string_append_printf(text, "-%c, ", option->letter);
  else
    g_string_append(text, "    ");
  g_string_append_printf(text, "--%s", option->name);
  if (option->argument)
    g_string_append_printf(text, " %s", option->argument);
  return g_string_free(text, FALSE);
}

char *cr_help_format_option(const CrOption *option, const CrCommand *command)
{
  if (strcmp(option->name, "format") != 0 || !command || !command->formats)
    return g_strdup(option->help);
  g_auto(GStrv) words = g_strsplit(command->formats, " ", -1);
  return g_strjoinv(", ", words);
}

static void append_options(GString *out, const CrCommand *command, guint width)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint group = 0; group < CR_OPTION_GROUP_COUNT; group++) {
    gboolean titled = FALSE;
    for (guint i = 0; i < count; i++) {
      if (options[i].group != group || !cr_option_fits(&options[i], command ? command->name : NULL))
        continue;
      if (!titled)
        g_string_append_printf(out, "\n%s:\n", cr_option_group_get_title((CrOptionGroup)group));
      titled = TRUE;
      g_autofree char *left = format_option(&options[i]);
      g_autofree char *help = cr_help_format_option(&options[i], command);
      append_row(out, left, help, 30, width);
    }
  }
}

static void append_command(GString *out, const CrCommand *command, guint width)
{
  g_string_append_printf(out, "Usage: careen %s [OPTION…]%s%s\n\n", command->name, command->arguments ? " " : "",
                         command->arguments ? command->arguments : "");
  cr_help_append_wrapped(out, command->description, 0, width);
  append_options(out, command, width);
  if (!command->examples)
    return;
  g_string_append(out, "\nExamples:\n");
  for (const CrExample *example = command->examples; example->line; example++) {
    g_string_append_printf(out, "  %s\n", example->line);
    cr_help_append_wrapped(out, example->what, 6, width);
  }
}

static void append_overview(GString *out, const char *family, guint width)
{
  if (!family)
    cr_help_append_wrapped(
        out,
        "careen tells the truth about a container image: what is in it, which fixes could be installed today, who "
        "watches each part and until when, what its base is, and which of it the image's own process can reach.",
        0, width);
  g_string_append_printf(out, "%sUsage: careen %s%sCOMMAND [OPTION…] [ARGUMENT…]\n%s", family ? "" : "\n",
                         family ? family : "", family ? " " : "", family ? "\nCommands:\n" : "");
  const CrCommand *const *commands = cr_commands_get();
  gsize length = family ? strlen(family) : 0;
  for (guint i = 0; commands[i]; i++) {
    if (commands[i]->hidden ||
        (family && (strncmp(commands[i]->name, family, length) != 0 || commands[i]->name[length] != ' ')))
      continue;
    const char *title = family ? NULL : cr_commands_find_title(commands[i]);
    if (title)
      g_string_append_printf(out, "\n%s:\n", title);
    g_autofree char *left = g_strconcat(commands[i]->name, commands[i]->arguments ? " " : "",
                                        commands[i]->arguments ? commands[i]->arguments : "", NULL);
    append_row(out, left, commands[i]->summary, 30, width);
  }
  if (family)
    return;
  append_options(out, NULL, width);
  g_string_append(out, "\nStart with:\n"
                       "  careen scan debian:12\n"
                       "  careen why openssl debian:12\n\n"
                       "'careen help COMMAND' tells more of one command, 'man careen' all of it.\n");
}

char *cr_help_format(const CrCommand *command, const char *family, guint width)
{
  GString *out = g_string_new(NULL);
  if (command)
    append_command(out, command, width);
  else
    append_overview(out, family, width);
  return g_string_free(out, FALSE);
}

static gboolean print(const char *text, GError **error)
{
  CrOutput *output = cr_output_open(NULL, error);
  if (!cr_output_write(output, text, strlen(text), error)) {
    cr_output_discard(output);
    return FALSE;
  }
  return cr_output_finish(output, error);
}

int cr_help_print(const CrCommand *command, const char *family, gboolean asked, GError **error)
{
  int fd = asked ? STDOUT_FILENO : STDERR_FILENO;
  g_autofree char *text = cr_help_format(command, family, MIN(cr_terminal_get_width(fd), 100));
  if (asked)
    return print(text, error) ? 0 : -1;
  fputs(text, stderr);
  return 2;
}

int cr_help_print_version(GError **error)
{
  return print("careen " CR_VERSION "\n", error) ? 0 : -1;
}

/* ---- the commands ---- */

static int run_help(const CrCall *call, GError **error)
{
  const CrCommand *command = NULL;
  const char *family = NULL;
  g_autofree char *name = g_strjoinv(" ", call->arguments);
  if (*name) {
    command = cr_commands_find(name);
    family = !command && cr_commands_is_family(name) ? name : NULL;
    if (!command && !family) {
      cr_commands_set_unknown(name, error);
      return -1;
    }
  }
  g_autofree char *text = cr_help_format(command, family, MIN(cr_output_get_width(call->output), 100));
  return cr_output_write(call->output, text, strlen(text), error) ? 0 : -1;
}

static int run_version(const CrCall *call, GError **error)
{
  gboolean json = call->settings->format && !strcmp(call->settings->format, "json");
  const char *text =
      json ? "{\"schema\": \"careen.version/1\", \"version\": \"" CR_VERSION "\"}\n" : "careen " CR_VERSION "\n";
  return cr_output_write(call->output, text, strlen(text), error) ? 0 : -1;
}

static const CrExample help_examples[] = {
    {"careen help scan", "all of 'scan': what it does, its options, examples"},
    {NULL, NULL},
};

const CrCommand cr_command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .max = 2,
    .summary = "what the commands do",
    .description = "Explain COMMAND, or list all commands.",
    .examples = help_examples,
    .run = run_help,
};

const CrCommand cr_command_version = {
    .name = "version",
    .summary = "the version of careen",
    .description = "Print the version of careen.",
    .run = run_version,
};
