/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/config-file.h"
#include "cli/confine.h"
#include "cli/endings.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "image/apart.h"
#include "report/near.h"
#include "scan/scan.h"

#include <stdio.h>
#include <string.h>

/* ---- the table ---- */

/* clang-format off */
static const CrCommand *const commands[] = {
    &cr_command_scan,
    &cr_command_why,
    &cr_command_sbom,
    &cr_command_diff,
    &cr_command_patch,
    &cr_command_rebuild,
    &cr_command_verify_patch,
    &cr_command_plan,
    &cr_command_apply,
    &cr_command_where,
    &cr_command_graph,
    &cr_command_status,
    &cr_command_history,
    &cr_command_rollback,
    &cr_command_watch,
    &cr_command_policy_test,
    &cr_command_notify_test,
    &cr_command_ps,
    &cr_command_host,
    &cr_command_db_update,
    &cr_command_db_status,
    &cr_command_db_export,
    &cr_command_db_import,
    &cr_command_cache_ls,
    &cr_command_cache_prune,
    &cr_command_import,
    &cr_command_serve,
    &cr_command_help,
    &cr_command_version,
    &cr_command_man,
    &cr_command_completion,
    &cr_command_publish,
    NULL,
};

/* What somebody wants who looks for one: each begins with its first command and goes on to the next one's. */
static const struct {
  const char *title;
  const CrCommand *first;
} groups[] = {
    {"Look at an image", &cr_command_scan},
    {"Mend it", &cr_command_patch},
    {"The whole fleet", &cr_command_plan},
    {"Unattended", &cr_command_watch},
    {"What runs here", &cr_command_ps},
    {"Data", &cr_command_db_update},
    {"Besides", &cr_command_import},
};
/* clang-format on */

const CrCommand *const *cr_commands_get(void)
{
  return commands;
}

const char *cr_commands_find_title(const CrCommand *command)
{
  for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
    if (groups[i].first == command)
      return groups[i].title;
  return NULL;
}

const char *cr_command_get_formats(const CrCommand *command)
{
  return command->formats ? command->formats : "table json";
}

const CrCommand *cr_commands_find(const char *name)
{
  for (guint i = 0; commands[i]; i++)
    if (!strcmp(commands[i]->name, name))
      return commands[i];
  return NULL;
}

gboolean cr_commands_is_family(const char *word)
{
  gsize length = strlen(word);
  for (guint i = 0; commands[i]; i++)
    if (!strncmp(commands[i]->name, word, length) && commands[i]->name[length] == ' ')
      return TRUE;
  return FALSE;
}

void cr_commands_set_unknown(const char *name, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; commands[i]; i++)
    if (!commands[i]->hidden)
      g_ptr_array_add(names, (gpointer)commands[i]->name);
  g_autofree char *near = cr_near_format(name, (const char *const *)names->pdata, names->len);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot run '%s': there is no such command", name);
  if (!error)
    return;
  g_ptr_array_add(names, NULL);
  g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
  if (near)
    cr_error_set_hint(*error, "did you mean %s? 'careen help' has them all", near);
  else
    cr_error_set_hint(*error, "there are: %s", all);
}

/* ---- one call ---- */

void cr_cli_print_error(const GError *error)
{
  cr_progress_clear_line();
  g_autofree char *text = cr_escape_terminal(error->message);
  fprintf(stderr, "careen: %s\n", text);
  const char *hint = cr_error_get_hint(error);
  if (!hint)
    return;
  g_autofree char *safe = cr_escape_terminal(hint);
  fprintf(stderr, "hint: %s\n", safe);
}

static void apply_noise(const CrSettings *settings)
{
  cr_log_set_level(settings->quiet ? CR_LOG_QUIET : settings->verbose ? CR_LOG_VERBOSE : CR_LOG_NORMAL);
  cr_progress_set_enabled(!settings->quiet && !settings->no_progress);
}

