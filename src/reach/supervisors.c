/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that start many others by what stands in their folders and files. */
#include <fnmatch.h>
#include <string.h>

#include "base/limits.h"
#include "reach/script.h"

/* ---- names by pattern ---- */

typedef struct {
  const char *pattern;
  CrArena *arena;
  GPtrArray *out;
} Glob;

static gboolean take_child(const CrNode *node, gpointer data)
{
  Glob *glob = data;
  const char *slash = strrchr(node->path, '/');
  const char *name = slash ? slash + 1 : node->path;
  if (fnmatch(glob->pattern, name, FNM_PERIOD) == 0)
    g_ptr_array_add(glob->out, (gpointer)cr_arena_printf(glob->arena, "/%s", node->path));
  return glob->out->len < 10000;
}

GPtrArray *cr_glob_find(CrTree *tree, const char *pattern, CrArena *arena)
{
  GPtrArray *found = g_ptr_array_new();
  g_ptr_array_add(found, (gpointer) "");
  g_auto(GStrv) parts = g_strsplit(pattern, "/", CR_LIMIT_SCRIPT_DEPTH);
  for (guint i = 0; parts[i]; i++) {
    if (!*parts[i])
      continue;
    GPtrArray *next = g_ptr_array_new();
    for (guint j = 0; j < found->len && next->len < 10000; j++) {
      const char *folder = found->pdata[j];
      if (strpbrk(parts[i], "*?[")) {
        Glob glob = {parts[i], arena, next};
        cr_tree_foreach_child(tree, folder, take_child, &glob);
        continue;
      }
      const char *path = cr_arena_printf(arena, "%s/%s", folder, parts[i]);
      if (cr_tree_find(tree, path, NULL) == CR_TREE_FOUND)
        g_ptr_array_add(next, (gpointer)path);
    }
    g_ptr_array_unref(found);
    found = next;
  }
  return found;
}

/* ---- starting what was found ---- */

static void start(const CrRun *run, const char *path, const char *argument, CrReachLevel level, const char *kind,
                  const char *evidence)
{
  const char *argv[] = {path, argument, NULL};
  CrNode node;
  if (cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE)
    return;
  cr_reach_add_program(run->work, path, argv, run->context, MIN(level, run->level), run->program, kind, evidence);
}

static void start_all(const CrRun *run, const char *pattern, CrReachLevel level, const char *kind, const char *what)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  g_autoptr(GPtrArray) files = cr_glob_find(cr_reach_work_get_tree(run->work), pattern, arena);
  for (guint i = 0; i < files->len; i++)
    start(run, files->pdata[i], NULL, level, kind, what);
}

void cr_words_add_programs(const CrRun *run, const char *text, const char *from, const char *why)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n{};|&()\"'", 20000);
  for (guint i = 0; words[i]; i++) {
    const char *word = cr_arena_strdup(arena, words[i]);
    const char *argv[] = {word, CR_WORD_UNKNOWN, NULL};
    if (*word && *word != '-' && *word != '#')
      cr_reach_add_command(run->work, argv, run->context, CR_REACH_POSSIBLE, from, "exec",
                           cr_arena_printf(arena, "%s names %s", why, word));
  }
}

/* ---- the members ---- */

static void run_services(const CrRun *run, const char *folder, const char *what)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  start_all(run, cr_arena_printf(arena, "%s/*/run", folder), CR_REACH_LOADED, "service", what);
  start_all(run, cr_arena_printf(arena, "%s/*/log/run", folder), CR_REACH_LOADED, "service", what);
  start_all(run, cr_arena_printf(arena, "%s/*/finish", folder), CR_REACH_POSSIBLE, "service", what);
  start_all(run, cr_arena_printf(arena, "%s/.s6-svscan/*", folder), CR_REACH_POSSIBLE, "service", what);
}

/* runsvdir [-P] DIR, s6-svscan [-…] [DIR] */
static void run_folder(const CrRun *run)
{
  char stopped;
  const char *value;
  guint i = cr_options_skip(run, "cdtsX", "", "", &stopped, &value);
  const char *folder = i < run->argc && cr_word_is_known(run->argv[i]) ? run->argv[i] : ".";
  run_services(run, cr_command_make_absolute(run->work, folder, run->context), "service of the supervised folder");
}

