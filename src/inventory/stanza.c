/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/stanza.h"

#include <string.h>

gboolean cr_slice_is(CrSlice slice, const char *text)
{
  return strlen(text) == slice.size && (!slice.size || !memcmp(slice.at, text, slice.size));
}

gboolean cr_slice_is_word(CrSlice slice, const char *text)
{
  return strlen(text) == slice.size && !g_ascii_strncasecmp(slice.at, text, slice.size);
}

gboolean cr_slice_starts(CrSlice slice, const char *text)
{
  gsize size = strlen(text);
  return slice.size >= size && (!size || !memcmp(slice.at, text, size));
}

gboolean cr_slice_ends(CrSlice slice, const char *text)
{
  gsize size = strlen(text);
  return slice.size >= size && (!size || !memcmp(slice.at + slice.size - size, text, size));
}

CrSlice cr_slice_trim(CrSlice slice)
{
  while (slice.size && g_ascii_isspace(slice.at[0])) {
    slice.at++;
    slice.size--;
  }
  while (slice.size && g_ascii_isspace(slice.at[slice.size - 1]))
    slice.size--;
  return slice;
}

static void skip(CrSlice *rest, gsize size)
{
  if (!size)
    return; /* a field that is missing is at NULL, which must not be counted with */
  rest->at += size;
  rest->size -= size;
}

gboolean cr_slice_next_line(CrSlice *rest, CrSlice *line)
{
  if (!rest->size)
    return FALSE;
  const char *end = memchr(rest->at, '\n', rest->size);
  *line = (CrSlice){rest->at, end ? (gsize)(end - rest->at) : rest->size};
  skip(rest, line->size + (end != NULL));
  return TRUE;
}

gboolean cr_slice_next_word(CrSlice *rest, CrSlice *word)
{
  gsize at = 0;
  while (at < rest->size && (rest->at[at] == ' ' || rest->at[at] == '\t'))
    at++;
  skip(rest, at);
  for (at = 0; at < rest->size && rest->at[at] != ' ' && rest->at[at] != '\t';)
    at++;
  *word = (CrSlice){rest->at, at};
  skip(rest, at);
  return at > 0;
}

gboolean cr_slice_next_stanza(CrSlice *rest, CrSlice *stanza)
{
  while (rest->size && (rest->at[0] == '\n' || rest->at[0] == '\r'))
    skip(rest, 1);
  if (!rest->size)
    return FALSE;
  const char *end = memmem(rest->at, rest->size, "\n\n", 2);
  *stanza = (CrSlice){rest->at, end ? (gsize)(end - rest->at) + 1 : rest->size};
  skip(rest, stanza->size);
  return TRUE;
}

gboolean cr_slice_next_field(CrSlice *rest, CrSlice *name, CrSlice *value)
{
  CrSlice line;
  while (cr_slice_next_line(rest, &line)) {
    if (!line.size || line.at[0] == ' ' || line.at[0] == '\t' || line.at[0] == '#')
      continue;
    const char *colon = memchr(line.at, ':', line.size);
    if (!colon)
      continue;
    *name = cr_slice_trim((CrSlice){line.at, (gsize)(colon - line.at)});
    *value = cr_slice_trim((CrSlice){colon + 1, line.size - (gsize)(colon - line.at) - 1});
    return TRUE;
  }
  return FALSE;
}
