/* SPDX-License-Identifier: Apache-2.0 */
/* The tree is built by yajl's callbacks straight into an arena; children of a node are chained while reading and laid
 * out as an array when the node ends, so that a look-up by index costs nothing and the last of duplicate names wins. */
#include "base/json.h"

#include <math.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

struct CrJson {
  CrJsonType type;
  guint count;
  union {
    gboolean boolean;
    gint64 integer;
    double number;
    const char *string;
    const CrJson *const *children;
  };
  const char *const *names; /* of an object's members */
};

struct CrJsonDoc {
  CrArena *arena;
  const CrJson *root;
};

typedef struct {
  CrJsonType type;
  guint first; /* index into pending */
} Level;

typedef struct {
  const char *name;
  const CrJson *node;
} Pending;

typedef struct {
  CrArena *arena;
  GArray *levels;
  GArray *pending;
  const char *name; /* of the member to come */
  const CrJson *root;
  guint nodes;
  const char *refusal;
  gboolean limit;
} Parsing;

static int refuse(Parsing *parsing, gboolean limit, const char *why)
{
  parsing->refusal = why;
  parsing->limit = limit;
  return 0;
}

static CrJson *new_node(Parsing *parsing, CrJsonType type)
{
  if (++parsing->nodes > CR_LIMIT_JSON_NODES) {
    refuse(parsing, TRUE, "more values than a document of this kind can have");
    return NULL;
  }
  CrJson *node = cr_arena_new0(parsing->arena, CrJson);
  node->type = type;
  return node;
}

static int take(Parsing *parsing, CrJson *node)
{
  if (!node)
    return 0;
  Pending pending = {parsing->name, node};
  parsing->name = NULL;
  if (parsing->levels->len)
    g_array_append_val(parsing->pending, pending);
  else
    parsing->root = node;
  return 1;
}

static int on_null(void *data)
{
  return take(data, new_node(data, CR_JSON_NULL));
}

static int on_boolean(void *data, int value)
{
  CrJson *node = new_node(data, CR_JSON_BOOL);
  if (node)
    node->boolean = value != 0;
  return take(data, node);
}

/* TEXT is a number by JSON's grammar without '.' and exponent: yajl has seen to that. Not strtoll(3), whose only word
 * on what does not fit is errno, and GLib's readers call a number wrong for any other value that is left there. */
static gboolean read_integer(const char *text, gint64 *value)
{
  gboolean negative = *text == '-';
  gint64 sum = 0;
  for (const char *p = text + negative; *p; p++) {
    gint64 digit = negative ? '0' - *p : *p - '0';
    if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum))
      return FALSE;
  }
  *value = sum;
  return TRUE;
}

/* Numbers come as text, so that an integer that does not fit is refused and not rounded. */
static int on_number(void *data, const char *text, size_t size)
{
  char copy[64];
  if (size >= sizeof copy)
    return refuse(data, TRUE, "a number of more than 63 characters");
  memcpy(copy, text, size);
  copy[size] = 0;
  gboolean real = strpbrk(copy, ".eE") != NULL;
  CrJson *node = new_node(data, real ? CR_JSON_DOUBLE : CR_JSON_INTEGER);
  if (!node)
    return 0;
  if (real)
    node->number = g_ascii_strtod(copy, NULL);
  else if (!read_integer(copy, &node->integer))
    return refuse(data, FALSE, "an integer beyond 64 bits");
  return take(data, node);
}

static int on_string(void *data, const unsigned char *text, size_t size)
{
  Parsing *parsing = data;
  if (memchr(text, 0, size))
    return refuse(parsing, FALSE, "a NUL character inside a string");
  CrJson *node = new_node(parsing, CR_JSON_STRING);
  if (node)
    node->string = cr_arena_strndup(parsing->arena, (const char *)text, size);
  return take(parsing, node);
}