/* What these start stands in unit files, run levels and crontabs that an administrator fills: anything. */
static void run_anything(const CrRun *run)
{
  const char *slash = strrchr(run->program, '/');
  cr_scripts_add_everything(run->work, run->program,
                            cr_arena_printf(cr_reach_work_get_arena(run->work), "%s starts whatever is configured",
                                            slash ? slash + 1 : run->program));
}

/* s6-overlay (v2 and v3): /init, with its folders; what follows on the command line is the container's command. */
static void run_s6_overlay(const CrRun *run)
{
  CrTree *tree = cr_reach_work_get_tree(run->work);
  static const char *const marks[] = {"etc/s6-overlay", "etc/services.d", "etc/cont-init.d", "package/admin/s6-overlay",
                                      "etc/s6"};
  gboolean is_overlay = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
    is_overlay |= cr_tree_find(tree, marks[i], NULL) == CR_TREE_FOUND;
  if (!is_overlay) {
    if (cr_tree_find(tree, "etc/inittab", NULL) == CR_TREE_FOUND)
      run_anything(run);
    return;
  }
  start_all(run, "/etc/cont-init.d/*", CR_REACH_LOADED, "script", "s6-overlay runs /etc/cont-init.d");
  start_all(run, "/etc/cont-finish.d/*", CR_REACH_POSSIBLE, "script", "s6-overlay runs /etc/cont-finish.d");
  run_services(run, "/etc/services.d", "s6-overlay service");
  run_services(run, "/etc/s6-overlay/s6-rc.d", "s6-overlay service");
  run_services(run, "/etc/s6", "s6 service");
  g_autoptr(GPtrArray) ups = cr_glob_find(tree, "/etc/s6-overlay/s6-rc.d/*/up", cr_reach_work_get_arena(run->work));
  for (guint i = 0; i < ups->len; i++) {
    const char *text = cr_script_find_text(run->work, ups->pdata[i]);
    if (text)
      cr_words_add_programs(run, text, run->program, "s6-rc oneshot");
  }
  static const char *const own[] = {"command", "package/admin", "usr/lib/s6"};
  for (guint i = 0; i < G_N_ELEMENTS(own); i++)
    cr_reach_add_folder(run->work, own[i], CR_REACH_POSSIBLE, NULL, NULL, run->program, "exec", "s6's own programs");
  if (run->argc > 1)
    cr_reach_add_command(run->work, run->argv + 1, run->context, run->level, run->program, "exec",
                         "the command behind /init");
}

/* run-parts [options] DIR */
static void run_parts(const CrRun *run)
{
  char stopped;
  const char *value;
  guint i = cr_options_skip(run, "au", "", "", &stopped, &value);
  CrArena *arena = cr_reach_work_get_arena(run->work);
  for (; i < run->argc; i++)
    if (cr_word_is_known(run->argv[i]))
      start_all(run, cr_arena_printf(arena, "%s/*", cr_command_make_absolute(run->work, run->argv[i], run->context)),
                CR_REACH_LOADED, "script", "run-parts");
}

/* ---- supervisord ---- */

static void start_supervised(const CrRun *run, const CrSupervisedProgram *program, const char *config)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  g_autoptr(GPtrArray) words = cr_words_split(program->command ? program->command : "", arena);
  if (!words->len)
    return;
  g_ptr_array_add(words, NULL);
  CrReachContext *context = cr_arena_new0(arena, CrReachContext);
  *context = *run->context;
  if (program->environment) { /* NAME="value",NAME2="value" */
    g_autofree char *list = g_strdup(program->environment);
    g_strdelimit(list, ",", ' ');
    g_autoptr(GPtrArray) changes = cr_words_split(list, arena);
    g_ptr_array_add(changes, NULL);
    *context = *cr_context_change(run->work, run->context, (CrStrv)changes->pdata, FALSE);
  }
  if (program->directory)
    context->workdir = cr_command_make_absolute(run->work, program->directory, run->context);
  if (program->user)
    context->user = program->user;
  const char *evidence = cr_arena_printf(arena, "line %u: [program:%s]", program->line, program->name);
  if (!cr_reach_add_command(run->work, (const char *const *)words->pdata, context,
                            program->by_hand ? CR_REACH_POSSIBLE : run->level, config, "service", evidence) &&
      !cr_word_is_known(words->pdata[0]))
    cr_scripts_add_everything(run->work, config, cr_arena_printf(arena, "%s: command unknown until it runs", evidence));
}

