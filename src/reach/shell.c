/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a shell script's commands, and the shell as an interpreter. */
#include "reach/shell.h"

#include <string.h>

#include "base/limits.h"

/* ---- what branches copy and join ---- */

typedef struct {
  GHashTable *variables, *exported;
  const CrShellValue *arguments;
  const char *workdir;
  CrShellLive live;
  CrShellLeft left;
} State;

static GHashTable *copy_table(GHashTable *table)
{
  GHashTable *copy = g_hash_table_new(g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init(&iter, table);
  while (g_hash_table_iter_next(&iter, &key, &value))
    g_hash_table_insert(copy, key, value);
  return copy;
}

static State save(CrShell *shell)
{
  cr_reach_work_get_scripts(shell->work)->steps += g_hash_table_size(shell->variables) / 16;
  return (State){copy_table(shell->variables),
                 copy_table(shell->exported),
                 shell->arguments,
                 shell->workdir,
                 shell->live,
                 shell->left};
}

static State take(CrShell *shell)
{
  State state = {g_steal_pointer(&shell->variables),
                 g_steal_pointer(&shell->exported),
                 shell->arguments,
                 shell->workdir,
                 shell->live,
                 shell->left};
  return state;
}

static void drop(State *state)
{
  g_clear_pointer(&state->variables, g_hash_table_unref);
  g_clear_pointer(&state->exported, g_hash_table_unref);
}

static void put(CrShell *shell, State *state)
{
  g_clear_pointer(&shell->variables, g_hash_table_unref);
  g_clear_pointer(&shell->exported, g_hash_table_unref);
  shell->variables = g_steal_pointer(&state->variables);
  shell->exported = g_steal_pointer(&state->exported);
  shell->arguments = state->arguments;
  shell->workdir = state->workdir;
  shell->live = state->live;
  shell->left = state->left;
}

static void join_variables(CrShell *shell, GHashTable *other)
{
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init(&iter, other);
  while (g_hash_table_iter_next(&iter, &key, &value)) {
    const CrShellValue *mine = cr_shell_find_variable(shell, key);
    if (mine != value)
      g_hash_table_insert(shell->variables, key,
                          (gpointer)cr_shell_value_join(shell, mine ? mine : cr_shell_value_new(shell, ""), value));
  }
  g_hash_table_iter_init(&iter, shell->variables);
  while (g_hash_table_iter_next(&iter, &key, &value))
    if (!g_hash_table_contains(other, key)) {
      const char *text = cr_environment_find(shell->run->context->environment, key);
      g_hash_table_iter_replace(
          &iter, (gpointer)cr_shell_value_join(shell, value, cr_shell_value_new(shell, text ? text : "")));
    }
}

/* SHELL holds one branch's end, OTHER (consumed) the other's: what is true after both. */
static void join(CrShell *shell, State *other)
{
  if (shell->left != CR_LEFT_NOT && other->left == CR_LEFT_NOT) {
    shell->unsure_return |= shell->left == CR_LEFT_FUNCTION;
    put(shell, other);
    return;
  }
  shell->unsure_return |= shell->left == CR_LEFT_NOT && other->left == CR_LEFT_FUNCTION;
  if (other->left == CR_LEFT_NOT || shell->left != CR_LEFT_NOT) {
    shell->left = MIN(shell->left, other->left);
    join_variables(shell, other->variables);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, other->exported);
    while (g_hash_table_iter_next(&iter, &key, NULL))
      g_hash_table_add(shell->exported, key);
    shell->arguments = cr_shell_value_join(shell, shell->arguments, other->arguments);
    if (g_strcmp0(shell->workdir, other->workdir) != 0)
      shell->workdir = NULL;
  }
  drop(other);
}

typedef CrShellStatus (*Walk)(CrShell *shell, const CrShellNode *node);

/* NODE where it is run only if STATUS is WANTED: walked certainly, maybe, or for its names alone. */
static void walk_if(CrShell *shell, Walk walk, const CrShellNode *node, CrShellStatus status, CrShellStatus wanted)
{
  CrShellLive live = shell->live;
  if (status == wanted) {
    walk(shell, node);
    return;
  }
  State before = save(shell);
  shell->live = status == CR_STATUS_UNKNOWN ? MIN(live, CR_LIVE_MAYBE) : CR_LIVE_DEAD;
  CrReachScripts *scripts = cr_reach_work_get_scripts(shell->work);
  scripts->doubt += shell->live == CR_LIVE_DEAD;
  walk(shell, node);
  scripts->doubt -= shell->live == CR_LIVE_DEAD;
  if (status == CR_STATUS_UNKNOWN)
    join(shell, &before);
  else
    put(shell, &before);
  shell->live = live;
}

