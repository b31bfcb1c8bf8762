/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/language.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "inventory/private.h"
#include "inventory/stanza.h"
#include "model/purl.h"

/* In this order they are read; drupal behind php, because what Composer installed of it is there already. */
static const CrLanguage *const languages[] = {
    &cr_language_python, &cr_language_node, &cr_language_build,  &cr_language_java,      &cr_language_programs,
    &cr_language_ruby,   &cr_language_php,  &cr_language_dotnet, &cr_language_wordpress, &cr_language_drupal,
};

guint cr_languages_get_collectors(const CrCollector **all, guint room)
{
  guint count = 0;
  for (guint i = 0; i < G_N_ELEMENTS(languages); i++)
    for (guint k = 0; languages[i]->collectors[k] && count < room; k++)
      all[count++] = languages[i]->collectors[k];
  return count;
}

/* ---- what members call ---- */

CrPackage *cr_language_add(CrLanguageWork *work, const CrNode *node, const CrPackage *package)
{
  GPtrArray *found = work->inventory->found;
  if (found->len + work->inventory->recorded->len >= CR_LIMIT_PACKAGES) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, work->language->name,
                    "the image has more than %u packages: the rest was not read", CR_LIMIT_PACKAGES);
    return NULL;
  }
  CrPackage *p = cr_arena_new0(work->arena, CrPackage);
  *p = *package;
  p->source_name = p->source_name ? p->source_name : p->name;
  p->source_version = p->source_version ? p->source_version : p->version;
  if (!p->paths) {
    const char **paths = cr_arena_alloc(work->arena, 2 * sizeof *paths);
    paths[0] = node->path;
    p->paths = paths;
  }
  p->status = "installed";
  p->layer = (int)node->layer;
  p->steward.proof = CR_PROOF_UNKNOWN;
  p->support = CR_PACKAGE_SUPPORT_UNKNOWN;
  p->reach = (CrReachOf){CR_REACH_UNKNOWN, cr_strv_empty};
  g_ptr_array_add(found, p);
  return p;
}

void cr_language_own(CrLanguageWork *work, const CrPackage *package, const char *path)
{
  CrInventory *inventory = work->inventory;
  if (!package || !*path || strlen(path) > CR_LIMIT_PATH_BYTES)
    return;
  CrClaim claim = {package, path};
  g_array_append_val(inventory->claims, claim);
}

void cr_language_write_texts(CrSink *sink, const char *const *texts, guint count)
{
  for (guint i = 0; i < count; i++)
    cr_sink_write(sink, texts[i] ? texts[i] : "", (texts[i] ? strlen(texts[i]) : 0) + 1);
}

gboolean cr_language_read_texts(GBytes *facts, gsize *at, CrArena *arena, const char **texts, guint count)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(facts, &size);
  CrReader reader = cr_reader_init(data, size, FALSE);
  cr_reader_seek(&reader, *at);
  if (!cr_reader_left(&reader))
    return FALSE;
  for (guint i = 0; i < count; i++) {
    const char *text = cr_reader_string(&reader);
    texts[i] = text && *text ? cr_arena_strdup(arena, text) : NULL;
  }
  *at = reader.at;
  return !cr_reader_failed(&reader);
}

void cr_language_read_headers(const char *text, gsize size, const char *const *names, char **values, guint count)
{
  CrSlice rest = cr_slice(text, size), line;
  while (cr_slice_next_line(&rest, &line) && cr_slice_trim(line).size) {
    const char *colon = memchr(line.at, ':', line.size);
    for (guint i = 0; colon && i < count; i++) {
      if (values[i] || !cr_slice_is_word((CrSlice){line.at, (gsize)(colon - line.at)}, names[i]))
        continue;
      CrSlice value = cr_slice_trim((CrSlice){colon + 1, line.size - (gsize)(colon + 1 - line.at)});
      values[i] = g_strndup(value.at, value.size);
    }
  }
}

const char *cr_language_get_text(CrFile *file, gsize limit, gsize *size)
{
  *size = (gsize)MIN(cr_file_get_size(file), limit);
  return (const char *)cr_file_peek(file, 0, *size);
}

gboolean cr_language_is_file(const CrEntry *entry, const char *end)
{
  gsize size = strlen(end);
  return entry->path_bytes >= size && !memcmp(entry->path + entry->path_bytes - size, end, size) &&
         (entry->path_bytes == size || *end == '.' || *end == '/' || entry->path[entry->path_bytes - size - 1] == '/');
}

