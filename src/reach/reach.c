/* SPDX-License-Identifier: Apache-2.0 */
/* The graph and its work list. Files that are certain are expanded first, so that most are expanded once; the rules are
 * in elf-rules.c, script.c and command.c. */
#include "reach/reach.h"

#include <string.h>

#include "base/limits.h"
#include "reach/work.h"

typedef struct {
  const CrReachContext *context;
  CrReachLevel level;
} Visit;

typedef struct {
  CrNode node;
  CrReachFile file;
  GArray *visits; /* Visit: in which surroundings, and how far, it was or will be expanded */
} File;

typedef struct {
  File *file;
  const CrReachContext *context;
  CrReachLevel level;
} Task;

struct CrReach {
  CrArena *arena;
  GHashTable *by_path; /* path → CrReachFile */
  CrReachFile *files;
  guint count;
  const char *command;
  gboolean known;
  gboolean doubtful; /* something that is loaded could not be analysed: nothing is certainly unreached */
};

struct CrReachWork {
  CrReach *reach;
  CrTree *tree;
  const CrImage *image;
  CrProblems *problems;
  int (*owner)(const char *path, gpointer data);
  gpointer owner_data;
  CrReachContext start;
  const CrReachContext *current;
  GHashTable *files;    /* path → File */
  GHashTable *contexts; /* CrReachContext, each once: a set by what they say */
  GHashTable *folders;  /* Folder: taken as a whole already */
  GQueue tasks[2];      /* Task: loaded, possible */
  CrLoader *loader;
  CrReachScripts *scripts;
  const char *everything_from, *everything_evidence;
  gboolean everything_asked, everything_done;
};

CrTree *cr_reach_work_get_tree(const CrReachWork *work)
{
  return work->tree;
}

CrArena *cr_reach_work_get_arena(const CrReachWork *work)
{
  return work->reach->arena;
}

const CrImage *cr_reach_work_get_image(const CrReachWork *work)
{
  return work->image;
}

const CrReachContext *cr_reach_work_get_context(const CrReachWork *work)
{
  return &work->start;
}

CrProblems *cr_reach_work_get_problems(const CrReachWork *work)
{
  return work->problems;
}

CrLoader *cr_reach_work_get_loader(const CrReachWork *work)
{
  return work->loader;
}

CrReachScripts *cr_reach_work_get_scripts(const CrReachWork *work)
{
  return work->scripts;
}

int cr_reach_work_get_owner(const CrReachWork *work, const char *path)
{
  return work->owner ? work->owner(path, work->owner_data) : -1;
}

CrReachLevel cr_reach_work_get_level(const CrReachWork *work, const char *path)
{
  const File *file = g_hash_table_lookup(work->files, path);
  return file ? file->file.level : CR_REACH_UNREACHED;
}

void cr_reach_work_doubt(CrReachWork *work)
{
  work->reach->doubtful = TRUE;
}

/* ---- adding ---- */

static gboolean is_same_strv(CrStrv a, CrStrv b)
{
  guint i = 0;
  for (; a[i] && b[i]; i++)
    if (strcmp(a[i], b[i]) != 0)
      return FALSE;
  return !a[i] && !b[i];
}

static gboolean is_same_context(gconstpointer data, gconstpointer other)
{
  const CrReachContext *a = data, *b = other;
  return a == b || (g_strcmp0(a->path, b->path) == 0 && g_strcmp0(a->workdir, b->workdir) == 0 &&
                    is_same_strv(a->environment, b->environment));
}

static guint hash_context(gconstpointer data)
{
  const CrReachContext *context = data;
  guint hash = context->workdir ? g_str_hash(context->workdir) : 0;
  for (guint i = 0; context->environment[i]; i++)
    hash = hash * 31 + g_str_hash(context->environment[i]);
  return hash;
}

/* The first that was met of those that say the same as CONTEXT: from then on they are compared as pointers. */
static const CrReachContext *intern_context(CrReachWork *work, const CrReachContext *context)
{
  if (context == work->current)
    return context;
  const CrReachContext *known = g_hash_table_lookup(work->contexts, context);
  if (!known)
    g_hash_table_add(work->contexts, (gpointer)(known = context));
  return known;
}

