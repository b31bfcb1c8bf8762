/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/script.h"

#include <string.h>

#include "base/limits.h"

/* ---- which language ---- */

static const struct {
  const char *suffix;
  CrLanguage language;
} suffixes[] = {
    {".py", CR_LANGUAGE_PYTHON},    {".pyw", CR_LANGUAGE_PYTHON},      {".pl", CR_LANGUAGE_PERL},
    {".pm", CR_LANGUAGE_PERL},      {".rb", CR_LANGUAGE_RUBY},         {".ru", CR_LANGUAGE_RUBY},
    {".js", CR_LANGUAGE_NODE},      {".cjs", CR_LANGUAGE_NODE},        {".mjs", CR_LANGUAGE_NODE},
    {".php", CR_LANGUAGE_PHP},      {".sh", CR_LANGUAGE_SHELL},        {".bash", CR_LANGUAGE_SHELL},
    {".env", CR_LANGUAGE_SHELL},    {".pth", CR_LANGUAGE_CONFIG},      {".ksh", CR_LANGUAGE_SHELL},
    {"envvars", CR_LANGUAGE_SHELL}, {".egg-link", CR_LANGUAGE_CONFIG}, {"pyvenv.cfg", CR_LANGUAGE_CONFIG},
};

/* Folders whose files are read by something that starts programs, whatever their names. */
static const struct {
  const char *folder;
  CrLanguage language;
} folders[] = {
    {"etc/default/", CR_LANGUAGE_SHELL},
    {"etc/conf.d/", CR_LANGUAGE_SHELL},
    {"etc/sysconfig/", CR_LANGUAGE_SHELL},
    {"etc/profile", CR_LANGUAGE_SHELL},
    {"etc/init.d/", CR_LANGUAGE_SHELL},
    {"usr/lib/init/", CR_LANGUAGE_SHELL},
    {"lib/lsb/", CR_LANGUAGE_SHELL},
    {"usr/lib/lsb/", CR_LANGUAGE_SHELL},
    {"etc/bash.bashrc", CR_LANGUAGE_SHELL},
    {"etc/services.d/", CR_LANGUAGE_CONFIG},
    {"etc/s6", CR_LANGUAGE_CONFIG},
    {"package/admin/s6", CR_LANGUAGE_CONFIG},
    {"etc/supervisor", CR_LANGUAGE_CONFIG},
    {"etc/inittab", CR_LANGUAGE_CONFIG},
    {"docker-entrypoint.d/", CR_LANGUAGE_SHELL},
};

static gboolean has_suffix(const CrEntry *entry, const char *suffix)
{
  gsize n = strlen(suffix);
  return entry->path_bytes >= n && memcmp(entry->path + entry->path_bytes - n, suffix, n) == 0;
}

static gboolean is_php_ini(const CrEntry *entry)
{
  return has_suffix(entry, ".ini") && (strstr(entry->path, "php") || strstr(entry->path, "supervisor"));
}

/* A configuration file of supervisord stands anywhere the image's maker likes; its name tells. */
static gboolean is_supervisor_conf(const CrEntry *entry)
{
  return has_suffix(entry, ".conf") && strstr(entry->path, "supervisor");
}

static CrLanguage guess_by_name(const CrEntry *entry)
{
  for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
    if (has_suffix(entry, suffixes[i].suffix))
      return suffixes[i].language;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(entry->path, folders[i].folder))
      return folders[i].language;
  return is_php_ini(entry) || is_supervisor_conf(entry) || has_suffix(entry, "/package.json") ? CR_LANGUAGE_CONFIG : 0;
}

/* Executable and nothing the kernel knows: execvp(3) and shells give it to the shell. */
static gboolean is_plain_text(const guint8 *head, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (head[i] >= 0x7f || (head[i] < ' ' && head[i] != '\n' && head[i] != '\t' && head[i] != '\r'))
      return FALSE;
  return TRUE;
}

static gboolean wants_script(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  if (head_bytes >= 2 && head[0] == '#' && head[1] == '!')
    return TRUE;
  if (guess_by_name(entry))
    return TRUE;
  return (entry->mode & 0111) && entry->size < CR_LIMIT_SCRIPT_BYTES && is_plain_text(head, head_bytes);
}

/* Of the first word of a "#!" line that is an interpreter: env, with-contenv and their like stand before it. */
static CrLanguage guess_by_line(const char *line)
{
  char word[64];
  const char *at = line;
  for (guint words = 0; *at && words < 16; words++) {
    gsize length = strcspn(at, " \t");
    gsize kept = MIN(length, sizeof word - 1);
    memcpy(word, at + length - kept, kept);
    word[kept] = 0;
    const CrInterpreter *interpreter = cr_interpreter_find(word);
    if (interpreter)
      return interpreter->language;
    at += length + strspn(at + length, " \t");
  }
  return CR_LANGUAGE_OTHER;
}

