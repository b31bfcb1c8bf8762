/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/sources.h"

#include <string.h>

#include "base/limits.h"

/* What an entry says, before URIs and suites are multiplied out. */
typedef struct {
  CrAptSource base;
  CrStrv types, uris, suites;
  gboolean disabled;
} Entry;

typedef struct {
  const char *file;
  const char *native;
  CrArena *arena;
  GPtrArray *list;
  CrProblems *problems;
  guint line;
} Parser;

static void refuse(const Parser *parser, const char *why)
{
  cr_problems_add(parser->problems, CR_PROBLEM_PARTIAL, parser->file,
                  "cannot understand the entry at line %u: %s; apt refuses the file, and this entry's archive was not "
                  "asked",
                  parser->line, why);
}

/* ---- words ---- */

static gboolean is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static CrStrv split_words(CrArena *arena, const char *text, gsize size, const char *separators)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  for (gsize at = 0; at < size;) {
    gsize start = at;
    while (at < size && !is_blank(text[at]) && !strchr(separators, text[at]))
      at++;
    if (at > start)
      g_ptr_array_add(words, (gpointer)cr_arena_strndup(arena, text + start, at - start));
    else
      at++;
  }
  const char **vector = cr_arena_alloc(arena, (words->len + 1) * sizeof *vector);
  for (guint i = 0; i < words->len; i++)
    vector[i] = words->pdata[i];
  return vector;
}

static gboolean has_word(CrStrv words, const char *word)
{
  return words && g_strv_contains(words, word);
}

