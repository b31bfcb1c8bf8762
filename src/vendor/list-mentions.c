/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/list-format.h"

#include <string.h>
#include <zlib.h>

guint32 cr_list_hash_mention(char kind, const char *name, gsize length)
{
  uLong crc = crc32(0, (const Bytef *)&kind, 1);
  return (guint32)crc32(crc, (const Bytef *)name, (uInt)length);
}

/* The words of a rich dependency that are no names (rpm, "Boolean Dependencies"). */
static gboolean is_operator(const char *word, gsize length)
{
  static const char *const words[] = {"and", "or", "if", "unless", "else", "with", "without",
                                      "<",   "<=", "=",  ">=",     ">",    NULL};
  for (guint i = 0; words[i]; i++)
    if (strlen(words[i]) == length && !memcmp(words[i], word, length))
      return TRUE;
  return FALSE;
}

/* Names may hold parentheses of their own ("libz.so.1()(64bit)"); those of the expression are at a word's ends.
 * Versions are visited too, and are nobody's names. */
static gboolean visit_rich(const char *at, const char *end, gboolean (*visit)(const char *, gsize, gpointer),
                           gpointer data)
{
  while (at < end) {
    while (at < end && (*at == ' ' || *at == '('))
      at++;
    const char *word = at;
    int open = 0;
    while (at < end && *at != ' ' && (*at != ')' || open > 0)) {
      open += *at == '(' ? 1 : *at == ')' ? -1 : 0;
      at++;
    }
    gsize length = (gsize)(at - word);
    if (length && !is_operator(word, length) && !visit(word, length, data))
      return FALSE;
    while (at < end && *at == ')')
      at++;
  }
  return TRUE;
}

void cr_list_foreach_mention(const char *field, gsize length, gboolean (*visit)(const char *, gsize, gpointer),
                             gpointer data)
{
  const char *end = field + length;
  for (const char *at = field; at < end;) {
    const char *stop = memchr(at, '\t', (gsize)(end - at));
    stop = stop ? stop : end;
    if (*at == '(') {
      if (!visit_rich(at, stop, visit, data))
        return;
    } else {
      const char *blank = *at == '/' ? NULL : memchr(at, ' ', (gsize)(stop - at));
      gsize size = (gsize)((blank ? blank : stop) - at);
      if (size && !visit(at, size, data))
        return;
    }
    at = stop + 1;
  }
}
