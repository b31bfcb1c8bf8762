/* SPDX-License-Identifier: Apache-2.0 */
/* The shell as an interpreter: its own arguments, texts given to it, and what `$(…)` prints where that is known. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

/* ---- texts ---- */

/* What could not be parsed may still name programs: its words do. */
static void name_words(CrShell *shell, const CrShellScript *script, const char *end)
{
  g_autofree char *rest = g_strndup(script->failed, (gsize)(end - script->failed));
  cr_words_add_programs(shell->run, rest, shell->script,
                        cr_arena_printf(shell->arena, "from line %u on: a text that is not understood (%s)",
                                        script->failed_line, script->why));
}

CrShellStatus cr_shell_walk_text(CrShell *shell, const char *text, gsize size, guint line, const char *script)
{
  CrShellScript parsed;
  text = cr_arena_strndup(shell->arena, text, size); /* what is parsed points into it */
  cr_shell_parse(text, size, line, shell->arena, &parsed);
  const char *outer = shell->script;
  shell->script = script ? script : outer;
  CrShellStatus status = cr_shell_walk(shell, parsed.first);
  if (parsed.failed)
    name_words(shell, &parsed, text + size);
  shell->script = outer;
  return status;
}

/* Functions that nothing called: what they name is named by the script. */
static void walk_uncalled(CrShell *shell)
{
  GHashTableIter iter;
  gpointer name, body;
  g_autoptr(GPtrArray) left = g_ptr_array_new();
  g_hash_table_iter_init(&iter, shell->functions);
  while (g_hash_table_iter_next(&iter, &name, &body))
    if (!g_hash_table_contains(shell->called, name))
      g_ptr_array_add(left, body);
  shell->live = CR_LIVE_DEAD;
  shell->arguments = &cr_shell_value_unknown;
  cr_reach_work_get_scripts(shell->work)->doubt++;
  for (guint i = 0; i < left->len; i++) {
    shell->left = CR_LEFT_NOT;
    cr_shell_walk(shell, left->pdata[i]);
  }
  cr_reach_work_get_scripts(shell->work)->doubt--;
}

void cr_shell_run_text(const CrRun *run, const char *text, gsize size, guint line, const char *zero, CrStrv arguments,
                       const char *from)
{
  CrShell shell = {.work = run->work,
                   .arena = cr_reach_work_get_arena(run->work),
                   .run = run,
                   .script = from,
                   .zero = zero,
                   .workdir = run->context->workdir && *run->context->workdir ? run->context->workdir : "/",
                   .live = run->level == CR_REACH_LOADED ? CR_LIVE_CERTAIN : CR_LIVE_MAYBE};
  shell.variables = g_hash_table_new(g_str_hash, g_str_equal);
  shell.exported = g_hash_table_new(g_str_hash, g_str_equal);
  shell.functions = g_hash_table_new(g_str_hash, g_str_equal);
  shell.called = g_hash_table_new(g_str_hash, g_str_equal);
  shell.arguments = cr_shell_value_new_list(&shell, arguments);
  cr_shell_walk_text(&shell, text, size, line, NULL);
  walk_uncalled(&shell);
  g_hash_table_unref(shell.variables);
  g_hash_table_unref(shell.exported);
  g_hash_table_unref(shell.functions);
  g_hash_table_unref(shell.called);
}

/* ---- command substitution ---- */

const char *cr_shell_substitute(CrShell *shell, const char *text, gsize size, guint line)
{
  if (shell->depth >= CR_LIMIT_SCRIPT_DEPTH)
    return CR_WORD_UNKNOWN;
  CrShellScript parsed;
  cr_shell_parse(text, size, line, shell->arena, &parsed);
  if (parsed.failed)
    name_words(shell, &parsed, text + size);
  if (!parsed.first)
    return CR_WORD_UNKNOWN;
  CrShellNode subshell = {.kind = CR_SHELL_SUBSHELL, .line = line, .first = parsed.first};
  guint before = shell->line;
  shell->depth++;
  const char *output = cr_shell_guess_output(shell, parsed.first);
  CrShellLeft left = shell->left;
  cr_shell_walk(shell, &subshell);
  shell->left = left;
  shell->depth--;
  shell->line = before;
  return output;
}

/* `id -u` is what USER says: 0, or something else. */
static const char *guess_id(CrShell *shell, CrStrv words)
{
  if (!words[1] || strcmp(words[1], "-u") != 0 || words[2])
    return CR_WORD_UNKNOWN;
  const char *user = shell->run->context->user;
  gboolean is_root = !user || !*user || strcmp(user, "root") == 0 || strcmp(user, "0") == 0 ||
                     g_str_has_prefix(user, "root:") || g_str_has_prefix(user, "0:");
  return is_root ? "0" : !cr_word_is_known(user) ? CR_WORD_UNKNOWN : g_ascii_isdigit(*user) ? user : "1000";
}

