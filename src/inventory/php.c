/* SPDX-License-Identifier: Apache-2.0 */
/* What Composer installed: vendor/composer/installed.json, of Composer 2 an object with install-path, before an array
 * (getcomposer.org). Packages for development are there as well as the others, so they count. */
#include "inventory/language.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_LICENCE, TEXT_PATH, TEXT_COUNT };

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return cr_language_is_file(entry, "/composer/installed.json");
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_FILE_MEMORY, &size);
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, size, "Composer's list", error) : NULL;
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc), *packages = cr_json_find(root, "packages");
  packages = packages ? packages : root;
  for (guint i = 0; cr_json_is(packages, CR_JSON_ARRAY) && i < cr_json_get_length(packages); i++) {
    const CrJson *package = cr_json_get_element(packages, i), *licence = cr_json_find(package, "license");
    g_auto(GStrv) licences = cr_json_get_strings(licence);
    g_autofree char *joined = g_strjoinv(" OR ", licences);
    const char *texts[TEXT_COUNT] = {[TEXT_NAME] = cr_json_find_string(package, "name", "?"),
                                     [TEXT_VERSION] = cr_json_find_string(package, "version", NULL),
                                     [TEXT_LICENCE] = cr_json_get_string(licence, joined),
                                     [TEXT_PATH] = cr_json_find_string(package, "install-path", NULL)};
    cr_language_write_texts(sink, texts, TEXT_COUNT);
  }
  return TRUE;
}

static const CrCollector collector = {"composer", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

static void read_php(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT], *folder = cr_language_get_folder(arena, node->path, 0);
  for (gsize at = 0; cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT);) {
    if (!cr_language_is_word(texts[TEXT_NAME]) || !strchr(texts[TEXT_NAME], '/') ||
        !cr_language_is_word(texts[TEXT_VERSION])) {
      cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                      "a package without name or version in Composer's list was left out");
      continue;
    }
    const CrPackage package = {
        .type = "composer", .name = texts[TEXT_NAME], .version = texts[TEXT_VERSION], .licence = texts[TEXT_LICENCE]};
    const CrPackage *added = cr_language_add(work, node, &package);
    const char *path = texts[TEXT_PATH] ? texts[TEXT_PATH] : cr_arena_printf(arena, "../%s", texts[TEXT_NAME]);
    const char *own = cr_language_join(arena, folder, path);
    if (added && own && *own)
      cr_language_own(work, added, g_str_has_suffix(own, "/") ? own : cr_arena_printf(arena, "%s/", own));
  }
}

const CrLanguage cr_language_php = {.name = "php", .collectors = collectors, .read = read_php};
