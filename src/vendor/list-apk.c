/* SPDX-License-Identifier: Apache-2.0 */
/* APKINDEX (one-letter fields; apk-tools, doc/apk-v2.5 and package.c apk_pkg_add_info) as stanzas of long ones, a
 * piece at a time, so that one compiler serves all families. */
#include "vendor/apk.h"

#include <string.h>

#define PIECE_BYTES (64 * 1024)

typedef struct {
  CrStream base;
  GBytes *index;
  gsize at;
  GString *out;
} Translation;

static const struct {
  char letter;
  const char *name;
} fields[] = {
    {'P', "Package"},  {'V', "Version"}, {'A', "Architecture"}, {'o', "Source"},   {'S', "Size"},
    {'D', "Depends"},  {'p', "Offers"},  {'i', "Enhances"},     {'r', "Replaces"}, {'k', "Priority"},
    {'C', "Checksum"}, {'t', "Built"},   {'m', "Maintainer"},
};

static void translate_line(GString *out, const char *line, gsize length)
{
  if (length && line[length - 1] == '\r')
    length--;
  if (!length) {
    g_string_append_c(out, '\n');
    return;
  }
  for (guint i = 0; length > 2 && line[1] == ':' && i < G_N_ELEMENTS(fields); i++)
    if (fields[i].letter == line[0]) {
      g_string_append(out, fields[i].name);
      g_string_append_len(out, line + 1, (gssize)length - 1);
      g_string_append_c(out, '\n');
      return;
    }
}

static gssize translation_next(CrStream *stream, const guint8 **data, GError **error)
{
  (void)error;
  Translation *translation = (Translation *)stream;
  gsize size = 0;
  const char *text = g_bytes_get_data(translation->index, &size);
  g_string_truncate(translation->out, 0);
  while (translation->at < size && translation->out->len < PIECE_BYTES) {
    const char *line = text + translation->at;
    const char *stop = memchr(line, '\n', size - translation->at);
    gsize length = stop ? (gsize)(stop - line) : size - translation->at;
    translate_line(translation->out, line, length);
    translation->at += MIN(length + 1, size - translation->at);
  }
  *data = (const guint8 *)translation->out->str;
  return (gssize)translation->out->len;
}

static void translation_free(CrStream *stream)
{
  Translation *translation = (Translation *)stream;
  g_bytes_unref(translation->index);
  g_string_free(translation->out, TRUE);
  g_free(translation);
}

static const CrStreamClass translation_class = {.next = translation_next, .free = translation_free};

CrStream *cr_list_translate_apk(GBytes *index)
{
  Translation *translation = g_new0(Translation, 1);
  translation->base.class = &translation_class;
  translation->index = g_bytes_ref(index);
  translation->out = g_string_sized_new(PIECE_BYTES + 4096);
  return &translation->base;
}
