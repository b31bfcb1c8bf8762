/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/change-back.h"

#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/read-file.h"

/* ---- into the record ---- */

static void write_digest(CrJsonWriter *writer, const char *name, GBytes *bytes)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autofree char *digest = cr_digest_of(data, size);
  cr_json_key_string(writer, name, digest);
}

static void write_lines(CrJsonWriter *writer, const CrRewrittenLines *lines)
{
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "old_line", lines->old_line);
  cr_json_key_integer(writer, "new_line", lines->new_line);
  cr_json_key_string(writer, "before", lines->before);
  cr_json_key_string(writer, "after", lines->after);
  cr_json_key_strings(writer, "about", (const char *const *)lines->about);
  cr_json_end_object(writer);
}

char *cr_written_format(const GPtrArray *files)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "files");
  cr_json_begin_array(writer);
  for (guint i = 0; i < files->len; i++) {
    const CrRewrittenFile *file = files->pdata[i];
    if (!file->lines->len)
      continue;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "path", file->path);
    write_digest(writer, "before", file->before);
    write_digest(writer, "after", file->after);
    cr_json_key(writer, "lines");
    cr_json_begin_array(writer);
    for (guint k = 0; k < file->lines->len; k++)
      write_lines(writer, file->lines->pdata[k]);
    cr_json_end_array(writer);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* ---- and back ---- */

typedef struct {
  CrArena *arena;
  const CrJson *lines;
  const char *about;
  const char *text, *end; /* the file now */
  CrFileReturn *it;
} Returning;

static void return_free(gpointer data)
{
  CrFileReturn *it = data;
  g_clear_pointer(&it->files, g_ptr_array_unref);
  g_free(it->path);
  g_free(it->why);
  g_free(it->diff);
  g_free(it);
}

static gboolean is_about(const Returning *way, const CrJson *lines)
{
  const CrJson *about = cr_json_find(lines, "about");
  for (guint i = 0; way->about && i < cr_json_get_length(about); i++)
    if (!strcmp(cr_json_get_string(cr_json_get_element(about, i), ""), way->about))
      return TRUE;
  return !way->about;
}

static void refuse(Returning *way, char *why)
{
  if (!way->it->why)
    way->it->why = why;
  else
    g_free(why);
}

/* Whole lines that are EXPECTED: at line WISHED, else where else they are, if that is one place. 0: they are not. */
static guint find_lines(const Returning *way, const char *expected, guint wished)
{
  gsize length = strlen(expected);
  guint found = 0, count = 0, number = 1;
  const char *at = way->text;
  while (at < way->end && length) {
    if ((gsize)(way->end - at) >= length && !memcmp(at, expected, length) &&
        (expected[length - 1] == '\n' || at + length == way->end)) {
      if (number == wished)
        return wished;
      found = number;
      count++;
    }
    const char *newline = memchr(at, '\n', (gsize)(way->end - at));
    at = newline ? newline + 1 : way->end;
    number++;
  }
  return count == 1 ? found : 0;
}

static void add_marked(GString *out, char mark, const char *text)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++)
    g_string_append_printf(out, "%c%s\n", mark, g_strchomp(lines[i]));
}

/* What would be put back, for people. */
static void show(Returning *way)
{
  GString *out = g_string_new(NULL);
  g_string_append_printf(out, "--- %s\n+++ %s\n", way->it->path, way->it->path);
  for (guint i = 0; i < cr_json_get_length(way->lines); i++) {
    const CrJson *lines = cr_json_get_element(way->lines, i);
    if (!is_about(way, lines))
      continue;
    g_string_append_printf(out, "@@ line %" G_GINT64_FORMAT " @@\n", cr_json_find_integer(lines, "new_line", 0));
    add_marked(out, '-', cr_json_find_string(lines, "after", ""));
    add_marked(out, '+', cr_json_find_string(lines, "before", ""));
  }
  way->it->diff = g_string_free(out, FALSE);
}

