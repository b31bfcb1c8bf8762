/* SPDX-License-Identifier: Apache-2.0 */
/* From words to programs: the image's starts, the search in PATH, and what one program hands on to the next. */
#include <string.h>

#include "base/limits.h"
#include "reach/script.h"

/* ---- environment and paths ---- */

const char *cr_environment_find(CrStrv environment, const char *name)
{
  gsize n = strlen(name);
  const char *value = NULL;
  for (guint i = 0; environment && environment[i]; i++)
    if (strncmp(environment[i], name, n) == 0 && environment[i][n] == '=')
      value = environment[i] + n + 1;
  return value;
}

static gboolean is_changed(const char *variable, CrStrv changes)
{
  gsize n = strcspn(variable, "=");
  for (guint i = 0; changes && changes[i]; i++)
    if (strcspn(changes[i], "=") == n && strncmp(changes[i], variable, n) == 0)
      return TRUE;
  return FALSE;
}

const CrReachContext *cr_context_change(CrReachWork *work, const CrReachContext *context, CrStrv changes,
                                        gboolean clear)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; !clear && context->environment && context->environment[i]; i++)
    if (!is_changed(context->environment[i], changes))
      g_ptr_array_add(all, (gpointer)context->environment[i]);
  for (guint i = 0; changes && changes[i]; i++)
    if (strchr(changes[i], '='))
      g_ptr_array_add(all, (gpointer)cr_arena_strdup(arena, changes[i]));
  const char **environment = cr_arena_alloc(arena, (all->len + 1) * sizeof *environment);
  for (guint i = 0; i < all->len; i++)
    environment[i] = all->pdata[i];
  CrReachContext *changed = cr_arena_new0(arena, CrReachContext);
  *changed = *context;
  changed->environment = environment;
  changed->path = cr_environment_find(environment, "PATH");
  return changed;
}

const char *cr_command_make_absolute(CrReachWork *work, const char *path, const CrReachContext *context)
{
  if (*path == '/')
    return path;
  const char *workdir = context->workdir && *context->workdir ? context->workdir : "/";
  return cr_arena_printf(cr_reach_work_get_arena(work), "%s%s%s", workdir, g_str_has_suffix(workdir, "/") ? "" : "/",
                         path);
}

static gboolean is_executable(CrTree *tree, const char *path)
{
  CrNode node;
  return cr_tree_find(tree, path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_FILE && (node.mode & 0111);
}

const char *cr_command_find(CrReachWork *work, const char *name, const CrReachContext *context)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  CrTree *tree = cr_reach_work_get_tree(work);
  if (!*name || !cr_word_is_known(name) || strlen(name) > CR_LIMIT_PATH_BYTES)
    return NULL;
  if (strchr(name, '/')) {
    const char *path = cr_command_make_absolute(work, name, context);
    return is_executable(tree, path) ? path : NULL;
  }
  const char *at = context->path && *context->path ? context->path : CR_COMMAND_PATH;
  for (guint folders = 0; folders < 100; folders++) {
    gsize length = strcspn(at, ":");
    const char *folder = length ? cr_arena_strndup(arena, at, length) : ".";
    const char *path = cr_command_make_absolute(work, cr_arena_printf(arena, "%s/%s", folder, name), context);
    if (is_executable(tree, path))
      return path;
    if (!at[length])
      break;
    at += length + 1;
  }
  return NULL;
}

/* ---- one program ---- */

/* The same program with the same words in the same surroundings is followed once. */
static gboolean enter(CrReachWork *work, const char *canonical, const char *const *argv, const CrReachContext *context,
                      CrReachLevel level)
{
  g_autoptr(GString) key = g_string_new(cr_reach_work_get_scripts(work)->doubt ? "doubt:" : "run:");
  g_string_append_printf(key, "%s\n%s\n%s\n%s", canonical, context->path ? context->path : "",
                         context->workdir ? context->workdir : "", context->user ? context->user : "");
  for (guint i = 0; argv[i]; i++)
    g_string_append_printf(key, "\n%s", argv[i]);
  return key->len < 64 * CR_KIB && cr_scripts_enter(work, key->str, level);
}

static void hand_on(const CrRun *run, const CrLaunch *launch)
{
  CrReachWork *work = run->work;
  CrReachContext *context = cr_arena_new0(cr_reach_work_get_arena(work), CrReachContext);
  *context = *run->context;
  if (launch->changes->len || launch->clear) {
    g_ptr_array_add(launch->changes, NULL);
    *context = *cr_context_change(work, run->context, (CrStrv)launch->changes->pdata, launch->clear);
  }
  if (launch->user)
    context->user = launch->user;
  if (launch->workdir && cr_word_is_known(launch->workdir))
    context->workdir = cr_command_make_absolute(work, launch->workdir, run->context);
  CrReachLevel level = launch->possible_only ? CR_REACH_POSSIBLE : run->level;
  const char *evidence = cr_arena_printf(cr_reach_work_get_arena(work), "%s starts it", run->argv[0]);
  if (launch->shell_text || launch->shell_asked) {
    const char *shell = launch->shell ? launch->shell : "/bin/sh";
    const char *words[] = {shell, launch->shell_text ? "-c" : NULL, launch->shell_text, NULL};
    cr_reach_add_command(work, words, context, level, run->program, "exec", evidence);
    return;
  }
  const char *const *words = launch->words ? launch->words : run->argv + launch->command;
  if (words[0] && !cr_word_is_known(words[0]))
    cr_scripts_add_everything(work, run->program, "it starts a command that is not known before it runs");
  else if (words[0])
    cr_reach_add_command(work, words, context, level, run->program, "exec", evidence);
}

