/* SPDX-License-Identifier: Apache-2.0 */
/* Ruby: the standard library, vendor and site folders and gems are possible; `require` from the started script on is
 * followed through them. */
#include <string.h>

#include "reach/script.h"

static const char *const folders[] = {
    "/usr/lib/ruby",
    "/usr/lib/*/ruby",
    "/usr/lib64/ruby",
    "/usr/share/ruby",
    "/usr/local/lib/ruby",
    "/var/lib/gems",
    "/usr/share/rubygems-integration",
    "/usr/share/gems",
    "/usr/local/bundle",
    "/usr/lib64/gems",
    "/usr/local/share/gems",
};

static void expand_ruby(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  cr_folders_reach(work, folders, G_N_ELEMENTS(folders), program, "Ruby can require it");
  static const char *const variables[] = {"GEM_HOME", "GEM_PATH", "RUBYLIB", "BUNDLE_PATH"};
  for (guint i = 0; i < G_N_ELEMENTS(variables); i++)
    cr_folders_reach_variable(work, context, variables[i], program);
}

typedef struct {
  const CrRun *run;
  GPtrArray *path; /* char* folders of $LOAD_PATH */
  CrModules modules;
} Ruby;

static gboolean require_at(Ruby *ruby, const char *folder, const char *name, const char *from, const char *evidence)
{
  static const char *const endings[] = {"", ".rb", ".so"};
  CrArena *arena = cr_reach_work_get_arena(ruby->run->work);
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
    if (cr_modules_add(&ruby->modules, cr_arena_printf(arena, "%s/%s%s", folder, name, endings[i]), from, evidence))
      return TRUE;
  return FALSE;
}

static gboolean is_app(CrReachWork *work, const char *path)
{
  return cr_reach_work_get_owner(work, path) < 0 && !strstr(path, "/gems/") && !strstr(path, "/lib/ruby/");
}

static void follow(Ruby *ruby, const CrScriptFacts *facts, const char *path, gboolean app)
{
  CrReachWork *work = ruby->run->work;
  CrArena *arena = cr_reach_work_get_arena(work);
  g_autofree char *folder = g_path_get_dirname(path);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);) {
    if (statement.kind != CR_STATEMENT_IMPORT)
      continue;
    const char *evidence = cr_arena_printf(arena, "require %s (line %u)", statement.text, statement.line);
    gboolean found = require_at(ruby, cr_arena_printf(arena, "/%s", folder), statement.text, path, evidence);
    if (statement.text[0] == '.') /* require's is the working folder, require_relative's the script's */
      found |= require_at(ruby, ruby->run->context->workdir, statement.text, path, evidence);
    for (guint i = 0; !found && i < ruby->path->len; i++)
      found = require_at(ruby, ruby->path->pdata[i], statement.text, path, evidence);
  }
  cr_scripts_enter(work, cr_arena_printf(arena, "script:%s", path), ruby->run->level);
  cr_statements_follow_calls(work, facts, path, app, ruby->run->context, ruby->run->level);
}

static void follow_modules(Ruby *ruby)
{
  CrScriptFacts facts;
  for (const char *path; (path = cr_modules_next(&ruby->modules, &facts));)
    follow(ruby, &facts, path, is_app(ruby->run->work, path));
}

/* $LOAD_PATH: …/ruby/{,vendor_ruby,site_ruby}/3.1.0/{,ARCH}. */
static void add_load_path(Ruby *ruby)
{
  static const char *const patterns[] = {
      "", "/vendor_ruby", "/[0-9]*", "/[0-9]*/*-linux*", "/vendor_ruby/[0-9]*", "/site_ruby/[0-9]*"};
  CrArena *arena = cr_reach_work_get_arena(ruby->run->work);
  for (guint i = 0; i < 5; i++)
    for (guint p = 0; p < G_N_ELEMENTS(patterns); p++)
      cr_folders_add_glob(ruby->run->work, cr_arena_printf(arena, "%s%s", folders[i], patterns[p]), ruby->path);
}

/* -I FOLDER, -IFOLDER, ':' between more. */
static void add_given_path(Ruby *ruby)
{
  const CrRun *run = ruby->run;
  for (guint i = 1; i < run->argc && run->argv[i][0] == '-'; i++) {
    if (run->argv[i][1] != 'I')
      continue;
    const char *value = run->argv[i][2] ? run->argv[i] + 2 : i + 1 < run->argc ? run->argv[++i] : "";
    g_auto(GStrv) given = g_strsplit(value, ":", 50);
    for (guint k = 0; given[k]; k++) {
      const char *folder = cr_command_make_absolute(run->work, given[k], run->context);
      if (!*given[k])
        continue;
      cr_folders_add_glob(run->work, folder, ruby->path);
      cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, cr_scripts_can_import, NULL, run->program, "import",
                          "given with -I");
    }
  }
}

static void run_with(Ruby *ruby)
{
  const CrRun *run = ruby->run;
  CrArena *arena = cr_reach_work_get_arena(run->work);
  char stopped;
  const char *value;
  guint i = cr_options_skip(run, "IrCEx", "", "e", &stopped, &value);
  CrScriptFacts facts = {0};
  CrNode node;
  if (stopped) {
    cr_statements_scan_code(run->work, CR_LANGUAGE_RUBY, value, &facts);
    follow(ruby, &facts, run->program, TRUE);
    follow_modules(ruby);
    return;
  }
  if (i >= run->argc || !cr_word_is_known(run->argv[i])) {
    cr_scripts_add_everything(run->work, run->program,
                              "an interpreter that reads its program, or is given one that is not known");
    return;
  }
  const char *path = cr_command_make_absolute(run->work, run->argv[i], run->context);
  const char *canonical = cr_reach_add_in(run->work, path, run->context, run->level, run->program, "script",
                                          cr_arena_printf(arena, "%s %s", run->argv[0], run->argv[i]));
  if (!canonical || cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) != CR_TREE_FOUND)
    return;
  g_autofree char *folder = g_path_get_dirname(canonical);
  if (!g_str_has_suffix(folder, "bin") && strcmp(folder, ".") != 0)
    cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, cr_scripts_can_import, NULL, canonical, "import",
                        "beside the started script");
  if (cr_script_facts_get(run->work, &node, &facts))
    follow(ruby, &facts, canonical, is_app(run->work, canonical));
  follow_modules(ruby);
}

static void run_ruby(const CrRun *run)
{
  Ruby ruby = {.run = run, .path = g_ptr_array_new()};
  cr_modules_init(&ruby.modules, run, CR_LANGUAGE_RUBY);
  add_given_path(&ruby);
  add_load_path(&ruby);
  run_with(&ruby);
  g_ptr_array_unref(ruby.path);
  cr_modules_clear(&ruby.modules);
}

static const char *const programs[] = {"ruby", "ruby[0-9]*", "jruby", "truffleruby", NULL};
static const char *const libraries[] = {"libruby*.so*", NULL};

const CrInterpreter cr_interpreter_ruby = {
    .name = "ruby",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_RUBY,
    .run = run_ruby,
    .expand = expand_ruby,
};
