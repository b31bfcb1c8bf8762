/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-edit.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/reader.h"

struct CrJsonEdit {
  GString *text;
  char *what;
};

typedef struct {
  gsize from, to; /* of a value in the text */
} Span;

/* ---- finding the way; the text is known to be JSON ---- */

static guint8 peek(const CrReader *reader)
{
  return cr_reader_left(reader) ? reader->data[reader->at] : 0;
}

static guint8 skip_space(CrReader *reader)
{
  while (cr_reader_left(reader) && strchr(" \t\r\n", peek(reader)) && peek(reader))
    cr_reader_u8(reader);
  return peek(reader);
}

static void skip_string(CrReader *reader)
{
  cr_reader_u8(reader);
  while (!cr_reader_failed(reader)) {
    guint8 byte = cr_reader_u8(reader);
    if (byte == '\\')
      cr_reader_u8(reader);
    else if (byte == '"')
      return;
  }
}

/* Over one value, by its brackets and strings. */
static void skip_value(CrReader *reader)
{
  guint depth = 0;
  do {
    guint8 byte = skip_space(reader);
    if (byte == '"') {
      skip_string(reader);
    } else if (byte == '{' || byte == '[') {
      depth++;
      cr_reader_u8(reader);
    } else if (byte == '}' || byte == ']') {
      depth--;
      cr_reader_u8(reader);
    } else if (byte == ',' || byte == ':') {
      cr_reader_u8(reader);
    } else { /* a number or a word */
      do {
        cr_reader_u8(reader);
      } while (cr_reader_left(reader) && !strchr(" \t\r\n,:]}", peek(reader)));
    }
  } while (depth && !cr_reader_failed(reader));
}

static Span read_span(CrReader *reader, void (*skip)(CrReader *reader))
{
  Span span = {.from = reader->at};
  skip(reader);
  span.to = reader->at;
  return span;
}

/* Is the string at SPAN, quotes included, NAME? An escape in a name is legal and rare. */
static gboolean is_name(const CrJsonEdit *edit, Span span, const char *name)
{
  const char *text = edit->text->str + span.from;
  gsize size = span.to - span.from;
  if (!memchr(text, '\\', size))
    return size == strlen(name) + 2 && memcmp(text + 1, name, size - 2) == 0;
  g_autofree char *list = g_strdup_printf("[%.*s]", (int)size, text);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(list, strlen(list), "name", NULL);
  const CrJson *first = doc ? cr_json_get_element(cr_json_get_root(doc), 0) : NULL;
  return g_strcmp0(cr_json_get_string(first, NULL), name) == 0;
}

/* The value of member NAME of the object at OBJECT; *KEY: where its name begins. */
static gboolean find_member(const CrJsonEdit *edit, Span object, const char *name, Span *value, gsize *key_at)
{
  CrReader reader = cr_reader_init(edit->text->str, object.to, FALSE);
  gboolean found = FALSE;
  cr_reader_seek(&reader, object.from + 1);
  while (skip_space(&reader) == '"') {
    Span key = read_span(&reader, skip_string);
    skip_space(&reader);
    cr_reader_u8(&reader); /* ':' */
    skip_space(&reader);
    Span span = read_span(&reader, skip_value);
    if (is_name(edit, key, name)) {
      *value = span;
      *key_at = key.from;
      found = TRUE;
    }
    if (skip_space(&reader) == ',')
      cr_reader_u8(&reader);
  }
  return found;
}

static Span get_root(const CrJsonEdit *edit)
{
  CrReader reader = cr_reader_init(edit->text->str, edit->text->len, FALSE);
  skip_space(&reader);
  return read_span(&reader, skip_value);
}

static gboolean is_null(const CrJsonEdit *edit, Span span)
{
  return span.to - span.from == 4 && memcmp(edit->text->str + span.from, "null", 4) == 0;
}

/* ---- changing it ---- */

static void replace(CrJsonEdit *edit, Span span, const char *text)
{
  g_string_erase(edit->text, (gssize)span.from, (gssize)(span.to - span.from));
  g_string_insert(edit->text, (gssize)span.from, text);
}

/* Put TEXT before the bracket that ends CONTAINER, behind a comma if there is anything before it. */
static void insert_last(CrJsonEdit *edit, Span container, const char *text)
{
  gsize at = container.to - 1; /* the bracket; spacing before it stays behind what is new */
  while (at > container.from + 1 && strchr(" \t\r\n", edit->text->str[at - 1]))
    at--;
  gboolean empty = at == container.from + 1;
  g_autofree char *whole = g_strconcat(empty ? "" : ",", text, NULL);
  g_string_insert(edit->text, (gssize)at, whole);
}

/* PATH's value VALUE as nested objects: {"a":{"b":VALUE}} without the outermost braces. */
static char *nest(const char *const *path, const char *value)
{
  g_autofree char *name = cr_json_quote(path[0]);
  if (!path[1])
    return g_strconcat(name, ":", value, NULL);
  g_autofree char *inner = nest(path + 1, value);
  return g_strconcat(name, ":{", inner, "}", NULL);
}

static gboolean refuse(const CrJsonEdit *edit, const char *name, const char *wanted, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot change %s: '%s' is not %s", edit->what, name, wanted);
  return FALSE;
}

