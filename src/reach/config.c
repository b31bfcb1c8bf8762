/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/config.h"

#include <fnmatch.h>
#include <string.h>

#include "base/limits.h"

/* ---- the collector: lines that could lead somewhere, "NUMBER TEXT" each ---- */

static const char *const include_words[] = {"include",  "includeoptional", "include_dir", "include_if_exists",
                                            "!include", "!includedir",     "@include",    "includedir",
                                            "substack", ".include"};
static const char *const module_words[] = {"loadmodule",      "load_module",    "loadfile",       "load_file",
                                           "extension",       "zend_extension", "module",         "plugin-load",
                                           "plugin-load-add", "plugin_load",    "plugin_load_add"};
/* The value is a list of names without ".so". */
static const char *const name_words[] = {"extension", "zend_extension", "shared_preload_libraries",
                                         "session_preload_libraries", "local_preload_libraries"};

/* The file goes on with what a command prints. */
static const char *const run_words[] = {"include_shell"};

static gboolean is_listed(const char *const *list, guint count, const char *word)
{
  for (guint i = 0; i < count; i++)
    if (!g_ascii_strcasecmp(list[i], word))
      return TRUE;
  return FALSE;
}
#define IS_LISTED(list, word) is_listed(list, G_N_ELEMENTS(list), word)

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  static const char *const ends[] = {".conf", ".ini", ".cnf", ".cfg", ".load"};
  if (entry->size > CR_LIMIT_SMALL_FILE || memchr(head, 0, head_bytes))
    return FALSE;
  if (!strncmp(entry->path, "etc/", 4) || strstr(entry->path, "/etc/"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (g_str_has_suffix(entry->path, ends[i]))
      return TRUE;
  return FALSE;
}

static gboolean is_separator(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '=' || c == ';' || c == ',' || c == '"' || c == '\'' || c == '(' ||
         c == ')' || c == '{' || c == '}' || c == '|' || c == '>' || c == ':';
}

/* The next word of *AT, which moves on; NULL at the end. */
static const char *next_word(const char **at, gsize *size)
{
  const char *p = *at;
  while (*p && is_separator(*p))
    p++;
  const char *word = p;
  while (*p && !is_separator(*p))
    p++;
  *at = p;
  *size = (gsize)(p - word);
  return *size ? word : NULL;
}

static gboolean is_interesting(const char *line)
{
  gsize size = 0;
  const char *at = line, *word = next_word(&at, &size);
  if (!word)
    return FALSE;
  char first[64];
  g_strlcpy(first, word, MIN(size + 1, sizeof first));
  if (*line == '<' || IS_LISTED(include_words, first) || IS_LISTED(name_words, first) || IS_LISTED(module_words, first))
    return TRUE;
  for (; word; word = next_word(&at, &size))
    if ((word[0] == '/' && size > 2) || (word[0] == '@' && size > 2) || g_strstr_len(word, (gssize)size, ".so"))
      return TRUE;
  return strstr(line, " include ") != NULL || strstr(line, "\tinclude\t") != NULL;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  gsize size = (gsize)cr_file_get_size(file), kept = 0;
  const guint8 *data = cr_file_peek(file, 0, size);
  guint number = 0;
  for (gsize at = 0; data && at < size; number++) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize n = end ? (gsize)(end - (data + at)) : size - at;
    g_autofree char *line = n < 2048 ? g_strndup((const char *)data + at, n) : NULL;
    at += n + 1;
    char *text = line ? g_strstrip(line) : NULL;
    if (!text || !*text || *text == '#' || *text == ';' || !is_interesting(text))
      continue;
    g_autofree char *out = g_strdup_printf("%u %s\n", number + 1, text);
    kept += strlen(out);
    if (kept > CR_LIMIT_CONFIG_KEPT_BYTES)
      break; /* a table of something: what loads modules is short */
    cr_sink_write(sink, out, strlen(out));
  }
  return TRUE;
}

const CrCollector cr_config_collector = {.name = "config", .version = 1, .wants = wants, .collect = collect};

/* ---- reading ---- */

typedef struct {
  CrConfigWalk *walk;
  const char *path;  /* of the file, canonical */
  const char *place; /* "etc/nginx/nginx.conf:12" */
  CrReachLevel level;
} Line;

static const char *format_evidence(const Line *line, const char *word)
{
  return cr_arena_printf(cr_reach_work_get_arena(line->walk->work), "%s names %s", line->place, word);
}