/* ---- simple commands ---- */

static gsize measure_assignment(const CrShellWord *word)
{
  gsize n = 0;
  while (n < word->length && (g_ascii_isalnum(word->text[n]) || word->text[n] == '_'))
    n++;
  if (!n || g_ascii_isdigit(word->text[0]))
    return 0;
  gsize name = n;
  if (n < word->length && word->text[n] == '[') {
    const char *end = memchr(word->text + n, ']', word->length - n);
    n = end ? (gsize)(end - word->text) + 1 : n;
  }
  if (n < word->length && word->text[n] == '+')
    n++;
  return n < word->length && word->text[n] == '=' ? name : 0;
}

/* The words between the brackets of NAME=(…). */
static const CrShellValue *read_array(CrShell *shell, const char *text, gsize size, guint line)
{
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  for (gsize at = 0; at < size && words->len < 10000;) {
    if (strchr(" \t\n\r", text[at])) {
      at++;
      continue;
    }
    if (text[at] == '#') {
      const char *end = memchr(text + at, '\n', size - at);
      at = end ? (gsize)(end - text) : size;
      continue;
    }
    gsize n = cr_shell_skip_word(text + at, size - at);
    if (!n)
      return &cr_shell_value_unknown;
    CrShellWord word = {text + at, (guint)n, line};
    g_array_append_val(words, word);
    at += n;
  }
  g_autoptr(GPtrArray) lists = cr_shell_expand(shell, (const CrShellWord *)words->data, words->len, TRUE);
  const CrShellValue *value = cr_shell_value_new_list(shell, lists->pdata[0]);
  for (guint i = 1; i < lists->len; i++)
    value = cr_shell_value_join(shell, value, cr_shell_value_new_list(shell, lists->pdata[i]));
  return value;
}

static const CrShellValue *append_value(CrShell *shell, const CrShellValue *old, const CrShellValue *more,
                                        gboolean is_list)
{
  if (!old)
    return more;
  if (old->count != 1 || more->count != 1)
    return &cr_shell_value_unknown;
  if (!is_list)
    return cr_shell_value_new(shell, cr_arena_printf(shell->arena, "%s%s", old->values[0][0] ? old->values[0][0] : "",
                                                     more->values[0][0] ? more->values[0][0] : ""));
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; old->values[0][i]; i++)
    g_ptr_array_add(all, (gpointer)old->values[0][i]);
  for (guint i = 0; more->values[0][i]; i++)
    g_ptr_array_add(all, (gpointer)more->values[0][i]);
  if (all->len > 10000)
    return &cr_shell_value_unknown;
  const char **list = cr_arena_alloc(shell->arena, (all->len + 1) * sizeof *list);
  for (guint i = 0; i < all->len; i++)
    list[i] = all->pdata[i];
  return cr_shell_value_new_list(shell, list);
}

gboolean cr_shell_assign(CrShell *shell, const CrShellWord *word, const char **name)
{
  gsize n = measure_assignment(word);
  if (!n)
    return FALSE;
  *name = cr_arena_strndup(shell->arena, word->text, n);
  const char *equals = memchr(word->text + n, '=', word->length - n);
  CrShellWord rest = {equals + 1, word->length - (guint)(equals + 1 - word->text), word->line};
  gboolean is_array = rest.length >= 2 && rest.text[0] == '(';
  const CrShellValue *value = NULL;
  if (word->text[n] == '[')
    value = &cr_shell_value_unknown;
  else if (is_array)
    value = read_array(shell, rest.text + 1, rest.length - 2, word->line);
  else {
    g_autoptr(GPtrArray) lists = rest.length ? cr_shell_expand(shell, &rest, 1, FALSE) : g_ptr_array_new();
    value = cr_shell_value_new(shell, "");
    for (guint i = 0; i < lists->len; i++) {
      const char *const *list = lists->pdata[i];
      const CrShellValue *one = cr_shell_value_new(shell, list[0] ? list[0] : "");
      value = i ? cr_shell_value_join(shell, value, one) : one;
    }
  }
  if (equals[-1] == '+')
    value = append_value(shell, cr_shell_find_variable(shell, *name), value, is_array);
  cr_shell_set(shell, *name, value);
  return TRUE;
}

