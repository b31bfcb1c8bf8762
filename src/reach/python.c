/* SPDX-License-Identifier: Apache-2.0 */
/* Python: what it is started with, its search path, and imports followed from there.
 *
 * Everything on the search path is possible: an interpreter can import it. What the interpreter itself, and the program
 * from its first line on, import without condition is as certain as the start. Order of the path: the Python
 * documentation, "The initialization of the sys.path module search path", and site.py. */
#include <string.h>

#include "base/limits.h"
#include "reach/script.h"

typedef struct {
  CrReachWork *work;
  const CrReachContext *context;
  CrReachLevel level;
  const char *program;  /* canonical path of the interpreter */
  const char *version;  /* "3.11", "3" or "" */
  GPtrArray *path;      /* char*: folders, absolute */
  GHashTable *followed; /* canonical paths of modules → level they were followed at */
  GArray *queue;        /* Module: whose imports are to be followed */
  const char *suffix;   /* of extension modules, once it was looked up */
  gboolean has_own;     /* the path's first folder is that of the program itself */
  guint open_folders;   /* the first folders of the path that are not taken as a whole */
} Python;

/* ---- the search path ---- */

static void add_folder(Python *python, const char *folder)
{
  CrNode node;
  if (python->path->len >= 256 || cr_tree_find(cr_reach_work_get_tree(python->work), folder, &node) != CR_TREE_FOUND ||
      node.type != CR_ENTRY_DIR)
    return;
  const char *whole = cr_arena_printf(cr_reach_work_get_arena(python->work), "/%s", node.path);
  for (guint i = 0; i < python->path->len; i++)
    if (strcmp(python->path->pdata[i], whole) == 0)
      return;
  g_ptr_array_add(python->path, (gpointer)whole);
}

/* Lines of .pth files and .egg-link name further folders; "import …" lines run code (site.py). */
static void add_pth_files(Python *python, const char *folder)
{
  CrArena *arena = cr_reach_work_get_arena(python->work);
  static const char *const patterns[] = {"*.pth", "*.egg-link"};
  for (guint p = 0; p < G_N_ELEMENTS(patterns); p++) {
    g_autoptr(GPtrArray) files =
        cr_glob_find(cr_reach_work_get_tree(python->work), cr_arena_printf(arena, "%s/%s", folder, patterns[p]), arena);
    for (guint i = 0; i < files->len; i++) {
      const char *text = cr_script_find_text(python->work, files->pdata[i]);
      g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", 1000);
      for (guint j = 0; lines[j]; j++) {
        const char *line = g_strstrip(lines[j]);
        if (*line && *line != '#' && !g_str_has_prefix(line, "import"))
          add_folder(python, *line == '/' ? line : cr_arena_printf(arena, "%s/%s", folder, line));
      }
    }
  }
}

static void add_site_folder(Python *python, const char *folder)
{
  guint before = python->path->len;
  add_folder(python, folder);
  if (python->path->len > before)
    add_pth_files(python, folder);
}

static const char *find_version(const char *program)
{
  const char *last = strrchr(program, '/');
  last = last ? last + 1 : program;
  const char *digit = strpbrk(last, "0123456789");
  return digit ? digit : "";
}

/* PREFIX/lib/pythonX.Y and what hangs on it; VERSION may be a part only: then every Python of the prefix. */
static void add_prefix(Python *python, const char *prefix)
{
  static const char *const libraries[] = {"lib", "lib64"};
  CrArena *arena = cr_reach_work_get_arena(python->work);
  gsize version_bytes = strspn(python->version, "0123456789.");
  while (version_bytes && python->version[version_bytes - 1] == '.') /* of libpython3.11.so */
    version_bytes--;
  for (guint i = 0; i < G_N_ELEMENTS(libraries); i++) {
    const char *major = version_bytes ? cr_arena_strndup(arena, python->version, 1) : "";
    gboolean whole = memchr(python->version, '.', version_bytes) != NULL;
    const char *pattern = cr_arena_printf(arena, "%s/%s/python%.*s%s", prefix, libraries[i], (int)version_bytes,
                                          python->version, whole ? "" : "*");
    g_autoptr(GPtrArray) folders = cr_glob_find(cr_reach_work_get_tree(python->work), pattern, arena);
    for (guint j = 0; j < folders->len; j++) {
      const char *folder = folders->pdata[j];
      add_folder(python, folder);
      add_folder(python, cr_arena_printf(arena, "%s/lib-dynload", folder));
      add_site_folder(python, cr_arena_printf(arena, "%s/site-packages", folder));
      add_site_folder(python, cr_arena_printf(arena, "%s/dist-packages", folder));
    }
    add_site_folder(python, cr_arena_printf(arena, "%s/%s/python%s/dist-packages", prefix, libraries[i], major));
    add_folder(python, cr_arena_printf(arena, "%s/%s/python%.*s.zip", prefix, libraries[i], (int)version_bytes,
                                       python->version));
  }
}