static const char *guess_path(CrShell *shell, CrStrv words)
{
  guint at = 1;
  while (words[at] && words[at][0] == '-')
    at++;
  if (!words[at] || words[at + 1] || !cr_word_is_known(words[at]))
    return CR_WORD_UNKNOWN;
  g_autofree char *part = NULL;
  if (strcmp(words[0], "dirname") == 0)
    part = g_path_get_dirname(words[at]);
  else if (strcmp(words[0], "basename") == 0)
    part = g_path_get_basename(words[at]);
  if (part)
    return cr_arena_strdup(shell->arena, part);
  CrNode node;
  const char *whole = words[at][0] == '/' ? words[at]
                      : shell->workdir    ? cr_arena_printf(shell->arena, "%s/%s", shell->workdir, words[at])
                                          : NULL;
  if (whole && cr_tree_find(cr_reach_work_get_tree(shell->work), whole, &node) == CR_TREE_FOUND)
    return cr_arena_printf(shell->arena, "/%s", node.path);
  return CR_WORD_UNKNOWN;
}

static const char *guess_which(CrShell *shell, CrStrv words)
{
  guint at = 1;
  while (words[at] && words[at][0] == '-')
    at++;
  const char *found = words[at] && cr_word_is_known(words[at])
                          ? cr_command_find(shell->work, words[at], cr_shell_make_context(shell, NULL))
                          : NULL;
  return found ? found : words[at] ? "" : CR_WORD_UNKNOWN;
}

static const char *guess_echo(CrShell *shell, CrStrv words)
{
  guint at = 1;
  if (strcmp(words[0], "printf") == 0) {
    if (!words[1] || !words[2] || (strcmp(words[1], "%s") != 0 && strcmp(words[1], "%s\\n") != 0) || words[3])
      return CR_WORD_UNKNOWN;
    return words[2];
  }
  while (words[at] && words[at][0] == '-' && strspn(words[at] + 1, "neE") == strlen(words[at] + 1))
    at++;
  g_autofree char *text = g_strjoinv(" ", (char **)words + at);
  return cr_arena_strdup(shell->arena, text);
}

static const char *guess_pwd(CrShell *shell, CrStrv words)
{
  return shell->workdir ? shell->workdir : CR_WORD_UNKNOWN;
}

static const struct {
  const char *name;
  const char *(*guess)(CrShell *shell, CrStrv words);
} outputs[] = {
    {"id", guess_id},         {"dirname", guess_path}, {"basename", guess_path}, {"readlink", guess_path},
    {"realpath", guess_path}, {"which", guess_which},  {"command", guess_which}, {"echo", guess_echo},
    {"printf", guess_echo},   {"pwd", guess_pwd},
};

const char *cr_shell_guess_output(CrShell *shell, const CrShellNode *node)
{
  if (node->next)
    return CR_WORD_UNKNOWN;
  if (node->kind == CR_SHELL_AND) { /* cd DIR && pwd */
    const char *workdir = shell->workdir;
    const CrShellNode *first = node->first;
    gboolean cd = first->kind == CR_SHELL_SIMPLE && first->word_count == 2 && first->words[0].length == 2 &&
                  memcmp(first->words[0].text, "cd", 2) == 0;
    if (!cd)
      return CR_WORD_UNKNOWN;
    cr_shell_walk(shell,
                  &(CrShellNode){.kind = CR_SHELL_SIMPLE, .line = node->line, .words = first->words, .word_count = 2});
    const char *output = cr_shell_guess_output(shell, node->second);
    shell->workdir = workdir;
    return output;
  }
  if (node->kind != CR_SHELL_SIMPLE || !node->word_count)
    return CR_WORD_UNKNOWN;
  g_autoptr(GPtrArray) lists = cr_shell_expand(shell, node->words, node->word_count, TRUE);
  CrStrv words = lists->len == 1 ? lists->pdata[0] : NULL;
  for (guint i = 0; words && words[0] && i < G_N_ELEMENTS(outputs); i++)
    if (strcmp(words[0], outputs[i].name) == 0)
      return outputs[i].guess(shell, words);
  return CR_WORD_UNKNOWN;
}

/* ---- the interpreter ---- */

static void run_everything(const CrRun *run, const char *why)
{
  cr_scripts_add_everything(run->work, run->program, why);
}

/* A file to be run by the shell, whatever its mode; else a command looked up in PATH (bash does so). */
static void run_file(const CrRun *run, guint at)
{
  const char *name = run->argv[at];
  CrNode node;
  CrScriptFacts facts;
  if (!cr_word_is_known(name)) {
    run_everything(run, "it is given a script that is not known before it runs");
    return;
  }
  const char *path = cr_command_make_absolute(run->work, name, run->context);
  if (cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) != CR_TREE_FOUND) {
    const char *found = strchr(name, '/') ? NULL : cr_command_find(run->work, name, run->context);
    if (!found || cr_tree_find(cr_reach_work_get_tree(run->work), found, &node) != CR_TREE_FOUND)
      return;
    path = found;
  }
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *canonical = cr_reach_add_in(run->work, path, run->context, run->level, run->program, "script",
                                          cr_arena_printf(arena, "%s %s", run->argv[0], name));
  if (!canonical || !cr_script_facts_get(run->work, &node, &facts))
    return;
  cr_scripts_enter(run->work, cr_arena_printf(arena, "script:%s", canonical), run->level);
  if (facts.cut)
    cr_problems_add(cr_reach_work_get_problems(run->work), CR_PROBLEM_PARTIAL, canonical,
                    "cannot follow the script to its end: it is longer than %u KiB",
                    (guint)(CR_LIMIT_SCRIPT_BYTES / CR_KIB));
  if (facts.language == CR_LANGUAGE_SHELL || facts.language == CR_LANGUAGE_CONFIG)
    cr_shell_run_text(run, facts.body, facts.body_bytes, 1, name, run->argv + at + 1, canonical);
}

