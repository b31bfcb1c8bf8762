/* SPDX-License-Identifier: Apache-2.0 */
#include "import/toml.h"

#include <string.h>

#include "base/error.h"

typedef struct {
  const char *at, *name;
  guint line;
  CrArena *arena;
  const char *table;
  guint element;
  GHashTable *elements; /* name of [[…]] → how many */
  GPtrArray *items;
  GError **error;
} Reader;

static gboolean refuse(Reader *reader, const char *why)
{
  return cr_error_refuse(reader->error, CR_ERROR_INPUT, NULL, "cannot read '%s' line %u: %s", reader->name,
                         reader->line, why);
}

static void skip_blank(Reader *reader)
{
  reader->at += strspn(reader->at, " \t");
}

static void skip_comment(Reader *reader)
{
  skip_blank(reader);
  if (*reader->at == '#')
    reader->at += strcspn(reader->at, "\n");
  if (reader->at[0] == '\r' && reader->at[1] == '\n')
    reader->at++;
}

/* ---- strings ---- */

/* \n, \", \u00e9, …; AT is behind the backslash. */
static gboolean read_escape(Reader *reader, GString *out)
{
  static const char *const from = "btnfr\"\\", *const to = "\b\t\n\f\r\"\\";
  char c = *reader->at++;
  const char *simple = c ? strchr(from, c) : NULL;
  if (simple) {
    g_string_append_c(out, to[simple - from]);
    return TRUE;
  }
  guint digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
  gunichar value = 0;
  for (guint i = 0; i < digits; i++, reader->at++) {
    if (!g_ascii_isxdigit(*reader->at))
      return refuse(reader, "an escape has too few digits");
    value = value * 16 + (gunichar)g_ascii_xdigit_value(*reader->at);
  }
  if (!digits || !value || !g_unichar_validate(value))
    return refuse(reader, "there is no such escape");
  g_string_append_unichar(out, value);
  return TRUE;
}

/* A backslash at the end of a line of a long string takes the blank behind it away. */
static gboolean skip_continuation(Reader *reader)
{
  const char *at = reader->at + 1;
  at += strspn(at, " \t\r");
  if (*at != '\n')
    return FALSE;
  for (; *at && strchr(" \t\r\n", *at); at++)
    reader->line += *at == '\n';
  reader->at = at;
  return TRUE;
}

static const char *read_string(Reader *reader)
{
  char quote = *reader->at;
  gboolean raw = quote == '\'', longer = reader->at[1] == quote && reader->at[2] == quote;
  const char end[4] = {quote, longer ? quote : 0, longer ? quote : 0, 0};
  g_autoptr(GString) out = g_string_new(NULL);
  reader->at += strlen(end);
  if (longer && *reader->at == '\r' && reader->at[1] == '\n')
    reader->at++;
  if (longer && *reader->at == '\n') {
    reader->at++;
    reader->line++;
  }
  while (!g_str_has_prefix(reader->at, end)) {
    if (!*reader->at || (*reader->at == '\n' && !longer)) {
      refuse(reader, "a string does not end");
      return NULL;
    }
    if (*reader->at == '\\' && !raw) {
      if (longer && skip_continuation(reader))
        continue;
      reader->at++;
      if (!read_escape(reader, out))
        return NULL;
      continue;
    }
    reader->line += *reader->at == '\n';
    g_string_append_c(out, *reader->at++);
  }
  reader->at += strlen(end);
  for (guint i = 0; longer && i < 2 && *reader->at == quote; i++) /* """a""""" ends with two of its own */
    g_string_append_c(out, *reader->at++);
  return cr_arena_strdup(reader->arena, out->str);
}

/* ---- keys and values ---- */