static void add_variable(Python *python)
{
  const char *value = cr_environment_find(python->context->environment, "PYTHONPATH");
  g_auto(GStrv) folders = g_strsplit(value ? value : "", ":", 100); /* an empty one is the working folder */
  for (guint i = 0; folders[i]; i++)
    add_folder(python, cr_command_make_absolute(python->work, folders[i], python->context));
}

/* SPELLED: the program before links are followed: a virtual environment's own is a link. */
static void add_usual_path(Python *python, const char *spelled)
{
  add_variable(python);
  const char *const programs[] = {spelled, python->program};
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
    g_autofree char *folder = programs[i] ? g_path_get_dirname(programs[i]) : NULL;
    g_autofree char *prefix = folder ? g_path_get_dirname(folder) : NULL;
    if (prefix)
      add_prefix(python, cr_arena_printf(cr_reach_work_get_arena(python->work), "%s%s", *prefix == '/' ? "" : "/",
                                         strcmp(prefix, ".") == 0 ? "" : prefix));
  }
  add_prefix(python, "/usr"); /* libpython in lib/x86_64-linux-gnu; also /bin/python3 where /bin is a folder */
  add_prefix(python, "/usr/local");
  const char *home = cr_environment_find(python->context->environment, "PYTHONHOME");
  if (home && *home == '/')
    add_prefix(python, home);
}

/* ---- modules ---- */

typedef struct {
  const char *path; /* canonical */
  CrReachLevel level;
} Module;

static void add_module_file(Python *python, const char *path, const char *from, CrReachLevel level,
                            const char *evidence)
{
  const char *canonical = cr_reach_add_in(python->work, path, python->context, level, from, "import", evidence);
  if (!canonical || GPOINTER_TO_UINT(g_hash_table_lookup(python->followed, canonical)) >= (guint)level ||
      python->queue->len >= CR_LIMIT_SCRIPT_STEPS)
    return;
  g_hash_table_insert(python->followed, (gpointer)canonical, GUINT_TO_POINTER((guint)level));
  Module module = {canonical, level};
  g_array_append_val(python->queue, module);
}

static gboolean is_file(Python *python, const char *path)
{
  CrNode node;
  return cr_tree_find(cr_reach_work_get_tree(python->work), path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_FILE;
}

/* The part of extension modules' names behind the module: ".cpython-311-x86_64-linux-gnu.so", read off lib-dynload. */
static const char *find_suffix(Python *python)
{
  if (python->suffix)
    return python->suffix;
  python->suffix = ".so";
  CrArena *arena = cr_reach_work_get_arena(python->work);
  for (guint i = 0; i < python->path->len; i++) {
    if (!g_str_has_suffix(python->path->pdata[i], "/lib-dynload"))
      continue;
    g_autoptr(GPtrArray) files =
        cr_glob_find(cr_reach_work_get_tree(python->work),
                     cr_arena_printf(arena, "%s/_*.cpython-*.so", (char *)python->path->pdata[i]), arena);
    if (files->len)
      python->suffix = strstr(files->pdata[0], ".cpython-");
  }
  return python->suffix;
}

/* NAME (one component) in FOLDER, in the order of importlib's finders: a package, an extension, a source file, a folder
 * without __init__. *IS_FOLDER: what it is, is the folder FOLDER/NAME. */
static gboolean find_in_folder(Python *python, const char *folder, const char *name, const char **file,
                               gboolean *is_folder)
{
  CrArena *arena = cr_reach_work_get_arena(python->work);
  const char *base = cr_arena_printf(arena, "%s/%s", folder, name);
  CrNode node;
  gboolean exists = cr_tree_find(cr_reach_work_get_tree(python->work), base, &node) == CR_TREE_FOUND;
  *is_folder = exists && node.type == CR_ENTRY_DIR;
  *file = cr_arena_printf(arena, "%s/__init__.py", base);
  if (*is_folder && is_file(python, *file))
    return TRUE;
  const char *const endings[] = {find_suffix(python), ".abi3.so", ".so", ".py", ".pyc"};
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
    *file = cr_arena_printf(arena, "%s%s", base, endings[i]);
    if (is_file(python, *file)) {
      *is_folder = FALSE;
      return TRUE;
    }
  }
  *file = NULL;
  return *is_folder;
}

