/* SPDX-License-Identifier: Apache-2.0 */
/* Python distributions: NAME.dist-info (METADATA, RECORD, direct_url.json: packaging.python.org "Recording installed
 * projects"), NAME.egg-info as folder or file, EGG-INFO of an unpacked egg. Vendored copies inside other packages count
 * each on its own. conda's own packages are not read; what it installs for Python has dist-info like the rest. */
#include "inventory/language.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "inventory/stanza.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_LICENCE, TEXT_COUNT };

static gboolean is_metadata(const CrEntry *entry)
{
  if (cr_language_is_file(entry, "METADATA"))
    return entry->path_bytes > 19 && !memcmp(entry->path + entry->path_bytes - 19, ".dist-info/", 11);
  if (cr_language_is_file(entry, "PKG-INFO"))
    return cr_language_is_file(entry, ".egg-info/PKG-INFO") || cr_language_is_file(entry, "EGG-INFO/PKG-INFO");
  return cr_language_is_file(entry, ".egg-info");
}

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  static const char *const beside[] = {".dist-info/RECORD",       ".dist-info/direct_url.json",
                                       ".egg-info/top_level.txt", ".egg-info/installed-files.txt",
                                       "EGG-INFO/top_level.txt",  "conda-meta/history"};
  if (entry->path_bytes < 9 || !strchr("ADOntoy", entry->path[entry->path_bytes - 1]))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(beside); i++)
    if (cr_language_is_file(entry, beside[i]))
      return TRUE;
  return is_metadata(entry);
}

/* The licence in its author's words: an SPDX expression, a short field, or the classifier's last part. */
static char *find_licence(const char *text, gsize size, char **expression, char **field)
{
  if (*expression && **expression)
    return g_steal_pointer(expression);
  if (*field && **field && strlen(*field) <= 100 && strcmp(*field, "UNKNOWN") != 0)
    return g_steal_pointer(field);
  CrSlice rest = cr_slice(text, size), line;
  while (cr_slice_next_line(&rest, &line) && line.size > 1)
    if (cr_slice_starts(line, "Classifier: License ::")) {
      g_autofree char *copy = g_strndup(line.at, line.size);
      return g_strdup(g_strstrip(strrchr(copy, ':') + 1));
    }
  return NULL;
}

static void collect_metadata(const char *text, gsize size, CrSink *sink)
{
  static const char *const names[] = {"Name", "Version", "License-Expression", "License"};
  char *read[G_N_ELEMENTS(names)] = {NULL};
  cr_language_read_headers(text, size, names, read, G_N_ELEMENTS(names));
  g_autofree char *licence = find_licence(text, size, &read[2], &read[3]);
  const char *texts[TEXT_COUNT] = {
      [TEXT_NAME] = read[0] ? read[0] : "?", [TEXT_VERSION] = read[1], [TEXT_LICENCE] = licence};
  cr_language_write_texts(sink, texts, TEXT_COUNT);
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    g_free(read[i]);
}

/* ---- who owns which modules ---- */

/* The first field of a line of RECORD (CSV). */
static char *get_recorded_path(CrSlice line)
{
  if (line.size && *line.at == '"') {
    GString *path = g_string_new(NULL);
    for (gsize i = 1; i < line.size && (line.at[i] != '"' || (i + 1 < line.size && line.at[i + 1] == '"')); i++) {
      i += line.at[i] == '"';
      g_string_append_c(path, line.at[i]);
    }
    return g_string_free(path, FALSE);
  }
  const char *comma = memchr(line.at, ',', line.size);
  return g_strndup(line.at, comma ? (gsize)(comma - line.at) : line.size);
}

static gboolean is_code(const char *path)
{
  static const char *const ends[] = {".py", ".so", ".pyi", ".pyx"};
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (g_str_has_suffix(path, ends[i]))
      return TRUE;
  return FALSE;
}

/* A list of files, which may be ten thousand, as the folders that code of the package stands in and the few files that
 * stand alone. Folders that several packages share (namespaces) so stay with those that have files in them. */
