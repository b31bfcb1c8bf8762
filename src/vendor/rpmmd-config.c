/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/limits.h"
#include "base/order.h"

/* ---- variables ---- */

char *cr_rpmmd_expand(const char *text, GHashTable *variables)
{
  GString *out = g_string_new(NULL);
  while (*text && out->len < CR_LIMIT_PATH_BYTES) {
    gboolean braced = text[0] == '$' && text[1] == '{';
    gsize start = text[0] == '$' ? 1 + braced : 0;
    gsize length = 0;
    while (start && (g_ascii_isalnum(text[start + length]) || text[start + length] == '_'))
      length++;
    g_autofree char *name = g_strndup(text + start, length);
    const char *value =
        length && (!braced || text[start + length] == '}') ? g_hash_table_lookup(variables, name) : NULL;
    if (value) {
      g_string_append(out, value);
      text += start + length + braced;
    } else {
      g_string_append_c(out, *text++);
    }
  }
  return g_string_free(out, FALSE);
}

/* ---- one file ---- */

typedef struct {
  const char *file;
  GHashTable *variables;
  CrArena *arena;
  GPtrArray *list;
  CrProblems *problems;
  CrRpmRepository *repository; /* of the section that is open; NULL: before the first, or [main] */
  CrStrv *excludes;            /* of [main], or NULL */
  const char *key;             /* of the line before, for its continuations */
} Reading;

static CrStrv split(Reading *reading, CrStrv old, const char *value)
{
  g_auto(GStrv) words = g_strsplit_set(value, " ,\t", -1);
  guint count = g_strv_length((char **)old);
  const char **list = cr_arena_alloc(reading->arena, (count + g_strv_length(words) + 1) * sizeof *list);
  memcpy(list, old, count * sizeof *list);
  for (guint i = 0; words[i] && count < CR_LIMIT_REPOSITORIES; i++)
    if (*words[i])
      list[count++] = cr_arena_strdup(reading->arena, words[i]);
  list[count] = NULL;
  return list;
}

gboolean cr_rpmmd_is_true(const char *value)
{
  static const char *const words[] = {"1", "yes", "true", "on", NULL};
  g_autofree char *lower = g_ascii_strdown(value, -1);
  return g_strv_contains(words, lower);
}

static const char *take_address(Reading *reading, const char *value)
{
  g_auto(GStrv) words = g_strsplit_set(value, " ,\t", -1);
  for (guint i = 0; words[i]; i++) {
    if (!*words[i])
      continue;
    g_autofree char *text = cr_rpmmd_expand(words[i], reading->variables);
    gsize length = strlen(text);
    while (length > 1 && text[length - 1] == '/')
      length--;
    return cr_arena_strndup(reading->arena, text, length);
  }
  return NULL;
}

/* "file:///etc/pki/rpm-gpg/KEY" as a path of the image; keys from the network are not fetched. */
static CrStrv take_keys(Reading *reading, CrStrv old, const char *value)
{
  g_autofree char *text = cr_rpmmd_expand(value, reading->variables);
  g_auto(GStrv) words = g_strsplit_set(text, " ,\t", -1);
  CrStrv list = old;
  for (guint i = 0; words[i]; i++)
    if (g_str_has_prefix(words[i], "file:///"))
      list = split(reading, list, words[i] + strlen("file://"));
  return list;
}

static void take_value(Reading *reading, const char *key, const char *value)
{
  CrRpmRepository *repository = reading->repository;
  gboolean exclude = !strcmp(key, "exclude") || !strcmp(key, "excludepkgs");
  if (!repository) {
    if (exclude && reading->excludes)
      *reading->excludes = split(reading, *reading->excludes, value);
    return;
  }
  if (exclude)
    repository->excludes = split(reading, repository->excludes, value);
  else if (!strcmp(key, "baseurl") && !repository->baseurl)
    repository->baseurl = take_address(reading, value);
  else if ((!strcmp(key, "mirrorlist") || !strcmp(key, "metalink")) && !repository->list)
    repository->list = take_address(reading, value);
  else if (!strcmp(key, "priority"))
    repository->priority = cr_arena_strdup(reading->arena, value);
  else if (!strcmp(key, "gpgkey"))
    repository->keys = take_keys(reading, repository->keys, value);
  else if (!strcmp(key, "enabled"))
    repository->enabled = cr_rpmmd_is_true(value);
  else if (!strcmp(key, "module_hotfixes"))
    repository->hotfixes = cr_rpmmd_is_true(value);
}

static gboolean is_id(const char *text)
{
  for (const char *c = text; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("-_.:", *c))
      return FALSE;
  return *text && strlen(text) < 256;
}