gboolean cr_language_is_word(const char *text)
{
  gsize length = text ? strlen(text) : 0;
  for (gsize i = 0; i < length; i++)
    if ((guint8)text[i] <= ' ' || text[i] == 0x7f)
      return FALSE;
  return length && length <= 512;
}

const char *cr_language_get_folder(CrArena *arena, const char *path, guint up)
{
  gsize length = strlen(path);
  for (guint i = 0; i <= up; i++) {
    if (length && i)
      length--; /* the slash of the last round */
    while (length && path[length - 1] != '/')
      length--;
  }
  return cr_arena_strndup(arena, path, length);
}

const char *cr_language_join(CrArena *arena, const char *folder, const char *relative)
{
  const char *base = folder;
  if (*relative == '/')
    return relative + strspn(relative, "/");
  while (g_str_has_prefix(relative, "../")) {
    if (!*base)
      return NULL;
    base = cr_language_get_folder(arena, base, 1);
    relative += 3;
  }
  return strstr(relative, "../") ? NULL : cr_arena_printf(arena, "%s%s", base, relative);
}

char *cr_language_find_quoted(const char *text, gsize size, const char *before)
{
  gsize length = strlen(before);
  for (const char *at = text; (at = memmem(at, size - (gsize)(at - text), before, length)) != NULL; at += length) {
    const char *open = at + length, *last = text + size;
    while (open < last && *open != '\'' && *open != '"' && *open != '\n')
      open++;
    const char *close = open < last && *open != '\n' ? memchr(open + 1, *open, (gsize)(last - open - 1)) : NULL;
    if (close && close > open + 1 && close - open < 512)
      return g_strndup(open + 1, (gsize)(close - open - 1));
  }
  return NULL;
}

gboolean cr_language_is_recorded(const CrLanguageWork *work, const char *type, const char *name, const char *record)
{
  for (guint i = 0; i < work->inventory->found->len; i++) {
    const CrPackage *package = work->inventory->found->pdata[i];
    if (!strcmp(package->type, type) && !strcmp(package->name, name) && g_str_has_suffix(package->paths[0], record))
      return TRUE;
  }
  return FALSE;
}

/* ---- reading ---- */

static gboolean is_first_name(CrLanguageWork *work, const CrNode *node)
{
  return !work->language->one_name ||
         g_hash_table_add(work->seen, g_strdup_printf("%u %" G_GUINT64_FORMAT, node->content_layer, node->content_id));
}

static gboolean read_node(const CrNode *node, gpointer data)
{
  CrLanguageWork *work = data;
  if (node->type != CR_ENTRY_FILE || cr_inventory_find_recorded(work->inventory, node->path))
    return TRUE;
  g_autoptr(GBytes) facts = cr_tree_get_facts(work->tree, node, work->language->collectors[0]->name);
  if (!facts)
    return TRUE;
  if (facts && is_first_name(work, node))
    work->language->read(work, node, facts);
  return work->inventory->found->len < CR_LIMIT_PACKAGES;
}

/* "golang.org/x/net": namespace and name; "org.apache:log4j" likewise. */
static void name_package(CrInventory *inventory, CrPackage *package)
{
  CrArena *arena = inventory->arena;
  char mark = strcmp(package->type, "maven") == 0 ? ':' : '/';
  const char *split = strrchr(package->name, mark);
  const char *front = split ? cr_arena_strndup(arena, package->name, (gsize)(split - package->name)) : NULL;
  package->purl = cr_purl_format(arena, package->type, front, split ? split + 1 : package->name, package->version,
                                 "platform", package->arch, NULL);
}

void cr_languages_read(CrInventory *inventory)
{
  for (guint i = 0; i < G_N_ELEMENTS(languages); i++) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    CrLanguageWork work = {.language = languages[i],
                           .seen = seen,
                           .inventory = inventory,
                           .tree = inventory->tree,
                           .arena = inventory->arena,
                           .problems = inventory->problems};
    cr_tree_foreach_facts(inventory->tree, languages[i]->collectors[0]->name, read_node, &work);
  }
  for (guint i = 0; i < inventory->found->len; i++)
    name_package(inventory, inventory->found->pdata[i]);
}