static void collect_list(const char *text, gsize size, CrSink *sink)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  CrSlice rest = cr_slice(text, size), line;
  while (cr_slice_next_line(&rest, &line)) {
    g_autofree char *path = get_recorded_path(cr_slice_trim(line));
    const char *slash = strrchr(path, '/');
    gboolean inside = slash && slash[-(slash > path)] != '.' && *path != '/';
    if (!*path || strlen(path) > CR_LIMIT_PATH_BYTES || strchr(path, '\n') || strstr(path, "__pycache__") ||
        (inside && !g_str_has_prefix(path, "../") && !is_code(path)))
      continue;
    char *claim =
        inside && !g_str_has_prefix(path, "..") ? g_strndup(path, (gsize)(slash - path) + 1) : g_steal_pointer(&path);
    if (!g_hash_table_contains(seen, claim)) {
      cr_sink_write(sink, claim, strlen(claim));
      cr_sink_write(sink, "\n", 1);
    }
    g_hash_table_add(seen, claim);
  }
}

/* Where it was installed from, without what may be a password. */
static void collect_url(const char *text, gsize size, CrSink *sink)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "direct_url.json", NULL);
  const char *url = doc ? cr_json_find_string(cr_json_get_root(doc), "url", NULL) : NULL;
  const char *host = url ? strstr(url, "://") : NULL;
  if (!host)
    return;
  host += strlen("://");
  const char *at = memrchr(host, '@', strcspn(host, "/"));
  cr_sink_write(sink, url, (gsize)(host - url));
  cr_sink_write(sink, at ? at + 1 : host, strlen(at ? at + 1 : host));
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_FILE_MEMORY, &size);
  if (!text)
    return TRUE;
  if (is_metadata(entry))
    collect_metadata(text, size, sink);
  else if (g_str_has_suffix(entry->path, "direct_url.json"))
    collect_url(text, size, sink);
  else if (g_str_has_suffix(entry->path, "/history"))
    cr_sink_write(sink, "c", 1);
  else
    collect_list(text, size, sink);
  return TRUE;
}