/* Import NAME ("a.b.c") from FOLDERS. Returns the folder of the package it is, or NULL. */
static const char *import_name(Python *python, char *const *folders, guint count, const char *name, const char *from,
                               CrReachLevel level, const char *evidence)
{
  CrArena *arena = cr_reach_work_get_arena(python->work);
  g_auto(GStrv) parts = g_strsplit(name, ".", 20);
  const char *package = NULL;
  for (guint p = 0; parts[p]; p++) {
    const char *file = NULL;
    gboolean is_folder = FALSE, found = FALSE;
    if (!*parts[p])
      return NULL;
    for (guint i = 0; !found && i < (p ? 1 : count); i++) {
      const char *folder = p ? package : folders[i];
      found = find_in_folder(python, folder, parts[p], &file, &is_folder);
      if (found && is_folder)
        package = cr_arena_printf(arena, "%s/%s", folder, parts[p]);
    }
    if (file)
      add_module_file(python, file, from, level, evidence);
    if (!found || !is_folder)
      return NULL;
  }
  return package;
}

/* "MODULE name,name" or "MODULE" or "..MODULE name". PACKAGE: the folder of the importing file. */
static void import_statement(Python *python, const CrStatement *statement, const char *package, const char *from,
                             CrReachLevel level)
{
  CrArena *arena = cr_reach_work_get_arena(python->work);
  const char *text = statement->text;
  const char *names = strchr(text, ' ');
  gsize dots = strspn(text, ".");
  const char *module = cr_arena_strndup(arena, text + dots, (names ? (gsize)(names - text) : strlen(text)) - dots);
  const char *evidence = cr_arena_printf(arena, "import %s (line %u)", *module ? module : text, statement->line);
  const char *base = package;
  for (gsize i = 1; i < dots && base; i++) {
    const char *slash = strrchr(base, '/');
    base = slash && slash > base ? cr_arena_strndup(arena, base, (gsize)(slash - base)) : NULL;
  }
  char *const relative[] = {(char *)base};
  char *const *folders = dots ? relative : (char *const *)python->path->pdata;
  guint count = dots ? (base ? 1 : 0) : python->path->len;
  /* What is conditional is possible with its whole folder already, unless the folder is not taken as a whole; but what
   * the program's own modules start is followed. */
  if (level < CR_REACH_LOADED && !dots)
    count = MIN(count, python->has_own ? 1 : python->open_folders);
  const char *found = *module ? import_name(python, folders, count, module, from, level, evidence)
                      : count ? base
                              : NULL;
  g_auto(GStrv) list = g_strsplit(found && names ? names + 1 : "", ",", 200);
  for (guint i = 0; list[i]; i++) {
    char *const inside[] = {(char *)found};
    import_name(python, inside, 1, list[i], from, level, evidence);
  }
}

static gboolean is_app(CrReachWork *work, const char *path)
{
  return cr_reach_work_get_owner(work, path) < 0 && !strstr(path, "/site-packages/") &&
         !strstr(path, "/dist-packages/") && !strstr(path, "/lib/python");
}

static void follow_statements(Python *python, const CrScriptFacts *facts, const char *path, CrReachLevel level)
{
  CrArena *arena = cr_reach_work_get_arena(python->work);
  g_autofree char *folder = g_path_get_dirname(path);
  const char *package = cr_arena_printf(arena, "/%s", folder);
  CrStatement statement;
  for (const char *body = facts->body; cr_statement_next(&body, facts->body + facts->body_bytes, arena, &statement);) {
    if (statement.kind == CR_STATEMENT_IMPORT)
      import_statement(python, &statement, package, path, level);
    else if (statement.kind == CR_STATEMENT_IMPORT_MAY)
      import_statement(python, &statement, package, path, CR_REACH_POSSIBLE);
  }
  cr_scripts_enter(python->work, cr_arena_printf(arena, "script:%s", path), level);
  cr_statements_follow_calls(python->work, facts, path, is_app(python->work, path), python->context, level);
}