/* As CrFileChange* in the arena; TRUE: at least one is to be made. */
static GPtrArray *list_changes(Returning *way)
{
  GPtrArray *changes = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(way->lines); i++) {
    const CrJson *lines = cr_json_get_element(way->lines, i), *about = cr_json_find(lines, "about");
    const char *before = cr_json_find_string(lines, "before", NULL), *after = cr_json_find_string(lines, "after", "");
    gint64 new_line = CLAMP(cr_json_find_integer(lines, "new_line", 0), 0, G_MAXINT);
    gint64 old_line = CLAMP(cr_json_find_integer(lines, "old_line", 0), 0, G_MAXINT);
    if (!before || !is_about(way, lines))
      continue;
    guint line = find_lines(way, after, (guint)new_line);
    if (!line && find_lines(way, before, (guint)old_line))
      continue; /* somebody took this one back by hand */
    if (!line)
      refuse(way, g_strdup_printf("line %" G_GINT64_FORMAT " was changed since", new_line));
    else if (way->about && cr_json_get_length(about) > 1)
      refuse(way, g_strdup_printf("line %u says other images, too", line));
    CrFileChange *change = cr_arena_new0(way->arena, CrFileChange);
    *change = (CrFileChange){
        .place = {way->it->path, line, 1},
        .before = cr_arena_strdup(way->arena, after),
        .after = cr_arena_strdup(way->arena, before),
        .about = cr_arena_strdup(way->arena, cr_json_get_string(cr_json_get_element(about, 0), NULL)),
    };
    g_ptr_array_add(changes, change);
  }
  return changes;
}

static gboolean is_digest_of(GBytes *bytes, const char *expected)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autofree char *digest = cr_digest_of(data, size);
  return !g_strcmp0(digest, expected);
}

/* What was written whole and stands whole becomes what it was, byte for byte; or it is not touched. */
static gboolean is_exact(const Returning *way, const CrJson *node, GBytes *now)
{
  const CrRewrittenFile *file = way->it->files->pdata[0];
  return way->about || !is_digest_of(now, cr_json_find_string(node, "after", "")) ||
         is_digest_of(file->after, cr_json_find_string(node, "before", ""));
}

static void make(Returning *way, const CrJson *node, GBytes *now)
{
  g_autoptr(GError) cause = NULL;
  gsize size = 0;
  way->text = g_bytes_get_data(now, &size);
  way->end = way->text + size;
  g_autoptr(GPtrArray) changes = list_changes(way);
  if (way->it->why || !changes->len)
    return;
  way->it->files = cr_file_changes_make(changes, &cause);
  if (!way->it->files)
    refuse(way, g_strdup(cause->message));
  else if (!is_exact(way, node, now))
    refuse(way, g_strdup("it would not be what it was before"));
}

static CrFileReturn *make_return(const CrJson *node, const char *about, CrArena *arena)
{
  Returning way = {.arena = arena, .lines = cr_json_find(node, "lines"), .about = about};
  CrFileReturn *it = way.it = g_new0(CrFileReturn, 1);
  g_autoptr(GError) cause = NULL;
  it->path = g_strdup(cr_json_find_string(node, "path", ""));
  g_autoptr(GBytes) now = cr_read_file(it->path, CR_LIMIT_DOCUMENT_BYTES, &cause);
  if (now)
    make(&way, node, now);
  else
    refuse(&way, g_strdup(cause->message));
  if (!it->why)
    return it;
  show(&way);
  g_clear_pointer(&it->files, g_ptr_array_unref);
  return it;
}

static gboolean has_about(const CrJson *node, const char *about)
{
  Returning way = {.about = about};
  const CrJson *lines = cr_json_find(node, "lines");
  for (guint i = 0; i < cr_json_get_length(lines); i++)
    if (is_about(&way, cr_json_get_element(lines, i)))
      return TRUE;
  return FALSE;
}

GPtrArray *cr_file_returns_make(const char *journal, const char *about, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrJsonDoc) doc = cr_json_parse(journal, strlen(journal), "what was written", error);
  if (!doc)
    return NULL;
  GPtrArray *returns = g_ptr_array_new_with_free_func(return_free);
  const CrJson *files = cr_json_find(cr_json_get_root(doc), "files");
  for (guint i = 0; i < cr_json_get_length(files); i++)
    if (has_about(cr_json_get_element(files, i), about))
      g_ptr_array_add(returns, make_return(cr_json_get_element(files, i), about, arena));
  return returns;
}
