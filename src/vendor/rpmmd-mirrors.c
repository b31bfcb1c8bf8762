/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of mirrors: plain ones (an address a line) and metalinks (RFC 5854's predecessor, as MirrorManager writes it).
 */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

/* As many are asked: who is first in the list is near or chosen. */
#define MIRRORS 4

typedef struct {
  CrArena *arena;
  GPtrArray *found; /* const char* */
  GString *text;
} Mirrors;

/* Only https, and only what can be an address. */
static void add_mirror(Mirrors *mirrors, const char *text)
{
  static const char end[] = "/repodata/repomd.xml";
  gsize length = strlen(text);
  if (g_str_has_suffix(text, end))
    length -= strlen(end);
  while (length && text[length - 1] == '/')
    length--;
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] <= ' ' || (guchar)text[i] >= 0x7f || strchr("\"<>\\^`{|}#?", text[i]))
      return;
  if (g_str_has_prefix(text, "https://") && length > strlen("https://") && length < CR_LIMIT_PATH_BYTES &&
      mirrors->found->len < MIRRORS)
    g_ptr_array_add(mirrors->found, (gpointer)cr_arena_strndup(mirrors->arena, text, length));
}

static void start(GMarkupParseContext *context, const char *element, const char **names, const char **values,
                  gpointer data, GError **error)
{
  (void)context;
  (void)element;
  (void)names;
  (void)values;
  (void)error;
  g_string_truncate(((Mirrors *)data)->text, 0);
}

static void end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  Mirrors *mirrors = data;
  if (!strcmp(element, "url"))
    add_mirror(mirrors, g_strstrip(mirrors->text->str));
  g_string_truncate(mirrors->text, 0);
}

static void take_text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
  (void)context;
  (void)error;
  GString *to = ((Mirrors *)data)->text;
  if (to->len + size <= CR_LIMIT_PATH_BYTES)
    g_string_append_len(to, text, (gssize)size);
}

static gboolean parse_metalink(Mirrors *mirrors, const char *text, gsize size, GError **error)
{
  static const GMarkupParser functions = {.start_element = start, .end_element = end, .text = take_text};
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&functions, 0, mirrors, NULL);
  g_autoptr(GError) local = NULL;
  mirrors->text = g_string_new(NULL);
  gboolean good = g_markup_parse_context_parse(context, text, (gssize)size, &local) &&
                  g_markup_parse_context_end_parse(context, &local);
  g_string_free(mirrors->text, TRUE);
  if (!good)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its list of mirrors cannot be read: %s", local->message);
  return good;
}

static void parse_lines(Mirrors *mirrors, const char *text, gsize size)
{
  g_autofree char *copy = g_strndup(text, size);
  g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    add_mirror(mirrors, g_strstrip(lines[i]));
}

GPtrArray *cr_rpmmd_mirrors_parse(const char *text, gsize size, CrArena *arena, GError **error)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  Mirrors mirrors = {.arena = arena, .found = found};
  gsize skip = 0;
  while (skip < size && g_ascii_isspace(text[skip]))
    skip++;
  if (skip < size && text[skip] == '<') {
    if (!parse_metalink(&mirrors, text, size, error))
      return NULL;
  } else {
    parse_lines(&mirrors, text, size);
  }
  if (found->len)
    return g_steal_pointer(&found);
  g_set_error_literal(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "its list of mirrors names none with https");
  return NULL;
}
