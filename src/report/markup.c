/* SPDX-License-Identifier: Apache-2.0 */
#include "report/markup.h"

#include <string.h>

#define REPLACEMENT 0xFFFD

/* The next character of *TEXT, U+FFFD for a byte that is none; moves on. */
static gunichar take(const char **text)
{
  gunichar c = g_utf8_get_char_validated(*text, -1);
  if (c == (gunichar)-1 || c == (gunichar)-2) {
    (*text)++;
    return REPLACEMENT;
  }
  *text = g_utf8_next_char(*text);
  return c;
}

static gboolean is_xml(gunichar c)
{
  if (c < 0x20)
    return c == '\t' || c == '\n' || c == '\r';
  return c < 0x7F || (c >= 0xA0 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) || c >= 0x10000;
}

/* Characters that turn the direction of text around them or are not seen: a name must look like what it is. */
static gboolean is_deceiving(gunichar c)
{
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

void cr_markup_append_xml(GString *out, const char *text)
{
  while (text && *text) {
    gunichar c = take(&text);
    if (c == '&')
      g_string_append(out, "&amp;");
    else if (c == '<')
      g_string_append(out, "&lt;");
    else if (c == '>')
      g_string_append(out, "&gt;");
    else if (c == '"')
      g_string_append(out, "&quot;");
    else if (c == '\'')
      g_string_append(out, "&#39;");
    else
      g_string_append_unichar(out, is_xml(c) && !is_deceiving(c) ? c : REPLACEMENT);
  }
}

void cr_markup_append_markdown(GString *out, const char *text)
{
  while (text && *text) {
    gunichar c = take(&text);
    if (c == '\n' || c == '\r' || c == '\t')
      g_string_append_c(out, ' ');
    else if (c == '<')
      g_string_append(out, "&lt;");
    else if (c == '>')
      g_string_append(out, "&gt;");
    else if (c == '&')
      g_string_append(out, "&amp;");
    else if (c == '@') /* no mention of anybody */
      g_string_append(out, "&#64;");
    else if (c < 0x80 && strchr("\\`*_{}[]()#|!~$", (int)c) && c)
      g_string_append_printf(out, "\\%c", (char)c);
    else
      g_string_append_unichar(out, is_xml(c) && !is_deceiving(c) ? c : REPLACEMENT);
  }
}

void cr_markup_append_csv(GString *out, const char *text)
{
  if (!text)
    return;
  gboolean formula = *text && strchr("=+-\t\r\n", *text);
  gboolean quoted = formula || strpbrk(text, "\",\r\n") || *text == ' ' || (*text && g_str_has_suffix(text, " "));
  if (quoted)
    g_string_append_c(out, '"');
  if (formula)
    g_string_append_c(out, '\'');
  while (*text) {
    gunichar c = take(&text);
    if (c == '"')
      g_string_append(out, "\"\"");
    else
      g_string_append_unichar(out, is_xml(c) ? c : REPLACEMENT);
  }
  if (quoted)
    g_string_append_c(out, '"');
}

void cr_markup_printf_xml(GString *out, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  for (const char *p = format; *p; p++) {
    if (p[0] != '%') {
      gsize length = strcspn(p, "%");
      g_string_append_len(out, p, (gssize)length);
      p += length - 1;
    } else if (*++p == 's') {
      cr_markup_append_xml(out, va_arg(arguments, const char *));
    } else if (*p == 'u') {
      g_string_append_printf(out, "%u", va_arg(arguments, guint));
    } else if (*p == 'd') {
      g_string_append_printf(out, "%d", va_arg(arguments, int));
    } else if (g_str_has_prefix(p, G_GINT64_FORMAT)) {
      g_string_append_printf(out, "%" G_GINT64_FORMAT, va_arg(arguments, gint64));
      p += strlen(G_GINT64_FORMAT) - 1;
    } else {
      g_string_append_c(out, *p); /* %% */
    }
  }
  va_end(arguments);
}