static void open_section(Reading *reading, char *line)
{
  char *close = strchr(line, ']');
  reading->repository = NULL;
  if (close)
    *close = '\0';
  g_autofree char *id = cr_rpmmd_expand(line + 1, reading->variables);
  if (!strcmp(id, "main"))
    return;
  if (!close || !is_id(id) || reading->list->len >= CR_LIMIT_REPOSITORIES) {
    cr_problems_add(reading->problems, CR_PROBLEM_PARTIAL, reading->file, "a section of it names no repository");
    return;
  }
  CrRpmRepository *repository = cr_arena_new0(reading->arena, CrRpmRepository);
  repository->id = cr_arena_strdup(reading->arena, id);
  repository->file = reading->file;
  repository->excludes = repository->keys = cr_strv_empty;
  repository->enabled = TRUE;
  reading->repository = repository;
  g_ptr_array_add(reading->list, repository);
}

static void read_line(Reading *reading, char *line)
{
  gboolean continued = (line[0] == ' ' || line[0] == '\t') && reading->key;
  char *text = g_strstrip(line);
  if (!*text || *text == '#' || *text == ';')
    return;
  if (*text == '[') {
    reading->key = NULL;
    open_section(reading, text);
    return;
  }
  char *equals = continued ? NULL : strchr(text, '=');
  if (!continued && !equals)
    return;
  if (equals) {
    *equals = '\0';
    reading->key = cr_arena_strdup(reading->arena, g_strchomp(text));
    text = g_strchug(equals + 1);
  }
  take_value(reading, reading->key, text);
}

static void read_text(Reading *reading, const char *text, gsize size)
{
  g_autofree char *copy = g_strndup(text, size);
  g_autofree char *valid = g_utf8_make_valid(copy, -1);
  g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    read_line(reading, lines[i]);
}

void cr_rpmmd_repositories_parse(const char *text, gsize size, const char *file, GHashTable *variables, CrArena *arena,
                                 GPtrArray *list, CrProblems *problems)
{
  Reading reading = {.file = file, .variables = variables, .arena = arena, .list = list, .problems = problems};
  read_text(&reading, text, size);
}

/* ---- the tree ---- */

static gboolean visit_name(const CrNode *node, gpointer data)
{
  g_ptr_array_add(data, g_strdup(node->path));
  return TRUE;
}

static GPtrArray *list_files(CrTree *tree, const char *folder)
{
  GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
  cr_tree_foreach_child(tree, folder, visit_name, files);
  g_ptr_array_sort(files, cr_compare_texts);
  return files;
}

static void read_variables(CrTree *tree, const char *folder, GHashTable *variables)
{
  g_autoptr(GPtrArray) files = list_files(tree, folder);
  for (guint i = 0; i < files->len; i++) {
    const char *path = files->pdata[i];
    g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, path);
    gsize size = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    if (text && size < 1024)
      g_hash_table_replace(variables, g_strdup(strrchr(path, '/') + 1), g_strstrip(g_strndup(text, size)));
  }
}

void cr_rpmmd_repositories_read(CrTree *tree, GHashTable *variables, CrArena *arena, GPtrArray *list, CrStrv *excludes,
                                CrProblems *problems)
{
  static const char *const variable_folders[] = {"etc/yum/vars", "etc/dnf/vars", NULL};
  static const char *const folders[] = {"etc/yum.repos.d", "etc/zypp/repos.d", NULL};
  static const char *const mains[] = {"etc/dnf/dnf.conf", "etc/yum.conf", NULL};
  *excludes = cr_strv_empty;
  for (guint i = 0; variable_folders[i]; i++)
    read_variables(tree, variable_folders[i], variables);
  for (guint i = 0; mains[i]; i++) {
    g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, mains[i]);
    gsize size = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    Reading reading = {.file = mains[i], .variables = variables, .arena = arena, .list = list, .problems = problems};
    reading.excludes = excludes;
    if (text)
      read_text(&reading, text, size);
  }
  for (guint i = 0; folders[i]; i++) {
    g_autoptr(GPtrArray) files = list_files(tree, folders[i]);
    for (guint k = 0; k < files->len; k++) {
      const char *path = cr_arena_strdup(arena, files->pdata[k]);
      g_autoptr(GBytes) bytes = g_str_has_suffix(path, ".repo") ? cr_vendor_read_file(tree, path) : NULL;
      gsize size = 0;
      const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
      if (text)
        cr_rpmmd_repositories_parse(text, size, path, variables, arena, list, problems);
    }
  }
}
