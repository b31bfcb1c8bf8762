/* SPDX-License-Identifier: Apache-2.0 */
/* A whole text as a decimal number within bounds; anything else (blanks, a sign that does not belong, more behind it,
 * out of bounds) is FALSE, and *OUT stays. Any number of threads. */
#pragma once
#include <glib.h>

gboolean cr_number_parse_unsigned(const char *text, guint64 least, guint64 most, guint64 *out);
gboolean cr_number_parse_signed(const char *text, gint64 least, gint64 most, gint64 *out);
