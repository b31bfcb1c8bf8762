/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>

static CrLogLevel log_level = CR_LOG_NORMAL;

void cr_log_set_level(CrLogLevel level)
{
  log_level = level;
}

CrLogLevel cr_log_get_level(void)
{
  return log_level;
}

/* Characters that reorder or hide text on a terminal: the "Trojan Source" set and the zero-width ones. */
gboolean cr_is_treacherous(gunichar c)
{
  return c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
         c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f) || c == 0x2028 || c == 0x2029;
}

char *cr_escape_terminal(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
  GString *out = g_string_sized_new(64);
  for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (c == '\n')
      g_string_append(out, "\\n");
    else if (c == '\t')
      g_string_append(out, "\\t");
    else if (c == '\r')
      g_string_append(out, "\\r");
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
      g_string_append_printf(out, "\\x%02x", c);
    else if (cr_is_treacherous(c))
      g_string_append_printf(out, "\\u{%04x}", c);
    else
      g_string_append_unichar(out, c);
  }
  return g_string_free(out, FALSE);
}

static void G_GNUC_PRINTF(2, 0) print(const char *prefix, const char *format, va_list args)
{
  cr_progress_clear_line();
  g_autofree char *text = g_strdup_vprintf(format, args);
  g_autofree char *safe = cr_escape_terminal(text);
  fprintf(stderr, "%s%s\n", prefix, safe);
}

void cr_log_verbose(const char *format, ...)
{
  if (log_level < CR_LOG_VERBOSE)
    return;
  va_list args;
  va_start(args, format);
  print("", format, args);
  va_end(args);
}

void cr_log_note(const char *format, ...)
{
  if (log_level < CR_LOG_NORMAL)
    return;
  va_list args;
  va_start(args, format);
  print("careen: ", format, args);
  va_end(args);
}