static void follow_queue(Python *python)
{
  for (guint i = 0; i < python->queue->len; i++) {
    Module module = g_array_index(python->queue, Module, i);
    CrNode node;
    CrScriptFacts facts;
    if (cr_tree_find(cr_reach_work_get_tree(python->work), module.path, &node) == CR_TREE_FOUND &&
        cr_script_facts_get(python->work, &node, &facts) && facts.language == CR_LANGUAGE_PYTHON)
      follow_statements(python, &facts, module.path, module.level);
  }
  g_array_set_size(python->queue, 0);
}

/* ---- the interpreter reached at all ---- */

static void init(Python *python, CrReachWork *work, const char *program, const CrReachContext *context,
                 CrReachLevel level)
{
  *python = (Python){.work = work, .context = context, .level = level, .program = program};
  python->version = find_version(program);
  python->path = g_ptr_array_new();
  python->followed = g_hash_table_new(g_str_hash, g_str_equal);
  python->queue = g_array_new(FALSE, FALSE, sizeof(Module));
}

static void clear(Python *python)
{
  g_ptr_array_unref(python->path);
  g_hash_table_unref(python->followed);
  g_array_unref(python->queue);
}

static gboolean is_below(const char *path, const GPtrArray *folders, guint count)
{
  for (guint i = 0; i < count; i++) {
    gsize n = strlen(folders->pdata[i]);
    if (strncmp(path, folders->pdata[i], n) == 0 && path[n] == '/')
      return TRUE;
  }
  return FALSE;
}

static void add_folders(Python *python)
{
  for (guint i = python->open_folders; i < python->path->len; i++)
    if (!is_below(python->path->pdata[i], python->path, python->path->len))
      cr_reach_add_folder(python->work, python->path->pdata[i], CR_REACH_POSSIBLE,
                          i == 0 && python->has_own ? cr_scripts_can_import : NULL, NULL, python->program, "import",
                          "on Python's search path");
}

/* What the interpreter itself imports before the program (Python/pylifecycle.c, site.py): the names are the language's
 * own, their files and what these import in turn are the image's. */