static const char *read_key(Reader *reader)
{
  g_autoptr(GString) key = g_string_new(NULL);
  while (TRUE) {
    skip_blank(reader);
    gsize length = strspn(reader->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    if (*reader->at == '"' || *reader->at == '\'') {
      const char *part = read_string(reader);
      if (!part)
        return NULL;
      g_string_append(key, part);
    } else if (length) {
      g_string_append_len(key, reader->at, (gssize)length);
      reader->at += length;
    } else {
      refuse(reader, "there is no key");
      return NULL;
    }
    skip_blank(reader);
    if (*reader->at != '.')
      return cr_arena_strdup(reader->arena, key->str);
    g_string_append_c(key, *reader->at++);
  }
}

/* The text of an array, whole: nothing that is carried over is in one. */
static const char *read_array(Reader *reader)
{
  const char *start = reader->at;
  guint depth = 0;
  do {
    char c = *reader->at;
    if (!c) {
      refuse(reader, "an array does not end");
      return NULL;
    }
    if (c == '"' || c == '\'') {
      if (!read_string(reader))
        return NULL;
      continue;
    }
    if (c == '#') {
      reader->at += strcspn(reader->at, "\n");
      continue;
    }
    depth += c == '[';
    depth -= c == ']';
    reader->line += c == '\n';
    reader->at++;
  } while (depth);
  return cr_arena_strndup(reader->arena, start, (gsize)(reader->at - start));
}

static const char *read_value(Reader *reader)
{
  skip_blank(reader);
  if (*reader->at == '"' || *reader->at == '\'')
    return read_string(reader);
  if (*reader->at == '[')
    return read_array(reader);
  if (*reader->at == '{') {
    refuse(reader, "inline tables are not read: write [TABLE]");
    return NULL;
  }
  gsize length = strcspn(reader->at, "#\r\n");
  g_autofree char *bare = g_strndup(reader->at, length);
  g_strchomp(bare);
  if (!*bare || bare[strspn(bare, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.: ")]) {
    refuse(reader, "there is no value");
    return NULL;
  }
  reader->at += length;
  return cr_arena_strdup(reader->arena, bare);
}

static gboolean read_item(Reader *reader)
{
  guint line = reader->line;
  const char *key = read_key(reader);
  if (!key)
    return FALSE;
  if (*reader->at != '=')
    return refuse(reader, "there is no '=' behind a key");
  reader->at++;
  const char *value = read_value(reader);
  if (!value)
    return FALSE;
  CrTomlItem *item = cr_arena_new0(reader->arena, CrTomlItem);
  *item = (CrTomlItem){reader->table, reader->element, key, value, line};
  for (guint i = reader->items->len; i-- > 0;) {
    const CrTomlItem *other = reader->items->pdata[i];
    if (other->table != reader->table || other->element != reader->element)
      break;
    if (!strcmp(other->key, key))
      return refuse(reader, "a key is there twice");
  }
  g_ptr_array_add(reader->items, item);
  return TRUE;
}

static gboolean read_header(Reader *reader)
{
  gboolean array = reader->at[1] == '[';
  reader->at += array ? 2 : 1;
  const char *name = read_key(reader);
  if (!name)
    return FALSE;
  if (!g_str_has_prefix(reader->at, array ? "]]" : "]"))
    return refuse(reader, "the name of a table does not end");
  reader->at += array ? 2 : 1;
  guint count = GPOINTER_TO_UINT(g_hash_table_lookup(reader->elements, name)) + 1;
  if (array)
    g_hash_table_replace(reader->elements, (gpointer)name, GUINT_TO_POINTER(count));
  reader->table = name;
  reader->element = array ? count : 0;
  return TRUE;
}

GPtrArray *cr_toml_parse(const char *text, const char *name, CrArena *arena, GError **error)
{
  g_autoptr(GHashTable) elements = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  Reader reader = {text, name, 1, arena, "", 0, elements, items, error};
  while (TRUE) {
    skip_comment(&reader);
    if (*reader.at == '\n') {
      reader.at++;
      reader.line++;
      continue;
    }
    if (!*reader.at)
      return g_steal_pointer(&items);
    if (!(*reader.at == '[' ? read_header : read_item)(&reader))
      return NULL;
    skip_comment(&reader);
    if (*reader.at && *reader.at != '\n') {
      refuse(&reader, "there is more on the line");
      return NULL;
    }
  }
}