static const CrCollector collector = {"python", 2, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

/* ---- reading ---- */

static gboolean own_listed(CrLanguageWork *work, const CrPackage *package, const char *list, const char *base)
{
  g_autoptr(GBytes) facts = cr_tree_find_facts(work->tree, list, collector.name);
  gsize size = 0;
  const void *data = facts ? g_bytes_get_data(facts, &size) : NULL;
  CrSlice rest = cr_slice(data, size), line;
  while (cr_slice_next_line(&rest, &line)) {
    const char *claim = cr_language_join(work->arena, base, cr_arena_strndup(work->arena, line.at, line.size));
    if (claim)
      cr_language_own(work, package, claim);
  }
  return size > 0;
}

/* NAME is a module of the folder BASE: its file or its folder. */
static void own_module(CrLanguageWork *work, const CrPackage *package, const char *base, const char *name)
{
  cr_language_own(work, package, cr_arena_printf(work->arena, "%s%s/", base, name));
  cr_language_own(work, package, cr_arena_printf(work->arena, "%s%s.py", base, name));
}

static void own_top_level(CrLanguageWork *work, const CrPackage *package, const char *list, const char *base)
{
  g_autoptr(GBytes) facts = cr_tree_find_facts(work->tree, list, collector.name);
  gsize size = 0;
  const void *data = facts ? g_bytes_get_data(facts, &size) : NULL;
  CrSlice rest = cr_slice(data, size), line;
  while (cr_slice_next_line(&rest, &line))
    own_module(work, package, base, cr_arena_strndup(work->arena, line.at, line.size));
  if (size)
    return;
  char *name = g_ascii_strdown(package->name, -1);
  own_module(work, package, base, cr_arena_strdup(work->arena, g_strdelimit(name, "-.", '_')));
  g_free(name);
}

static void own_files(CrLanguageWork *work, const CrPackage *package, const char *folder, const char *base)
{
  CrArena *arena = work->arena;
  cr_language_own(work, package, folder);
  if (own_listed(work, package, cr_arena_printf(arena, "%sRECORD", folder), base) ||
      own_listed(work, package, cr_arena_printf(arena, "%sinstalled-files.txt", folder), folder))
    return;
  own_top_level(work, package, cr_arena_printf(arena, "%stop_level.txt", folder), base);
}

/* "requests-2.19.1.dist-info": what the folder's name says where the metadata does not. */
static void take_from_folder(CrArena *arena, const char *folder, const char **texts)
{
  gsize length = strlen(folder);
  if (!length)
    return;
  const char *name = cr_language_get_folder(arena, cr_arena_strndup(arena, folder, length - 1), 0);
  name = cr_arena_strndup(arena, folder + strlen(name), length - strlen(name) - 1);
  const char *dash = strchr(name, '-'), *dot = strrchr(name, '.');
  if (!dash || !dot || dot <= dash)
    return;
  if (!cr_language_is_word(texts[TEXT_NAME]) || !strcmp(texts[TEXT_NAME], "?"))
    texts[TEXT_NAME] = cr_arena_strndup(arena, name, (gsize)(dash - name));
  if (!cr_language_is_word(texts[TEXT_VERSION]))
    texts[TEXT_VERSION] = cr_arena_strndup(arena, dash + 1, (gsize)(dot - dash - 1));
}

/* PEP 503: what PyPI and advisories call it. */
static const char *normalise(CrArena *arena, const char *name)
{
  g_autoptr(GString) out = g_string_new(NULL);
  for (const char *at = name; *at; at++) {
    gboolean mark = *at == '-' || *at == '_' || *at == '.';
    if (!mark || !out->len || out->str[out->len - 1] != '-')
      g_string_append_c(out, mark ? '-' : g_ascii_tolower(*at));
  }
  return cr_arena_strdup(arena, out->str);
}

static void read_python(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const CrEntry entry = {.path = node->path, .path_bytes = strlen(node->path)};
  const char *texts[TEXT_COUNT] = {NULL};
  gsize at = 0;
  if (g_str_has_suffix(node->path, "conda-meta/history")) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    "conda's own packages were not read, only the Python distributions among them");
    return;
  }
  if (!is_metadata(&entry) || !cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT))
    return;
  gboolean egg_file = g_str_has_suffix(node->path, ".egg-info");
  const char *folder =
      egg_file ? cr_arena_printf(arena, "%s/", node->path) : cr_language_get_folder(arena, node->path, 0);
  const char *base = cr_language_get_folder(arena, node->path, egg_file ? 0 : 1);
  take_from_folder(arena, folder, texts);
  if (!cr_language_is_word(texts[TEXT_NAME]) || !strcmp(texts[TEXT_NAME], "?") ||
      !cr_language_is_word(texts[TEXT_VERSION])) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    "a Python package that tells no name or version was left out");
    return;
  }
  g_autoptr(GBytes) url =
      cr_tree_find_facts(work->tree, cr_arena_printf(arena, "%sdirect_url.json", folder), collector.name);
  gsize url_bytes = 0;
  const char *address = url ? g_bytes_get_data(url, &url_bytes) : NULL;
  const CrPackage package = {.type = "pypi",
                             .name = texts[TEXT_NAME],
                             .version = texts[TEXT_VERSION],
                             .licence = texts[TEXT_LICENCE],
                             .source_name = normalise(arena, texts[TEXT_NAME]),
                             .origin = address ? cr_arena_strndup(arena, address, url_bytes) : NULL};
  const CrPackage *added = cr_language_add(work, node, &package);
  if (added && !egg_file)
    own_files(work, added, folder, base);
  else if (added) {
    cr_language_own(work, added, node->path);
    own_top_level(work, added, "", base);
  }
}

const CrLanguage cr_language_python = {.name = "python", .collectors = collectors, .read = read_python};
