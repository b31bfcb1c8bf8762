/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell script starts: with which surroundings, and as how certain. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

const CrReachContext *cr_shell_make_context(CrShell *shell, CrStrv assignments)
{
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init(&iter, shell->variables);
  while (g_hash_table_iter_next(&iter, &key, &value)) {
    gboolean passed = strcmp(key, "PATH") == 0 || g_hash_table_contains(shell->exported, key) ||
                      cr_environment_find(shell->run->context->environment, key);
    const CrShellValue *of = value;
    if (passed && of->count == 1 && of->values[0] && of->values[0][0] && cr_word_is_known(of->values[0][0]))
      g_ptr_array_add(changes, (gpointer)cr_arena_printf(shell->arena, "%s=%s", (char *)key, of->values[0][0]));
    else if (passed)
      g_ptr_array_add(changes, key);
  }
  for (guint i = 0; assignments && assignments[i]; i++)
    g_ptr_array_add(changes, (gpointer)assignments[i]);
  if (!changes->len && g_strcmp0(shell->workdir, shell->run->context->workdir) == 0)
    return shell->run->context;
  g_ptr_array_sort(changes, (GCompareFunc)g_strcmp0);
  g_ptr_array_add(changes, NULL);
  CrReachContext *context =
      (CrReachContext *)cr_context_change(shell->work, shell->run->context, (CrStrv)changes->pdata, FALSE);
  context->workdir = shell->workdir ? shell->workdir : context->workdir;
  return context;
}

static const char *describe(CrShell *shell, CrStrv words, guint line, gboolean replaces)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; words[i] && text->len < 60; i++)
    g_string_append_printf(text, " %s", cr_word_is_known(words[i]) ? words[i] : "…");
  if (text->len > 80) {
    g_string_truncate(text, (gsize)(g_utf8_find_prev_char(text->str, text->str + 80) - text->str));
    g_string_append(text, "…");
  }
  return cr_arena_printf(shell->arena, "line %u:%s%s", line, replaces ? " exec" : "", text->str);
}

typedef struct {
  CrShell *shell;
  const char *suffix;
  GPtrArray *found;
} Suffix;

static gboolean take_suffix(const CrNode *node, gpointer data)
{
  Suffix *suffix = data;
  if (node->type == CR_ENTRY_FILE && (node->mode & 0111) && g_str_has_suffix(node->path, suffix->suffix))
    g_ptr_array_add(suffix->found, (gpointer)cr_arena_printf(suffix->shell->arena, "/%s", node->path));
  return suffix->found->len < 100;
}

/* "$SOMEWHERE/bin/java": every program whose path ends so is possible. */
static void start_by_suffix(CrShell *shell, CrStrv words, guint line, const CrReachContext *context)
{
  const char *suffix = strrchr(words[0], CR_WORD_UNKNOWN[0]) + 1;
  const char *evidence = describe(shell, words, line, FALSE);
  if (strlen(suffix) < 3 || *suffix != '/') {
    cr_scripts_add_everything(
        shell->work, shell->script,
        cr_arena_printf(shell->arena, "line %u: a command that is not known before it runs", line));
    return;
  }
  if (!cr_scripts_enter(shell->work, cr_arena_printf(shell->arena, "suffix:%s", suffix), CR_REACH_POSSIBLE))
    return;
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  Suffix visit = {shell, suffix, found};
  cr_tree_foreach(cr_reach_work_get_tree(shell->work), "", take_suffix, &visit);
  for (guint i = 0; i < found->len; i++) {
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, found->pdata[i]);
    for (guint j = 1; words[j]; j++)
      g_ptr_array_add(argv, (gpointer)words[j]);
    g_ptr_array_add(argv, NULL);
    cr_reach_add_program(shell->work, found->pdata[i], (const char *const *)argv->pdata, context, CR_REACH_POSSIBLE,
                         shell->script, "exec", evidence);
  }
}

/* May WORD be a file's name that is meant from the working folder? A command without a slash is looked up in PATH. */
static gboolean is_relative(const char *word, gboolean command)
{
  return *word && *word != '/' && *word != '-' && cr_word_is_known(word) &&
         (strchr(word, '/') || (!command && strchr(word, '.'))) && !strpbrk(word, " \t\n");
}

/* The same command in each folder from which WORD leads to a file. FALSE: there is none. */
static gboolean start_where(CrShell *shell, CrStrv words, const char *word, const CrReachContext *context,
                            const char *evidence)
{
  guint up = 0;
  for (; g_str_has_prefix(word, "./") || g_str_has_prefix(word, "../"); word += strcspn(word, "/") + 1)
    up += word[1] == '.';
  g_autoptr(GPtrArray) found = cr_scripts_find_by_end(shell->work, word);
  for (guint i = 0; i < found->len && i < CR_LIMIT_SCRIPT_VALUES; i++) {
    const char *path = found->pdata[i];
    CrReachContext *there = cr_arena_new0(shell->arena, CrReachContext);
    *there = *context;
    there->workdir = cr_arena_printf(shell->arena, "/%.*s", (int)(strlen(path) - strlen(word)), path);
    if (up) /* below it, who knows where: only the file itself */
      cr_reach_add_program(shell->work, path, NULL, there, CR_REACH_POSSIBLE, shell->script, "exec", evidence);
    else
      cr_reach_add_command(shell->work, words, there, CR_REACH_POSSIBLE, shell->script, "exec", evidence);
  }
  return found->len > 0;
}

/* Behind a `cd` to a folder that is not known before it runs. */
static void start_somewhere(CrShell *shell, CrStrv words, const CrReachContext *context, const char *evidence)
{
  gboolean found = FALSE;
  for (guint i = 0; words[i]; i++)
    if (is_relative(words[i], i == 0))
      found |= start_where(shell, words, words[i], context, evidence);
  gboolean module = words[1] && !strcmp(words[1], "-m");
  if (!found && words[1] && (module || is_relative(words[1], FALSE)) && cr_interpreter_find(words[0]))
    cr_scripts_add_everything(
        shell->work, shell->script,
        cr_arena_printf(shell->arena, "%s, in a folder that is not known before it runs", evidence));
}

void cr_shell_start(CrShell *shell, CrStrv words, CrStrv assignments, guint line, gboolean replaces)
{
  const CrReachContext *context = cr_shell_make_context(shell, assignments);
  CrReachLevel level = shell->live == CR_LIVE_CERTAIN ? shell->run->level : CR_REACH_POSSIBLE;
  if (!cr_word_is_known(words[0])) {
    start_by_suffix(shell, words, line, context);
    return;
  }
  const char *evidence = describe(shell, words, line, replaces);
  if (!shell->workdir && words[0][0])
    start_somewhere(shell, words, context, evidence);
  cr_reach_add_command(shell->work, words, context, level, shell->script, "exec", evidence);
}
