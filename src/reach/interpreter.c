/* SPDX-License-Identifier: Apache-2.0 */
/* The family of interpreters: one const struct each, in a file of its own; one table. */
#include <fnmatch.h>
#include <string.h>

#include "reach/script.h"

static const CrInterpreter *const interpreters[] = {
    &cr_interpreter_shell, &cr_interpreter_python, &cr_interpreter_perl, &cr_interpreter_ruby,
    &cr_interpreter_node,  &cr_interpreter_php,    &cr_interpreter_java, &cr_interpreter_execline,
};

static const char *find_last(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static gboolean fits(const char *const *patterns, const char *name)
{
  for (guint i = 0; patterns && patterns[i]; i++)
    if (fnmatch(patterns[i], name, 0) == 0)
      return TRUE;
  return FALSE;
}

const CrInterpreter *cr_interpreter_find(const char *name)
{
  const char *last = find_last(name);
  for (guint i = 0; i < G_N_ELEMENTS(interpreters); i++)
    if (fits(interpreters[i]->programs, last))
      return interpreters[i];
  return NULL;
}

gboolean cr_interpreter_is_embedded(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(interpreters); i++)
    if (fits(interpreters[i]->libraries, find_last(name)))
      return TRUE;
  return FALSE;
}

void cr_reach_expand_interpreter(CrReachWork *work, const CrNode *node, CrReachLevel level,
                                 const CrReachContext *context)
{
  const char *last = find_last(node->path);
  for (guint i = 0; i < G_N_ELEMENTS(interpreters); i++)
    if (interpreters[i]->expand && (fits(interpreters[i]->programs, last) || fits(interpreters[i]->libraries, last)))
      interpreters[i]->expand(work, node->path, level, context);
}

static gboolean is_listed(const char *list, const char *word, gsize length)
{
  for (const char *at = list; at && *at;) {
    gsize n = strcspn(at, " ");
    if (n == length && memcmp(at, word, n) == 0)
      return TRUE;
    at += n + strspn(at + n, " ");
  }
  return FALSE;
}

guint cr_options_skip(const CrRun *run, const char *valued, const char *long_valued, const char *stop, char *stopped,
                      const char **value)
{
  *stopped = 0;
  *value = NULL;
  for (guint i = 1; i < run->argc; i++) {
    const char *word = run->argv[i];
    if (word[0] != '-' || !word[1])
      return i;
    if (strcmp(word, "--") == 0)
      return i + 1;
    if (is_listed(long_valued, word, strlen(word))) {
      i++;
      continue;
    }
    for (const char *letter = word + 1; word[1] != '-' && *letter; letter++) {
      gboolean last = !letter[1]; /* else the value is in the same word: -mjson.tool */
      if (strchr(stop, *letter)) {
        *stopped = *letter;
        *value = !last ? letter + 1 : i + 1 < run->argc ? run->argv[i + 1] : NULL;
        return MIN(last ? i + 2 : i + 1, run->argc);
      }
      if (strchr(valued, *letter)) {
        i += last ? 1 : 0;
        break;
      }
    }
  }
  return run->argc;
}
