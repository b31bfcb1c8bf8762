/* SPDX-License-Identifier: Apache-2.0 */
/* Drupal without Composer: the program by core/lib/Drupal.php or includes/bootstrap.inc, projects by what drupal.org's
 * packaging adds to NAME.info.yml and NAME.info ("project" and "version"). What Composer installed is php.c's. The
 * program has the name that advisories know it by, so its type is Composer's; other projects have none there. */
#include "inventory/language.h"

#include <string.h>

#include "base/limits.h"
#include "inventory/stanza.h"

#define COMPOSER "composer/installed.json"

enum { TEXT_PROJECT, TEXT_VERSION, TEXT_COUNT };

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return cr_language_is_file(entry, "core/lib/Drupal.php") || cr_language_is_file(entry, "includes/bootstrap.inc") ||
         cr_language_is_file(entry, ".info.yml") ||
         (cr_language_is_file(entry, ".info") && (strstr(entry->path, "modules/") || strstr(entry->path, "themes/")));
}

/* "project: 'ctools'", "version = "7.x-1.9"" */
static char *find_value(const char *text, gsize size, const char *name)
{
  CrSlice rest = cr_slice(text, size), line;
  gsize length = strlen(name);
  while (cr_slice_next_line(&rest, &line)) {
    if (!cr_slice_starts(line, name))
      continue;
    CrSlice value = cr_slice_trim((CrSlice){line.at + length, line.size - length});
    if (!value.size || (*value.at != ':' && *value.at != '='))
      continue;
    g_autofree char *copy = g_strndup(value.at + 1, value.size - 1);
    g_strdelimit(copy, "'\"", ' ');
    return g_strdup(g_strstrip(copy));
  }
  return NULL;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_SMALL_FILE, &size);
  if (!text)
    return TRUE;
  g_autofree char *project = NULL, *version = NULL;
  if (cr_language_is_file(entry, "Drupal.php") || cr_language_is_file(entry, "bootstrap.inc")) {
    project = memmem(text, size, "Drupal", 6) ? g_strdup("drupal") : NULL;
    version = cr_language_find_quoted(text, size, "const VERSION =");
    if (!version)
      version = cr_language_find_quoted(text, size, "define('VERSION',");
  } else {
    project = find_value(text, size, "project");
    version = find_value(text, size, "version");
    if (!g_strcmp0(project, "drupal")) /* a part of the program */
      return TRUE;
  }
  const char *texts[TEXT_COUNT] = {project, version};
  if (cr_language_is_word(project) && cr_language_is_word(version))
    cr_language_write_texts(sink, texts, TEXT_COUNT);
  return TRUE;
}

static const CrCollector collector = {"drupal", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

static void add_core(CrLanguageWork *work, const CrNode *node, const char *version)
{
  CrArena *arena = work->arena;
  static const char *const names[] = {"drupal/core", "drupal/drupal", "drupal/core-recommended"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (cr_language_is_recorded(work, "composer", names[i], COMPOSER))
      return;
  const CrPackage package = {.type = "composer", .name = "drupal/core", .version = version};
  const CrPackage *added = cr_language_add(work, node, &package);
  const char *folder = cr_language_get_folder(arena, node->path, 0);
  cr_language_own(work, added, node->path);
  cr_language_own(work, added,
                  g_str_has_suffix(node->path, ".inc") ? folder : cr_language_get_folder(arena, folder, 1));
}

static void read_drupal(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT];
  gsize at = 0;
  if (!cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT))
    return;
  if (!strcmp(texts[TEXT_PROJECT], "drupal")) {
    add_core(work, node, texts[TEXT_VERSION]);
    return;
  }
  const char *name = cr_arena_printf(arena, "drupal/%s", texts[TEXT_PROJECT]);
  const char *part = strstr(node->path, cr_arena_printf(arena, "/%s/", texts[TEXT_PROJECT]));
  const char *folder =
      part ? cr_arena_strndup(arena, node->path, (gsize)(part - node->path) + strlen(texts[TEXT_PROJECT]) + 2)
           : cr_language_get_folder(arena, node->path, 0);
  if (cr_language_is_recorded(work, "composer", name, COMPOSER) || !g_hash_table_add(work->seen, g_strdup(folder)))
    return; /* a project has an info file for each of its modules */
  const CrPackage package = {.type = "generic", .name = name, .version = texts[TEXT_VERSION]};
  cr_language_own(work, cr_language_add(work, node, &package), folder);
}

const CrLanguage cr_language_drupal = {.name = "drupal", .collectors = collectors, .read = read_drupal};