/* A script: its interpreter gets the words the kernel gives it. */
static void run_script(const CrRun *run, const CrScriptFacts *facts)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *const *head = facts->interpreter ? cr_script_split_interpreter(facts->interpreter, arena) : NULL;
  if (!head && facts->language != CR_LANGUAGE_SHELL)
    return;
  cr_scripts_enter(run->work, cr_arena_printf(arena, "script:%s", run->program), run->level);
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  g_ptr_array_add(words, (gpointer)(head ? head[0] : "/bin/sh"));
  if (head && head[1])
    g_ptr_array_add(words, (gpointer)head[1]);
  g_ptr_array_add(words, (gpointer)run->spelled);
  for (guint i = 1; i < run->argc; i++)
    g_ptr_array_add(words, (gpointer)run->argv[i]);
  g_ptr_array_add(words, NULL);
  const char *evidence = head ? cr_arena_printf(arena, "#! %s", facts->interpreter) : "no #! line: the shell runs it";
  /* execve(2): a relative one is meant from the working folder, not from the script's. */
  const char *interpreter = cr_command_make_absolute(run->work, words->pdata[0], run->context);
  cr_reach_add_program(run->work, interpreter, (const char *const *)words->pdata, run->context, run->level,
                       run->program, "interpreter", evidence);
}

/* An interpreter is recognised by what the link leads to (python3 → python3.11), and by the name it is called with
 * where one program has many (sh → busybox). */
static const CrInterpreter *find_interpreter(const CrRun *run)
{
  const CrInterpreter *interpreter = cr_interpreter_find(run->program);
  return interpreter ? interpreter : cr_interpreter_find(run->argv[0]);
}

static void run_program(const CrRun *run)
{
  CrNode node;
  CrScriptFacts facts;
  if (cr_tree_find(cr_reach_work_get_tree(run->work), run->program, &node) != CR_TREE_FOUND)
    return;
  CrLaunch launch = {0};
  CrArena *arena = cr_reach_work_get_arena(run->work);
  cr_supervisor_run(run);
  if (cr_launcher_parse(run->argv, arena, &launch)) {
    hand_on(run, &launch);
    g_ptr_array_unref(launch.changes);
    for (guint more = 0; launch.then && more < CR_LIMIT_SCRIPT_DEPTH; more++) {
      const char *const *then = launch.then;
      cr_launcher_parse(then, arena, &launch);
      hand_on(run, &launch);
      g_ptr_array_unref(launch.changes);
    }
    return;
  }
  if (cr_script_facts_get(run->work, &node, &facts)) {
    run_script(run, &facts);
    return;
  }
  const CrInterpreter *interpreter = find_interpreter(run);
  if (interpreter)
    interpreter->run(run);
  else
    cr_reach_expand_arguments(run->work, run->program, run->argv, run->level, run->context);
}

/* busybox NAME WORDS… is NAME WORDS…, in the same program; so is its like with other multi-call programs. */
static const char *const *skip_multi_call(const char *const *argv)
{
  const char *name = strrchr(argv[0], '/');
  name = name ? name + 1 : argv[0];
  gboolean multi = strcmp(name, "busybox") == 0 || strcmp(name, "toybox") == 0 || strcmp(name, "busybox.static") == 0;
  return multi && argv[1] && argv[1][0] != '-' ? argv + 1 : argv;
}

static void follow(CrReachWork *work, const char *spelled, const char *canonical, const char *const *argv,
                   const CrReachContext *context, CrReachLevel level)
{
  CrReachScripts *scripts = cr_reach_work_get_scripts(work);
  if (!argv[0] || scripts->depth >= CR_LIMIT_SCRIPT_DEPTH || !enter(work, canonical, argv, context, level))
    return;
  CrArena *arena = cr_reach_work_get_arena(work);
  argv = skip_multi_call(argv);
  guint argc = 0;
  while (argv[argc])
    argc++;
  const char **words = cr_arena_alloc(arena, (argc + 1) * sizeof *words);
  for (guint i = 0; i < argc; i++)
    words[i] = cr_arena_strdup(arena, argv[i]);
  CrRun run = {.work = work,
               .argv = words,
               .argc = argc,
               .spelled = cr_arena_strdup(arena, spelled),
               .program = canonical,
               .context = context,
               .level = level};
  scripts->depth++;
  run_program(&run);
  scripts->depth--;
}

