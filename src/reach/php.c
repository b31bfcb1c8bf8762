/* SPDX-License-Identifier: Apache-2.0 */
/* PHP: extensions that the ini files switch on are opened at start; every other one is possible (dl(), another ini).
 * The started script's folder, and PEAR's, are possible. */
#include <string.h>

#include "reach/script.h"

static const char *const extension_folders[] = {
    "/usr/lib/php/[0-9]*",        "/usr/lib/*/php/[0-9]*",  "/usr/local/lib/php/extensions/*",
    "/usr/lib/php[0-9]*/modules", "/usr/lib64/php/modules", "/usr/lib/php/modules",
};
static const char *const ini_files[] = {
    "/etc/php/*/*/php.ini",       "/etc/php/*/*/conf.d/*.ini",       "/etc/php.ini",
    "/etc/php.d/*.ini",           "/etc/php[0-9]*/php.ini",          "/etc/php[0-9]*/conf.d/*.ini",
    "/usr/local/etc/php/php.ini", "/usr/local/etc/php/conf.d/*.ini",
};
static const char *const library_folders[] = {"/usr/share/php", "/usr/local/lib/php", "/usr/share/php[0-9]*",
                                              "/usr/share/pear"};

typedef struct {
  CrReachWork *work;
  const CrReachContext *context;
  CrReachLevel level;
  const char *program;
  GPtrArray *folders; /* char*: of extensions */
} Php;

/* extension=NAME, NAME.so or a path; zend_extension likewise (php.ini, "extension"). */
static void load_extension(Php *php, const char *name, const char *file, guint line)
{
  CrArena *arena = cr_reach_work_get_arena(php->work);
  const char *evidence = cr_arena_printf(arena, "%s line %u: extension=%s", file, line, name);
  gboolean suffixed = g_str_has_suffix(name, ".so");
  if (*name == '/') {
    cr_reach_add_in(php->work, name, php->context, php->level, php->program, "plugin", evidence);
    return;
  }
  for (guint i = 0; i < php->folders->len; i++)
    cr_reach_add_in(php->work,
                    cr_arena_printf(arena, "%s/%s%s", (char *)php->folders->pdata[i], name, suffixed ? "" : ".so"),
                    php->context, php->level, php->program, "plugin", evidence);
}

static void read_ini(Php *php, const char *file)
{
  CrArena *arena = cr_reach_work_get_arena(php->work);
  const char *text = cr_script_find_text(php->work, file);
  cr_reach_add(php->work, file, php->level, php->program, "config", "PHP's configuration");
  g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", 20000);
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip(lines[i]);
    char *equals = strchr(line, '=');
    if (!equals || *line == ';' || *line == '#')
      continue;
    *equals = 0;
    g_autofree char *value = g_strstrip(g_strdup(equals + 1));
    g_strstrip(line);
    value[strcspn(value, ";")] = 0;
    char *bare = g_strstrip(g_strdelimit(value, "\"'", ' '));
    if (strcmp(line, "extension") == 0 || strcmp(line, "zend_extension") == 0)
      load_extension(php, bare, file, i + 1);
    else if (strcmp(line, "extension_dir") == 0 && *bare == '/')
      g_ptr_array_add(php->folders, (gpointer)cr_arena_strdup(arena, bare));
  }
}

static void add_found(GPtrArray *all, CrReachWork *work, const char *const *patterns, guint count)
{
  for (guint i = 0; i < count; i++)
    cr_folders_add_glob(work, patterns[i], all);
}

static void expand_php(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new(), files = g_ptr_array_new();
  Php php = {work, context, level, program, folders};
  add_found(folders, work, extension_folders, G_N_ELEMENTS(extension_folders));
  add_found(files, work, ini_files, G_N_ELEMENTS(ini_files));
  for (guint i = 0; i < files->len; i++)
    read_ini(&php, files->pdata[i]);
  for (guint i = 0; i < folders->len; i++)
    cr_reach_add_folder(work, folders->pdata[i], CR_REACH_POSSIBLE, NULL, NULL, program, "plugin-dir",
                        "PHP's extension folder");
  cr_folders_reach(work, library_folders, G_N_ELEMENTS(library_folders), program, "in PHP's include path");
}