static int on_name(void *data, const unsigned char *text, size_t size)
{
  Parsing *parsing = data;
  if (memchr(text, 0, size))
    return refuse(parsing, FALSE, "a NUL character inside a name");
  parsing->name = cr_arena_strndup(parsing->arena, (const char *)text, size);
  return 1;
}

static int begin(Parsing *parsing, CrJsonType type)
{
  if (parsing->levels->len >= CR_LIMIT_JSON_DEPTH)
    return refuse(parsing, TRUE, "nested deeper than 64 levels");
  CrJson *node = new_node(parsing, type);
  if (!take(parsing, node))
    return 0;
  Level level = {type, parsing->pending->len};
  g_array_append_val(parsing->levels, level);
  return 1;
}

static int on_begin_object(void *data)
{
  return begin(data, CR_JSON_OBJECT);
}

static int on_begin_array(void *data)
{
  return begin(data, CR_JSON_ARRAY);
}

static int on_end(void *data)
{
  Parsing *parsing = data;
  Level level = g_array_index(parsing->levels, Level, parsing->levels->len - 1);
  guint count = parsing->pending->len - level.first;
  const Pending *pending = count ? &g_array_index(parsing->pending, Pending, level.first) : NULL;
  const CrJson **children = cr_arena_alloc(parsing->arena, count * sizeof *children);
  const char **names = level.type == CR_JSON_OBJECT ? cr_arena_alloc(parsing->arena, count * sizeof *names) : NULL;
  for (guint i = 0; i < count; i++) {
    children[i] = pending[i].node;
    if (names)
      names[i] = pending[i].name;
  }
  /* The node itself stands just before its children in the pending list, or is the root. */
  const CrJson *own = level.first ? g_array_index(parsing->pending, Pending, level.first - 1).node : parsing->root;
  CrJson *node = (CrJson *)own;
  node->children = children;
  node->names = names;
  node->count = count;
  g_array_set_size(parsing->pending, level.first);
  g_array_set_size(parsing->levels, parsing->levels->len - 1);
  return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_begin_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_end,
    .yajl_start_array = on_begin_array,
    .yajl_end_array = on_end,
};

static void set_place(GError **error, const Parsing *parsing, const char *what, const char *text, gsize at,
                      const char *why)
{
  guint line = 1;
  gsize start = 0;
  for (gsize i = 0; i < at; i++) {
    if (text[i] == '\n') {
      line++;
      start = i + 1;
    }
  }
  g_set_error(error, CR_ERROR, parsing->limit ? CR_ERROR_LIMIT : CR_ERROR_INPUT,
              "cannot read %s as JSON at line %u column %" G_GSIZE_FORMAT ": %s", what, line, at - start + 1, why);
}

static gboolean run(yajl_handle handle, Parsing *parsing, const char *text, gsize size, const char *what,
                    GError **error)
{
  yajl_status status = yajl_parse(handle, (const unsigned char *)text, size);
  if (status == yajl_status_ok)
    status = yajl_complete_parse(handle);
  if (status == yajl_status_ok && parsing->root && !parsing->levels->len)
    return TRUE;
  gsize at = MIN(yajl_get_bytes_consumed(handle), size);
  if (parsing->refusal || status == yajl_status_ok) {
    set_place(error, parsing, what, text, at, parsing->refusal ? parsing->refusal : "it is empty");
    return FALSE;
  }
  unsigned char *message = yajl_get_error(handle, 0, (const unsigned char *)text, size);
  g_autofree char *clean = g_strchomp(g_utf8_make_valid((const char *)message, -1));
  yajl_free_error(handle, message);
  set_place(error, parsing, what, text, at, clean);
  return FALSE;
}

