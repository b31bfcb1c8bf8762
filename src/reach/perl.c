/* SPDX-License-Identifier: Apache-2.0 */
/* Perl: `use` and `require` through @INC; every folder of @INC is possible. */
#include <string.h>

#include "reach/script.h"

/* Where builds of Perl put @INC (perlrun, Debian's and Fedora's and Alpine's configuration), as patterns. */
static const char *const folders[] = {
    "/etc/perl",
    "/usr/local/lib/*/perl",
    "/usr/local/share/perl",
    "/usr/lib/*/perl5",
    "/usr/share/perl5",
    "/usr/lib/*/perl-base",
    "/usr/lib/*/perl",
    "/usr/share/perl",
    "/usr/lib/perl5",
    "/usr/lib64/perl5",
    "/usr/local/lib/perl5",
    "/usr/local/share/perl5",
    "/usr/local/lib64/perl5",
    "/usr/local/lib/site_perl",
};

static void expand_perl(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  cr_folders_reach(work, folders, G_N_ELEMENTS(folders), program, "in Perl's @INC");
}

typedef struct {
  const CrRun *run;
  GPtrArray *inc; /* char*: folders */
  CrModules modules;
} Perl;

/* Foo::Bar is Foo/Bar.pm; a literal is a file. */
static void import_module(Perl *perl, const CrStatement *statement, const char *from)
{
  CrArena *arena = cr_reach_work_get_arena(perl->run->work);
  const char *evidence = cr_arena_printf(arena, "use %s (line %u)", statement->text, statement->line);
  g_auto(GStrv) parts = g_strsplit(statement->text, "::", 20);
  g_autofree char *joined = g_strjoinv("/", parts);
  gboolean is_file = strchr(statement->text, '.') || strchr(statement->text, '/');
  for (guint i = 0; i < perl->inc->len; i++) {
    const char *path = cr_arena_printf(arena, "%s/%s%s", (char *)perl->inc->pdata[i], joined, is_file ? "" : ".pm");
    if (cr_tree_find(cr_reach_work_get_tree(perl->run->work), path, NULL) == CR_TREE_FOUND) {
      cr_modules_add(&perl->modules, path, from, evidence);
      return;
    }
  }
}

static void follow(Perl *perl, const CrScriptFacts *facts, const char *path, gboolean app)
{
  CrReachWork *work = perl->run->work;
  CrArena *arena = cr_reach_work_get_arena(work);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);)
    if (statement.kind == CR_STATEMENT_IMPORT)
      import_module(perl, &statement, path);
  cr_scripts_enter(work, cr_arena_printf(arena, "script:%s", path), perl->run->level);
  cr_statements_follow_calls(work, facts, path, app, perl->run->context, perl->run->level);
}

/* perl [switches] [-e CODE | FILE [ARGUMENT…]]; -I and -M are in one word mostly. */
static void run_file_or_code(Perl *perl)
{
  const CrRun *run = perl->run;
  CrArena *arena = cr_reach_work_get_arena(run->work);
  char stopped;
  const char *value;
  guint i = cr_options_skip(run, "IMmFx0l", "", "eE", &stopped, &value);
  CrScriptFacts facts = {.language = CR_LANGUAGE_PERL};
  CrNode node;
  if (stopped) {
    cr_statements_scan_code(run->work, CR_LANGUAGE_PERL, value, &facts);
    follow(perl, &facts, run->program, TRUE);
  } else if (i < run->argc && cr_word_is_known(run->argv[i])) {
    const char *path = cr_command_make_absolute(run->work, run->argv[i], run->context);
    const char *canonical = cr_reach_add_in(run->work, path, run->context, run->level, run->program, "script",
                                            cr_arena_printf(arena, "%s %s", run->argv[0], run->argv[i]));
    if (canonical && cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) == CR_TREE_FOUND &&
        cr_script_facts_get(run->work, &node, &facts))
      follow(perl, &facts, canonical, cr_reach_work_get_owner(run->work, canonical) < 0);
  } else
    cr_scripts_add_everything(run->work, run->program,
                              "an interpreter that reads its program, or is given one that is not known");
  for (const char *module; (module = cr_modules_next(&perl->modules, &facts));)
    follow(perl, &facts, module, FALSE);
}

static void run_perl(const CrRun *run)
{
  Perl perl = {.run = run, .inc = g_ptr_array_new()};
  cr_modules_init(&perl.modules, run, CR_LANGUAGE_PERL);
  CrArena *arena = cr_reach_work_get_arena(run->work);
  for (guint i = 1; i < run->argc; i++)
    if (g_str_has_prefix(run->argv[i], "-I"))
      cr_folders_add_glob(run->work, cr_command_make_absolute(run->work, run->argv[i] + 2, run->context), perl.inc);
  const char *variable = cr_environment_find(run->context->environment, "PERL5LIB");
  g_auto(GStrv) own = g_strsplit(variable ? variable : "", ":", 50);
  for (guint i = 0; own[i]; i++)
    if (*own[i]) {
      const char *folder = cr_command_make_absolute(run->work, own[i], run->context);
      cr_folders_add_glob(run->work, folder, perl.inc);
      cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, NULL, NULL, run->program, "import", "in PERL5LIB");
    }
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    cr_folders_add_glob(run->work, folders[i], perl.inc);
    cr_folders_add_glob(run->work, cr_arena_printf(arena, "%s/[0-9]*", folders[i]), perl.inc); /* …/perl/5.36 */
  }
  run_file_or_code(&perl);
  g_ptr_array_unref(perl.inc);
  cr_modules_clear(&perl.modules);
}

static const char *const programs[] = {"perl", "perl[0-9]*", NULL};
static const char *const libraries[] = {"libperl.so*", NULL};

const CrInterpreter cr_interpreter_perl = {
    .name = "perl",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_PERL,
    .run = run_perl,
    .expand = expand_perl,
};
