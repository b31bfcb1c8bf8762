/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass kept of a script, read back and followed. */
#include <string.h>

#include "base/limits.h"
#include "reach/script.h"

gboolean cr_statement_next(const char **body, const char *end, CrArena *arena, CrStatement *out)
{
  while (*body < end) {
    const char *start = *body;
    const char *stop = memchr(start, '\n', (gsize)(end - start));
    stop = stop ? stop : end;
    *body = stop < end ? stop + 1 : end;
    const char *blank = memchr(start, ' ', (gsize)(stop - start));
    if (!blank || blank < start + 2)
      continue;
    out->kind = (CrStatementKind)start[0];
    out->line = (guint)MIN(g_ascii_strtoull(start + 1, NULL, 10), G_MAXUINT);
    out->text = cr_arena_strndup(arena, blank + 1, (gsize)(stop - blank - 1));
    return TRUE;
  }
  return FALSE;
}

void cr_statements_scan_code(CrReachWork *work, CrLanguage language, const char *code, CrScriptFacts *out)
{
  g_autoptr(GString) text = g_string_new(NULL);
  if (code)
    cr_statements_scan(language, code, strlen(code), text);
  *out = (CrScriptFacts){
      .language = language, .body = cr_arena_strdup(cr_reach_work_get_arena(work), text->str), .body_bytes = text->len};
}

static void follow_words(CrReachWork *work, const CrStatement *statement, const char *path,
                         const CrReachContext *context)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  char separator[2] = {CR_STATEMENT_SEPARATOR, 0};
  g_auto(GStrv) parts = g_strsplit(statement->text, separator, 40);
  guint n = g_strv_length(parts);
  const char **words = cr_arena_alloc(arena, (n + 1) * sizeof *words);
  for (guint i = 0; i < n; i++)
    words[i] = cr_arena_strdup(arena, parts[i]);
  if (words[0] && *words[0])
    cr_reach_add_command(work, words, context, CR_REACH_POSSIBLE, path, "exec",
                         cr_arena_printf(arena, "line %u: starts %s", statement->line, words[0]));
}

void cr_statements_follow_calls(CrReachWork *work, const CrScriptFacts *facts, const char *path, gboolean app,
                                const CrReachContext *context, CrReachLevel level)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  CrStatement statement;
  const char *body = facts->body;
  CrReachScripts *scripts = cr_reach_work_get_scripts(work);
  scripts->doubt += app ? 0 : 1; /* of libraries nobody knows which calls are made: they name what they name */
  while (cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement)) {
    const char *evidence = NULL;
    if (statement.kind == CR_STATEMENT_COMMAND)
      follow_words(work, &statement, path, context);
    else if (statement.kind == CR_STATEMENT_SHELL) {
      const char *words[] = {"/bin/sh", "-c", statement.text, NULL};
      evidence = cr_arena_printf(arena, "line %u: gives the shell a command", statement.line);
      cr_reach_add_program(work, words[0], words, context, CR_REACH_POSSIBLE, path, "exec", evidence);
    } else if (statement.kind == CR_STATEMENT_UNKNOWN && app)
      cr_scripts_add_everything(
          work, path,
          cr_arena_printf(arena, "line %u: starts a command that is not known before it runs", statement.line));
    else if (statement.kind == CR_STATEMENT_LIBRARY) {
      evidence = cr_arena_printf(arena, "line %u: opens %s", statement.line, statement.text);
      if (strchr(statement.text, '/'))
        cr_reach_add(work, cr_command_make_absolute(work, statement.text, context), CR_REACH_POSSIBLE, path, "dlopen",
                     evidence);
      else if (strstr(statement.text, ".so"))
        cr_reach_add_library(work, statement.text, context, CR_REACH_POSSIBLE, path, "dlopen", evidence);
      else /* find_library("c") */
        cr_reach_add_library(work, cr_arena_printf(arena, "lib%s.so", statement.text), context, CR_REACH_POSSIBLE, path,
                             "dlopen", evidence);
    }
  }
  scripts->doubt -= app ? 0 : 1;
}
