/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to stderr besides errors: progress words for -v, nothing by default. Results never go here. */
#pragma once
#include <glib.h>

typedef enum { CR_LOG_QUIET, CR_LOG_NORMAL, CR_LOG_VERBOSE } CrLogLevel;

void cr_log_set_level(CrLogLevel level);
CrLogLevel cr_log_get_level(void);
/* Printed with -v only. Control characters in the text are escaped. */
void cr_log_verbose(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Printed unless --quiet: "careen: TEXT". */
void cr_log_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Does C reorder or hide text on a terminal (bidi controls, zero-width and tag characters)? */
gboolean cr_is_treacherous(gunichar c);
/* TEXT with every control, bidi and non-UTF-8 byte made visible (\n → "\\n", ESC → "\\x1b", bad UTF-8 → U+FFFD), so
 * that nothing from an image reaches a terminal raw. Free with g_free. */
char *cr_escape_terminal(const char *text);
