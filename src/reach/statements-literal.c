/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/statements-literal.h"

#include "base/limits.h"

void cr_literal_skip_any(const char **at, const char *end, const char *set)
{
  while (*at < end && cr_literal_is_one_of(**at, set))
    (*at)++;
}

void cr_literal_skip_blanks(const char **at, const char *end)
{
  while (*at < end && (**at == ' ' || **at == '\t' || **at == '\n' || **at == '\r'))
    (*at)++;
}

gboolean cr_literal_starts_with(const char *at, const char *end, const char *word)
{
  gsize length = strlen(word);
  return (gsize)(end - at) >= length && memcmp(at, word, length) == 0;
}

gboolean cr_literal_take_text(const char **at, const char *end, char close, gboolean interpolates, CrLanguage language,
                              GString *out)
{
  const char *p = *at;
  char open = close == ')' ? '(' : close == '}' ? '{' : close == ']' ? '[' : 0;
  gsize before = out->len;
  for (guint depth = 0; p < end && (*p != close || depth); p++) {
    gboolean ruby = *p == '#' && language == CR_LANGUAGE_RUBY && p + 1 < end && p[1] == '{';
    gboolean odd = interpolates && (*p == '$' || ruby || (*p == '@' && language == CR_LANGUAGE_PERL));
    if (odd || out->len - before > CR_LIMIT_SCRIPT_VALUE_BYTES) {
      g_string_truncate(out, before);
      return FALSE;
    }
    depth += open && *p == open;
    depth -= open && *p == close;
    if (*p == '\\' && p + 1 < end)
      p++;
    g_string_append_c(out, *p == '\n' ? ' ' : *p);
  }
  if (p >= end) {
    g_string_truncate(out, before);
    return FALSE;
  }
  *at = p + 1;
  return TRUE;
}

/* Perl's q(…) and qq{…}. */
static const char *skip_quote_operator(const char *p, const char *end, gboolean *interpolates)
{
  if (end - p < 3 || *p != 'q')
    return NULL;
  *interpolates = p[1] == 'q';
  p += *interpolates ? 2 : 1;
  return cr_literal_is_one_of(*p, "({[") ? p : NULL;
}

gboolean cr_literal_take(const char **at, const char *end, CrLanguage language, GString *out)
{
  const char *p = *at;
  gboolean interpolates = FALSE;
  const char *bracket = language == CR_LANGUAGE_PERL ? skip_quote_operator(p, end, &interpolates) : NULL;
  if (bracket) {
    p = bracket + 1;
    gboolean found =
        cr_literal_take_text(&p, end, *bracket == '(' ? ')' : (char)(*bracket + 2), interpolates, language, out);
    *at = found ? p : *at;
    return found;
  }
  while (language == CR_LANGUAGE_PYTHON && p < end && cr_literal_is_one_of(*p, "bBrRuU"))
    p++;
  if (p >= end || (*p != '"' && *p != '\'' && *p != '`'))
    return FALSE;
  char quote = *p++;
  interpolates = quote != '\'' && language != CR_LANGUAGE_PYTHON;
  gboolean triple = language == CR_LANGUAGE_PYTHON && end - p > 4 && p[0] == quote && p[1] == quote;
  if (!triple) {
    gboolean found = cr_literal_take_text(&p, end, quote, interpolates, language, out);
    *at = found ? p : *at;
    return found;
  }
  const char marks[] = {quote, quote, quote, 0};
  const char *stop = memmem(p + 2, (gsize)(end - p - 2), marks, 3);
  if (!stop || stop - p > (gssize)CR_LIMIT_SCRIPT_VALUE_BYTES)
    return FALSE;
  for (p += 2; p < stop; p++)
    g_string_append_c(out, *p == '\n' ? ';' : *p);
  *at = stop + 3;
  return TRUE;
}

gboolean cr_literal_take_bare(const char **at, const char *end, GString *out)
{
  const char *p = *at;
  while (p < end && (g_ascii_isalnum(*p) || *p == '_' || *p == ':' || *p == '.'))
    p++;
  if (p == *at || g_ascii_isdigit(**at))
    return FALSE;
  g_string_append_len(out, *at, p - *at);
  *at = p;
  return TRUE;
}

void cr_literal_take_words(const char *at, const char *end, CrLanguage language, GString *out)
{
  for (guint n = 0; n < 32; n++) {
    cr_literal_skip_any(&at, end, " \t\r\n,[");
    g_string_append_c(out, CR_STATEMENT_SEPARATOR);
    if (cr_literal_take(&at, end, language, out))
      continue;
    if (at < end && (*at == ']' || *at == ')'))
      g_string_truncate(out, out->len - 1);
    else
      g_string_append(out, CR_WORD_UNKNOWN);
    return;
  }
}