/* ---- collecting ---- */

/* Of a package.json only what leads Node from the folder to a file. */
static void write_main(const char *text, gsize size, GString *out)
{
  const char *at = memmem(text, size, "\"main\"", 6);
  if (!at)
    return;
  const char *end = text + size;
  at += 6;
  while (at < end && (*at == ' ' || *at == ':' || *at == '\n' || *at == '\t'))
    at++;
  if (at >= end || *at != '"')
    return;
  const char *stop = memchr(at + 1, '"', (gsize)(end - at - 1));
  if (stop)
    g_string_append_len(out, at + 1, stop - at - 1);
}

static gboolean is_maintainer_script(const CrEntry *entry)
{
  /* Run by dpkg alone, and what they name is possible with it; a third of all shell text in a Debian image. */
  return g_str_has_prefix(entry->path, "var/lib/dpkg/");
}

void cr_script_collect(const CrEntry *entry, const guint8 *data, gsize size, gboolean cut, CrSink *sink)
{
  const char *text = (const char *)data;
  g_autofree char *line = NULL;
  if (size >= 2 && text[0] == '#' && text[1] == '!') {
    const char *end = memchr(text, '\n', MIN(size, 256));
    line = g_strndup(text + 2, (gsize)(end ? end - text - 2 : (gssize)MIN(size, 256) - 2));
    g_strstrip(line);
  }
  CrLanguage by_name = guess_by_name(entry);
  CrLanguage language = line ? guess_by_line(line) : by_name ? by_name : CR_LANGUAGE_SHELL;
  if (line && language == CR_LANGUAGE_OTHER && by_name == CR_LANGUAGE_CONFIG)
    language = by_name;
  g_autoptr(GString) out = g_string_new(NULL);
  g_string_append_printf(out, "%c%c%s\n", (char)language, cut ? 'c' : '-', line ? line : "");
  gsize head = out->len;
  if (has_suffix(entry, "/package.json"))
    write_main(text, size, out);
  else if (language == CR_LANGUAGE_SHELL || language == CR_LANGUAGE_CONFIG) {
    if (!is_maintainer_script(entry))
      g_string_append_len(out, text, (gssize)size);
  } else if (language != CR_LANGUAGE_OTHER)
    cr_statements_scan(language, text, size, out);
  if (out->len > head || line)
    cr_sink_write(sink, out->str, out->len);
}

static gboolean collect_script(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  gsize size = (gsize)MIN(cr_file_get_size(file), CR_LIMIT_SCRIPT_BYTES);
  const guint8 *data = cr_file_peek(file, 0, size);
  if (data)
    cr_script_collect(entry, data, size, cr_file_get_size(file) > size, sink);
  return TRUE;
}

static const CrCollector script_collector = {"script", 3, wants_script, collect_script};

const CrCollector *const *cr_reach_get_script_collectors(void)
{
  static const CrCollector *const collectors[] = {&script_collector, NULL};
  return collectors;
}

/* ---- reading back ---- */

gboolean cr_script_facts_get(CrReachWork *work, const CrNode *node, CrScriptFacts *out)
{
  *out = (CrScriptFacts){0};
  if (node->type != CR_ENTRY_FILE || !node->has_facts)
    return FALSE;
  g_autoptr(GBytes) bytes = cr_tree_get_facts(cr_reach_work_get_tree(work), node, script_collector.name);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  const char *line_end = size > 2 ? memchr(data, '\n', size) : NULL;
  if (!line_end || line_end < data + 2)
    return FALSE;
  CrArena *arena = cr_reach_work_get_arena(work);
  out->language = (CrLanguage)data[0];
  out->cut = data[1] == 'c';
  out->interpreter = line_end > data + 2 ? cr_arena_strndup(arena, data + 2, (gsize)(line_end - data - 2)) : NULL;
  out->body_bytes = size - (gsize)(line_end + 1 - data);
  out->body = cr_arena_strndup(arena, line_end + 1, out->body_bytes);
  return TRUE;
}

const char *cr_script_find_text(CrReachWork *work, const char *path)
{
  CrNode node;
  CrScriptFacts facts;
  if (cr_tree_find(cr_reach_work_get_tree(work), path, &node) != CR_TREE_FOUND ||
      !cr_script_facts_get(work, &node, &facts))
    return NULL;
  return facts.language == CR_LANGUAGE_SHELL || facts.language == CR_LANGUAGE_CONFIG ? facts.body : NULL;
}

const char *const *cr_script_split_interpreter(const char *line, CrArena *arena)
{
  gsize length = strcspn(line, " \t");
  if (!length)
    return NULL;
  const char **words = cr_arena_alloc(arena, 3 * sizeof *words);
  words[0] = cr_arena_strndup(arena, line, length);
  const char *rest = line + length + strspn(line + length, " \t");
  if (*rest)
    words[1] = cr_arena_strdup(arena, rest);
  return words;
}

