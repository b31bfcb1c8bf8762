/* SPDX-License-Identifier: Apache-2.0 */
/* Where loaders look: their configuration, the folders built into them, and lists of folders with $ORIGIN in them. */
#include <elf.h>
#include <fnmatch.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "reach/loader.h"

/* ---- the collector: configuration of the loader, and of libc's name service, is kept as it is ---- */

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  const char *path = entry->path;
  if (strncmp(path, "etc/", 4) != 0)
    return FALSE;
  return !strcmp(path, "etc/nsswitch.conf") || !strcmp(path, "etc/ld.so.cache") || !strcmp(path, "etc/ld.so.conf") ||
         !strcmp(path, "etc/ld.so.preload") || g_str_has_prefix(path, "etc/ld.so.conf.d/") ||
         (g_str_has_prefix(path, "etc/ld-musl-") && g_str_has_suffix(path, ".path"));
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  guint64 most = g_str_has_suffix(entry->path, ".cache") ? CR_LIMIT_FILE_MEMORY : CR_LIMIT_SMALL_FILE;
  if (cr_file_get_size(file) > most) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "not read: larger than any such file (%" G_GUINT64_FORMAT " bytes)",
                cr_file_get_size(file));
    return FALSE;
  }
  cr_sink_write_file(sink, file);
  return TRUE;
}

const CrCollector cr_loader_collector = {.name = "loader", .version = 1, .wants = wants, .collect = collect};

/* ---- configuration ---- */

char *cr_loader_load_text(CrReachWork *work, const char *path)
{
  g_autoptr(GBytes) bytes = cr_tree_find_facts(cr_reach_work_get_tree(work), path, cr_loader_collector.name);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return data ? g_strndup(data, size) : NULL;
}

typedef struct {
  CrReachWork *work;
  GPtrArray *folders; /* const char* in the arena */
  guint files;
  const char *pattern; /* of the include being followed */
  guint depth;
} ConfWalk;

static void read_conf(ConfWalk *walk, const char *path);

static gboolean read_matching(const CrNode *node, gpointer data)
{
  ConfWalk *walk = data;
  if (fnmatch(walk->pattern, node->path, FNM_PATHNAME | FNM_PERIOD) == 0)
    read_conf(walk, node->path);
  return TRUE;
}

static void include(ConfWalk *walk, const char *pattern, const char *from)
{
  g_autofree char *base = g_path_get_dirname(from);
  g_autofree char *path = *pattern == '/' ? g_strdup(pattern + 1) : g_build_filename(base, pattern, NULL);
  if (!strpbrk(path, "*?[")) {
    read_conf(walk, path);
    return;
  }
  g_autofree char *folder = g_path_get_dirname(path);
  const char *outer = walk->pattern;
  walk->pattern = path;
  cr_tree_foreach_child(cr_reach_work_get_tree(walk->work), folder, read_matching, walk);
  walk->pattern = outer;
}

/* ldconfig(8): a folder a line, '#' comments, `include PATTERN`, `hwcap` lines of old. */
static void read_conf(ConfWalk *walk, const char *path)
{
  if (walk->files >= CR_LIMIT_LD_CONF_FILES || walk->depth > 8)
    return;
  walk->files++;
  walk->depth++;
  g_autofree char *text = cr_loader_load_text(walk->work, path);
  g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    lines[i][strcspn(lines[i], "#")] = 0;
    char *line = g_strstrip(lines[i]);
    if (g_str_has_prefix(line, "include") && g_ascii_isspace(line[7]))
      include(walk, g_strstrip(line + 8), path);
    else if (*line == '/')
      g_ptr_array_add(walk->folders, (gpointer)cr_arena_strdup(cr_reach_work_get_arena(walk->work), line));
  }
  walk->depth--;
}

static CrStrv split_words(CrArena *arena, char *text)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  for (char *at = text; at && *at;) {
    at += strspn(at, " \t\r\n:");
    gsize n = strcspn(at, " \t\r\n:");
    if (n)
      g_ptr_array_add(words, (gpointer)cr_arena_strndup(arena, at, n));
    at += n;
  }
  return cr_arena_list(arena, words);
}

void cr_loader_config_read(CrReachWork *work, CrLoaderConfig *out)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  g_autoptr(GBytes) bytes =
      cr_tree_find_facts(cr_reach_work_get_tree(work), "etc/ld.so.cache", cr_loader_collector.name);
  if (bytes) {
    g_autoptr(GError) error = NULL;
    out->cache = cr_ld_cache_parse(bytes, &error);
    if (!out->cache)
      cr_problems_add(cr_reach_work_get_problems(work), CR_PROBLEM_NOTE, "etc/ld.so.cache", "not used: it %s",
                      error->message);
  }
  g_autoptr(GPtrArray) folders = g_ptr_array_new();
  ConfWalk walk = {.work = work, .folders = folders};
  read_conf(&walk, "etc/ld.so.conf");
  out->configured = cr_arena_list(arena, folders);
  g_autofree char *preload = cr_loader_load_text(work, "etc/ld.so.preload");
  for (char *hash = preload ? strchr(preload, '#') : NULL; hash; hash = strchr(hash, '#'))
    memset(hash, ' ', strcspn(hash, "\n"));
  out->preload = split_words(arena, preload);
}

/* ---- kinds of loaders ---- */