static CrShellStatus call_function(CrShell *shell, const CrShellNode *body, CrStrv words)
{
  /* In doubt a function is followed once: what it names it names whoever calls it. */
  gboolean again = shell->live == CR_LIVE_DEAD && g_hash_table_contains(shell->called, words[0]);
  if (again || shell->depth >= CR_LIMIT_SCRIPT_DEPTH)
    return CR_STATUS_UNKNOWN;
  g_hash_table_add(shell->called, (gpointer)words[0]);
  const CrShellValue *arguments = shell->arguments, *names = g_hash_table_lookup(shell->variables, "FUNCNAME");
  gboolean unsure = shell->unsure_return;
  shell->unsure_return = FALSE;
  shell->arguments = cr_shell_value_new_list(shell, words + 1);
  const char **list = cr_arena_alloc(shell->arena, 3 * sizeof *list);
  list[0] = words[0];
  list[1] = names ? NULL : "main";
  const CrShellValue *stack = cr_shell_value_new_list(shell, list);
  if (names)
    stack = append_value(shell, stack, names, TRUE);
  cr_shell_set(shell, "FUNCNAME", stack);
  shell->depth++;
  CrShellStatus status = cr_shell_walk(shell, body);
  shell->depth--;
  if (shell->left == CR_LEFT_FUNCTION)
    shell->left = CR_LEFT_NOT;
  if (shell->unsure_return)
    status = CR_STATUS_UNKNOWN;
  shell->unsure_return = unsure;
  shell->arguments = arguments;
  if (names)
    g_hash_table_insert(shell->variables, (gpointer) "FUNCNAME", (gpointer)names);
  else
    g_hash_table_remove(shell->variables, "FUNCNAME");
  return status;
}

CrShellStatus cr_shell_run_words(CrShell *shell, CrStrv words, CrStrv assignments, const CrShellNode *node)
{
  CrShellStatus status = CR_STATUS_UNKNOWN;
  const CrShellNode *body = g_hash_table_lookup(shell->functions, words[0]);
  if (body)
    return call_function(shell, body, words);
  if (cr_shell_run_builtin(shell, words, node, &status))
    return status;
  cr_shell_start(shell, words, assignments, node->line, FALSE);
  return CR_STATUS_UNKNOWN;
}

/* A here-document: what `$(…)` stands in it is run; to a shell it is the script (TRUE). */
static gboolean walk_heredoc(CrShell *shell, const CrShellNode *node, CrStrv words)
{
  const CrShellWord *text = &node->heredoc;
  if (!text->text || !text->length)
    return FALSE;
  const char *slash = words[0] ? strrchr(words[0], '/') : NULL;
  const char *name = words[0] ? slash ? slash + 1 : words[0] : "";
  gboolean is_script = cr_interpreter_find(name) == &cr_interpreter_shell && (!words[1] || strcmp(words[1], "-s") == 0);
  if (is_script)
    cr_shell_walk_text(shell, text->text, text->length, text->line, NULL);
  for (gsize at = 0; !node->heredoc_quoted && at + 2 < text->length; at++)
    if (text->text[at] == '$' && text->text[at + 1] == '(') {
      gsize n = cr_shell_skip_nested(text->text + at, text->length - at, 0);
      if (n > 3)
        cr_shell_substitute(shell, text->text + at + 2, n - 3, text->line);
      at += n ? n - 1 : 0;
    }
  return is_script;
}

/* Words of [[ ]] are neither split nor globbed; those of [ ] are. */
static gboolean is_double_bracket(const CrShellNode *node)
{
  return node->word_count && node->words[0].length == 2 && memcmp(node->words[0].text, "[[", 2) == 0;
}

static CrShellStatus walk_simple(CrShell *shell, const CrShellNode *node)
{
  guint assigned = 0;
  const char *name = NULL;
  g_autoptr(GPtrArray) assignments = g_ptr_array_new();
  gboolean assigns = node->word_count && measure_assignment(&node->words[0]);
  State before = assigns ? save(shell) : (State){0};
  for (; assigned < node->word_count && cr_shell_assign(shell, node->words + assigned, &name); assigned++) {
    const CrShellValue *value = g_hash_table_lookup(shell->variables, name);
    const char *text = value && value->count == 1 && value->values[0] ? value->values[0][0] : NULL;
    g_ptr_array_add(assignments, (gpointer)cr_arena_printf(
                                     shell->arena, text && cr_word_is_known(text) ? "%s=%s" : "%s", name, text));
  }
  if (assigned == node->word_count) {
    drop(&before);
    return CR_STATUS_TRUE;
  }
  if (assigned) /* they are for that one command */
    put(shell, &before);
  drop(&before);
  g_ptr_array_add(assignments, NULL);
  g_autoptr(GPtrArray) lists =
      cr_shell_expand(shell, node->words + assigned, node->word_count - assigned, !is_double_bracket(node));
  CrShellStatus status = CR_STATUS_UNKNOWN;
  CrShellLive live = shell->live;
  if (lists->len > 1)
    shell->live = MIN(live, CR_LIVE_MAYBE);
  for (guint i = 0; i < lists->len; i++) {
    CrStrv words = lists->pdata[i];
    guint fed = walk_heredoc(shell, node, words) ? 1 : 0; /* then it is known what the shell reads */
    if (!words[0])
      continue;
    cr_reach_work_get_scripts(shell->work)->doubt += fed;
    CrShellStatus one = cr_shell_run_words(shell, words, (CrStrv)assignments->pdata, node);
    cr_reach_work_get_scripts(shell->work)->doubt -= fed;
    status = i && one != status ? CR_STATUS_UNKNOWN : one;
  }
  shell->live = live;
  return status;
}