/* FALSE: FILE is or will be expanded so far already. */
static gboolean note_visit(File *file, const CrReachContext *context, CrReachLevel level)
{
  for (guint i = 0; i < file->visits->len; i++) {
    Visit *visit = &g_array_index(file->visits, Visit, i);
    if (visit->context != context)
      continue;
    if (visit->level >= level)
      return FALSE;
    visit->level = level;
    return TRUE;
  }
  if (file->visits->len >= CR_LIMIT_REACH_CONTEXTS)
    return FALSE;
  Visit visit = {context, level};
  g_array_append_val(file->visits, visit);
  return TRUE;
}

static File *get_file(CrReachWork *work, const CrNode *node)
{
  File *file = g_hash_table_lookup(work->files, node->path);
  if (file)
    return file;
  file = cr_arena_new0(work->reach->arena, File);
  file->node = *node;
  file->file.path = node->path;
  file->visits = g_array_new(FALSE, FALSE, sizeof(Visit));
  g_hash_table_insert(work->files, (gpointer)node->path, file);
  return file;
}

static const char *add_node_in(CrReachWork *work, const CrNode *node, const CrReachContext *context, CrReachLevel level,
                               const char *from, const char *kind, const char *evidence)
{
  const File *origin = from ? g_hash_table_lookup(work->files, from) : NULL;
  if (origin && origin->file.level < level)
    level = origin->file.level; /* a way is as certain as its least certain step */
  context = intern_context(work, context);
  File *file = get_file(work, node);
  if (file->file.level < level) {
    file->file.level = level;
    file->file.from = origin && origin != file ? origin->file.path : NULL;
    file->file.kind = kind;
    file->file.evidence = cr_arena_strdup(work->reach->arena, evidence);
  }
  if (note_visit(file, context, level)) {
    Task *task = g_new(Task, 1);
    *task = (Task){file, context, level};
    g_queue_push_tail(&work->tasks[level == CR_REACH_LOADED ? 0 : 1], task);
  }
  return file->file.path;
}

const char *cr_reach_add_in(CrReachWork *work, const char *path, const CrReachContext *context, CrReachLevel level,
                            const char *from, const char *kind, const char *evidence)
{
  CrNode node;
  if (strlen(path) > CR_LIMIT_PATH_BYTES || cr_tree_find(work->tree, path, &node) != CR_TREE_FOUND ||
      node.type != CR_ENTRY_FILE)
    return NULL;
  return add_node_in(work, &node, context, level, from, kind, evidence);
}

const char *cr_reach_add(CrReachWork *work, const char *path, CrReachLevel level, const char *from, const char *kind,
                         const char *evidence)
{
  return cr_reach_add_in(work, path, work->current, level, from, kind, evidence);
}

typedef struct {
  CrReachWork *work;
  CrReachLevel level;
  gboolean (*keep)(const CrNode *node, gpointer data);
  gpointer data;
  const char *from, *kind, *evidence;
} FolderWalk;

static gboolean add_node(const CrNode *node, gpointer data)
{
  FolderWalk *walk = data;
  if ((node->type != CR_ENTRY_FILE && node->type != CR_ENTRY_SYMLINK) || (walk->keep && !walk->keep(node, walk->data)))
    return TRUE;
  if (node->type == CR_ENTRY_FILE)
    add_node_in(walk->work, node, walk->work->current, walk->level, walk->from, walk->kind, walk->evidence);
  else
    cr_reach_add(walk->work, node->path, walk->level, walk->from, walk->kind, walk->evidence);
  return TRUE;
}

/* A folder and all below it, as it was added. */
typedef struct {
  const char *path;
  const CrReachContext *context;
  gboolean (*keep)(const CrNode *node, gpointer data); /* which of its files; NULL: all */
  CrReachLevel level;
} Folder;

static guint hash_folder(gconstpointer data)
{
  const Folder *folder = data;
  return g_str_hash(folder->path) ^ g_direct_hash(folder->context);
}