static gboolean is_true(const char *text, gsize size)
{
  static const char *const words[] = {"yes", "true", "with", "on", "enable", "1", "force"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (strlen(words[i]) == size && g_ascii_strncasecmp(words[i], text, size) == 0)
      return TRUE;
  return FALSE;
}

static gboolean is_false(const char *text, gsize size)
{
  static const char *const words[] = {"no", "false", "without", "off", "disable", "0"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (strlen(words[i]) == size && g_ascii_strncasecmp(words[i], text, size) == 0)
      return TRUE;
  return FALSE;
}

/* ---- fields; the same in both forms, under the names of sources.list(5) ---- */

static void take_types(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->types = split_words(parser->arena, value, size, "");
}

static void take_uris(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->uris = split_words(parser->arena, value, size, "");
}

static void take_suites(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->suites = split_words(parser->arena, value, size, "");
}

static void take_components(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.components = split_words(parser->arena, value, size, "");
}

static void take_architectures(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.architectures = split_words(parser->arena, value, size, ",");
}

static void take_added(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.added = split_words(parser->arena, value, size, ",");
}

static void take_removed(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.removed = split_words(parser->arena, value, size, ",");
}

/* A key in the file has its lines led by a blank, an empty one written as " ." (deb822(5)). */
static const char *take_key_block(CrArena *arena, const char *value, gsize size)
{
  g_autoptr(GString) block = g_string_sized_new(size);
  for (gsize at = 0; at < size;) {
    const char *stop = memchr(value + at, '\n', size - at);
    gsize end = stop ? (gsize)(stop - value) : size;
    while (at < end && is_blank(value[at]))
      at++;
    gsize length = end - at;
    while (length && is_blank(value[at + length - 1]))
      length--;
    if (length != 1 || value[at] != '.')
      g_string_append_len(block, value + at, (gssize)length);
    g_string_append_c(block, '\n');
    at = end + 1;
  }
  return cr_arena_strndup(arena, block->str, block->len);
}

static void take_signed_by(Parser *parser, Entry *entry, const char *value, gsize size)
{
  if (g_strstr_len(value, (gssize)size, "-----BEGIN PGP PUBLIC KEY BLOCK-----"))
    entry->base.key_block = take_key_block(parser->arena, value, size);
  else
    entry->base.signed_by = split_words(parser->arena, value, size, ",");
}

static void take_trusted(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.trusted = is_true(value, size);
}

static void take_insecure(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.allow_insecure = is_true(value, size);
}

static void take_valid_until(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.no_valid_until = is_false(value, size);
}

static void take_by_hash(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->base.no_by_hash = is_false(value, size);
}

static void take_enabled(Parser *parser, Entry *entry, const char *value, gsize size)
{
  entry->disabled = is_false(value, size);
}

static const struct {
  const char *field;  /* of deb822 */
  const char *option; /* of the one-line form, or NULL */
  void (*take)(Parser *parser, Entry *entry, const char *value, gsize size);
} fields[] = {
    {"Types", NULL, take_types},
    {"URIs", NULL, take_uris},
    {"Suites", NULL, take_suites},
    {"Components", NULL, take_components},
    {"Architectures", "arch", take_architectures},
    {"Architectures-Add", "arch+", take_added},
    {"Architectures-Remove", "arch-", take_removed},
    {"Signed-By", "signed-by", take_signed_by},
    {"Trusted", "trusted", take_trusted},
    {"Allow-Insecure", "allow-insecure", take_insecure},
    {"Check-Valid-Until", "check-valid-until", take_valid_until},
    {"By-Hash", "by-hash", take_by_hash},
    {"Enabled", NULL, take_enabled},
};

/* ---- entries ---- */

static const char *replace_arch(const Parser *parser, const char *suite)
{
  const char *at = strstr(suite, "$(ARCH)");
  if (!at)
    return suite;
  return cr_arena_printf(parser->arena, "%.*s%s%s", (int)(at - suite), suite, parser->native ? parser->native : "",
                         at + strlen("$(ARCH)"));
}

/* "http://host/debian/": scheme in lower case, no '/' at the end. NULL: no address. */
static const char *clean_uri(CrArena *arena, const char *uri, const char **scheme)
{
  const char *colon = strchr(uri, ':');
  if (!colon || colon == uri)
    return NULL;
  g_autofree char *lower = g_ascii_strdown(uri, colon - uri);
  gsize length = strlen(colon);
  while (length > 1 && colon[length - 1] == '/')
    length--;
  *scheme = cr_arena_strdup(arena, lower);
  return cr_arena_printf(arena, "%s%.*s", lower, (int)length, colon);
}

static const char *check_entry(const Entry *entry)
{
  if (!entry->types || !entry->types[0])
    return "it names no type";
  if (!entry->uris || !entry->uris[0])
    return "it names no address";
  if (!entry->suites || !entry->suites[0])
    return "it names no suite";
  gboolean components = entry->base.components && entry->base.components[0];
  for (guint i = 0; entry->suites[i]; i++) {
    gboolean exact = g_str_has_suffix(entry->suites[i], "/");
    if (exact && components)
      return "a suite that is a path has no components";
    if (!exact && !components)
      return "it names no component";
  }
  return NULL;
}

/* One source for each URI with each suite, in apt's order. */
static void add_entry(const Parser *parser, Entry *entry)
{
  const char *why = entry->disabled ? NULL : check_entry(entry);
  if (why)
    refuse(parser, why);
  if (why || entry->disabled || !has_word(entry->types, "deb"))
    return;
  for (guint u = 0; entry->uris && entry->uris[u]; u++) {
    const char *scheme = NULL;
    const char *uri = clean_uri(parser->arena, entry->uris[u], &scheme);
    if (!uri) {
      refuse(parser, "its address has no scheme");
      continue;
    }
    for (guint s = 0; entry->suites && entry->suites[s]; s++) {
      if (parser->list->len >= CR_LIMIT_APT_SOURCES) {
        cr_problems_add(parser->problems, CR_PROBLEM_PARTIAL, parser->file,
                        "more than %u archives are configured: the rest was not asked", CR_LIMIT_APT_SOURCES);
        return;
      }
      CrAptSource *source = cr_arena_new0(parser->arena, CrAptSource);
      *source = entry->base;
      source->file = cr_arena_strdup(parser->arena, parser->file);
      source->line = parser->line;
      source->uri = uri;
      source->scheme = scheme;
      source->suite = replace_arch(parser, entry->suites[s]);
      source->components = source->components ? source->components : cr_strv_empty;
      source->signed_by = source->signed_by ? source->signed_by : cr_strv_empty;
      source->order = parser->list->len;
      g_ptr_array_add(parser->list, source);
    }
  }
}

/* ---- one line ---- */

/* The next word of LINE from *AT: blanks end it, but not between [ and ] ("cdrom:[Debian 12]/") nor in quotes. */
static const char *next_word(CrArena *arena, const char *line, gsize size, gsize *at)
{
  while (*at < size && is_blank(line[*at]))
    (*at)++;
  g_autoptr(GString) word = g_string_new(NULL);
  char close = 0;
  for (; *at < size; (*at)++) {
    char c = line[*at];
    if (!close && is_blank(c))
      break;
    if (c == '"') {
      close = close == '"' ? 0 : close ? close : '"';
      continue;
    }
    if (!close && c == '[')
      close = ']';
    else if (close == c)
      close = 0;
    g_string_append_c(word, c);
  }
  return word->len ? cr_arena_strdup(arena, word->str) : NULL;
}

static void take_option(Parser *parser, Entry *entry, const char *option)
{
  const char *equals = strchr(option, '=');
  if (!equals)
    return;
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
    if (fields[i].option && strlen(fields[i].option) == (gsize)(equals - option) &&
        g_ascii_strncasecmp(fields[i].option, option, (gsize)(equals - option)) == 0)
      fields[i].take(parser, entry, equals + 1, strlen(equals + 1));
}

/* deb [ option=value … ] uri suite [component …] */
static void parse_line(Parser *parser, const char *line, gsize size)
{
  CrArena *arena = parser->arena;
  Entry entry = {0};
  gsize at = 0;
  const char *type = next_word(arena, line, size, &at);
  if (!type)
    return;
  if (strcmp(type, "deb") != 0 && strcmp(type, "deb-src") != 0) {
    refuse(parser, "it begins with neither deb nor deb-src");
    return;
  }
  entry.types = split_words(arena, type, strlen(type), "");
  while (at < size && is_blank(line[at]))
    at++;
  if (at < size && line[at] == '[') {
    const char *close = memchr(line + at, ']', size - at);
    if (!close) {
      refuse(parser, "its options do not end");
      return;
    }
    CrStrv options = split_words(arena, line + at + 1, (gsize)(close - line) - at - 1, "");
    for (guint i = 0; options[i]; i++)
      take_option(parser, &entry, options[i]);
    at = (gsize)(close - line) + 1;
  }
  const char *uri = next_word(arena, line, size, &at);
  const char *suite = next_word(arena, line, size, &at);
  const char **one = cr_arena_alloc(arena, 2 * sizeof *one);
  const char **two = cr_arena_alloc(arena, 2 * sizeof *two);
  one[0] = uri;
  two[0] = suite;
  entry.uris = one;
  entry.suites = two;
  entry.base.components = split_words(arena, line + at, size - at, "");
  add_entry(parser, &entry);
}

void cr_sources_parse_oneline(const char *text, gsize size, const char *file, const char *native, CrArena *arena,
                              GPtrArray *list, CrProblems *problems)
{
  Parser parser = {.file = file, .native = native, .arena = arena, .list = list, .problems = problems};
  for (gsize at = 0; at < size;) {
    const char *stop = memchr(text + at, '\n', size - at);
    gsize end = stop ? (gsize)(stop - text) : size;
    const char *comment = memchr(text + at, '#', end - at);
    parser.line++;
    parse_line(&parser, text + at, comment ? (gsize)(comment - text) - at : end - at);
    at = end + 1;
  }
}

/* ---- deb822 ---- */

static void take_field(Parser *parser, Entry *entry, const char *name, gsize name_size, const GString *value)
{
  const char *start = value->str;
  gsize length = value->len;
  while (length && is_blank(*start)) {
    start++;
    length--;
  }
  while (length && is_blank(start[length - 1]))
    length--;
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
    if (strlen(fields[i].field) == name_size && g_ascii_strncasecmp(fields[i].field, name, name_size) == 0)
      fields[i].take(parser, entry, start, length);
}

/* The lines of one stanza; comments are none of it, wherever they stand. */
static void parse_stanza(Parser *parser, GPtrArray *lines)
{
  Entry entry = {0};
  g_autoptr(GString) value = g_string_new(NULL);
  const char *name = NULL;
  gsize name_size = 0;
  for (guint i = 0; i < lines->len; i++) {
    const char *line = lines->pdata[i];
    if (is_blank(line[0])) {
      g_string_append_c(value, '\n');
      g_string_append(value, line);
      continue;
    }
    if (name)
      take_field(parser, &entry, name, name_size, value);
    const char *colon = strchr(line, ':');
    if (!colon) {
      refuse(parser, "it has a line without a field name");
      return;
    }
    name = line;
    name_size = (gsize)(colon - line);
    g_string_assign(value, colon + 1);
  }
  if (name)
    take_field(parser, &entry, name, name_size, value);
  add_entry(parser, &entry);
}

static gboolean is_empty(const char *line)
{
  while (is_blank(*line))
    line++;
  return !*line;
}

void cr_sources_parse_deb822(const char *text, gsize size, const char *file, const char *native, CrArena *arena,
                             GPtrArray *list, CrProblems *problems)
{
  Parser parser = {.file = file, .native = native, .arena = arena, .list = list, .problems = problems};
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  guint number = 0;
  for (gsize at = 0; at <= size;) {
    const char *stop = at < size ? memchr(text + at, '\n', size - at) : NULL;
    gsize end = stop ? (gsize)(stop - text) : size;
    g_autofree char *line = g_strndup(text + at, end - at);
    number++;
    if (is_empty(line) || end == size) {
      if (!is_empty(line) && line[0] != '#')
        g_ptr_array_add(lines, g_steal_pointer(&line));
      if (lines->len)
        parse_stanza(&parser, lines);
      g_ptr_array_set_size(lines, 0);
    } else if (line[0] != '#') {
      if (!lines->len)
        parser.line = number;
      g_ptr_array_add(lines, g_steal_pointer(&line));
    }
    at = end + 1;
  }
}

/* ---- the tree ---- */

GBytes *cr_vendor_read_file(CrTree *tree, const char *path)
{
  const CrCollector *const *collectors = cr_vendor_get_collectors();
  for (guint i = 0; collectors[i]; i++) {
    GBytes *bytes = cr_tree_find_facts(tree, path, collectors[i]->name);
    if (bytes)
      return bytes;
  }
  return NULL;
}

typedef struct {
  CrTree *tree;
  const char *native;
  CrArena *arena;
  GPtrArray *list;
  CrProblems *problems;
} Reading;

static void read_file(const Reading *reading, const char *path)
{
  CrNode node;
  CrTreeResult result = cr_tree_find(reading->tree, path, &node);
  if (result != CR_TREE_FOUND || (node.type == CR_ENTRY_FILE && node.size == 0))
    return;
  g_autoptr(GBytes) bytes = cr_vendor_read_file(reading->tree, path);
  if (!bytes) {
    cr_problems_add(reading->problems, CR_PROBLEM_PARTIAL, path,
                    "the file was not read: the archives that it configures were not asked");
    return;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  if (g_str_has_suffix(path, ".sources"))
    cr_sources_parse_deb822(text, size, path, reading->native, reading->arena, reading->list, reading->problems);
  else
    cr_sources_parse_oneline(text, size, path, reading->native, reading->arena, reading->list, reading->problems);
}

/* apt's GetListOfFilesInDir: letters, digits, '_', '-', '.', and one of the two endings. */
static gboolean visit_part(const CrNode *node, gpointer data)
{
  const char *name = strrchr(node->path, '/') + 1;
  gboolean known = g_str_has_suffix(name, ".list") || g_str_has_suffix(name, ".sources");
  for (const char *c = name; *c && known; c++)
    known = g_ascii_isalnum(*c) || strchr("_-.", *c) != NULL;
  if (known && name[0] != '.')
    g_ptr_array_add(data, g_strdup_printf("etc/apt/sources.list.d/%s", name));
  return TRUE;
}

void cr_sources_read(CrTree *tree, const char *native, CrArena *arena, GPtrArray *list, CrProblems *problems)
{
  Reading reading = {.tree = tree, .native = native, .arena = arena, .list = list, .problems = problems};
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
  read_file(&reading, "etc/apt/sources.list");
  cr_tree_foreach_child(tree, "etc/apt/sources.list.d", visit_part, parts);
  for (guint i = 0; i < parts->len; i++)
    read_file(&reading, parts->pdata[i]);
}

void cr_uri_split(const char *uri, CrArena *arena, const char **host, const char **path)
{
  const char *start = strstr(uri, "://");
  start = start ? start + 3 : uri + strcspn(uri, ":") + 1;
  gsize length = strcspn(start, "/");
  const char *at = g_strrstr_len(start, (gssize)length, "@");
  const char *name = at ? at + 1 : start;
  gsize name_length = length - (gsize)(name - start);
  const char *colon = memchr(name, ':', name_length);
  g_autofree char *lower = g_ascii_strdown(name, colon ? colon - name : (gssize)name_length);
  *host = g_str_has_prefix(uri, "file:") ? "" : cr_arena_strdup(arena, lower);
  const char *rest = start + length;
  while (*rest == '/')
    rest++;
  gsize rest_length = strlen(rest);
  while (rest_length && rest[rest_length - 1] == '/')
    rest_length--;
  *path = cr_arena_strndup(arena, rest, rest_length);
}