static void import_startup(Python *python)
{
  if (python->level < CR_REACH_LOADED)
    return; /* all of it is on the search path, which is possible as a whole */
  static const char *const names[] = {
      "encodings", "encodings.utf_8", "encodings.aliases", "codecs", "io", "abc", "site",
      "os",        "sitecustomize",   "usercustomize"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    import_name(python, (char *const *)python->path->pdata, python->path->len, names[i], python->program, python->level,
                "imported at start");
  follow_queue(python);
}

static void expand_python(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  Python python;
  init(&python, work, program, context, level);
  add_usual_path(&python, NULL);
  add_folders(&python);
  import_startup(&python);
  clear(&python);
}

/* ---- started with words ---- */

/* The folder in front of the path. Where programs live, or at the root, only what is imported from it counts. */
static void put_first(Python *python, const char *folder)
{
  static const char *const shared[] = {"/",         "/usr",  "/usr/bin",       "/bin",
                                       "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"};
  const char *whole = cr_arena_printf(cr_reach_work_get_arena(python->work), "/%s", folder + (*folder == '/'));
  g_ptr_array_insert(python->path, 0, (gpointer)whole);
  python->has_own = !strstr(whole, "/lib/python") && !strstr(whole, "-packages"); /* else it is a library itself */
  for (guint i = 0; i < G_N_ELEMENTS(shared); i++)
    if (strcmp(whole, shared[i]) == 0)
      python->open_folders = 1;
  if (g_str_has_suffix(whole, "/bin"))
    python->open_folders = 1;
}

static void run_script_file(Python *python, const CrRun *run, const char *path, const char *evidence)
{
  CrNode node;
  CrScriptFacts facts;
  CrTree *tree = cr_reach_work_get_tree(run->work);
  CrArena *arena = cr_reach_work_get_arena(run->work);
  if (cr_tree_find(tree, path, &node) != CR_TREE_FOUND)
    return;
  gboolean is_folder = node.type == CR_ENTRY_DIR;
  if (is_folder && cr_tree_find(tree, cr_arena_printf(arena, "%s/__main__.py", path), &node) != CR_TREE_FOUND)
    return;
  const char *canonical =
      cr_reach_add_in(run->work, node.path, run->context, run->level, run->program, "script", evidence);
  if (!canonical)
    return;
  g_autofree char *folder = g_path_get_dirname(canonical);
  put_first(python, strcmp(folder, ".") == 0 ? "" : folder);
  add_folders(python);
  if (cr_script_facts_get(run->work, &node, &facts))
    follow_statements(python, &facts, canonical, run->level);
  follow_queue(python);
}

/* `gunicorn app.wsgi:application`, `celery -A proj`: a word of a program that names a module in the work folder. */
static void import_word(Python *python, const char *word, CrReachLevel level)
{
  gsize n = 0;
  while (g_ascii_isalnum(word[n]) || word[n] == '_' || word[n] == '.')
    n++;
  if (!n || n > 200 || (word[n] && word[n] != ':') || *word == '.')
    return;
  CrArena *arena = cr_reach_work_get_arena(python->work);
  const char *workdir = python->context->workdir && *python->context->workdir ? python->context->workdir : "/";
  char *const folders[] = {(char *)workdir};
  guint before = python->queue->len;
  import_name(python, folders, 1, cr_arena_strndup(arena, word, n), python->program,
              word[n] == ':' ? level : CR_REACH_POSSIBLE, cr_arena_printf(arena, "the word %s names a module", word));
  if (python->queue->len == before)
    return;
  add_folder(python, workdir); /* what such programs put on the path themselves */
  if (strcmp(workdir, "/") != 0)
    cr_reach_add_folder(python->work, workdir, CR_REACH_POSSIBLE, NULL, NULL, python->program, "import",
                        "beside a module that a word names");
}

static void run_python_with(Python *python, const CrRun *run)
{
  char stopped;
  const char *value;
  CrArena *arena = cr_reach_work_get_arena(run->work);
  guint i = cr_options_skip(run, "WX", "--check-hash-based-pycs", "cm", &stopped, &value);
  if (stopped == 'c' && value) {
    CrScriptFacts facts;
    cr_statements_scan_code(run->work, CR_LANGUAGE_PYTHON, value, &facts);
    put_first(python, run->context->workdir ? run->context->workdir : "");
    add_folders(python);
    follow_statements(python, &facts, run->program, run->level);
  } else if (stopped == 'm' && value && cr_word_is_known(value)) {
    const char *workdir = run->context->workdir && *run->context->workdir ? run->context->workdir : "/";
    put_first(python, workdir);
    add_folders(python);
    const char *evidence = cr_arena_printf(arena, "%s -m %s", run->argv[0], value);
    import_name(python, (char *const *)python->path->pdata, python->path->len, "runpy", run->program, run->level,
                evidence);
    const char *package = import_name(python, (char *const *)python->path->pdata, python->path->len, value,
                                      run->program, run->level, evidence);
    if (package)
      add_module_file(python, cr_arena_printf(arena, "%s/__main__.py", package), run->program, run->level, evidence);
  } else if (i < run->argc && cr_word_is_known(run->argv[i]))
    run_script_file(python, run, cr_command_make_absolute(run->work, run->argv[i], run->context),
                    cr_arena_printf(arena, "%s %s", run->argv[0], run->argv[i]));
  else
    cr_scripts_add_everything(run->work, run->program,
                              "an interpreter that reads its program, or is given one that is not known");
  for (guint word = i + 1; word < run->argc; word++)
    import_word(python, run->argv[word], run->level);
  follow_queue(python);
}

static void run_python(const CrRun *run)
{
  Python python;
  init(&python, run->work, run->program, run->context, run->level);
  add_usual_path(&python, run->spelled);
  run_python_with(&python, run);
  import_startup(&python);
  clear(&python);
}

static const char *const programs[] = {"python", "python[0-9]*", "pypy*", NULL};
static const char *const libraries[] = {"libpython[0-9]*.so*", "libpypy*.so*", NULL};

const CrInterpreter cr_interpreter_python = {
    .name = "python",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_PYTHON,
    .run = run_python,
    .expand = expand_python,
};
