/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: --help, made from the option and command tables for the width at hand. */
#pragma once
#include "cli/command.h"
#include "cli/options.h"

/* COMMAND NULL: the overview, or of FAMILY ("cache"). Widths from 40 columns up. */
char *cr_help_format(const CrCommand *command, const char *family, guint width);
/* Print it. ASKED: to standard output, exit 0. Else the user forgot something: to standard error, exit 2. */
int cr_help_print(const CrCommand *command, const char *family, gboolean asked, GError **error);
int cr_help_print_version(GError **error);
/* What help says of OPTION, of --format the formats that COMMAND has (NULL: all). Free with g_free. */
char *cr_help_format_option(const CrOption *option, const CrCommand *command);
/* TEXT reflowed to WIDTH columns, every line after INDENT blanks; paragraphs are parted by an empty line. */
void cr_help_append_wrapped(GString *out, const char *text, guint indent, guint width);