CrJsonDoc *cr_json_parse(const char *text, gsize size, const char *what, GError **error)
{
  Parsing parsing = {.arena = cr_arena_new()};
  parsing.levels = g_array_new(FALSE, FALSE, sizeof(Level));
  parsing.pending = g_array_new(FALSE, FALSE, sizeof(Pending));
  yajl_handle handle = yajl_alloc(&callbacks, NULL, &parsing);
  gboolean ok = run(handle, &parsing, text, size, what, error);
  yajl_free(handle);
  g_array_unref(parsing.levels);
  g_array_unref(parsing.pending);
  if (!ok) {
    cr_arena_free(parsing.arena);
    return NULL;
  }
  CrJsonDoc *doc = g_new0(CrJsonDoc, 1);
  doc->arena = parsing.arena;
  doc->root = parsing.root;
  return doc;
}

void cr_json_doc_free(CrJsonDoc *doc)
{
  if (!doc)
    return;
  cr_arena_free(doc->arena);
  g_free(doc);
}

const CrJson *cr_json_get_root(const CrJsonDoc *doc)
{
  return doc->root;
}

CrJsonType cr_json_get_type(const CrJson *node)
{
  return node ? node->type : CR_JSON_NULL;
}

gboolean cr_json_is(const CrJson *node, CrJsonType type)
{
  return cr_json_get_type(node) == type;
}

const CrJson *cr_json_find(const CrJson *object, const char *name)
{
  if (!object || object->type != CR_JSON_OBJECT)
    return NULL;
  for (guint i = object->count; i > 0; i--)
    if (!strcmp(object->names[i - 1], name))
      return object->children[i - 1];
  return NULL;
}

guint cr_json_get_length(const CrJson *node)
{
  return node && (node->type == CR_JSON_ARRAY || node->type == CR_JSON_OBJECT) ? node->count : 0;
}

const CrJson *cr_json_get_element(const CrJson *node, guint i)
{
  return i < cr_json_get_length(node) ? node->children[i] : NULL;
}

const char *cr_json_get_member_name(const CrJson *object, guint i)
{
  return object && object->type == CR_JSON_OBJECT && i < object->count ? object->names[i] : NULL;
}

const char *cr_json_get_string(const CrJson *node, const char *fallback)
{
  return node && node->type == CR_JSON_STRING ? node->string : fallback;
}

gint64 cr_json_get_integer(const CrJson *node, gint64 fallback)
{
  return node && node->type == CR_JSON_INTEGER ? node->integer : fallback;
}

double cr_json_get_double(const CrJson *node, double fallback)
{
  if (node && node->type == CR_JSON_INTEGER)
    return (double)node->integer;
  return node && node->type == CR_JSON_DOUBLE ? node->number : fallback;
}

gboolean cr_json_get_boolean(const CrJson *node, gboolean fallback)
{
  return node && node->type == CR_JSON_BOOL ? node->boolean : fallback;
}

const char *cr_json_find_string(const CrJson *object, const char *name, const char *fallback)
{
  return cr_json_get_string(cr_json_find(object, name), fallback);
}

gint64 cr_json_find_integer(const CrJson *object, const char *name, gint64 fallback)
{
  return cr_json_get_integer(cr_json_find(object, name), fallback);
}

char **cr_json_get_strings(const CrJson *array)
{
  GPtrArray *list = g_ptr_array_new();
  guint count = array && array->type == CR_JSON_ARRAY ? array->count : 0;
  for (guint i = 0; i < count; i++)
    if (array->children[i]->type == CR_JSON_STRING)
      g_ptr_array_add(list, g_strdup(array->children[i]->string));
  g_ptr_array_add(list, NULL);
  return (char **)g_ptr_array_free(list, FALSE);
}

const char *const *cr_json_copy_strings(const CrJson *array, CrArena *arena)
{
  g_auto(GStrv) strings = cr_json_get_strings(array);
  return cr_arena_strdupv(arena, (const char *const *)strings);
}