void cr_command_run_script(CrReachWork *work, const char *path, const char *const *argv, const CrReachContext *context,
                           CrReachLevel level)
{
  CrReachScripts *scripts = cr_reach_work_get_scripts(work);
  guint steps = scripts->steps;
  scripts->steps = CR_LIMIT_SCRIPT_STEPS - MIN(CR_LIMIT_SCRIPT_STEPS, CR_LIMIT_SCRIPT_DOUBT_STEPS);
  scripts->doubt++;
  follow(work, argv[0], path, argv, context, level);
  scripts->doubt--;
  scripts->steps = steps;
}

void cr_reach_add_program(CrReachWork *work, const char *path, const char *const *argv, const CrReachContext *context,
                          CrReachLevel level, const char *from, const char *kind, const char *evidence)
{
  const char *spelled = *path == '/' ? path : cr_arena_printf(cr_reach_work_get_arena(work), "/%s", path);
  const char *canonical = cr_reach_add_in(work, spelled, context, level, from, kind, evidence);
  if (canonical && argv)
    follow(work, spelled, canonical, argv, context, level);
}

gboolean cr_reach_add_command(CrReachWork *work, const char *const *words, const CrReachContext *context,
                              CrReachLevel level, const char *from, const char *kind, const char *evidence)
{
  const char *path = words[0] ? cr_command_find(work, words[0], context) : NULL;
  if (!path)
    return FALSE;
  cr_reach_add_program(work, path, words, context, level, from, kind, evidence);
  return TRUE;
}

gboolean cr_reach_is_understood(const char *path)
{
  return cr_interpreter_find(path) || cr_interpreter_is_embedded(path) || cr_launcher_is(path);
}

/* ---- the starts ---- */

static const char *const *join(CrArena *arena, CrStrv a, CrStrv b)
{
  guint n = 0;
  for (guint i = 0; a && a[i]; i++)
    n++;
  for (guint i = 0; b && b[i]; i++)
    n++;
  const char **all = cr_arena_alloc(arena, (n + 1) * sizeof *all);
  n = 0;
  for (guint i = 0; a && a[i]; i++)
    all[n++] = a[i];
  for (guint i = 0; b && b[i]; i++)
    all[n++] = b[i];
  return all;
}

/* CMD-SHELL, and the shell form of the rest, which builders write out as ["/bin/sh", "-c", TEXT] themselves. */
static void add_health_check(CrReachWork *work, const CrReachContext *context)
{
  const CrImage *image = cr_reach_work_get_image(work);
  const CrHealthCheck *check = &image->health;
  if (!check->test_kind || strcmp(check->test_kind, "NONE") == 0 || !check->command || !check->command[0])
    return;
  const char *const *words = check->command;
  if (strcmp(check->test_kind, "CMD-SHELL") == 0) {
    static const char *const usual[] = {"/bin/sh", "-c", NULL};
    words = join(cr_reach_work_get_arena(work), image->shell && image->shell[0] ? image->shell : usual, check->command);
  }
  if (!cr_reach_add_command(work, words, context, CR_REACH_LOADED, NULL, "health-check", "health check"))
    cr_problems_add(cr_reach_work_get_problems(work), CR_PROBLEM_NOTE, "health check",
                    "cannot find '%s' in the image: the health check cannot run", words[0]);
}

static void say_dangling(CrReachWork *work, const char *word)
{
  CrNode node;
  CrTree *tree = cr_reach_work_get_tree(work);
  const CrReachContext *context = cr_reach_work_get_context(work);
  const char *why = "no such program in PATH";
  if (strchr(word, '/')) {
    CrTreeResult result = cr_tree_find(tree, cr_command_make_absolute(work, word, context), &node);
    why = result == CR_TREE_DANGLING   ? "it is a link to nothing"
          : result == CR_TREE_LOOP     ? "its links lead in a circle"
          : result == CR_TREE_ABSENT   ? "no such file"
          : node.type != CR_ENTRY_FILE ? "it is no regular file"
                                       : "it is not executable";
  }
  cr_problems_add(cr_reach_work_get_problems(work), CR_PROBLEM_PARTIAL, "start",
                  "cannot find '%s' in the image: %s; what is reached is unknown", word, why);
}

gboolean cr_reach_add_starts(CrReachWork *work, const CrReachOptions *options)
{
  const CrImage *image = cr_reach_work_get_image(work);
  const CrReachContext *context = cr_reach_work_get_context(work);
  const char *const *given = options ? options->command : NULL;
  const char *const *words = given ? given : join(cr_reach_work_get_arena(work), image->entrypoint, image->cmd);
  if (!words[0] || !*words[0]) {
    /* A root file system has no config that could name one, and many bases name none: nothing is missing, so a note. */
    cr_problems_add(cr_reach_work_get_problems(work), CR_PROBLEM_NOTE, "start",
                    "the image names no command: what is reached is unknown (--command names one)");
    return FALSE;
  }
  const char *kind = given || (image->entrypoint && image->entrypoint[0]) ? "entrypoint" : "command";
  const char *evidence = given ? "--command" : strcmp(kind, "command") == 0 ? "Cmd" : "Entrypoint";
  if (!cr_reach_add_command(work, words, context, CR_REACH_LOADED, NULL, kind, evidence)) {
    say_dangling(work, words[0]);
    return FALSE;
  }
  if (!given)
    add_health_check(work, context);
  return TRUE;
}