/* glibc's loader holds its folders as texts that end in '/' (SYSTEM_DIRS): Debian's multiarch ones, lib64 elsewhere. */
static CrStrv find_built_in(CrReachWork *work, const CrElfFacts *loader, guint bits)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  g_autoptr(GPtrArray) folders = g_ptr_array_new();
  for (guint i = 0; loader && loader->path_strings[i]; i++) {
    const char *text = loader->path_strings[i];
    if ((g_str_has_prefix(text, "/lib") || g_str_has_prefix(text, "/usr/")) && g_str_has_suffix(text, "/"))
      g_ptr_array_add(folders, (gpointer)cr_arena_strndup(arena, text, strlen(text) - 1));
  }
  if (!folders->len && bits == 64) {
    g_ptr_array_add(folders, "/lib64");
    g_ptr_array_add(folders, "/usr/lib64");
  }
  if (!folders->len || bits == 64) {
    g_ptr_array_add(folders, "/lib");
    g_ptr_array_add(folders, "/usr/lib");
  }
  return cr_arena_list(arena, folders);
}

/* /lib/ld-musl-x86_64.so.1 reads /etc/ld-musl-x86_64.path. */
static CrStrv read_musl_path(CrReachWork *work, const char *name)
{
  static const char *const usual[] = {"/lib", "/usr/local/lib", "/usr/lib", NULL};
  gsize arch = strcspn(name, ".");
  g_autofree char *path = g_strdup_printf("etc/%.*s.path", (int)arch, name);
  g_autofree char *text = cr_loader_load_text(work, path);
  return text ? split_words(cr_reach_work_get_arena(work), text) : usual;
}

static const char *get_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

CrLoaderKind *cr_loader_kind_make(CrReachWork *work, const char *path, const CrElfFacts *program)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  CrTree *tree = cr_reach_work_get_tree(work);
  CrLoaderKind *kind = cr_arena_new0(arena, CrLoaderKind);
  CrNode node;
  g_autoptr(CrArena) scratch = cr_arena_new();
  const CrElfFacts *loader = NULL;
  if (path && cr_tree_find(tree, path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_FILE) {
    kind->interpreter = node.path;
    loader = cr_elf_facts_get(tree, &node, scratch);
  }
  const char *names[] = {path ? get_name(path) : "", kind->interpreter ? get_name(kind->interpreter) : ""};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_str_has_prefix(names[i], "ld-musl-")) {
      kind->musl = TRUE;
      kind->folders = read_musl_path(work, names[i]);
      kind->lib = "lib";
      return kind;
    }
  kind->folders = find_built_in(work, loader, program->bits);
  const char *first = kind->folders[0] + 1;
  kind->lib = g_str_has_prefix(first, "usr/") ? first + 4 : first;
  return kind;
}

/* ---- lists of folders ---- */

static const char *name_platform(const CrElfFacts *facts)
{
  static const struct {
    guint machine;
    const char *name;
  } platforms[] = {{EM_X86_64, "x86_64"}, {EM_386, "i686"},     {EM_AARCH64, "aarch64"}, {EM_ARM, "v7l"},
                   {EM_S390, "z900"},     {EM_PPC64, "power8"}, {EM_RISCV, "riscv"}};
  for (guint i = 0; i < G_N_ELEMENTS(platforms); i++)
    if (facts->machine == platforms[i].machine)
      return platforms[i].name;
  return "";
}

/* Length of the token at TEXT ("$ORIGIN", "${ORIGIN}"), 0 if it is none. */
static gsize match_token(const char *text, gsize size, const char *name)
{
  gsize n = strlen(name);
  if (size > n && text[0] == '$' && !memcmp(text + 1, name, n) &&
      (size == n + 1 || (!g_ascii_isalnum(text[n + 1]) && text[n + 1] != '_')))
    return n + 1;
  if (size > n + 2 && text[0] == '$' && text[1] == '{' && !memcmp(text + 2, name, n) && text[n + 2] == '}')
    return n + 3;
  return 0;
}

const char *cr_loader_expand_text(CrReachWork *work, const char *text, gsize size, const CrLib *owner,
                                  const CrLoaderKind *kind)
{
  g_autofree char *origin = owner ? g_path_get_dirname(owner->spelled) : g_strdup("");
  const char *const tokens[][2] = {
      {"ORIGIN", origin}, {"LIB", kind ? kind->lib : "lib"}, {"PLATFORM", owner ? name_platform(owner->facts) : ""}};
  g_autoptr(GString) out = g_string_sized_new(size + 32);
  for (gsize i = 0; i < size;) {
    gsize n = 0;
    for (guint k = 0; k < G_N_ELEMENTS(tokens) && !n; k++) {
      n = match_token(text + i, size - i, tokens[k][0]);
      if (n)
        g_string_append(out, tokens[k][1]);
    }
    if (!n)
      g_string_append_c(out, text[i]);
    i += n ? n : 1;
    if (out->len > CR_LIMIT_PATH_BYTES)
      break;
  }
  return cr_arena_strndup(cr_reach_work_get_arena(work), out->str, out->len);
}

CrStrv cr_loader_split_path(CrReachWork *work, const char *list, const char *separators, const CrLib *owner,
                            const CrLoaderKind *kind, const char *workdir)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  g_autoptr(GPtrArray) folders = g_ptr_array_new();
  for (const char *at = list; at;) {
    gsize n = strcspn(at, separators);
    const char *folder = cr_loader_expand_text(work, at, n, owner, kind);
    at = at[n] ? at + n + 1 : NULL;
    if (!n && kind && kind->musl) /* path_open passes over an empty one */
      continue;
    if (*folder != '/') /* with glibc also the empty one: the working folder */
      folder = cr_arena_printf(arena, "%s/%s", workdir, folder);
    g_ptr_array_add(folders, (gpointer)folder);
  }
  return cr_arena_list(arena, folders);
}
