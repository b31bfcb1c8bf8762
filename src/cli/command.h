/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: the family of commands. One const struct each, one file each, one table in cli.c. */
#pragma once
#include "cli/output.h"
#include "cli/settings.h"

typedef struct {
  const char *line; /* as typed, "careen scan docker:nginx" */
  const char *what; /* one line */
} CrExample;

typedef struct CrCommandLine CrCommandLine; /* parse.h */

typedef struct {
  const CrSettings *settings;
  char **arguments; /* NULL-terminated */
  CrOutput *output; /* open already: -o FILE or stdout */
  const CrCommandLine *line;
} CrCall;

typedef struct CrCommand {
  const char *name;          /* "scan", "cache ls" */
  const char *arguments;     /* "IMAGE…" */
  guint min, max;            /* how many arguments; max 0: none */
  const char *summary;       /* one line for the list of commands */
  const char *description;   /* paragraphs, parted by an empty line; plain text, reflowed to the width at hand */
  const CrExample *examples; /* ended by one without a line */
  const char *formats;       /* of --format, space separated, the default first; NULL: "table json" */
  gboolean hidden;           /* for the build, and for units: not listed */
  /* The exit code, with messages printed; or -1 with ERROR, which is then printed and gives the code. */
  int (*run)(const CrCall *call, GError **error);
} CrCommand;

/* clang-format off */
extern const CrCommand
    cr_command_scan,
    cr_command_why,
    cr_command_sbom,
    cr_command_diff,
    cr_command_patch,
    cr_command_verify_patch,
    cr_command_plan,
    cr_command_apply,
    cr_command_rebuild,
    cr_command_rollback,
    cr_command_watch,
    cr_command_graph,
    cr_command_status,
    cr_command_ps,
    cr_command_host,
    cr_command_serve,
    cr_command_where,
    cr_command_history,
    cr_command_policy_test,
    cr_command_import,
    cr_command_notify_test,
    cr_command_db_update,
    cr_command_db_status,
    cr_command_db_export,
    cr_command_db_import,
    cr_command_cache_ls,
    cr_command_cache_prune,
    cr_command_help,
    cr_command_version,
    cr_command_man,
    cr_command_completion,
    cr_command_publish;
/* clang-format on */

/* "careen: MESSAGE" and the hint, with nothing raw in it. */
void cr_cli_print_error(const GError *error);

/* What --format may be: COMMAND's own, or "table json". */
const char *cr_command_get_formats(const CrCommand *command);
/* The settings of LINE: careen.yaml, the variables, the flags, each as it is now. */
CrSettings *cr_cli_load_settings(const CrCommandLine *line, GError **error);
/* All, NULL-terminated, in the order of the overview. */
const CrCommand *const *cr_commands_get(void);
/* "Mend it": what the commands from COMMAND on are for, up to the next that has one; NULL: it begins no group. */
const char *cr_commands_find_title(const CrCommand *command);
/* NAME exactly ("cache ls"), or NULL. */
const CrCommand *cr_commands_find(const char *name);
/* A command that is only the first word of others ("cache"). */
gboolean cr_commands_is_family(const char *word);
/* An error that says NAME is no command, with the near ones or all of them as the hint. */
void cr_commands_set_unknown(const char *name, GError **error);