static gboolean add_library_at(const Line *line, const char *path, const char *word, CrReachLevel level)
{
  CrConfigWalk *walk = line->walk;
  CrLib *lib = cr_loader_get_lib(cr_reach_work_get_loader(walk->work), path);
  if (!lib)
    return FALSE;
  cr_reach_add_in(walk->work, lib->node.path, walk->context, level, walk->program, "config",
                  format_evidence(line, word));
  return TRUE;
}

static void add_library(const Line *line, const char *word, CrReachLevel level)
{
  CrConfigWalk *walk = line->walk;
  if (*word == '/') {
    add_library_at(line, word, word, level);
    return;
  }
  gboolean found = FALSE;
  for (guint i = 0; i < walk->bases->len; i++) { /* which of them is meant is the program's matter */
    g_autofree char *path = g_strdup_printf("%s/%s", (const char *)walk->bases->pdata[i], word);
    found |= strlen(path) < CR_LIMIT_PATH_BYTES &&
             add_library_at(line, path, word, found ? MIN(level, CR_REACH_POSSIBLE) : level);
  }
  const char *slash = strrchr(word, '/');
  const GPtrArray *others =
      found ? NULL : cr_loader_find_named(cr_reach_work_get_loader(walk->work), slash ? slash + 1 : word);
  for (guint i = 0; others && i < others->len; i++)
    add_library_at(line, others->pdata[i], word, MIN(level, CR_REACH_POSSIBLE));
  if (!found && !others && !slash)
    cr_reach_add_library(walk->work, word, walk->context, MIN(level, CR_REACH_POSSIBLE), walk->program, "config",
                         format_evidence(line, word));
}

static gboolean follow_node(const CrNode *node, gpointer data);

typedef struct {
  CrConfigWalk *walk;
  const char *pattern; /* NULL: all */
  CrReachLevel level;
} FolderWalk;

static gboolean follow_node(const CrNode *node, gpointer data)
{
  FolderWalk *folder = data;
  if (node->type != CR_ENTRY_FILE && node->type != CR_ENTRY_SYMLINK)
    return TRUE;
  if (!folder->pattern ||
      fnmatch(folder->pattern, strrchr(node->path, '/') ? strrchr(node->path, '/') + 1 : node->path, 0) == 0)
    cr_config_follow(folder->walk, node->path, folder->level);
  return folder->walk->files < CR_LIMIT_CONFIG_FILES;
}

