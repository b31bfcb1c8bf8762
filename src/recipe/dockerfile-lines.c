/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/dockerfile-lines.h"

#include <string.h>

#include "base/limits.h"

struct CrDockerLines {
  const char *at, *end;
  guint line; /* of `at` */
  CrArena *arena;
  char escape;
  const char *syntax;
};

/* ---- lines ---- */

/* The line at hand without its end, which is passed over. */
static gboolean take_line(CrDockerLines *lines, const char **text, gsize *length)
{
  if (lines->at >= lines->end)
    return FALSE;
  const char *newline = memchr(lines->at, '\n', (gsize)(lines->end - lines->at));
  const char *end = newline ? newline : lines->end;
  *text = lines->at;
  *length = (gsize)(end - lines->at);
  if (*length && (*text)[*length - 1] == '\r')
    --*length;
  lines->at = newline ? newline + 1 : lines->end;
  lines->line++;
  return TRUE;
}

static gsize skip_blanks(const char *text, gsize length)
{
  gsize at = 0;
  while (at < length && (text[at] == ' ' || text[at] == '\t'))
    at++;
  return at;
}

/* A line that goes on: the escape character, and blanks at most, at its end. The text without them. */
static gboolean goes_on(const CrDockerLines *lines, const char *text, gsize *length)
{
  gsize end = *length;
  while (end && (text[end - 1] == ' ' || text[end - 1] == '\t'))
    end--;
  if (!end || text[end - 1] != lines->escape)
    return FALSE;
  *length = end - 1;
  return TRUE;
}

/* "# name = value" */
static gboolean parse_directive(const char *text, gsize length, char **name, char **value)
{
  gsize at = skip_blanks(text, length);
  if (at >= length || text[at] != '#')
    return FALSE;
  at++;
  at += skip_blanks(text + at, length - at);
  gsize begin = at;
  while (at < length && g_ascii_isalpha(text[at]))
    at++;
  gsize end = at;
  at += skip_blanks(text + at, length - at);
  if (end == begin || at >= length || text[at] != '=')
    return FALSE;
  *name = g_ascii_strdown(text + begin, (gssize)(end - begin));
  *value = g_strstrip(g_strndup(text + at + 1, length - at - 1));
  return TRUE;
}

/* Directives stand first of all; the first line that is none ends them. */
static void read_directives(CrDockerLines *lines)
{
  for (;;) {
    const char *before = lines->at, *text = NULL;
    guint number = lines->line;
    gsize length = 0;
    g_autofree char *name = NULL, *value = NULL;
    if (!take_line(lines, &text, &length) || !parse_directive(text, length, &name, &value)) {
      lines->at = before;
      lines->line = number;
      return;
    }
    if (!strcmp(name, "escape") && (!strcmp(value, "`") || !strcmp(value, "\\")))
      lines->escape = *value;
    else if (!strcmp(name, "syntax"))
      lines->syntax = cr_arena_strdup(lines->arena, value);
  }
}

CrDockerLines *cr_docker_lines_new(const char *text, gsize size, CrArena *arena)
{
  CrDockerLines *lines = g_new0(CrDockerLines, 1);
  *lines = (CrDockerLines){.at = text, .end = text + size, .arena = arena, .escape = '\\'};
  if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
    lines->at += 3;
  read_directives(lines);
  return lines;
}

void cr_docker_lines_free(CrDockerLines *lines)
{
  g_free(lines);
}

char cr_docker_lines_get_escape(const CrDockerLines *lines)
{
  return lines->escape;
}

const char *cr_docker_lines_get_syntax(const CrDockerLines *lines)
{
  return lines->syntax;
}

/* ---- here-documents ---- */

/* The word behind "<<" or "<<-" at AT, outside of quotes; *STRIP: tabs before the lines are not part of them. */
static char *read_heredoc_word(const char *at, gboolean *strip)
{
  at += 2;
  *strip = *at == '-';
  if (*strip)
    at++;
  char quote = *at == '"' || *at == '\'' ? *at++ : 0;
  gsize length = quote ? strcspn(at, quote == '"' ? "\"\n" : "'\n") : strcspn(at, " \t\n<>;|&()'\"");
  return length && (!quote || at[length] == quote) ? g_strndup(at, length) : NULL;
}

static gboolean ends_heredoc(const char *text, gsize length, const char *word, gboolean strip)
{
  gsize tabs = 0;
  while (strip && tabs < length && text[tabs] == '\t')
    tabs++;
  return length - tabs == strlen(word) && !memcmp(text + tabs, word, strlen(word));
}