static gboolean check_arguments(const CrCommand *command, guint count, GError **error)
{
  if (count >= command->min && count <= command->max)
    return TRUE;
  if (!command->max)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot run '%s' with %u argument%s: it takes none", command->name,
                count, count == 1 ? "" : "s");
  else if (count < command->min)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot run '%s': %s is missing", command->name, command->arguments);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot run '%s' with %u arguments: it takes %s", command->name, count,
                command->arguments);
  if (error)
    cr_error_set_hint(*error, "careen help %s", command->name);
  return FALSE;
}

/* A format that the command has not is wrong use on the command line. */
static gboolean check_format(const CrCommandLine *line, GError **error)
{
  const char *format = cr_command_line_find(line, "format");
  g_auto(GStrv) words = g_strsplit(cr_command_get_formats(line->command), " ", -1);
  if (!format || !cr_option_fits(cr_options_find("format"), line->command->name) ||
      g_strv_contains((const char *const *)words, format))
    return TRUE;
  g_autofree char *list = g_strjoinv(", ", words);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for --format: '%s' has %s", format,
              line->command->name, list);
  g_autofree char *near = cr_near_format(format, (const char *const *)words, g_strv_length(words));
  if (near && error)
    cr_error_set_hint(*error, "did you mean %s?", near);
  return FALSE;
}

/* A variable or key that names a format of another command was not meant for this one, which then has its default. */
static void forget_foreign_format(const CrCommand *command, CrSettings *settings)
{
  g_auto(GStrv) words = g_strsplit(cr_command_get_formats(command), " ", -1);
  if (settings->format && !g_strv_contains((const char *const *)words, settings->format))
    g_clear_pointer(&settings->format, g_free);
}

CrSettings *cr_cli_load_settings(const CrCommandLine *line, GError **error)
{
  g_autoptr(CrSettings) settings = cr_settings_new();
  if (!cr_config_load(cr_command_line_find(line, "config"), settings, error) ||
      !cr_settings_load_environment(settings, error) || !check_format(line, error) ||
      !cr_command_line_apply(line, settings, error))
    return NULL;
  forget_foreign_format(line->command, settings);
  return g_steal_pointer(&settings);
}

static int run_command(const CrCommandLine *line, GError **error)
{
  const CrCommand *command = line->command;
  g_autoptr(CrSettings) settings = cr_cli_load_settings(line, error);
  if (!settings || !check_arguments(command, line->arguments->len - 1, error))
    return -1;
  apply_noise(settings);
  CrOutput *output = cr_output_open(settings->output, error);
  if (!output)
    return -1;
  CrCall call = {.settings = settings, .arguments = (char **)line->arguments->pdata, .output = output, .line = line};
  settings->confined = cr_cli_is_confined(command, &call);
  int code = cr_cli_confine(command, &call, error) ? command->run(&call, error) : -1;
  if (code < 0) {
    cr_output_discard(output);
    return -1;
  }
  return cr_output_finish(output, error) ? code : -1;
}

static int run(int argc, char **argv, GError **error)
{
  g_autoptr(CrCommandLine) line = cr_command_line_parse(argc, argv, error);
  if (!line)
    return -1;
  gboolean help = cr_command_line_has(line, "help");
  if (!help && cr_command_line_has(line, "version"))
    return cr_help_print_version(error);
  if (help || line->family)
    return cr_help_print(line->command, line->family, help, error);
  if (!line->command)
    return cr_help_print(NULL, NULL, FALSE, error);
  return run_command(line, error);
}

int cr_cli_main(int argc, char **argv)
{
  cr_apart_run_readers(argc, argv, cr_scan_get_collectors(), NULL);
  cr_endings_prepare();
  g_autoptr(GError) error = NULL;
  int code = run(argc, argv, &error);
  if (code >= 0)
    return code;
  cr_cli_print_error(error);
  return cr_error_get_exit_code(error);
}