static gboolean is_same_folder(gconstpointer data, gconstpointer other)
{
  const Folder *a = data, *b = other;
  return a->context == b->context && a->keep == b->keep && strcmp(a->path, b->path) == 0;
}

/* FALSE: every file below it is that certain in these surroundings already. */
static gboolean note_folder(CrReachWork *work, const char *path, gboolean (*keep)(const CrNode *node, gpointer data),
                            CrReachLevel level)
{
  const Folder asked = {path, work->current, keep, level};
  Folder *known = g_hash_table_lookup(work->folders, &asked);
  if (known && known->level >= level)
    return FALSE;
  if (known) {
    known->level = level;
    return TRUE;
  }
  known = cr_arena_new0(work->reach->arena, Folder);
  *known = asked;
  g_hash_table_add(work->folders, known);
  return TRUE;
}

void cr_reach_add_folder(CrReachWork *work, const char *folder, CrReachLevel level,
                         gboolean (*keep)(const CrNode *node, gpointer data), gpointer data, const char *from,
                         const char *kind, const char *evidence)
{
  CrNode node;
  const File *origin = from ? g_hash_table_lookup(work->files, from) : NULL;
  if (origin && origin->file.level < level)
    level = origin->file.level;
  FolderWalk walk = {work, level, keep, data, from, kind, evidence};
  if (cr_tree_find(work->tree, folder, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_DIR &&
      (data || note_folder(work, node.path, keep, level)))
    cr_tree_foreach(work->tree, node.path, add_node, &walk);
}

/* ---- everything ---- */

void cr_reach_add_everything(CrReachWork *work, const char *from, const char *evidence)
{
  if (work->everything_asked)
    return;
  work->everything_asked = TRUE;
  work->everything_from = from;
  work->everything_evidence = cr_arena_strdup(work->reach->arena, evidence);
}

static gboolean add_any_program(const CrNode *node, gpointer data)
{
  CrReachWork *work = data;
  if (node->type != CR_ENTRY_FILE || !(node->mode & 0111))
    return TRUE;
  if (node->has_facts) { /* libraries may have the bit too, and nobody can start them */
    g_autoptr(CrArena) arena = cr_arena_new();
    const CrElfFacts *facts = cr_elf_facts_get(work->tree, node, arena);
    if (facts && !facts->is_pie_or_program)
      return TRUE;
  }
  cr_reach_add_program(work, node->path, NULL, &work->start, CR_REACH_POSSIBLE, work->everything_from, "shell",
                       work->everything_evidence);
  return TRUE;
}

/* ---- the work ---- */

static void say_damaged(CrReachWork *work, const File *file, const CrElfFacts *facts, CrReachLevel level)
{
  if (!facts->damaged && !facts->cut)
    return;
  gboolean matters = level == CR_REACH_LOADED;
  work->reach->doubtful |= matters && facts->damaged;
  cr_problems_add(work->problems, matters && facts->damaged ? CR_PROBLEM_PARTIAL : CR_PROBLEM_NOTE, file->file.path,
                  facts->damaged ? "cannot tell what it loads: its ELF tables point outside the file"
                                 : "names more files than careen follows");
}

/* A program that is started and is in no format known here (another system's, a virtual machine's, garbage): what it
 * loads is not known, which is not the same as nothing. */
static void say_foreign(CrReachWork *work, const Task *task)
{
  static const char *const starts[] = {"entrypoint", "command", "exec", NULL};
  const File *file = task->file;
  if (task->level != CR_REACH_LOADED || !file->node.size || !(file->node.mode & 0111) ||
      !g_strv_contains(starts, file->file.kind))
    return;
  work->reach->doubtful = TRUE;
  cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, file->file.path,
                  "cannot tell what it loads: it is neither an ELF program nor a script");
}

