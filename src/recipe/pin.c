/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/pin.h"

#include <string.h>

#define BLANK " \t\r"

static const CrBasePin *find_pin(const CrDockerstage *stage, const CrBasePin *pins, guint count)
{
  for (guint i = 0; i < count && stage->from.image; i++)
    if (!strcmp(pins[i].image, stage->from.image))
      return &pins[i];
  return NULL;
}

/* LINE ("FROM --platform=x RAW AS y") with TO for its first word that is no option. FALSE: something else is. */
static gboolean add_from(GString *out, const char *line, gsize length, const char *raw, const char *to)
{
  const char *end = line + length, *at = line;
  guint words = 0;
  while (at < end) {
    while (at < end && strchr(BLANK, *at))
      at++;
    const char *word = at;
    while (at < end && !strchr(BLANK "\n", *at))
      at++;
    gsize size = (gsize)(at - word);
    if (!size)
      return FALSE;
    if (words++ == 0 || (size > 2 && !strncmp(word, "--", 2)))
      continue;
    if (size != strlen(raw) || strncmp(word, raw, size) != 0)
      return FALSE;
    g_string_append_len(out, line, word - line);
    g_string_append(out, to);
    g_string_append_len(out, at, end - at);
    return TRUE;
  }
  return FALSE;
}

/* What a build may read as one word and nothing else. */
static gboolean is_word(const char *text, const char *also)
{
  for (const char *at = text; *at; at++)
    if (!g_ascii_isalnum(*at) && !strchr(also, *at))
      return FALSE;
  return *text != 0;
}

static gboolean check(const CrBasePin *pins, guint count, const char *fresh, GError **error)
{
  for (guint i = 0; i < count; i++)
    if (!is_word(pins[i].to, "._-/:@")) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build on '%s': that is no reference of an image",
                  pins[i].to);
      return FALSE;
    }
  if (fresh && !is_word(fresh, "")) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build anew for '%s': letters and digits only", fresh);
    return FALSE;
  }
  return TRUE;
}

static gboolean begins_install(const CrDockerfile *file, guint line)
{
  for (guint i = 0; i < file->stages->len; i++) {
    const CrDockerstage *stage = file->stages->pdata[i];
    if (stage->installs->len && ((const CrDockerline *)stage->installs->pdata[0])->line == line)
      return TRUE;
  }
  return FALSE;
}

static const CrDockerstage *find_stage(const CrDockerfile *file, guint line)
{
  for (guint i = 0; i < file->stages->len; i++) {
    const CrDockerstage *stage = file->stages->pdata[i];
    if (stage->from.line == line)
      return stage;
  }
  return NULL;
}

char *cr_dockerfile_pin(const CrDockerfile *file, const char *text, gsize size, const CrBasePin *pins, guint count,
                        const char *fresh, GError **error)
{
  if (!check(pins, count, fresh, error))
    return NULL;
  g_autoptr(GString) out = g_string_sized_new(size + 256);
  const char *at = text, *end = text + size;
  for (guint line = 1; at < end; line++) {
    const char *newline = memchr(at, '\n', (gsize)(end - at));
    gsize length = newline ? (gsize)(newline - at) + 1 : (gsize)(end - at);
    const CrDockerstage *stage = find_stage(file, line);
    const CrBasePin *pin = stage ? find_pin(stage, pins, count) : NULL;
    if (fresh && begins_install(file, line))
      g_string_append_printf(out, "ARG CAREEN_FRESH=%s\n", fresh);
    if (!pin)
      g_string_append_len(out, at, (gssize)length);
    else if (!add_from(out, at, length, stage->from.raw, pin->to)) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                  "cannot pin '%s' in line %u: write it in the line of its FROM, unquoted", pin->image, line);
      return NULL;
    }
    at += length;
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}
