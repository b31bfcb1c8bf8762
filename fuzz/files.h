/* SPDX-License-Identifier: Apache-2.0 */
/* For targets whose input is an image of several files: a line "=== PATH" begins each, "=== PATH -> TARGET" is a link.
 * What comes before the first is the target's own. */
#pragma once
#include "image.h"

/* The next such line at or behind AT, or END. */
static inline const char *find_mark(const char *at, const char *start, const char *end)
{
  for (; at < end && (at = memmem(at, (gsize)(end - at), "=== ", 4)); at++)
    if (at == start || at[-1] == '\n')
      return at;
  return end;
}

static inline void add_link(CrLayerWriter *writer, const char *path, const char *target)
{
  const CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = CR_ENTRY_SYMLINK, .target = target};
  if (*path && *target)
    cr_layer_writer_add(writer, &entry, NULL);
}

/* Adds them all; how many bytes stand before them. */
static inline gsize add_files(CrLayerWriter *writer, const CrCollector *const *collectors, const char *text, gsize size)
{
  const char *end = text + size, *mark = find_mark(text, text, end);
  gsize before = (gsize)(mark - text);
  for (guint i = 0; mark < end && i < 100; i++) {
    const char *newline = memchr(mark, '\n', (gsize)(end - mark));
    const char *body = newline ? newline + 1 : end, *next = find_mark(body, text, end);
    g_autofree char *path = g_strndup(mark + 4, (gsize)((newline ? newline : end) - mark - 4));
    char *arrow = strstr(path, " -> ");
    if (arrow)
      *arrow = 0;
    if (arrow)
      add_link(writer, path, arrow + 4);
    else if (*path && strlen(path) < 4096)
      add_file(writer, collectors, path, body, (gsize)(next - body));
    mark = next;
  }
  return before;
}
