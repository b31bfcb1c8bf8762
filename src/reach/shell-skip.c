/* SPDX-License-Identifier: Apache-2.0 */
/* How far a word of the shell, and what is nested in it, goes (POSIX.1-2017 XCU 2.2, 2.3). */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

static gsize skip_single(const char *text, gsize size)
{
  const char *end = size > 1 ? memchr(text + 1, '\'', size - 1) : NULL;
  return end ? (gsize)(end - text) + 1 : 0;
}

static gsize skip_until(const char *text, gsize size, gsize at, char closing, gboolean in_double, guint depth)
{
  while (at < size) {
    char c = text[at];
    if (c == closing)
      return at + 1;
    gsize n = 1;
    if (c == '\\')
      n = 2;
    else if (c == '`' || (c == '"' && !in_double) || (c == '\'' && !in_double) || (c == '(' && closing == ')') ||
             (c == '$' && at + 1 < size && (text[at + 1] == '(' || text[at + 1] == '{')))
      n = cr_shell_skip_nested(text + at, size - at, depth + 1);
    else if (c == '#' && closing == ')' && at && strchr(" \t\n;(", text[at - 1])) {
      const char *end = memchr(text + at, '\n', size - at);
      n = end ? (gsize)(end - text) - at : 0;
    }
    if (!n)
      return 0;
    at += n;
  }
  return 0;
}

gsize cr_shell_skip_nested(const char *text, gsize size, guint depth)
{
  if (!size || depth > CR_LIMIT_SCRIPT_DEPTH)
    return 0;
  if (text[0] == '\'')
    return skip_single(text, size);
  if (text[0] == '"')
    return skip_until(text, size, 1, '"', TRUE, depth);
  if (text[0] == '(')
    return skip_until(text, size, 1, ')', FALSE, depth);
  if (text[0] == '`') {
    for (gsize at = 1; at < size; at++) {
      if (text[at] == '\\')
        at++;
      else if (text[at] == '`')
        return at + 1;
    }
    return 0;
  }
  if (text[0] == '$' && size > 1 && text[1] == '(')
    return skip_until(text, size, 2, ')', FALSE, depth);
  if (text[0] == '$' && size > 1 && text[1] == '{')
    return skip_until(text, size, 2, '}', FALSE, depth);
  return 0;
}

/* ---- words ---- */

/* `NAME=(`: an array. */
static gboolean is_array_start(const char *text, gsize at)
{
  return at >= 2 && text[at] == '(' && text[at - 1] == '=' &&
         (g_ascii_isalnum(text[at - 2]) || strchr("_+]", text[at - 2]));
}

gsize cr_shell_skip_word(const char *text, gsize size)
{
  gsize at = 0;
  while (at < size) {
    char c = text[at];
    gsize n = 1;
    if (c == '\\')
      n = MIN(2, size - at);
    else if (c == '\'' || c == '"' || c == '`' ||
             (c == '$' && at + 1 < size && (text[at + 1] == '(' || text[at + 1] == '{')))
      n = cr_shell_skip_nested(text + at, size - at, 0);
    else if (is_array_start(text, at))
      n = cr_shell_skip_nested(text + at, size - at, 0);
    else if (c == '$' && at + 1 < size && text[at + 1] == '\'')
      n = skip_until(text + at, size - at, 2, '\'', TRUE, 0);
    else if ((c == '<' || c == '>') && at == 0 && size > 1 && text[1] == '(')
      n = 1 + cr_shell_skip_nested(text + 1, size - 1, 0);
    else if (cr_shell_ends_word(c))
      break;
    if (!n || (n == 1 && (c == '<' || c == '>')))
      return n ? at : 0;
    at += n;
  }
  return at;
}
