/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: from argv to a command, its arguments and the settings. Options may stand anywhere, also before the
 * command, and in the usual forms: --name VALUE, --name=VALUE, -f VALUE, -fVALUE, -qv; "--" ends them. */
#pragma once
#include "cli/command.h"

struct CrCommandLine {
  const CrCommand *command; /* NULL: none was named */
  char *family;             /* "cache", when only the first word of a command was named and help is wanted */
  GPtrArray *arguments;     /* char*, ended by NULL */
  GPtrArray *flags;         /* CrFlag*, in order: not applied yet, weaker places come first */
};

CrCommandLine *cr_command_line_parse(int argc, char **argv, GError **error);
void cr_command_line_free(CrCommandLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrCommandLine, cr_command_line_free)
/* Was the switch NAME given? For --help and --version, which need no valid rest. */
gboolean cr_command_line_has(const CrCommandLine *line, const char *name);
/* The last value of option NAME, or NULL. */
const char *cr_command_line_find(const CrCommandLine *line, const char *name);
/* Check each flag against the command, and set SETTINGS. */
gboolean cr_command_line_apply(const CrCommandLine *line, CrSettings *settings, GError **error);
