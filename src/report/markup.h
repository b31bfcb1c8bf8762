/* SPDX-License-Identifier: Apache-2.0 */
/* Text of images inside other languages: never markup, never a formula, never a control character. Private to report/.
 */
#pragma once
#include <glib.h>

/* For XML and HTML, in text and in attributes with double quotes. Bytes that are not UTF-8, and characters that XML 1.0
 * (§2.2) does not allow, become U+FFFD. */
void cr_markup_append_xml(GString *out, const char *text);
/* For one cell or line of GitHub's Markdown: nothing in TEXT is markup, a link, HTML, a mention or the end of a cell.
 */
void cr_markup_append_markdown(GString *out, const char *text);
/* A field of CSV (RFC 4180), quoted where it must be. One that a spreadsheet would take for a formula (= + - and
 * control characters in front) gets an apostrophe in front, as OWASP advises. */
void cr_markup_append_csv(GString *out, const char *text);
/* printf whose every %s is escaped for XML; of the others it has %u, %d, G_GINT64_FORMAT and %%. */
void cr_markup_printf_xml(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