/* Lines up to WORD, behind BODY. FALSE: it never comes. */
static gboolean take_heredoc(CrDockerLines *lines, const char *word, gboolean strip, GString *body)
{
  const char *text = NULL;
  gsize length = 0;
  while (take_line(lines, &text, &length)) {
    if (ends_heredoc(text, length, word, strip))
      return TRUE;
    g_string_append_len(body, text, (gssize)length);
    g_string_append_c(body, '\n');
  }
  return FALSE;
}

/* Only a word that begins with it, or with a descriptor's number, is one: $((1<<2)) and a<<b are the shell's own
 * (BuildKit's parser.ParseHeredoc). */
static gboolean begins_word(const char *text, const char *at)
{
  while (at > text && g_ascii_isdigit(at[-1]))
    at--;
  return at == text || at[-1] == ' ' || at[-1] == '\t';
}

/* Those that TEXT names, in order. */
static gboolean take_heredocs(CrDockerLines *lines, const char *text, GString *body, const char **why)
{
  char quote = 0;
  for (const char *at = text; *at; at++) {
    if (quote) {
      quote = *at == quote ? 0 : quote;
    } else if (*at == '"' || *at == '\'') {
      quote = *at;
    } else if (*at == lines->escape && at[1]) {
      at++;
    } else if (g_str_has_prefix(at, "<<<")) {
      at += 2;
    } else if (g_str_has_prefix(at, "<<")) {
      gboolean strip = FALSE;
      g_autofree char *word = begins_word(text, at) ? read_heredoc_word(at, &strip) : NULL;
      if (word && !take_heredoc(lines, word, strip, body)) {
        *why = "a here-document has no end";
        return FALSE;
      }
      at++;
    }
  }
  return TRUE;
}

/* ---- instructions ---- */

static const char *find_name(const char *word)
{
  static const char *const names[] = {"ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
                                      "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
                                      "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (!g_ascii_strcasecmp(names[i], word))
      return names[i];
  return NULL;
}

/* The logical line that begins with the one in TEXT: comments and empty lines inside it are left out. */
static char *join_lines(CrDockerLines *lines, const char *text, gsize length)
{
  g_autoptr(GString) joined = g_string_new(NULL);
  gboolean more = goes_on(lines, text, &length);
  g_string_append_len(joined, text, (gssize)length);
  while (more && take_line(lines, &text, &length)) {
    gsize blanks = skip_blanks(text, length);
    if (blanks == length || text[blanks] == '#')
      continue;
    more = goes_on(lines, text, &length);
    g_string_append_len(joined, text, (gssize)length);
  }
  return g_string_free(g_steal_pointer(&joined), FALSE);
}

gboolean cr_docker_lines_next(CrDockerLines *lines, CrDockerInstruction *it, const char **why)
{
  const char *text = NULL;
  gsize length = 0, blanks = 0;
  *why = NULL;
  *it = (CrDockerInstruction){.line = lines->line + 1};
  do {
    if (!take_line(lines, &text, &length))
      return FALSE;
    blanks = skip_blanks(text, length);
  } while (blanks == length || text[blanks] == '#');
  it->line = lines->line;
  g_autofree char *whole = join_lines(lines, text, length);
  if (!g_utf8_validate(whole, -1, NULL)) {
    *why = "it is not UTF-8";
    return FALSE;
  }
  char *begin = whole + skip_blanks(whole, strlen(whole));
  gsize word = strcspn(begin, " \t");
  g_autofree char *name = g_strndup(begin, word);
  it->name = find_name(name);
  if (!it->name) {
    *why = cr_arena_printf(lines->arena, "'%.50s' is no instruction", name);
    return FALSE;
  }
  g_autoptr(GString) rest = g_string_new(begin + word + skip_blanks(begin + word, strlen(begin + word)));
  gboolean heredocs = !strcmp(it->name, "RUN") || !strcmp(it->name, "COPY") || !strcmp(it->name, "ADD");
  g_autoptr(GString) body = g_string_new(NULL);
  if (heredocs && !take_heredocs(lines, rest->str, body, why))
    return FALSE;
  if (body->len && !strcmp(it->name, "RUN"))
    g_string_append_printf(rest, "\n%s", body->str); /* what a shell will run */
  it->text = cr_arena_strdup(lines->arena, rest->str);
  return TRUE;
}
