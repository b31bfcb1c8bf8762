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
  CrArena *arena = cr_reach_work_get_arena(work);
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autoptr(GPtrArray) found = cr_glob_find(cr_reach_work_get_tree(work), folders[i], arena);
    for (guint j = 0; j < found->len; j++)
      cr_reach_add_folder(work, found->pdata[j], CR_REACH_POSSIBLE, NULL, NULL, program, "import", "in Perl's @INC");
  }
}

typedef struct {
  CrReachWork *work;
  const CrReachContext *context;
  GPtrArray *inc;       /* char*: folders */
  GHashTable *followed; /* canonical paths */
  GPtrArray *queue;     /* canonical paths */
  CrReachLevel level;
} Perl;

static void add_inc(Perl *perl, const char *pattern)
{
  g_autoptr(GPtrArray) found =
      cr_glob_find(cr_reach_work_get_tree(perl->work), pattern, cr_reach_work_get_arena(perl->work));
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add(perl->inc, found->pdata[i]);
}

static void import_file(Perl *perl, const CrStatement *statement, const char *from, const char *path)
{
  const char *canonical = cr_reach_add_in(
      perl->work, path, perl->context, perl->level, from, "import",
      cr_arena_printf(cr_reach_work_get_arena(perl->work), "use %s (line %u)", statement->text, statement->line));
  if (canonical && g_hash_table_add(perl->followed, (gpointer)canonical))
    g_ptr_array_add(perl->queue, (gpointer)canonical);
}

/* Foo::Bar is Foo/Bar.pm; a literal is a file. */
static void import_module(Perl *perl, const CrStatement *statement, const char *from)
{
  CrArena *arena = cr_reach_work_get_arena(perl->work);
  g_auto(GStrv) parts = g_strsplit(statement->text, "::", 20);
  g_autofree char *joined = g_strjoinv("/", parts);
  gboolean is_file = strchr(statement->text, '.') || strchr(statement->text, '/');
  for (guint i = 0; i < perl->inc->len; i++) {
    const char *path = cr_arena_printf(arena, "%s/%s%s", (char *)perl->inc->pdata[i], joined, is_file ? "" : ".pm");
    if (cr_tree_find(cr_reach_work_get_tree(perl->work), path, NULL) == CR_TREE_FOUND) {
      import_file(perl, statement, from, path);
      return;
    }
  }
}

static void follow(Perl *perl, const CrScriptFacts *facts, const char *path, gboolean app)
{
  CrArena *arena = cr_reach_work_get_arena(perl->work);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);)
    if (statement.kind == CR_STATEMENT_IMPORT)
      import_module(perl, &statement, path);
  cr_scripts_enter(perl->work, cr_arena_printf(arena, "script:%s", path), perl->level);
  cr_statements_follow_calls(perl->work, facts, path, app, perl->context, perl->level);
}

static void follow_queue(Perl *perl)
{
  for (guint i = 0; i < perl->queue->len; i++) {
    CrNode node;
    CrScriptFacts facts;
    if (cr_tree_find(cr_reach_work_get_tree(perl->work), perl->queue->pdata[i], &node) == CR_TREE_FOUND &&
        cr_script_facts_get(perl->work, &node, &facts) && facts.language == CR_LANGUAGE_PERL)
      follow(perl, &facts, perl->queue->pdata[i], FALSE);
  }
}

/* perl [switches] [-e CODE | FILE [ARGUMENT…]]; -I and -M are in one word mostly. */
static void run_file_or_code(Perl *perl, const CrRun *run)
{
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
  follow_queue(perl);
}

static void run_perl(const CrRun *run)
{
  Perl perl = {.work = run->work, .context = run->context, .level = run->level};
  perl.inc = g_ptr_array_new();
  perl.queue = g_ptr_array_new();
  perl.followed = g_hash_table_new(g_str_hash, g_str_equal);
  CrArena *arena = cr_reach_work_get_arena(run->work);
  for (guint i = 1; i < run->argc; i++)
    if (g_str_has_prefix(run->argv[i], "-I"))
      add_inc(&perl, cr_command_make_absolute(run->work, run->argv[i] + 2, run->context));
  const char *variable = cr_environment_find(run->context->environment, "PERL5LIB");
  g_auto(GStrv) own = g_strsplit(variable ? variable : "", ":", 50);
  for (guint i = 0; own[i]; i++)
    if (*own[i]) {
      add_inc(&perl, cr_arena_strdup(arena, own[i]));
      cr_reach_add_folder(run->work, own[i], CR_REACH_POSSIBLE, NULL, NULL, run->program, "import", "in PERL5LIB");
    }
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    add_inc(&perl, folders[i]);
    add_inc(&perl, cr_arena_printf(arena, "%s/[0-9]*", folders[i])); /* …/perl/5.36 */
  }
  run_file_or_code(&perl, run);
  g_ptr_array_unref(perl.inc);
  g_ptr_array_unref(perl.queue);
  g_hash_table_unref(perl.followed);
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