/* ---- memory ---- */

CrReachScripts *cr_reach_scripts_new(void)
{
  CrReachScripts *scripts = g_new0(CrReachScripts, 1);
  scripts->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  scripts->globs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return scripts;
}

void cr_reach_scripts_free(CrReachScripts *scripts)
{
  if (!scripts)
    return;
  g_hash_table_unref(scripts->seen);
  g_hash_table_unref(scripts->globs);
  g_clear_pointer(&scripts->named, g_hash_table_unref);
  g_free(scripts);
}

const GPtrArray *cr_scripts_glob(CrReachWork *work, const char *pattern)
{
  GHashTable *globs = cr_reach_work_get_scripts(work)->globs;
  GPtrArray *found = g_hash_table_lookup(globs, pattern);
  if (!found) {
    found = cr_glob_find(cr_reach_work_get_tree(work), pattern, cr_reach_work_get_arena(work));
    g_hash_table_insert(globs, g_strdup(pattern), found);
  }
  return found;
}

static gboolean note_name(const CrNode *node, gpointer data)
{
  if (node->type != CR_ENTRY_FILE && node->type != CR_ENTRY_SYMLINK)
    return TRUE;
  const char *slash = strrchr(node->path, '/');
  const char *name = slash ? slash + 1 : node->path;
  GPtrArray *list = g_hash_table_lookup(data, name);
  if (!list) {
    list = g_ptr_array_new();
    g_hash_table_insert(data, (gpointer)name, list);
  }
  g_ptr_array_add(list, (gpointer)node->path);
  return TRUE;
}

GPtrArray *cr_scripts_find_by_end(CrReachWork *work, const char *end)
{
  CrReachScripts *scripts = cr_reach_work_get_scripts(work);
  if (!scripts->named) {
    scripts->named = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    cr_tree_foreach(cr_reach_work_get_tree(work), "", note_name, scripts->named);
  }
  GPtrArray *found = g_ptr_array_new();
  const char *slash = strrchr(end, '/');
  const GPtrArray *named = g_hash_table_lookup(scripts->named, slash ? slash + 1 : end);
  for (guint i = 0; named && i < named->len && found->len < 100; i++) {
    const char *path = named->pdata[i];
    gsize n = strlen(path), tail = strlen(end);
    if (n >= tail && !strcmp(path + n - tail, end) && (n == tail || path[n - tail - 1] == '/'))
      g_ptr_array_add(found, (gpointer)path);
  }
  return found;
}

gboolean cr_scripts_enter(CrReachWork *work, const char *key, CrReachLevel level)
{
  GHashTable *seen = cr_reach_work_get_scripts(work)->seen;
  if (GPOINTER_TO_UINT(g_hash_table_lookup(seen, key)) >= (guint)level)
    return FALSE;
  g_hash_table_insert(seen, g_strdup(key), GUINT_TO_POINTER((guint)level));
  return TRUE;
}

gboolean cr_scripts_can_import(const CrNode *node, gpointer data)
{
  (void)data;
  static const char *const modules[] = {".py", ".pyc", ".so",  ".pm",   ".pl", ".rb",
                                        ".js", ".mjs", ".cjs", ".node", ".php"};
  static const char *const libraries[] = {"node_modules/", "site-packages/", "dist-packages/", "/gems/", "vendor/"};
  if (node->type != CR_ENTRY_FILE || !(node->mode & 0111))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(modules); i++)
    if (g_str_has_suffix(node->path, modules[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(libraries); i++)
    if (strstr(node->path, libraries[i]))
      return TRUE;
  return FALSE;
}

void cr_scripts_add_everything(CrReachWork *work, const char *from, const char *evidence)
{
  if (!cr_reach_work_get_scripts(work)->doubt)
    cr_reach_add_everything(work, from, evidence);
}

/* ---- the rule ---- */

gboolean cr_reach_expand_script(CrReachWork *work, const CrNode *node, CrReachLevel level,
                                const CrReachContext *context)
{
  CrScriptFacts facts;
  if (!cr_script_facts_get(work, node, &facts) || facts.language == CR_LANGUAGE_CONFIG)
    return FALSE;
  CrArena *arena = cr_reach_work_get_arena(work);
  const char *key = cr_arena_printf(arena, "script:%s", node->path);
  if (!cr_scripts_enter(work, key, level))
    return TRUE; /* started with known words already: nothing is unknown about it */
  if (facts.interpreter && (node->mode & 0111)) {
    const char *argv[] = {cr_arena_printf(arena, "/%s", node->path), CR_WORD_UNKNOWN, NULL};
    cr_command_run_script(work, node->path, argv, context, level);
  } else if (facts.language != CR_LANGUAGE_SHELL)
    cr_statements_follow_calls(work, &facts, node->path, FALSE, context, level);
  return TRUE;
}
