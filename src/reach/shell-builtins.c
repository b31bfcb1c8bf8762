/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's builtins: those that change what is known, those that start something, and the many that do neither. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

void cr_shell_set(CrShell *shell, const char *name, const CrShellValue *value)
{
  if (g_hash_table_size(shell->variables) < 4096 || g_hash_table_contains(shell->variables, name))
    g_hash_table_insert(shell->variables, (gpointer)name, (gpointer)value);
}

static CrShellStatus from_boolean(gboolean value)
{
  return value ? CR_STATUS_TRUE : CR_STATUS_FALSE;
}

typedef CrShellStatus (*Builtin)(CrShell *shell, CrStrv words, const CrShellNode *node);

static CrShellStatus run_true(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  return CR_STATUS_TRUE;
}

static CrShellStatus run_false(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  return CR_STATUS_FALSE;
}

static CrShellStatus run_nothing(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus run_test(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  gboolean is_double = strcmp(words[0], "[[") == 0;
  guint n = 0;
  while (words[n])
    n++;
  gboolean closed = words[0][0] == '[' && n > 1 && words[n - 1][0] == ']';
  const char **inner = cr_arena_alloc(shell->arena, (n + 1) * sizeof *inner);
  memcpy(inner, words, (closed ? n - 1 : n) * sizeof *inner);
  return cr_shell_test(shell, inner, is_double);
}

/* A relative file behind a `cd` to a folder that is not known: each that it may be is possible, and what it starts. */
static void source_somewhere(CrShell *shell, const char *path, guint line)
{
  while (g_str_has_prefix(path, "./") || g_str_has_prefix(path, "../"))
    path += strcspn(path, "/") + 1;
  g_autoptr(GPtrArray) found = cr_scripts_find_by_end(shell->work, path);
  for (guint i = 0; i < found->len && i < CR_LIMIT_SCRIPT_VALUES; i++) {
    const char *file = cr_arena_printf(shell->arena, "/%s", (char *)found->pdata[i]);
    const char *words[] = {"/bin/sh", file, NULL};
    cr_reach_add_program(shell->work, words[0], words, cr_shell_make_context(shell, NULL), CR_REACH_POSSIBLE,
                         shell->script, "script", cr_arena_printf(shell->arena, "line %u: sources %s", line, path));
  }
}

/* `.` and source: the file's commands are this shell's own. */
static CrShellStatus run_source(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  CrReachWork *work = shell->work;
  if (!words[1])
    return CR_STATUS_UNKNOWN;
  if (!cr_word_is_known(words[1])) /* it can hold anything; what it starts is not known */
    return CR_STATUS_UNKNOWN;
  const char *path = words[1];
  if (!strchr(path, '/')) {
    const char *found = cr_command_find(work, path, cr_shell_make_context(shell, NULL));
    path = found ? found : path;
  }
  CrReachLevel level = shell->live == CR_LIVE_CERTAIN ? shell->run->level : CR_REACH_POSSIBLE;
  if (*path != '/' && !shell->workdir) {
    source_somewhere(shell, path, node->line);
    return CR_STATUS_UNKNOWN;
  }
  if (*path != '/')
    path = cr_arena_printf(shell->arena, "%s/%s", shell->workdir, path);
  const char *canonical = cr_reach_add(work, path, level, shell->script, "script",
                                       cr_arena_printf(shell->arena, "line %u: sources %s", node->line, words[1]));
  const char *text = canonical ? cr_script_find_text(work, path) : NULL;
  if (!text || shell->depth >= CR_LIMIT_SCRIPT_DEPTH)
    return CR_STATUS_UNKNOWN;
  cr_scripts_enter(work, cr_arena_printf(shell->arena, "script:%s", canonical), level);
  const CrShellValue *arguments = shell->arguments;
  if (words[2])
    shell->arguments = cr_shell_value_new_list(shell, words + 2);
  shell->depth++;
  CrShellStatus status = cr_shell_walk_text(shell, text, strlen(text), 1, canonical);
  shell->depth--;
  if (shell->left == CR_LEFT_FUNCTION)
    shell->left = CR_LEFT_NOT;
  if (words[2])
    shell->arguments = arguments;
  return status;
}

static const char *join_words(CrShell *shell, CrStrv words)
{
  g_autofree char *joined = g_strjoinv(" ", (char **)words);
  return cr_arena_strdup(shell->arena, joined);
}

static CrShellStatus run_text(CrShell *shell, const char *text, guint line)
{
  if (!cr_word_is_known(text)) {
    gsize known = strcspn(text, CR_WORD_UNKNOWN);
    if (known < 2 || !strpbrk(text, " \t\n")) {
      if (shell->live != CR_LIVE_DEAD)
        cr_scripts_add_everything(
            shell->work, shell->script,
            cr_arena_printf(shell->arena, "line %u: eval of a text not known before it runs", line));
      return CR_STATUS_UNKNOWN;
    }
  }
  if (shell->depth >= CR_LIMIT_SCRIPT_DEPTH)
    return CR_STATUS_UNKNOWN;
  shell->depth++;
  CrShellStatus status = cr_shell_walk_text(shell, text, strlen(text), line, NULL);
  shell->depth--;
  return status;
}

static CrShellStatus run_eval(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  return words[1] ? run_text(shell, join_words(shell, words + 1), node->line) : CR_STATUS_TRUE;
}

/* trap TEXT SIGNAL…: may be run at any time. */
static CrShellStatus run_trap(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint at = words[1] && strcmp(words[1], "--") == 0 ? 2 : 1;
  if (!words[at] || !words[at + 1] || words[at][0] == '-' || !words[at][0] || !cr_word_is_known(words[at]))
    return CR_STATUS_TRUE;
  CrShellLive live = shell->live;
  CrShellLeft left = shell->left;
  shell->live = MIN(live, CR_LIVE_MAYBE);
  run_text(shell, words[at], node->line);
  shell->live = live;
  shell->left = left;
  return CR_STATUS_TRUE;
}

/* exec [-c] [-l] [-a NAME] COMMAND…; without a command it is for redirections. */
static CrShellStatus run_exec(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint at = 1;
  for (; words[at] && words[at][0] == '-' && words[at][1]; at++) {
    if (strcmp(words[at], "--") == 0) {
      at++;
      break;
    }
    if (g_str_has_suffix(words[at], "a") && words[at + 1])
      at++;
  }
  if (!words[at])
    return CR_STATUS_TRUE;
  cr_shell_start(shell, words + at, NULL, node->line, TRUE);
  shell->left = CR_LEFT_SCRIPT;
  return CR_STATUS_UNKNOWN;
}

/* command, builtin: not a function of that name; -v and -V only look. */
static CrShellStatus run_command(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint at = 1;
  gboolean looks = FALSE;
  for (; words[at] && words[at][0] == '-'; at++)
    looks |= strpbrk(words[at], "vV") != NULL;
  if (!words[at])
    return CR_STATUS_UNKNOWN;
  if (looks) {
    if (!cr_word_is_known(words[at]))
      return CR_STATUS_UNKNOWN;
    return from_boolean(g_hash_table_contains(shell->functions, words[at]) ||
                        cr_command_find(shell->work, words[at], cr_shell_make_context(shell, NULL)));
  }
  CrShellStatus status = CR_STATUS_UNKNOWN;
  if (!cr_shell_run_builtin(shell, words + at, node, &status))
    cr_shell_start(shell, words + at, NULL, node->line, FALSE);
  return status;
}

/* which, type, hash: is there such a command? */
static CrShellStatus run_which(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint at = 1;
  while (words[at] && words[at][0] == '-')
    at++;
  if (!words[at] || !cr_word_is_known(words[at]))
    return CR_STATUS_UNKNOWN;
  if (strcmp(words[0], "which") == 0)
    cr_shell_start(shell, words, NULL, node->line, FALSE);
  return from_boolean(cr_command_find(shell->work, words[at], cr_shell_make_context(shell, NULL)) != NULL);
}

/* set [-o…] [--] [ARGUMENT…] */
static CrShellStatus run_set(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint at = 1;
  for (; words[at] && (words[at][0] == '-' || words[at][0] == '+') && words[at][1]; at++) {
    if (strcmp(words[at], "--") == 0) {
      shell->arguments = cr_shell_value_new_list(shell, words + at + 1);
      return CR_STATUS_TRUE;
    }
    if (strchr(words[at], 'o') && words[at + 1])
      at++;
  }
  if (words[at])
    shell->arguments = cr_shell_value_new_list(shell, words + at);
  return CR_STATUS_TRUE;
}

static CrShellStatus run_shift(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  guint64 n = words[1] ? g_ascii_strtoull(words[1], NULL, 10) : 1;
  if (!shell->arguments->count)
    return CR_STATUS_UNKNOWN;
  if (words[1] && !cr_word_is_known(words[1])) {
    shell->arguments = &cr_shell_value_unknown;
    return CR_STATUS_UNKNOWN;
  }
  CrShellValue *shifted = cr_arena_new0(shell->arena, CrShellValue);
  *shifted = *shell->arguments;
  for (guint i = 0; i < shifted->count; i++)
    for (guint64 j = 0; j < n && shifted->values[i][0] && strcmp(shifted->values[i][0], CR_WORD_UNKNOWN) != 0; j++)
      shifted->values[i]++;
  shell->arguments = shifted;
  return CR_STATUS_TRUE;
}

/* export, declare, typeset, local, readonly: the words as written, for arrays. */
static CrShellStatus run_declare(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  gboolean exports = strcmp(words[0], "export") == 0;
  for (guint i = 1; words[i] && words[i][0] == '-'; i++)
    exports |= strchr(words[i], 'x') != NULL;
  for (guint i = 0; i < node->word_count; i++) {
    const char *name = NULL;
    const CrShellWord *word = &node->words[i];
    if (!cr_shell_assign(shell, word, &name)) {
      gboolean plain = word->length && (g_ascii_isalpha(word->text[0]) || word->text[0] == '_');
      name = plain && i ? cr_arena_strndup(shell->arena, word->text, word->length) : NULL;
    }
    if (name && exports)
      g_hash_table_add(shell->exported, (gpointer)name);
  }
  return CR_STATUS_TRUE;
}

static CrShellStatus run_unset(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  static const CrShellValue unset = {.count = 1};
  for (guint i = 1; words[i]; i++)
    if (words[i][0] != '-')
      cr_shell_set(shell, words[i], &unset);
  return CR_STATUS_TRUE;
}

/* read, mapfile, getopts, printf -v: a variable that is not known from here on. */
static CrShellStatus run_read(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  for (guint i = 1; words[i]; i++)
    if (g_ascii_isalpha(words[i][0]) || words[i][0] == '_')
      cr_shell_set(shell, words[i], &cr_shell_value_unknown);
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus run_cd(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  const char *path = words[1] && strcmp(words[1], "--") == 0 ? words[2] : words[1];
  if (!path || !cr_word_is_known(path) || *path == '-' || (*path != '/' && !shell->workdir))
    shell->workdir = NULL;
  else if (*path == '/')
    shell->workdir = path;
  else
    shell->workdir = cr_arena_printf(shell->arena, "%s/%s", shell->workdir, path);
  return CR_STATUS_TRUE; /* a script that goes on behind a failed cd goes wrong anyway */
}

static CrShellStatus run_return(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  shell->left = strcmp(words[0], "return") == 0 ? CR_LEFT_FUNCTION : CR_LEFT_SCRIPT;
  if (!words[1] || !cr_word_is_known(words[1]))
    return CR_STATUS_UNKNOWN;
  return from_boolean(strcmp(words[1], "0") == 0);
}

static CrShellStatus run_break(CrShell *shell, CrStrv words, const CrShellNode *node)
{
  shell->left = CR_LEFT_LOOP;
  return CR_STATUS_TRUE;
}

static const struct {
  const char *name;
  Builtin run;
} builtins[] = {
    {":", run_true},
    {"true", run_true},
    {"false", run_false},
    {"[", run_test},
    {"[[", run_test},
    {"test", run_test},
    {".", run_source},
    {"source", run_source},
    {"eval", run_eval},
    {"exec", run_exec},
    {"command", run_command},
    {"builtin", run_command},
    {"set", run_set},
    {"shift", run_shift},
    {"export", run_declare},
    {"declare", run_declare},
    {"typeset", run_declare},
    {"local", run_declare},
    {"readonly", run_declare},
    {"unset", run_unset},
    {"read", run_read},
    {"mapfile", run_read},
    {"readarray", run_read},
    {"getopts", run_read},
    {"cd", run_cd},
    {"pushd", run_cd},
    {"popd", run_cd},
    {"exit", run_return},
    {"return", run_return},
    {"break", run_break},
    {"continue", run_break},
    {"trap", run_trap},
    {"which", run_which},
    {"type", run_which},
    {"hash", run_which},
    {"echo", run_true},
    {"printf", run_true},
    {"umask", run_true},
    {"shopt", run_nothing},
    {"alias", run_nothing},
    {"wait", run_nothing},
    {"let", run_nothing},
    {"ulimit", run_nothing},
    {"times", run_nothing},
    {"jobs", run_nothing},
    {"bg", run_nothing},
    {"fg", run_nothing},
    {"unalias", run_nothing},
    {"caller", run_nothing},
    {"dirs", run_nothing},
    {"disown", run_nothing},
    {"enable", run_nothing},
    {"complete", run_nothing},
    {"pwd", run_nothing},
    {"suspend", run_nothing},
    {"kill", run_nothing},
};

gboolean cr_shell_run_builtin(CrShell *shell, CrStrv words, const CrShellNode *node, CrShellStatus *status)
{
  for (guint i = 0; i < G_N_ELEMENTS(builtins); i++)
    if (strcmp(words[0], builtins[i].name) == 0) {
      *status = builtins[i].run(shell, words, node);
      return TRUE;
    }
  return FALSE;
}