/* Startup files of a login or interactive shell, and BASH_ENV. */
static void run_startup(const CrRun *run, gboolean login)
{
  static const char *const files[] = {"/etc/profile", "/etc/bash.bashrc", "/root/.bash_profile", "/root/.profile"};
  CrRun possible = *run;
  possible.level = CR_REACH_POSSIBLE;
  for (guint i = 0; login && i < G_N_ELEMENTS(files); i++) {
    const char *canonical = cr_reach_add(run->work, files[i], CR_REACH_POSSIBLE, run->program, "script", "login shell");
    const char *text = canonical ? cr_script_find_text(run->work, files[i]) : NULL;
    if (text)
      cr_shell_run_text(&possible, text, strlen(text), 1, run->argv[0], cr_strv_empty, canonical);
  }
  const char *env = cr_environment_find(run->context->environment, "BASH_ENV");
  env = env && *env ? cr_command_make_absolute(run->work, env, run->context) : NULL;
  const char *text = env ? cr_script_find_text(run->work, env) : NULL;
  const char *canonical = text ? cr_reach_add(run->work, env, run->level, run->program, "script", "BASH_ENV") : NULL;
  if (canonical)
    cr_shell_run_text(&possible, text, strlen(text), 1, run->argv[0], cr_strv_empty, canonical);
}

/* sh [-abefimnuvx] [-o OPTION] [-c TEXT [NAME [ARGUMENT…]] | -s | FILE [ARGUMENT…]] */
static void run_shell(const CrRun *run)
{
  gboolean text = FALSE, reads = FALSE, login = run->argv[0][0] == '-';
  guint i = 1;
  for (; i < run->argc && (run->argv[i][0] == '-' || run->argv[i][0] == '+') && run->argv[i][1]; i++) {
    const char *word = run->argv[i];
    if (strcmp(word, "--") == 0) {
      i++;
      break;
    }
    if (strcmp(word, "--rcfile") == 0 || strcmp(word, "--init-file") == 0)
      i++;
    login |= strcmp(word, "--login") == 0;
    if (word[1] == '-')
      continue;
    text |= strchr(word, 'c') != NULL;
    reads |= strchr(word, 's') != NULL;
    login |= strchr(word, 'l') != NULL;
    i += strchr(word, 'o') || strchr(word, 'O') ? 1 : 0;
  }
  run_startup(run, login);
  if (i < run->argc && strcmp(run->argv[i], "-") == 0)
    i++;
  if (!text && !reads && i < run->argc) {
    run_file(run, i);
    return;
  }
  if (!text || i >= run->argc) {
    run_everything(run, "an interactive shell, or one that reads its commands");
    return;
  }
  const char *code = run->argv[i];
  if (strcmp(code, CR_WORD_UNKNOWN) == 0) {
    run_everything(run, "a shell with a text that is not known before it runs");
    return;
  }
  cr_shell_run_text(run, code, strlen(code), 1, i + 1 < run->argc ? run->argv[i + 1] : run->argv[0],
                    i + 2 < run->argc ? run->argv + i + 2 : cr_strv_empty, run->program);
}

static const char *const programs[] = {"sh",  "bash",  "dash", "ash",   "ksh",         "ksh93",       "mksh",
                                       "zsh", "rbash", "-sh",  "-bash", "bash.static", "bash-static", NULL};

const CrInterpreter cr_interpreter_shell = {
    .name = "shell",
    .programs = programs,
    .language = CR_LANGUAGE_SHELL,
    .run = run_shell,
};

/* execline (s6): a script is one command line whose words are programs and their arguments; each word that names a
 * program is possible. */
static void run_execline(const CrRun *run)
{
  for (guint i = 1; i < run->argc; i++) {
    if (run->argv[i][0] == '-')
      continue;
    const char *path = cr_command_make_absolute(run->work, run->argv[i], run->context);
    const char *text = cr_word_is_known(run->argv[i]) ? cr_script_find_text(run->work, path) : NULL;
    const char *canonical =
        text ? cr_reach_add(run->work, path, run->level, run->program, "script", run->argv[0]) : NULL;
    if (canonical)
      cr_words_add_programs(run, text, canonical, "execline");
    return;
  }
}

static const char *const execline_programs[] = {"execlineb", "execline", NULL};

const CrInterpreter cr_interpreter_execline = {
    .name = "execline",
    .programs = execline_programs,
    .language = CR_LANGUAGE_CONFIG,
    .run = run_execline,
};