/* Follow PATH. TRUE: *VALUE is what is there. FALSE without error: it was not, and EMPTY was put there. */
static gboolean reach(CrJsonEdit *edit, const char *const *path, const char *empty, Span *value, GError **error)
{
  Span object = get_root(edit);
  gsize key = 0;
  for (;; path++) {
    if (!find_member(edit, object, path[0], value, &key)) {
      g_autofree char *text = nest(path, empty);
      insert_last(edit, object, text);
      return FALSE;
    }
    if (!path[1])
      return TRUE;
    if (is_null(edit, *value)) {
      g_autofree char *inner = nest(path + 1, empty), *text = g_strconcat("{", inner, "}", NULL);
      replace(edit, *value, text);
      return FALSE;
    }
    if (edit->text->str[value->from] != '{')
      return refuse(edit, path[0], "an object", error);
    object = *value;
  }
}

gboolean cr_json_edit_set(CrJsonEdit *edit, const char *const *path, const char *value, GError **error)
{
  GError *cause = NULL;
  Span span;
  if (reach(edit, path, value, &span, &cause))
    replace(edit, span, value);
  if (!cause)
    return TRUE;
  g_propagate_error(error, cause);
  return FALSE;
}

gboolean cr_json_edit_append(CrJsonEdit *edit, const char *const *path, const char *value, GError **error)
{
  GError *cause = NULL;
  Span span;
  g_autofree char *list = g_strconcat("[", value, "]", NULL);
  if (!reach(edit, path, list, &span, &cause)) {
    if (cause)
      g_propagate_error(error, cause);
    return !cause;
  }
  const char *last = path[0];
  while (path[1])
    last = *++path;
  if (is_null(edit, span))
    replace(edit, span, list);
  else if (edit->text->str[span.from] == '[')
    insert_last(edit, span, value);
  else
    return refuse(edit, last, "an array", error);
  return TRUE;
}

/* ---- taking away ---- */

/* Follow PATH without making anything; SPAN: the last member, name and value. */
static gboolean find(const CrJsonEdit *edit, const char *const *path, Span *value, Span *member)
{
  Span object = get_root(edit);
  for (;; path++) {
    gsize key = 0;
    if (edit->text->str[object.from] != '{' || !find_member(edit, object, path[0], value, &key))
      return FALSE;
    *member = (Span){key, value->to};
    if (!path[1])
      return TRUE;
    object = *value;
  }
}

/* With the comma before it and the spacing between; of the first one the comma behind it. */
static void erase(CrJsonEdit *edit, Span span)
{
  const char *text = edit->text->str;
  gsize from = span.from, to = span.to;
  while (from && strchr(" \t\r\n", text[from - 1]))
    from--;
  if (text[from - 1] == ',') {
    from--;
  } else {
    from = span.from;
    gsize next = to;
    while (strchr(" \t\r\n", text[next]) && text[next])
      next++;
    to = text[next] == ',' ? next + 1 : to;
  }
  g_string_erase(edit->text, (gssize)from, (gssize)(to - from));
}

gboolean cr_json_edit_remove(CrJsonEdit *edit, const char *const *path)
{
  Span value, member;
  if (!find(edit, path, &value, &member))
    return FALSE;
  erase(edit, member);
  return TRUE;
}

gboolean cr_json_edit_remove_last(CrJsonEdit *edit, const char *const *path)
{
  Span value, member, last = {0, 0};
  if (!find(edit, path, &value, &member) || edit->text->str[value.from] != '[')
    return FALSE;
  CrReader reader = cr_reader_init(edit->text->str, value.to, FALSE);
  cr_reader_seek(&reader, value.from + 1);
  while (!cr_reader_failed(&reader) && skip_space(&reader) != ']') {
    last = read_span(&reader, skip_value);
    if (skip_space(&reader) == ',')
      cr_reader_u8(&reader);
  }
  if (last.to)
    erase(edit, last);
  return last.to != 0;
}

/* ---- beginning and end ---- */

char *cr_json_quote(const char *text)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_string(writer, text);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

CrJsonEdit *cr_json_edit_new(const char *text, gsize size, const char *what, GError **error)
{
  g_autofree char *valid = g_utf8_validate_len(text, size, NULL) ? NULL : g_utf8_make_valid(text, (gssize)size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(valid ? valid : text, valid ? strlen(valid) : size, what, error);
  if (!doc)
    return NULL;
  if (!cr_json_is(cr_json_get_root(doc), CR_JSON_OBJECT)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot change %s: it is not an object", what);
    return NULL;
  }
  CrJsonEdit *edit = g_new0(CrJsonEdit, 1);
  edit->text = g_string_new_len(text, (gssize)size);
  edit->what = g_strdup(what);
  return edit;
}

void cr_json_edit_free(CrJsonEdit *edit)
{
  if (!edit)
    return;
  g_string_free(edit->text, TRUE);
  g_free(edit->what);
  g_free(edit);
}

GBytes *cr_json_edit_get_bytes(const CrJsonEdit *edit)
{
  return g_bytes_new(edit->text->str, edit->text->len);
}