void cr_json_copy_members(const CrJson *object, CrArena *arena, const char *const **names, const char *const **values)
{
  guint count = cr_json_is(object, CR_JSON_OBJECT) ? cr_json_get_length(object) : 0;
  g_autoptr(GPtrArray) keys = g_ptr_array_new(), texts = g_ptr_array_new();
  for (guint i = 0; i < count; i++) {
    g_ptr_array_add(keys, (gpointer)cr_json_get_member_name(object, i));
    g_ptr_array_add(texts, (gpointer)cr_json_get_string(cr_json_get_element(object, i), ""));
  }
  *names = cr_arena_list_copies(arena, keys);
  *values = cr_arena_list_copies(arena, texts);
}

/* ---- writing ---- */

/* yajl prints an empty array in pretty mode over three lines. So an opening is held back until it is known whether
 * anything follows; an empty one is then written as "[]" or "{}" through yajl_gen_number, which passes its text as it
 * is. */
struct CrJsonWriter {
  yajl_gen gen;
  GString *safe; /* the text, where something in it had to be escaped that yajl leaves */
  char held;     /* '[', '{', or 0 */
};

static yajl_gen open_held(CrJsonWriter *writer)
{
  if (writer->held == '[')
    yajl_gen_array_open(writer->gen);
  else if (writer->held == '{')
    yajl_gen_map_open(writer->gen);
  writer->held = 0;
  return writer->gen;
}

static void hold(CrJsonWriter *writer, char opening)
{
  open_held(writer);
  writer->held = opening;
}

CrJsonWriter *cr_json_writer_new(gboolean pretty)
{
  CrJsonWriter *writer = g_new0(CrJsonWriter, 1);
  writer->gen = yajl_gen_alloc(NULL);
  yajl_gen_config(writer->gen, yajl_gen_beautify, pretty ? 1 : 0);
  yajl_gen_config(writer->gen, yajl_gen_indent_string, "  ");
  return writer;
}

void cr_json_writer_free(CrJsonWriter *writer)
{
  if (!writer)
    return;
  yajl_gen_free(writer->gen);
  if (writer->safe)
    g_string_free(writer->safe, TRUE);
  g_free(writer);
}

void cr_json_begin_object(CrJsonWriter *writer)
{
  hold(writer, '{');
}

void cr_json_end_object(CrJsonWriter *writer)
{
  if (writer->held) {
    writer->held = 0;
    yajl_gen_number(writer->gen, "{}", 2);
  } else {
    yajl_gen_map_close(writer->gen);
  }
}

void cr_json_begin_array(CrJsonWriter *writer)
{
  hold(writer, '[');
}

void cr_json_end_array(CrJsonWriter *writer)
{
  if (writer->held) {
    writer->held = 0;
    yajl_gen_number(writer->gen, "[]", 2);
  } else {
    yajl_gen_array_close(writer->gen);
  }
}

void cr_json_key(CrJsonWriter *writer, const char *name)
{
  cr_json_string(writer, name);
}

void cr_json_string(CrJsonWriter *writer, const char *value)
{
  if (!value) {
    cr_json_null(writer);
    return;
  }
  gsize size = strlen(value);
  if (g_utf8_validate_len(value, size, NULL)) {
    yajl_gen_string(open_held(writer), (const unsigned char *)value, size);
    return;
  }
  g_autofree char *valid = g_utf8_make_valid(value, (gssize)size);
  yajl_gen_string(open_held(writer), (const unsigned char *)valid, strlen(valid));
}

void cr_json_integer(CrJsonWriter *writer, gint64 value)
{
  yajl_gen_integer(open_held(writer), value);
}

void cr_json_double(CrJsonWriter *writer, double value)
{
  if (!isfinite(value)) {
    cr_json_null(writer);
    return;
  }
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  for (int digits = 1; digits <= 17; digits++) {
    char format[8];
    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(text, sizeof text, format, value);
    if (g_ascii_strtod(text, NULL) == value)
      break;
  }
  if (strcmp(text, "-0") == 0) /* would be read back as the integer 0 */
    g_strlcat(text, ".0", sizeof text);
  yajl_gen_number(open_held(writer), text, strlen(text));
}

