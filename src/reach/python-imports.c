/* SPDX-License-Identifier: Apache-2.0 */
/* Import statements of a Python text (language reference 7.11): `import a.b as c, d`, `from .x import y, z`, also in
 * brackets and over continued lines. A statement that is not indented is unconditional. Texts in triple quotes are
 * stepped over, so that an example in a docstring is no import. */
#include <string.h>

#include "reach/script.h"

typedef struct {
  const char *at, *end;
  const char *next_double, *next_single; /* where the next triple quote of each kind stands; end: none */
  guint line;                            /* of the cursor, from 0 */
  guint started;                         /* number of the line handed out last, from 1 */
} Lines;

/* Three of QUOTE in a row: every third byte is looked at, and its neighbours where it is one. */
static const char *find_triple(const char *from, const char *end, char quote)
{
  gsize size = from < end ? (gsize)(end - from) : 0;
  for (gsize at = 2; at < size;) {
    if (from[at] != quote) {
      at += 3;
      continue;
    }
    gsize first = from[at - 1] != quote ? at : from[at - 2] != quote ? at - 1 : at - 2, after = at + 1;
    while (after < size && after - first < 3 && from[after] == quote)
      after++;
    if (after - first == 3)
      return from + first;
    at = after + 3;
  }
  return end;
}

static void count_lines(Lines *lines, const char *from, const char *to)
{
  for (const char *newline; from < to && (newline = memchr(from, '\n', (gsize)(to - from))); from = newline + 1)
    lines->line++;
}

/* The line at the cursor; the cursor moves behind it, and behind a text in triple quotes that begins in it. */
static gboolean next_line(Lines *lines, const char **start, const char **stop)
{
  if (lines->at >= lines->end)
    return FALSE;
  *start = lines->at;
  const char *newline = memchr(lines->at, '\n', (gsize)(lines->end - lines->at));
  *stop = newline ? newline : lines->end;
  const char *after = newline ? newline + 1 : lines->end;
  lines->started = ++lines->line;
  for (;;) {
    if (lines->next_double < lines->at)
      lines->next_double = find_triple(lines->at, lines->end, '"');
    if (lines->next_single < lines->at)
      lines->next_single = find_triple(lines->at, lines->end, '\'');
    const char *opens = MIN(lines->next_double, lines->next_single);
    if (opens >= after)
      break;
    const char *closes = find_triple(opens + 3, lines->end, *opens);
    lines->at = MIN(closes + 3, lines->end);
    if (lines->at > after) {
      newline = memchr(lines->at, '\n', (gsize)(lines->end - lines->at));
      const char *line_end = newline ? newline + 1 : lines->end;
      count_lines(lines, after, line_end);
      after = line_end;
      *stop = MIN(*stop, opens);
    }
  }
  lines->at = after;
  return TRUE;
}

static gboolean has_word(const char *at, const char *end, const char *word, gsize length)
{
  return end - at > (gssize)length && memcmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\t');
}

static const char *skip_blanks(const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\\' || *at == '\r'))
    at++;
  return at;
}

static gsize measure_module(const char *at, const char *end)
{
  const char *start = at;
  while (at < end && (g_ascii_isalnum(*at) || *at == '_' || *at == '.' || (*at & 0x80)))
    at++;
  return (gsize)(at - start);
}

/* Names behind `import` in a from-statement, comma separated, up to the closing bracket or the line's end. */
static const char *take_names(const char *at, const char *end, GString *out)
{
  at = skip_blanks(at, end);
  gboolean brackets = at < end && *at == '(';
  gboolean first = TRUE;
  for (at += brackets ? 1 : 0; at < end;) {
    if (*at == '#') {
      const char *newline = memchr(at, '\n', (gsize)(end - at));
      at = newline ? newline : end;
      continue;
    }
    if (*at == ')' || *at == ';' || (*at == '\n' && !brackets && at[-1] != '\\'))
      break;
    gsize n = measure_module(at, end);
    if (!n) {
      at++;
      continue;
    }
    if (n == 2 && memcmp(at, "as", 2) == 0) {
      at = skip_blanks(at + 2, end);
      at += measure_module(at, end);
      continue;
    }
    g_string_append_printf(out, "%s%.*s", first ? " " : ",", (int)n, at);
    first = FALSE;
    at += n;
  }
  return at;
}

static void take_from(const char *at, const char *end, char kind, guint line, GString *out)
{
  at = skip_blanks(at + 5, end);
  gsize n = measure_module(at, end);
  const char *import = skip_blanks(at + n, end);
  if (!n || !(end - import > 6 && memcmp(import, "import", 6) == 0))
    return;
  g_string_append_printf(out, "%c%u %.*s", kind, line, (int)n, at);
  take_names(import + 6, end, out);
  g_string_append_c(out, '\n');
}

static void take_import(const char *at, const char *end, char kind, guint line, GString *out)
{
  for (at += 7; at < end;) {
    at = skip_blanks(at, end);
    gsize n = measure_module(at, end);
    if (!n)
      return;
    g_string_append_printf(out, "%c%u %.*s\n", kind, line, (int)n, at);
    at = skip_blanks(at + n, end);
    if (has_word(at, end, "as", 2)) {
      at = skip_blanks(at + 3, end);
      at = skip_blanks(at + measure_module(at, end), end);
    }
    if (at >= end || *at != ',')
      return;
    at++;
  }
}

void cr_statements_scan_python(const char *text, gsize size, GString *out)
{
  Lines lines = {.at = text, .end = text + size, .line = 0};
  lines.next_double = find_triple(text, lines.end, '"');
  lines.next_single = find_triple(text, lines.end, '\'');
  const char *start = NULL, *stop = NULL;
  while (next_line(&lines, &start, &stop)) {
    const char *at = skip_blanks(start, stop);
    if (at >= stop || (*at != 'i' && *at != 'f'))
      continue;
    guint line = lines.started;
    char kind = at == start ? (char)CR_STATEMENT_IMPORT : (char)CR_STATEMENT_IMPORT_MAY;
    if (has_word(at, stop, "import", 6))
      take_import(at, stop, kind, line, out);
    else if (has_word(at, stop, "from", 4))
      take_from(at, lines.end, kind, line, out);
  }
}
