/* SPDX-License-Identifier: Apache-2.0 */
/* Ruby gems by specifications/NAME-VERSION.gemspec, those that come with Ruby by specifications/default. RubyGems
 * writes these files itself, so their Ruby is always the same few lines (rubygems: specification.rb to_ruby). */
#include "inventory/language.h"

#include <string.h>

#include "base/limits.h"
#include "inventory/stanza.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_PLATFORM, TEXT_LICENCE, TEXT_COUNT };

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return cr_language_is_file(entry, ".gemspec") && strstr(entry->path, "specifications/");
}

/* "# stub: NAME VERSION PLATFORM FOLDERS" */
static gboolean read_stub(const char *text, gsize size, char **texts)
{
  CrSlice rest = cr_slice(text, size), line;
  for (guint i = 0; i < 4 && cr_slice_next_line(&rest, &line); i++) {
    if (!cr_slice_starts(line, "# stub: "))
      continue;
    line.at += 8;
    line.size -= 8;
    CrSlice word;
    for (guint k = TEXT_NAME; k <= TEXT_PLATFORM && cr_slice_next_word(&line, &word); k++)
      texts[k] = g_strndup(word.at, word.size);
    return texts[TEXT_VERSION] != NULL;
  }
  return FALSE;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  (void)error;
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_SMALL_FILE, &size);
  char *texts[TEXT_COUNT] = {NULL};
  if (!text)
    return TRUE;
  if (!read_stub(text, size, texts)) {
    g_free(texts[TEXT_NAME]);
    texts[TEXT_NAME] = cr_language_find_quoted(text, size, "s.name = ");
    texts[TEXT_VERSION] = cr_language_find_quoted(text, size, "s.version = ");
  }
  texts[TEXT_LICENCE] = cr_language_find_quoted(text, size, "s.licenses = [");
  if (!texts[TEXT_LICENCE])
    texts[TEXT_LICENCE] = cr_language_find_quoted(text, size, "s.license = ");
  if (!texts[TEXT_NAME])
    texts[TEXT_NAME] = g_strdup("?");
  cr_language_write_texts(sink, (const char *const *)texts, TEXT_COUNT);
  for (guint i = 0; i < TEXT_COUNT; i++)
    g_free(texts[i]);
  return TRUE;
}

static const CrCollector collector = {"ruby", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

/* A default gem's files stand among Ruby's own: lib/ruby/3.1.0/ for lib/ruby/gems/3.1.0/specifications/default/. */
static void own_default(CrLanguageWork *work, const CrPackage *package, const char *folder)
{
  CrArena *arena = work->arena;
  const char *home = cr_language_get_folder(arena, folder, 2), *gems = cr_language_get_folder(arena, folder, 3);
  const char *base =
      cr_arena_printf(arena, "%s%s", cr_language_get_folder(arena, folder, 4), home + MIN(strlen(gems), strlen(home)));
  g_autofree char *name = g_strdelimit(g_strdup(package->name), "-", '/');
  cr_language_own(work, package, cr_arena_printf(arena, "%s%s/", base, name));
  cr_language_own(work, package, cr_arena_printf(arena, "%s%s.rb", base, name));
}

static void read_ruby(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT];
  gsize at = 0;
  if (!cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT))
    return;
  if (!cr_language_is_word(texts[TEXT_NAME]) || !strcmp(texts[TEXT_NAME], "?") ||
      !cr_language_is_word(texts[TEXT_VERSION])) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path, "a gem that tells no name or version was left out");
    return;
  }
  const char *platform = texts[TEXT_PLATFORM];
  const CrPackage package = {.type = "gem",
                             .name = texts[TEXT_NAME],
                             .version = texts[TEXT_VERSION],
                             .arch = platform && strcmp(platform, "ruby") != 0 ? platform : NULL,
                             .licence = texts[TEXT_LICENCE]};
  const CrPackage *added = cr_language_add(work, node, &package);
  const char *folder = cr_language_get_folder(arena, node->path, 0);
  cr_language_own(work, added, node->path);
  if (added && g_str_has_suffix(folder, "specifications/default/")) {
    own_default(work, added, folder);
    return;
  }
  const char *file = node->path + strlen(folder);
  cr_language_own(work, added,
                  cr_arena_printf(arena, "%sgems/%.*s/", cr_language_get_folder(arena, folder, 1),
                                  (int)(strlen(file) - strlen(".gemspec")), file));
}

const CrLanguage cr_language_ruby = {.name = "ruby", .collectors = collectors, .read = read_ruby};
