/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

typedef struct {
  CrArena *arena;
  CrRelease *release;
  const char *type; /* of the <data> that is open */
  CrReleaseFile file;
  gboolean sha256;
  GString *text;
  gint64 newest;
} Parser;

static const char *find_attribute(const char **names, const char **values, const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (!strcmp(names[i], name))
      return values[i];
  return NULL;
}

static void start(GMarkupParseContext *context, const char *element, const char **names, const char **values,
                  gpointer data, GError **error)
{
  (void)context;
  (void)error;
  Parser *parser = data;
  g_string_truncate(parser->text, 0);
  if (!strcmp(element, "data")) {
    parser->type = cr_arena_strdup(parser->arena, find_attribute(names, values, "type"));
    parser->file = (CrReleaseFile){0};
  } else if (!strcmp(element, "checksum")) {
    parser->sha256 = !g_strcmp0(find_attribute(names, values, "type"), "sha256");
  } else if (!strcmp(element, "location")) {
    parser->file.path = cr_arena_strdup(parser->arena, find_attribute(names, values, "href"));
  }
}

/* A place below the repository. */
static gboolean is_safe(const char *path)
{
  for (const char *c = path; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("/._+-~", *c))
      return FALSE;
  return *path && *path != '/' && !g_str_has_prefix(path, "../") && !strstr(path, "/../");
}

static void add_file(Parser *parser)
{
  if (!parser->type || !parser->file.path || !parser->file.sha256 || !is_safe(parser->file.path))
    return;
  CrReleaseFile *file = cr_arena_new0(parser->arena, CrReleaseFile);
  *file = parser->file;
  g_hash_table_replace(parser->release->files, (gpointer)parser->type, file);
}

static void end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  Parser *parser = data;
  const char *text = g_strstrip(parser->text->str);
  gint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoll(text, NULL, 10) : 0;
  g_autofree char *digest = g_strdup_printf("sha256:%s", text);
  if (!strcmp(element, "checksum") && parser->type && parser->sha256 && cr_digest_is_valid(digest))
    parser->file.sha256 = cr_arena_strdup(parser->arena, text);
  else if (!strcmp(element, "size") && parser->type)
    parser->file.size_bytes = (guint64)number;
  else if (!strcmp(element, "timestamp") && parser->type)
    parser->newest = MAX(parser->newest, number);
  else if (!strcmp(element, "revision") && !parser->type && number > 1000000000)
    parser->release->date = number; /* createrepo_c writes the time; some write a count */
  else if (!strcmp(element, "data"))
    add_file(parser);
  g_string_truncate(parser->text, 0);
}

static void take_text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
  (void)context;
  Parser *parser = data;
  if (parser->text->len + size > 4096)
    g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "a value of it is too long");
  else
    g_string_append_len(parser->text, text, (gssize)size);
}

CrRelease *cr_rpmmd_parse(const char *text, gsize size, CrArena *arena, GError **error)
{
  static const GMarkupParser functions = {.start_element = start, .end_element = end, .text = take_text};
  g_autoptr(CrRelease) release = g_new0(CrRelease, 1);
  release->files = g_hash_table_new(g_str_hash, g_str_equal);
  release->valid_until = -1;
  release->architectures = release->components = cr_strv_empty;
  Parser parser = {.arena = arena, .release = release, .text = g_string_new(NULL)};
  g_autoptr(GMarkupParseContext) context =
      g_markup_parse_context_new(&functions, G_MARKUP_TREAT_CDATA_AS_TEXT, &parser, NULL);
  g_autoptr(GError) local = NULL;
  gboolean good = g_markup_parse_context_parse(context, text, (gssize)size, &local) &&
                  g_markup_parse_context_end_parse(context, &local);
  g_string_free(parser.text, TRUE);
  if (!good) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its repomd.xml cannot be read: %s", local->message);
    return NULL;
  }
  release->date = release->date ? release->date : parser.newest;
  if (!g_hash_table_contains(release->files, "primary")) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "its repomd.xml names no list of packages with a SHA256");
    return NULL;
  }
  if (!release->date) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "its repomd.xml has no date");
    return NULL;
  }
  return g_steal_pointer(&release);
}
