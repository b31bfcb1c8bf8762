/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: where results go. Standard output, or FILE, which appears when it is complete (base/whole-file.h). A
 * write that fails is an error; but a reader that has gone (EPIPE, `careen scan … | head`) is not: the rest is dropped
 * in silence. */
#pragma once
#include <glib.h>

typedef struct CrOutput CrOutput;

/* FILE NULL: standard output. Fails at once where FILE's folder cannot be written, before any work is done. */
CrOutput *cr_output_open(const char *file, GError **error);
gboolean cr_output_write(CrOutput *output, const char *text, gsize size, GError **error);
/* The end: what is still buffered, close, rename. Frees OUTPUT in every case. */
gboolean cr_output_finish(CrOutput *output, GError **error);
/* No result: the temporary file goes, an old FILE stays. */
void cr_output_discard(CrOutput *output);
/* Is it a terminal, and how many columns: TIOCGWINSZ, else COLUMNS, else 80 on a terminal and 120 elsewhere. */
gboolean cr_output_is_terminal(const CrOutput *output);
guint cr_output_get_width(const CrOutput *output);
/* Width for help and messages: of standard error or output by FD. */
guint cr_terminal_get_width(int fd);