void cr_json_boolean(CrJsonWriter *writer, gboolean value)
{
  yajl_gen_bool(open_held(writer), value);
}

void cr_json_null(CrJsonWriter *writer)
{
  yajl_gen_null(open_held(writer));
}

void cr_json_node(CrJsonWriter *writer, const CrJson *node)
{
  switch (cr_json_get_type(node)) {
  case CR_JSON_NULL:
    cr_json_null(writer);
    break;
  case CR_JSON_BOOL:
    cr_json_boolean(writer, node->boolean);
    break;
  case CR_JSON_INTEGER:
    cr_json_integer(writer, node->integer);
    break;
  case CR_JSON_DOUBLE:
    cr_json_double(writer, node->number);
    break;
  case CR_JSON_STRING:
    cr_json_string(writer, node->string);
    break;
  case CR_JSON_ARRAY:
    cr_json_begin_array(writer);
    for (guint i = 0; i < node->count; i++)
      cr_json_node(writer, node->children[i]);
    cr_json_end_array(writer);
    break;
  case CR_JSON_OBJECT:
    cr_json_begin_object(writer);
    for (guint i = 0; i < node->count; i++) {
      cr_json_key(writer, node->names[i]);
      cr_json_node(writer, node->children[i]);
    }
    cr_json_end_object(writer);
    break;
  }
}

void cr_json_key_string(CrJsonWriter *writer, const char *name, const char *value)
{
  cr_json_key(writer, name);
  cr_json_string(writer, value);
}

void cr_json_key_integer(CrJsonWriter *writer, const char *name, gint64 value)
{
  cr_json_key(writer, name);
  cr_json_integer(writer, value);
}

void cr_json_key_boolean(CrJsonWriter *writer, const char *name, gboolean value)
{
  cr_json_key(writer, name);
  cr_json_boolean(writer, value);
}

void cr_json_key_strings(CrJsonWriter *writer, const char *name, const char *const *values)
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; values && values[i]; i++)
    cr_json_string(writer, values[i]);
  cr_json_end_array(writer);
}

/* JSON is shown on terminals too, where these are commands: DEL, the C1 controls, what reorders text. yajl escapes only
 * what JSON demands. They can stand in strings alone. */
static gboolean is_unsafe(gunichar c)
{
  return (c >= 0x7f && c < 0xa0) || cr_is_treacherous(c);
}

static gboolean has_unsafe(const char *text, gsize size)
{
  for (const char *at = text; at < text + size; at = g_utf8_next_char(at))
    if ((guint8)*at >= 0x7f && is_unsafe(g_utf8_get_char(at)))
      return TRUE;
  return FALSE;
}

static void escape_unsafe(CrJsonWriter *writer, const char *text, gsize size)
{
  if (!writer->safe)
    writer->safe = g_string_sized_new(size + 64);
  g_string_truncate(writer->safe, 0);
  for (const char *at = text; at < text + size; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (!is_unsafe(c))
      g_string_append_len(writer->safe, at, g_utf8_next_char(at) - at);
    else if (c < 0x10000)
      g_string_append_printf(writer->safe, "\\u%04X", c);
    else
      g_string_append_printf(writer->safe, "\\u%04X\\u%04X", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
  }
}

void cr_json_writer_take(CrJsonWriter *writer, GString *out)
{
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  g_string_append_len(out, text, (gssize)size);
  yajl_gen_clear(writer->gen);
}

const char *cr_json_writer_get_text(CrJsonWriter *writer, gsize *size)
{
  const unsigned char *text = NULL;
  size_t length = 0;
  yajl_gen_get_buf(writer->gen, &text, &length);
  if (has_unsafe((const char *)text, length)) {
    escape_unsafe(writer, (const char *)text, length);
    text = (const unsigned char *)writer->safe->str;
    length = writer->safe->len;
  }
  if (size)
    *size = length;
  return (const char *)text;
}