static void expand(CrReachWork *work, const Task *task)
{
  const CrNode *node = &task->file->node;
  work->current = task->context;
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrElfFacts *facts = cr_elf_facts_get(work->tree, node, arena);
  if (facts) {
    say_damaged(work, task->file, facts, task->level);
    cr_reach_expand_elf(work, node, facts, task->level, task->context);
    cr_reach_expand_interpreter(work, node, task->level, task->context);
  } else if (!cr_reach_expand_script(work, node, task->level, task->context)) {
    say_foreign(work, task);
  }
  work->current = &work->start;
}

static void run(CrReachWork *work)
{
  for (;;) {
    g_autofree Task *task = g_queue_pop_head(&work->tasks[0]);
    if (!task)
      task = g_queue_pop_head(&work->tasks[1]);
    if (task) {
      expand(work, task);
      continue;
    }
    if (!work->everything_asked || work->everything_done)
      return;
    work->everything_done = TRUE;
    cr_tree_foreach(work->tree, "", add_any_program, work);
  }
}

/* ---- surroundings of the start ---- */

static gboolean has_name(const char *setting, const char *other)
{
  gsize n = strcspn(setting, "=");
  return strcspn(other, "=") == n && !memcmp(setting, other, n);
}

static void set_variable(GPtrArray *list, const char *setting)
{
  for (guint i = 0; i < list->len; i++)
    if (has_name(list->pdata[i], setting)) {
      list->pdata[i] = (gpointer)setting;
      return;
    }
  g_ptr_array_add(list, (gpointer)setting);
}

static void make_context(CrReachWork *work, const CrReachOptions *options)
{
  CrArena *arena = work->reach->arena;
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; work->image->env && work->image->env[i]; i++)
    set_variable(list, cr_arena_strdup(arena, work->image->env[i]));
  for (guint i = 0; options && options->environment && options->environment[i]; i++)
    set_variable(list, cr_arena_strdup(arena, options->environment[i]));
  const char **environment = cr_arena_alloc(arena, (list->len + 1) * sizeof *environment);
  for (guint i = 0; i < list->len; i++) {
    environment[i] = list->pdata[i];
    if (g_str_has_prefix(environment[i], "PATH="))
      work->start.path = environment[i] + strlen("PATH=");
  }
  work->start.environment = environment;
  const char *workdir =
      work->image->workdir ? work->image->workdir : ""; /* engines take a relative one from the root */
  work->start.workdir = *workdir == '/' ? workdir : cr_arena_printf(arena, "/%s", workdir);
  work->start.user = work->image->user ? work->image->user : "";
  work->current = &work->start;
  g_hash_table_add(work->contexts, &work->start);
}

static gboolean needs_quotes(const char *word)
{
  return !*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-")];
}

static const char *format_command(const CrReachWork *work, const CrReachOptions *options)
{
  g_autoptr(GString) text = g_string_new(NULL);
  const char *const *parts[] = {options ? options->command : NULL, NULL};
  if (!parts[0]) {
    parts[0] = work->image->entrypoint;
    parts[1] = work->image->cmd;
  }
  for (guint k = 0; k < G_N_ELEMENTS(parts); k++)
    for (guint i = 0; parts[k] && parts[k][i]; i++) {
      g_autofree char *quoted = needs_quotes(parts[k][i]) ? g_shell_quote(parts[k][i]) : g_strdup(parts[k][i]);
      g_string_append_printf(text, "%s%s", text->len ? " " : "", quoted);
    }
  return text->len ? cr_arena_strdup(work->reach->arena, text->str) : NULL;
}

/* ---- the answer ---- */

static int compare_files(const void *a, const void *b)
{
  return strcmp(((const CrReachFile *)a)->path, ((const CrReachFile *)b)->path);
}

static void take_files(CrReachWork *work)
{
  CrReach *reach = work->reach;
  reach->files = g_new0(CrReachFile, g_hash_table_size(work->files) + 1);
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, work->files);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    File *file = value;
    reach->files[reach->count++] = file->file;
    g_array_unref(file->visits);
  }
  qsort(reach->files, reach->count, sizeof *reach->files, compare_files);
  for (guint i = 0; i < reach->count; i++)
    g_hash_table_insert(reach->by_path, (gpointer)reach->files[i].path, &reach->files[i]);
}

