/* SPDX-License-Identifier: Apache-2.0 */
/* WordPress: the program by wp-includes/version.php, plug-ins and themes by the comment that heads their file
 * (WordPress Plugin Handbook "Header Requirements": in the first 8 KiB). */
#include "inventory/language.h"

#include <string.h>

#include "base/limits.h"
#include "inventory/stanza.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_LICENCE, TEXT_COUNT };

#define HEADER_BYTES 8192U
#define CONTENT      "wp-content/"

/* What stands behind wp-content/FOLDER/ in PATH, or NULL. */
static const char *find_content(const char *path, const char *folder)
{
  const char *content = g_strrstr(path, CONTENT);
  gsize length = strlen(folder);
  return content && !strncmp(content + sizeof CONTENT - 1, folder, length) ? content + sizeof CONTENT - 1 + length
                                                                           : NULL;
}

static gboolean is_plugin(const char *path)
{
  const char *rest = find_content(path, "plugins/");
  if (!rest)
    rest = find_content(path, "mu-plugins/");
  const char *slash = rest ? strchr(rest, '/') : NULL;
  return rest && g_str_has_suffix(rest, ".php") && (!slash || !strchr(slash + 1, '/'));
}

static gboolean is_theme(const char *path)
{
  const char *rest = find_content(path, "themes/"), *slash = rest ? strchr(rest, '/') : NULL;
  return slash && !strcmp(slash, "/style.css");
}

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  if (entry->path_bytes < 20 || (!cr_language_is_file(entry, ".php") && !cr_language_is_file(entry, "style.css")))
    return FALSE;
  return cr_language_is_file(entry, "wp-includes/version.php") || is_plugin(entry->path) || is_theme(entry->path);
}

/* The value of the line "NAME: value" of a comment. */
static char *find_header(const char *text, gsize size, const char *name)
{
  CrSlice rest = cr_slice(text, size), line;
  gsize length = strlen(name);
  while (cr_slice_next_line(&rest, &line)) {
    while (line.size && strchr(" \t/*#@", *line.at)) {
      line.at++;
      line.size--;
    }
    if (line.size <= length || g_ascii_strncasecmp(line.at, name, length) != 0 || line.at[length] != ':')
      continue;
    CrSlice value = cr_slice_trim((CrSlice){line.at + length + 1, line.size - length - 1});
    return g_strndup(value.at, value.size);
  }
  return NULL;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  gsize size = 0;
  const char *text = cr_language_get_text(
      file, is_theme(entry->path) || is_plugin(entry->path) ? HEADER_BYTES : CR_LIMIT_SMALL_FILE, &size);
  if (!text)
    return TRUE;
  g_autofree char *name = NULL, *version = NULL, *licence = NULL;
  if (cr_language_is_file(entry, "wp-includes/version.php")) {
    name = g_strdup("wordpress");
    version = cr_language_find_quoted(text, size, "$wp_version =");
  } else {
    name = find_header(text, size, is_theme(entry->path) ? "Theme Name" : "Plugin Name");
    version = find_header(text, size, "Version");
    licence = find_header(text, size, "License");
  }
  const char *texts[TEXT_COUNT] = {name, version, licence && strlen(licence) <= 100 ? licence : NULL};
  if (name)
    cr_language_write_texts(sink, texts, TEXT_COUNT);
  return TRUE;
}

static const CrCollector collector = {"wordpress", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

/* "wordpress/plugins/akismet": what the directory at WordPress.org calls it, by its folder. */
static const char *name_part(CrArena *arena, const char *path, const char *kind)
{
  const char *rest = g_strrstr(path, CONTENT) + sizeof CONTENT - 1;
  rest = strchr(rest, '/') + 1;
  gsize length = strcspn(rest, "/");
  if (!rest[length]) /* a plug-in of one file */
    length -= strlen(".php");
  return cr_arena_printf(arena, "wordpress/%s/%.*s", kind, (int)length, rest);
}

static void read_wordpress(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT];
  gsize at = 0;
  if (!cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT))
    return;
  gboolean plugin = is_plugin(node->path), theme = is_theme(node->path);
  const char *folder = cr_language_get_folder(arena, node->path, 0);
  const CrPackage package = {.type = "generic",
                             .name = plugin  ? name_part(arena, node->path, "plugins")
                                     : theme ? name_part(arena, node->path, "themes")
                                             : "wordpress",
                             .version = cr_language_is_word(texts[TEXT_VERSION]) ? texts[TEXT_VERSION] : "unknown",
                             .licence = texts[TEXT_LICENCE]};
  const CrPackage *added = cr_language_add(work, node, &package);
  cr_language_own(work, added, node->path);
  if (theme || (plugin && !g_str_has_suffix(folder, "plugins/")))
    cr_language_own(work, added, folder);
  if (!theme && !plugin) {
    cr_language_own(work, added, folder);
    cr_language_own(work, added, cr_arena_printf(arena, "%swp-admin/", cr_language_get_folder(arena, folder, 1)));
  }
}

const CrLanguage cr_language_wordpress = {.name = "wordpress", .collectors = collectors, .read = read_wordpress};