/* ---- compound commands ---- */

static CrShellStatus walk_node(CrShell *shell, const CrShellNode *node);

static CrShellStatus walk_and_or(CrShell *shell, const CrShellNode *node)
{
  CrShellStatus goes_on = node->kind == CR_SHELL_AND ? CR_STATUS_TRUE : CR_STATUS_FALSE;
  CrShellStatus first = walk_node(shell, node->first);
  if (shell->left != CR_LEFT_NOT)
    return first;
  if (first == goes_on)
    return walk_node(shell, node->second);
  walk_if(shell, walk_node, node->second, first, goes_on);
  return first == CR_STATUS_UNKNOWN ? CR_STATUS_UNKNOWN : first;
}

static CrShellStatus walk_if_node(CrShell *shell, const CrShellNode *node)
{
  CrShellStatus status = cr_shell_walk(shell, node->first);
  if (shell->left != CR_LEFT_NOT)
    return status;
  if (status == CR_STATUS_TRUE) {
    walk_if(shell, cr_shell_walk, node->third, status, CR_STATUS_FALSE);
    return cr_shell_walk(shell, node->second);
  }
  if (status == CR_STATUS_FALSE) {
    walk_if(shell, cr_shell_walk, node->second, status, CR_STATUS_TRUE);
    return cr_shell_walk(shell, node->third);
  }
  CrShellLive live = shell->live;
  State before = save(shell);
  shell->live = MIN(live, CR_LIVE_MAYBE);
  cr_shell_walk(shell, node->second);
  State then = take(shell);
  put(shell, &before);
  shell->live = MIN(live, CR_LIVE_MAYBE);
  cr_shell_walk(shell, node->third);
  join(shell, &then);
  shell->live = live;
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus walk_loop_body(CrShell *shell, const CrShellNode *body)
{
  cr_shell_walk(shell, body);
  if (shell->left == CR_LEFT_LOOP)
    shell->left = CR_LEFT_NOT;
  return CR_STATUS_UNKNOWN;
}

/* A body that may be run again sees what it set itself: twice is enough to name what it names. */
static CrShellStatus walk_while(CrShell *shell, const CrShellNode *node)
{
  CrShellStatus status = cr_shell_walk(shell, node->first);
  walk_if(shell, walk_loop_body, node->second, status == CR_STATUS_FALSE ? status : CR_STATUS_UNKNOWN, CR_STATUS_TRUE);
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus walk_for(CrShell *shell, const CrShellNode *node)
{
  const char *name = cr_arena_strndup(shell->arena, node->words[0].text, node->words[0].length);
  g_autoptr(GPtrArray) lists =
      node->has_in ? cr_shell_expand(shell, node->words + 1, node->word_count - 1, TRUE) : NULL;
  CrStrv list = NULL;
  if (lists && lists->len == 1)
    list = lists->pdata[0];
  else if (!lists && shell->arguments->count == 1)
    list = shell->arguments->values[0];
  gboolean known = list != NULL;
  for (guint i = 0; known && list[i]; i++)
    known = cr_word_is_known(list[i]) && i < 64;
  if (!known || !*name) {
    cr_shell_set(shell, *name ? name : "_", &cr_shell_value_unknown);
    walk_if(shell, walk_loop_body, node->second, CR_STATUS_UNKNOWN, CR_STATUS_TRUE);
    return CR_STATUS_UNKNOWN;
  }
  if (!list[0])
    walk_if(shell, walk_loop_body, node->second, CR_STATUS_FALSE, CR_STATUS_TRUE);
  for (guint i = 0; list[i] && shell->left == CR_LEFT_NOT; i++) {
    cr_shell_set(shell, name, cr_shell_value_new(shell, list[i]));
    cr_shell_walk(shell, node->second);
    if (shell->left == CR_LEFT_LOOP) {
      shell->left = CR_LEFT_NOT;
      break;
    }
  }
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus match_item(CrShell *shell, const CrShellNode *item, const char *subject)
{
  CrShellStatus status = CR_STATUS_FALSE;
  for (guint i = 0; i < item->word_count; i++) {
    CrShellStatus one = cr_shell_match(cr_shell_expand_pattern(shell, &item->words[i]), subject);
    if (one == CR_STATUS_TRUE)
      return one;
    if (one == CR_STATUS_UNKNOWN)
      status = one;
  }
  return status;
}

static CrShellStatus walk_case(CrShell *shell, const CrShellNode *node)
{
  const char *subject = cr_shell_expand_text(shell, &node->words[0]);
  gboolean chosen = FALSE;
  CrShellStatus status = CR_STATUS_UNKNOWN;
  const CrShellNode *taken = NULL;
  for (const CrShellNode *item = node->first; item; item = item->next) {
    CrShellStatus fits = chosen ? CR_STATUS_FALSE : match_item(shell, item, subject);
    if (fits == CR_STATUS_TRUE) {
      chosen = TRUE;
      taken = item;
      continue; /* walked last, so that the branches not taken do not see what it changes */
    }
    walk_if(shell, cr_shell_walk, item->first, fits, CR_STATUS_TRUE);
  }
  if (taken)
    status = cr_shell_walk(shell, taken->first);
  return status;
}

static CrShellStatus walk_subshell(CrShell *shell, const CrShellNode *list)
{
  State before = save(shell);
  CrShellStatus status = cr_shell_walk(shell, list);
  put(shell, &before);
  return status;
}

static CrShellStatus walk_node(CrShell *shell, const CrShellNode *node)
{
  CrReachScripts *scripts = cr_reach_work_get_scripts(shell->work);
  if (!node)
    return CR_STATUS_TRUE;
  if (scripts->steps++ > CR_LIMIT_SCRIPT_STEPS) {
    if (!scripts->steps_said && !scripts->doubt) {
      cr_problems_add(cr_reach_work_get_problems(shell->work), CR_PROBLEM_PARTIAL, shell->script,
                      "cannot follow all commands of the image's scripts: there are too many; any program counts as "
                      "possible");
      cr_reach_add_everything(shell->work, shell->script, "its commands are too many to follow");
      scripts->steps_said = TRUE;
    }
    return CR_STATUS_UNKNOWN;
  }
  shell->line = node->line;
  switch (node->kind) {
  case CR_SHELL_SIMPLE:
    return node->word_count || node->heredoc.text ? walk_simple(shell, node) : CR_STATUS_UNKNOWN;
  case CR_SHELL_AND:
  case CR_SHELL_OR:
    return walk_and_or(shell, node);
  case CR_SHELL_PIPE:
    walk_subshell(shell, node->first);
    return walk_subshell(shell, node->second);
  case CR_SHELL_NOT: {
    CrShellStatus status = walk_node(shell, node->first);
    return status == CR_STATUS_UNKNOWN ? status : status == CR_STATUS_TRUE ? CR_STATUS_FALSE : CR_STATUS_TRUE;
  }
  case CR_SHELL_IF:
    return walk_if_node(shell, node);
  case CR_SHELL_WHILE:
    return walk_while(shell, node);
  case CR_SHELL_FOR:
    return walk_for(shell, node);
  case CR_SHELL_CASE:
    return walk_case(shell, node);
  case CR_SHELL_GROUP:
    return cr_shell_walk(shell, node->first);
  case CR_SHELL_SUBSHELL:
    return walk_subshell(shell, node->first);
  case CR_SHELL_FUNCTION:
    g_hash_table_insert(shell->functions,
                        (gpointer)cr_arena_strndup(shell->arena, node->words[0].text, node->words[0].length),
                        (gpointer)node->first);
    return CR_STATUS_TRUE;
  case CR_SHELL_ITEM:
    break;
  }
  return CR_STATUS_UNKNOWN;
}

CrShellStatus cr_shell_walk(CrShell *shell, const CrShellNode *list)
{
  CrShellStatus status = CR_STATUS_TRUE;
  const CrShellNode *node = list;
  for (; node && shell->left == CR_LEFT_NOT; node = node->next)
    status = walk_node(shell, node);
  if (!node)
    return status;
  /* Behind exec, exit, return: never run on this way, but named. */
  State before = save(shell);
  shell->live = CR_LIVE_DEAD;
  cr_reach_work_get_scripts(shell->work)->doubt++;
  for (; node; node = node->next) {
    shell->left = CR_LEFT_NOT;
    walk_node(shell, node);
  }
  cr_reach_work_get_scripts(shell->work)->doubt--;
  put(shell, &before);
  return status;
}