static void look_for_missing_layers(CrReachWork *work)
{
  for (guint i = 0; i < cr_tree_get_layer_count(work->tree); i++)
    if (!cr_tree_get_layer(work->tree, i))
      work->reach->doubtful = TRUE; /* what it holds may be loaded, or may load */
}

CrReach *cr_reach_compute(CrTree *tree, const CrImage *image, const CrReachOptions *options,
                          int (*owner)(const char *path, gpointer data), gpointer data, CrProblems *problems)
{
  CrReach *reach = g_new0(CrReach, 1);
  reach->arena = cr_arena_new();
  reach->by_path = g_hash_table_new(g_str_hash, g_str_equal);
  CrReachWork work = {.reach = reach,
                      .tree = tree,
                      .image = image,
                      .problems = problems,
                      .owner = owner,
                      .owner_data = data,
                      .files = g_hash_table_new(g_str_hash, g_str_equal),
                      .contexts = g_hash_table_new(hash_context, is_same_context),
                      .folders = g_hash_table_new(hash_folder, is_same_folder),
                      .tasks = {G_QUEUE_INIT, G_QUEUE_INIT}};
  make_context(&work, options);
  work.scripts = cr_reach_scripts_new();
  work.loader = cr_loader_new(&work);
  reach->command = format_command(&work, options);
  look_for_missing_layers(&work);
  reach->known = cr_reach_add_starts(&work, options);
  run(&work);
  take_files(&work);
  g_hash_table_unref(work.files);
  g_hash_table_unref(work.contexts);
  g_hash_table_unref(work.folders);
  cr_loader_free(work.loader);
  cr_reach_scripts_free(work.scripts);
  return reach;
}

void cr_reach_free(CrReach *reach)
{
  if (!reach)
    return;
  g_hash_table_unref(reach->by_path);
  g_free(reach->files);
  cr_arena_free(reach->arena);
  g_free(reach);
}

const char *cr_reach_get_command(const CrReach *reach)
{
  return reach->command;
}

gboolean cr_reach_is_known(const CrReach *reach)
{
  return reach->known;
}

CrReachLevel cr_reach_get_rest(const CrReach *reach)
{
  return reach->known && !reach->doubtful ? CR_REACH_UNREACHED : CR_REACH_UNKNOWN;
}

CrReachLevel cr_reach_get_level(const CrReach *reach, const char *path)
{
  const CrReachFile *file = g_hash_table_lookup(reach->by_path, path);
  return file && reach->known ? file->level : cr_reach_get_rest(reach);
}

const CrReachFile *cr_reach_get_files(const CrReach *reach, guint *count)
{
  *count = reach->count;
  return reach->files;
}

const CrReachFile *const *cr_reach_get_path(const CrReach *reach, const char *path, CrArena *arena)
{
  guint count = 0;
  const CrReachFile *file = g_hash_table_lookup(reach->by_path, path);
  for (const CrReachFile *at = file; at && count <= reach->count; count++)
    at = at->from ? g_hash_table_lookup(reach->by_path, at->from) : NULL;
  if (!count || count > reach->count)
    return NULL;
  const CrReachFile **way = cr_arena_alloc(arena, (count + 1) * sizeof *way);
  for (guint i = count; i > 0 && file; i--) {
    way[i - 1] = file;
    file = file->from ? g_hash_table_lookup(reach->by_path, file->from) : NULL;
  }
  return way;
}

static gpointer join_collectors(gpointer data)
{
  const CrCollector *const *lists[] = {cr_reach_get_elf_collectors(), cr_reach_get_script_collectors()};
  GPtrArray *all = g_ptr_array_new();
  for (guint k = 0; k < G_N_ELEMENTS(lists); k++)
    for (guint i = 0; lists[k][i]; i++)
      g_ptr_array_add(all, (gpointer)lists[k][i]);
  g_ptr_array_add(all, NULL);
  return g_ptr_array_free(all, FALSE);
}

const CrCollector *const *cr_reach_get_collectors(void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, join_collectors, NULL);
}
