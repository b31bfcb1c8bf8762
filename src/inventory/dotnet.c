/* SPDX-License-Identifier: Apache-2.0 */
/* .NET by APP.deps.json: the packages that a program was published with, and the shared frameworks, whose own file lies
 * in shared/NAME/VERSION (github.com/dotnet/sdk, documentation/specs/runtime-configuration-file.md). */
#include "inventory/language.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

enum { TEXT_NAME, TEXT_VERSION, TEXT_FILES, TEXT_COUNT };

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return cr_language_is_file(entry, ".deps.json");
}

/* Names of the assemblies that NAME_VERSION brings, without folders (publishing puts them beside the program). */
static char *list_files(const CrJson *targets, const char *name_version)
{
  static const char *const kinds[] = {"runtime", "native"};
  GString *out = g_string_new(NULL);
  for (guint t = 0; t < cr_json_get_length(targets); t++)
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
      const CrJson *files = cr_json_find(cr_json_find(cr_json_get_element(targets, t), name_version), kinds[k]);
      for (guint i = 0; cr_json_is(files, CR_JSON_OBJECT) && i < cr_json_get_length(files); i++) {
        const char *path = cr_json_get_member_name(files, i), *slash = strrchr(path, '/');
        g_string_append_printf(out, "%s\n", slash ? slash + 1 : path);
      }
    }
  return g_string_free(out, FALSE);
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  gsize size = 0;
  const char *text = cr_language_get_text(file, CR_LIMIT_FILE_MEMORY, &size);
  if (text && size > 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
    text += 3;
    size -= 3;
  }
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, size, "the list of dependencies", error) : NULL;
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc), *libraries = cr_json_find(root, "libraries");
  for (guint i = 0; cr_json_is(libraries, CR_JSON_OBJECT) && i < cr_json_get_length(libraries); i++) {
    const char *name = cr_json_get_member_name(libraries, i), *slash = strrchr(name, '/');
    const char *type = cr_json_find_string(cr_json_get_element(libraries, i), "type", "");
    if (!slash || (strcmp(type, "package") != 0 && strcmp(type, "runtimepack") != 0))
      continue; /* "project": the program itself; "reference": a file beside it */
    g_autofree char *files = list_files(cr_json_find(root, "targets"), name);
    const char *start = g_str_has_prefix(name, "runtimepack.") ? name + strlen("runtimepack.") : name;
    g_autofree char *id = g_strndup(start, (gsize)(slash - start));
    const char *texts[TEXT_COUNT] = {id, slash + 1, files};
    cr_language_write_texts(sink, texts, TEXT_COUNT);
  }
  return TRUE;
}

static const CrCollector collector = {"dotnet", 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

static void read_dotnet(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  CrArena *arena = work->arena;
  const char *texts[TEXT_COUNT], *folder = cr_language_get_folder(arena, node->path, 0);
  for (gsize at = 0; cr_language_read_texts(facts, &at, arena, texts, TEXT_COUNT);) {
    if (!cr_language_is_word(texts[TEXT_NAME]) || !cr_language_is_word(texts[TEXT_VERSION]))
      continue;
    const CrPackage package = {.type = "nuget", .name = texts[TEXT_NAME], .version = texts[TEXT_VERSION]};
    const CrPackage *added = cr_language_add(work, node, &package);
    g_auto(GStrv) files = g_strsplit(texts[TEXT_FILES] ? texts[TEXT_FILES] : "", "\n", -1);
    for (guint i = 0; files[i]; i++)
      if (*files[i])
        cr_language_own(work, added, cr_arena_printf(arena, "%s%s", folder, files[i]));
    cr_language_own(work, added, node->path);
  }
}

const CrLanguage cr_language_dotnet = {.name = "dotnet", .collectors = collectors, .read = read_dotnet};