static void read_supervisor_config(const CrRun *run, const char *path, guint depth)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *text = cr_script_find_text(run->work, path);
  const char *canonical = cr_reach_add(run->work, path, run->level, run->program, "config", "configuration");
  if (!text || !canonical) {
    cr_problems_add(cr_reach_work_get_problems(run->work), CR_PROBLEM_PARTIAL, path,
                    "cannot read supervisord's configuration in the image: any program counts as possible");
    cr_scripts_add_everything(run->work, run->program, "supervisord's configuration is not known");
    return;
  }
  CrSupervisorConfig config;
  cr_supervisor_config_parse(text, strlen(text), arena, &config);
  for (guint i = 0; i < config.programs->len; i++)
    start_supervised(run, config.programs->pdata[i], canonical);
  g_autofree char *folder = g_path_get_dirname(canonical);
  for (guint i = 0; depth < 2 && i < config.includes->len; i++) {
    const char *pattern = config.includes->pdata[i];
    const char *whole = *pattern == '/' ? pattern : cr_arena_printf(arena, "/%s/%s", folder, pattern);
    g_autoptr(GPtrArray) files = cr_glob_find(cr_reach_work_get_tree(run->work), whole, arena);
    for (guint j = 0; j < files->len; j++)
      read_supervisor_config(run, files->pdata[j], depth + 1);
  }
  g_ptr_array_unref(config.programs);
  g_ptr_array_unref(config.includes);
}

static void run_supervisord(const CrRun *run)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *file = NULL;
  for (guint i = 1; i < run->argc && run->argv[i] && !file; i++) {
    const char *word = run->argv[i];
    if (strcmp(word, "-c") == 0 || strcmp(word, "--configuration") == 0)
      file = run->argv[i + 1];
    else if (g_str_has_prefix(word, "-c") || g_str_has_prefix(word, "--configuration="))
      file = word[1] == 'c' ? word + 2 : strchr(word, '=') + 1;
    else if (g_str_has_prefix(word, "-nc")) /* -n takes no value and is often written together */
      file = word[3] ? word + 3 : run->argv[i + 1];
  }
  static const char *const usual[] = {"supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf",
                                      "/etc/supervisor/supervisord.conf"};
  for (guint i = 0; i < G_N_ELEMENTS(usual) && !file; i++)
    if (cr_tree_find(cr_reach_work_get_tree(run->work), cr_command_make_absolute(run->work, usual[i], run->context),
                     NULL) == CR_TREE_FOUND)
      file = usual[i];
  if (file && cr_scripts_enter(run->work, cr_arena_printf(arena, "supervisor:%s", file), run->level))
    read_supervisor_config(run, cr_command_make_absolute(run->work, file, run->context), 0);
}

static const struct {
  const char *name;
  void (*run)(const CrRun *run);
} supervisors[] = {
    {"init", run_s6_overlay},         {"s6-svscan", run_folder}, {"runsvdir", run_folder},
    {"supervisord", run_supervisord}, {"run-parts", run_parts},  {"systemd", run_anything},
    {"cron", run_anything},           {"crond", run_anything},   {"openrc-init", run_anything},
    {"telinit", run_anything},        {"my_init", run_anything}, {"runit", run_anything},
    {"runit-init", run_anything},     {"sshd", run_anything},    {"login", run_anything},
    {"getty", run_anything},
};

static gboolean is_named(const CrRun *run, const char *name)
{
  const char *last = strrchr(run->program, '/');
  const char *called = strrchr(run->argv[0], '/');
  return strcmp(last ? last + 1 : run->program, name) == 0 || strcmp(called ? called + 1 : run->argv[0], name) == 0;
}

void cr_supervisor_run(const CrRun *run)
{
  for (guint i = 0; i < G_N_ELEMENTS(supervisors); i++)
    if (is_named(run, supervisors[i].name))
      supervisors[i].run(run);
}
