/* SPDX-License-Identifier: Apache-2.0 */
/* Node.js: require and import resolved as its documentation's "All together…" says, from the started file on; the
 * program's own package and every node_modules on the way up are possible. */
#include <string.h>

#include "reach/script.h"

typedef struct {
  const CrRun *run;
  CrModules modules;
} Node;

static const char *get_folder(CrArena *arena, const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  return cr_arena_printf(arena, "%s%s", *folder == '/' ? "" : "/", strcmp(folder, ".") == 0 ? "" : folder);
}

static gboolean take_with_endings(Node *node, const char *path, const char *from, const char *evidence)
{
  static const char *const endings[] = {"", ".js", ".json", ".node", ".mjs", ".cjs"};
  CrArena *arena = cr_reach_work_get_arena(node->run->work);
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
    if (cr_modules_add(&node->modules, cr_arena_printf(arena, "%s%s", path, endings[i]), from, evidence))
      return TRUE;
  return FALSE;
}

/* A file, or a folder by its package.json's main or its index. */
static gboolean resolve(Node *node, const char *path, const char *from, const char *evidence)
{
  CrArena *arena = cr_reach_work_get_arena(node->run->work);
  if (take_with_endings(node, path, from, evidence))
    return TRUE;
  const char *description = cr_arena_printf(arena, "%s/package.json", path);
  const char *main = cr_script_find_text(node->run->work, description);
  cr_reach_add(node->run->work, description, node->run->level, from, "import", evidence);
  if (main && *main && take_with_endings(node, cr_arena_printf(arena, "%s/%s", path, main), from, evidence))
    return TRUE;
  return take_with_endings(node, cr_arena_printf(arena, "%s/%s/index", path, main && *main ? main : "."), from,
                           evidence) ||
         take_with_endings(node, cr_arena_printf(arena, "%s/index", path), from, evidence);
}

static void require(Node *node, const CrStatement *statement, const char *path)
{
  CrArena *arena = cr_reach_work_get_arena(node->run->work);
  const char *name = statement->text;
  const char *evidence = cr_arena_printf(arena, "require %s (line %u)", name, statement->line);
  const char *folder = get_folder(arena, path);
  if (*name == '/' || g_str_has_prefix(name, "./") || g_str_has_prefix(name, "../") || strcmp(name, ".") == 0) {
    resolve(node, *name == '/' ? name : cr_arena_printf(arena, "%s/%s", folder, name), path, evidence);
    return;
  }
  for (guint depth = 0; depth < 64; depth++) {
    if (resolve(node, cr_arena_printf(arena, "%s/node_modules/%s", folder, name), path, evidence) || !*folder)
      return;
    const char *slash = strrchr(folder, '/');
    folder = slash ? cr_arena_strndup(arena, folder, (gsize)(slash - folder)) : "";
  }
}

static void follow_statements(Node *node, const CrScriptFacts *facts, const char *path, gboolean app)
{
  CrReachWork *work = node->run->work;
  CrArena *arena = cr_reach_work_get_arena(work);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);)
    if (statement.kind == CR_STATEMENT_IMPORT)
      require(node, &statement, path);
  cr_statements_follow_calls(work, facts, path, app, node->run->context, node->run->level);
}

static void follow_modules(Node *node)
{
  CrReachWork *work = node->run->work;
  CrScriptFacts facts;
  for (const char *path; (path = cr_modules_next(&node->modules, &facts));) {
    cr_scripts_enter(work, cr_arena_printf(cr_reach_work_get_arena(work), "script:%s", path), node->run->level);
    follow_statements(node, &facts, path, cr_reach_work_get_owner(work, path) < 0 && !strstr(path, "node_modules/"));
  }
}

/* The package of the started file, and node_modules on the way up. */
static void add_package(const CrRun *run, const char *path)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  CrTree *tree = cr_reach_work_get_tree(run->work);
  const char *folder = get_folder(arena, path);
  gboolean own = FALSE;
  for (guint depth = 0; depth < 64 && *folder; depth++) {
    gboolean is_package = !own && (depth == 0 || cr_tree_find(tree, cr_arena_printf(arena, "%s/package.json", folder),
                                                              NULL) == CR_TREE_FOUND);
    if (is_package && !g_str_has_suffix(folder, "bin"))
      cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, cr_scripts_can_import, NULL, path, "import",
                          "the started file's package");
    own |= is_package && depth > 0;
    cr_reach_add_folder(run->work, cr_arena_printf(arena, "%s/node_modules", folder), CR_REACH_POSSIBLE, NULL, NULL,
                        path, "import", "Node can require it");
    const char *slash = strrchr(folder, '/');
    folder = cr_arena_strndup(arena, folder, (gsize)(slash - folder));
  }
  cr_reach_add_folder(run->work, "node_modules", CR_REACH_POSSIBLE, NULL, NULL, path, "import", "Node can require it");
}

static void run_file(Node *node, const char *word)
{
  const CrRun *run = node->run;
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *path = cr_command_make_absolute(run->work, word, run->context);
  if (!resolve(node, path, run->program, cr_arena_printf(arena, "%s %s", run->argv[0], word)))
    return;
  add_package(run, node->modules.queue->pdata[0]);
}

/* node -e CODE: required from the work folder. */
static void run_code(Node *node, const char *code)
{
  const CrRun *run = node->run;
  CrScriptFacts facts;
  cr_statements_scan_code(run->work, CR_LANGUAGE_NODE, code, &facts);
  const char *here = cr_command_make_absolute(run->work, "[eval]", run->context);
  follow_statements(node, &facts, here + 1, TRUE);
}

static void run_node(const CrRun *run)
{
  char stopped;
  const char *value;
  guint i =
      cr_options_skip(run, "rC", "--require --import --loader --env-file --title --conditions", "ep", &stopped, &value);
  if (!stopped && (i >= run->argc || !cr_word_is_known(run->argv[i]))) {
    cr_scripts_add_everything(run->work, run->program,
                              "an interpreter that reads its program, or is given one that is not known");
    return;
  }
  Node node = {.run = run};
  cr_modules_init(&node.modules, run, CR_LANGUAGE_NODE);
  if (stopped)
    run_code(&node, value);
  else
    run_file(&node, run->argv[i]);
  follow_modules(&node);
  cr_modules_clear(&node.modules);
}

/* Debian builds Node with some of its modules outside the program. */
static void expand_node(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  static const char *const folders[] = {"/usr/share/nodejs",     "/usr/lib/nodejs",
                                        "/usr/lib/*/nodejs",     "/usr/share/node_modules",
                                        "/usr/lib/node_modules", "/usr/local/lib/node_modules"};
  cr_folders_reach(work, folders, G_N_ELEMENTS(folders), program, "Node can require it");
  cr_folders_reach_variable(work, context, "NODE_PATH", program);
}

static const char *const programs[] = {"node", "nodejs", "bun", "deno", NULL};
static const char *const libraries[] = {"libnode.so*", NULL};

const CrInterpreter cr_interpreter_node = {
    .name = "node",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_NODE,
    .run = run_node,
    .expand = expand_node,
};
