/* SPDX-License-Identifier: Apache-2.0 */
#include "model/build.h"

#include <string.h>

#include "base/limits.h"

/* Field N of the line [AT, END), or NULL when it is empty or not there. */
static const char *get_field(const char *at, const char *end, guint n, CrArena *arena)
{
  for (; n; n--) {
    at = memchr(at, '\t', (gsize)(end - at));
    if (!at)
      return NULL;
    at++;
  }
  const char *tab = memchr(at, '\t', (gsize)(end - at));
  gsize length = (gsize)((tab ? tab : end) - at);
  return length && length <= CR_LIMIT_PATH_BYTES ? cr_arena_strndup(arena, at, length) : NULL;
}

static void take_line(GArray *parts, const char *line, const char *end, CrArena *arena)
{
  const char *word = get_field(line, end, 0, arena), *name = get_field(line, end, 1, arena);
  const char *version = get_field(line, end, 2, arena);
  if (!word || !name)
    return;
  if (!strcmp(word, "=>") && parts->len) {
    CrBuildPart *part = &g_array_index(parts, CrBuildPart, parts->len - 1);
    part->replaces = cr_arena_printf(arena, "%s@%s", part->name, part->version);
    part->name = name;
    part->version = version ? version : "(devel)"; /* a folder has no version */
  } else if (!strcmp(word, "mod") || !strcmp(word, "dep")) {
    const CrBuildPart part = {.name = name,
                              .version = version ? version : "(devel)",
                              .is_main = *word == 'm',
                              .source = get_field(line, end, 3, arena)};
    g_array_append_val(parts, part);
  }
}

void cr_build_parse_lines(CrBuild *build, const char *text, gsize size, CrArena *arena)
{
  g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(CrBuildPart));
  for (const char *at = text, *last = text + size; at < last && parts->len < CR_LIMIT_BUILD_PARTS;) {
    const char *end = memchr(at, '\n', (gsize)(last - at));
    end = end ? end : last;
    take_line(parts, at, end, arena);
    at = end + 1;
  }
  CrBuildPart *copy = cr_arena_alloc(arena, (parts->len + 1) * sizeof *copy);
  if (parts->len)
    memcpy(copy, parts->data, parts->len * sizeof *copy);
  build->parts = copy;
  build->count = parts->len;
}
