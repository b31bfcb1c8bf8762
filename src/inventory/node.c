/* SPDX-License-Identifier: Apache-2.0 */
/* Node packages: every package.json that stands directly in a folder of node_modules, nested and bundled ones too
 * (npm's own hundred among them), as Node's resolution and npm's layout have it (docs.npmjs.com "folders"). Deeper ones
 * are parts of a package. Those of Yarn's Plug'n'Play stand in zip files. */
#include "inventory/language.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_LICENCE, TEXT_COUNT };

#define MODULES "node_modules/"

/* Behind the last "node_modules/" stands NAME or @SCOPE/NAME, and nothing more than package.json. */
static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  if (entry->path_bytes < 8 || (entry->path[entry->path_bytes - 1] != 'n' && entry->path[entry->path_bytes - 1] != 's'))
    return FALSE;
  if (cr_language_is_file(entry, ".pnp.cjs"))
    return TRUE;
  if (!cr_language_is_file(entry, "package.json"))
    return FALSE;
  const char *slash = entry->path + entry->path_bytes - sizeof "package.json", *name = slash;
  for (guint parts = 0; parts < 2 && name > entry->path; parts++) {
    const char *before = memrchr(entry->path, '/', (gsize)(name - entry->path));
    const char *part = before ? before + 1 : entry->path;
    if (before && (gsize)(part - entry->path) >= sizeof MODULES - 1 &&
        !memcmp(part - (sizeof MODULES - 1), MODULES, sizeof MODULES - 1))
      return parts == 0 ? *part != '@' && *part != '.' : *part == '@';
    name = before ? before : entry->path;
  }
  return FALSE;
}

/* "license": "MIT", {"type": "MIT"}, or the old "licenses": [{"type": "MIT"}]. */
static const char *find_licence(const CrJson *root)
{
  const CrJson *licence = cr_json_find(root, "license");
  if (!licence)
    licence = cr_json_get_element(cr_json_find(root, "licenses"), 0);
  return cr_json_get_string(licence, cr_json_find_string(licence, "type", NULL));
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_FILE_MEMORY, &size);
  const char *texts[TEXT_COUNT] = {"?"};
  if (g_str_has_suffix(entry->path, ".cjs")) {
    cr_language_write_texts(sink, texts, TEXT_COUNT);
    return TRUE;
  }
  if (text && size > 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* Node takes a byte order mark */
    text += 3;
    size -= 3;
  }
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, size, "the package's description", error) : NULL;
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  texts[TEXT_NAME] = cr_json_find_string(root, "name", "?");
  texts[TEXT_VERSION] = cr_json_find_string(root, "version", NULL);
  texts[TEXT_LICENCE] = find_licence(root);
  cr_language_write_texts(sink, texts, TEXT_COUNT);
  return TRUE;
}

static const CrCollector collector = {"node", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

static void read_node(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT] = {NULL};
  gsize at = 0;
  if (!cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT))
    return;
  if (g_str_has_suffix(node->path, ".pnp.cjs")) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    "Yarn's Plug'n'Play: the packages in its zip files were not read");
    return;
  }
  const char *folder = cr_language_get_folder(arena, node->path, 0);
  if (!cr_language_is_word(texts[TEXT_NAME]) || !strcmp(texts[TEXT_NAME], "?")) {
    const char *name = g_strrstr(folder, MODULES) + sizeof MODULES - 1;
    texts[TEXT_NAME] = cr_arena_strndup(arena, name, strlen(name) - 1);
  }
  if (!cr_language_is_word(texts[TEXT_VERSION])) {
    cr_problems_add(work->problems, CR_PROBLEM_NOTE, node->path, "a Node package without a version was left out");
    return;
  }
  const CrPackage package = {
      .type = "npm", .name = texts[TEXT_NAME], .version = texts[TEXT_VERSION], .licence = texts[TEXT_LICENCE]};
  cr_language_own(work, cr_language_add(work, node, &package), folder);
}

const CrLanguage cr_language_node = {.name = "node", .collectors = collectors, .read = read_node};