static gboolean is_php(const CrNode *node, gpointer data)
{
  return g_str_has_suffix(node->path, ".php") || g_str_has_suffix(node->path, ".inc") ||
         g_str_has_suffix(node->path, ".phar");
}

/* FOLDER: of the script, that names are relative to. */
static void follow(const CrRun *run, const CrScriptFacts *facts, const char *path, const char *folder, gboolean app)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);) {
    if (statement.kind != CR_STATEMENT_IMPORT && statement.kind != CR_STATEMENT_IMPORT_MAY)
      continue;
    const char *name = statement.text[0] == '.' && statement.text[1] == '/' ? statement.text + 2 : statement.text;
    const char *included = cr_arena_printf(arena, "%s/%s", folder, name);
    CrReachLevel level = statement.kind == CR_STATEMENT_IMPORT ? run->level : CR_REACH_POSSIBLE;
    const char *evidence = cr_arena_printf(arena, "include %s (line %u)", name, statement.line);
    cr_reach_add(run->work, *name == '/' ? name : included, level, path, "import", evidence);
    if (*name != '/') /* "." of the include path */
      cr_reach_add(run->work, cr_command_make_absolute(run->work, name, run->context), level, path, "import", evidence);
  }
  cr_statements_follow_calls(run->work, facts, path, app, run->context, run->level);
}

static void run_script(const CrRun *run, const char *word)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  CrNode node;
  CrScriptFacts facts;
  const char *path = cr_command_make_absolute(run->work, word, run->context);
  const char *canonical = cr_reach_add_in(run->work, path, run->context, run->level, run->program, "script",
                                          cr_arena_printf(arena, "%s %s", run->argv[0], word));
  if (!canonical || cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) != CR_TREE_FOUND)
    return;
  g_autofree char *folder = g_path_get_dirname(canonical);
  if (!g_str_has_suffix(folder, "bin") && strcmp(folder, ".") != 0)
    cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, is_php, NULL, canonical, "import",
                        "below the started script");
  if (!cr_script_facts_get(run->work, &node, &facts) || facts.language != CR_LANGUAGE_PHP)
    return;
  cr_scripts_enter(run->work, cr_arena_printf(arena, "script:%s", canonical), run->level);
  follow(run, &facts, canonical, cr_arena_printf(arena, "/%s", folder),
         cr_reach_work_get_owner(run->work, canonical) < 0);
}

/* -S ADDRESS [-t FOLDER]: its own web server runs whatever it is asked for, without -t from the working folder. */
static void serve(const CrRun *run)
{
  const char *folder = NULL;
  for (guint i = 1; i < run->argc; i++) {
    if (g_str_has_prefix(run->argv[i], "-S") && !folder)
      folder = ".";
    else if (g_str_has_prefix(run->argv[i], "-t"))
      folder = run->argv[i][2] ? run->argv[i] + 2 : i + 1 < run->argc ? run->argv[i + 1] : ".";
  }
  if (folder)
    cr_reach_add_folder(run->work, cr_command_make_absolute(run->work, folder, run->context), CR_REACH_POSSIBLE, is_php,
                        NULL, run->program, "import", "served by php -S");
}

/* php [options] [-f] FILE | -r CODE | -S ADDRESS [-t FOLDER]; php-fpm has no script of its own. */
static void run_php(const CrRun *run)
{
  if (strstr(run->program, "fpm"))
    return;
  serve(run);
  char stopped;
  const char *value;
  guint i = cr_options_skip(run, "cdzSt", "", "frBRFE", &stopped, &value);
  if (stopped == 'f' && value && cr_word_is_known(value))
    run_script(run, value);
  else if (stopped && strchr("rBRE", stopped)) {
    CrScriptFacts facts;
    cr_statements_scan_code(run->work, CR_LANGUAGE_PHP, value, &facts);
    follow(run, &facts, run->program, run->context->workdir ? run->context->workdir : "", TRUE);
  } else if (!stopped && i < run->argc && cr_word_is_known(run->argv[i]))
    run_script(run, run->argv[i]);
}

static const char *const programs[] = {"php", "php[0-9]*", "php-fpm*", "php-cgi*", "frankenphp", NULL};
static const char *const libraries[] = {"libphp*.so*", "mod_php*.so", NULL};

const CrInterpreter cr_interpreter_php = {
    .name = "php",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_PHP,
    .run = run_php,
    .expand = expand_php,
};