void cr_config_follow_folder(CrConfigWalk *walk, const char *folder, gboolean deep, CrReachLevel level)
{
  CrNode node;
  FolderWalk each = {walk, NULL, level};
  CrTree *tree = cr_reach_work_get_tree(walk->work);
  if (cr_tree_find(tree, folder, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_DIR)
    return;
  if (deep)
    cr_tree_foreach(tree, node.path, follow_node, &each);
  else
    cr_tree_foreach_child(tree, node.path, follow_node, &each);
}

static void include_path(const Line *line, const char *path)
{
  CrTree *tree = cr_reach_work_get_tree(line->walk->work);
  CrNode node;
  if (strpbrk(path, "*?[")) {
    g_autofree char *folder = g_path_get_dirname(path);
    FolderWalk each = {line->walk, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, line->level};
    cr_tree_foreach_child(tree, folder, follow_node, &each);
  } else if (cr_tree_find(tree, path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_DIR) {
    cr_config_follow_folder(line->walk, path, FALSE, line->level);
  } else {
    cr_config_follow(line->walk, path, line->level);
  }
}

/* Relative ones are meant from the file's own folder, the one above it, or a folder of the program. */
static void include(const Line *line, const char *word)
{
  if (*word == '/') {
    include_path(line, word);
    return;
  }
  g_autofree char *own = g_path_get_dirname(line->path);
  g_autofree char *above = g_path_get_dirname(own);
  const char *const first[] = {own, above};
  for (guint i = 0; i < G_N_ELEMENTS(first) + line->walk->bases->len; i++) {
    const char *base = i < G_N_ELEMENTS(first) ? first[i] : line->walk->bases->pdata[i - G_N_ELEMENTS(first)];
    g_autofree char *path = g_strdup_printf("%s/%s", base, word);
    if (strlen(path) < CR_LIMIT_PATH_BYTES)
      include_path(line, path);
  }
}

static void add_program(const Line *line, const char *word, CrReachLevel level)
{
  CrNode node;
  CrConfigWalk *walk = line->walk;
  if (cr_tree_find(cr_reach_work_get_tree(walk->work), word, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE ||
      !(node.mode & 0111))
    return;
  cr_reach_add_program(walk->work, word, level == CR_REACH_LOADED ? (const char *const[]){word, NULL} : NULL,
                       walk->context, level, walk->program, "config", format_evidence(line, word));
  if (level == CR_REACH_LOADED)
    cr_reach_add_program(walk->work, "/bin/sh", NULL, walk->context, level, walk->program, "shell",
                         format_evidence(line, word));
}

static void read_line(const Line *line, const char *text)
{
  gsize size = 0;
  char first[64] = "";
  gboolean includes = FALSE;
  const char *word = NULL;
  for (guint i = 0; (word = next_word(&text, &size)); i++) {
    g_autofree char *copy = g_strndup(word, size);
    if (!i)
      g_strlcpy(first, copy, sizeof first);
    gboolean module = IS_LISTED(module_words, first);
    CrReachLevel level = module ? line->level : MIN(line->level, CR_REACH_POSSIBLE);
    if (strstr(copy, ".so"))
      add_library(line, copy, level);
    else if (includes || (i && IS_LISTED(include_words, first)))
      include(line, copy);
    else if (i && IS_LISTED(name_words, first)) {
      g_autofree char *name = g_strconcat(copy, ".so", NULL);
      add_library(line, name, level);
    } else if (*copy == '/' && (line->walk->starts_programs || line->level == CR_REACH_LOADED))
      add_program(line, copy, IS_LISTED(run_words, first) ? line->level : MIN(line->level, CR_REACH_POSSIBLE));
    includes |=
        i > 0 && i < 4 && (!strcmp(copy, "include") || !strcmp(copy, "substack")); /* pam: auth include system */
  }
}

static gboolean enter(CrConfigWalk *walk, const char *path, CrReachLevel level)
{
  gpointer before = g_hash_table_lookup(walk->seen, path);
  if (before && GPOINTER_TO_UINT(before) >= level)
    return FALSE;
  if (walk->files >= CR_LIMIT_CONFIG_FILES || walk->depth >= CR_LIMIT_CONFIG_DEPTH)
    return FALSE;
  walk->files++;
  g_hash_table_insert(walk->seen, (gpointer)path, GUINT_TO_POINTER(level));
  return TRUE;
}

/* The lines of ALL, which is taken apart; NUMBERED as the collector writes them. */
static void read_text(CrConfigWalk *walk, char *all, const char *path, gboolean numbered, CrReachLevel level)
{
  guint conditions = 0;
  for (char *at = all; *at;) {
    gsize n = strcspn(at, "\n");
    char *next = at + n + (at[n] == '\n');
    at[n] = 0;
    char *text = at;
    guint64 number = numbered ? g_ascii_strtoull(at, &text, 10) : 0;
    text += *text == ' ';
    at = next;
    if (*text == '<') {
      if (!g_ascii_strncasecmp(text, "<if", 3))
        conditions++;
      else if (!g_ascii_strncasecmp(text, "</if", 4) && conditions)
        conditions--;
      continue;
    }
    g_autofree char *place = number ? g_strdup_printf("/%s:%u", path, (guint)number) : g_strdup(path);
    Line line = {walk, path, place, conditions ? MIN(level, CR_REACH_POSSIBLE) : level};
    read_line(&line, text);
  }
}

void cr_config_follow(CrConfigWalk *walk, const char *path, CrReachLevel level)
{
  CrNode node;
  CrTree *tree = cr_reach_work_get_tree(walk->work);
  if (cr_tree_find(tree, path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE || !node.has_facts)
    return;
  g_autoptr(GBytes) facts = cr_tree_get_facts(tree, &node, cr_config_collector.name);
  if (!facts || !enter(walk, node.path, level))
    return;
  walk->depth++;
  gsize size = 0;
  const char *data = g_bytes_get_data(facts, &size);
  g_autofree char *all = g_strndup(data, size);
  read_text(walk, all, node.path, TRUE, level);
  walk->depth--;
}

void cr_config_follow_text(CrConfigWalk *walk, const char *text, const char *place, CrReachLevel level)
{
  g_autofree char *all = g_strdelimit(g_strdup(text), ";", '\n');
  walk->depth++;
  read_text(walk, all, place, FALSE, level);
  walk->depth--;
}
