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

void cr_shell_start(CrShell *shell, CrStrv words, CrStrv assignments, guint line, gboolean replaces)
{
  const CrReachContext *context = cr_shell_make_context(shell, assignments);
  CrReachLevel level = shell->live == CR_LIVE_CERTAIN ? shell->run->level : CR_REACH_POSSIBLE;
  if (!cr_word_is_known(words[0]))
    start_by_suffix(shell, words, line, context);
  else
    cr_reach_add_command(shell->work, words, context, level, shell->script, "exec",
                         describe(shell, words, line, replaces));
}
