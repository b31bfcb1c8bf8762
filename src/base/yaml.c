/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"

#include <libfyaml.h>
#include <string.h>

struct CrYaml {
  CrYamlType type;
  guint line, column;
  gboolean quoted, flow;
  const char *text, *tag;
  guint length;
  const CrYaml **keys, **values; /* lists have values only */
};

struct CrYamlDoc {
  char *name;
  CrArena *arena;
  GPtrArray *roots; /* CrYaml* */
  guint nodes;
};

/* ---- asking ---- */

guint cr_yaml_doc_get_count(const CrYamlDoc *doc)
{
  return doc->roots->len;
}

const CrYaml *cr_yaml_doc_get_root(const CrYamlDoc *doc, guint i)
{
  return i < doc->roots->len ? doc->roots->pdata[i] : NULL;
}

gboolean cr_yaml_doc_is_single(const CrYamlDoc *doc, GError **error)
{
  for (guint i = 1; i < doc->roots->len; i++)
    if (cr_yaml_get_type(doc->roots->pdata[i]) != CR_YAML_NULL)
      return cr_yaml_refuse(doc, doc->roots->pdata[i], error, "a second document begins here, which nobody would read");
  return TRUE;
}

CrYamlType cr_yaml_get_type(const CrYaml *node)
{
  return node ? node->type : CR_YAML_NULL;
}

guint cr_yaml_get_length(const CrYaml *node)
{
  return node ? node->length : 0;
}

const CrYaml *cr_yaml_get_element(const CrYaml *node, guint i)
{
  return node && i < node->length ? node->values[i] : NULL;
}

const CrYaml *cr_yaml_get_key(const CrYaml *map, guint i)
{
  return map && map->type == CR_YAML_MAP && i < map->length ? map->keys[i] : NULL;
}

const CrYaml *cr_yaml_find(const CrYaml *map, const char *name)
{
  for (guint i = 0; map && map->type == CR_YAML_MAP && i < map->length; i++)
    if (!strcmp(map->keys[i]->text, name))
      return map->values[i];
  return NULL;
}

const char *cr_yaml_get_text(const CrYaml *node)
{
  return node && node->type == CR_YAML_TEXT ? node->text : NULL;
}

gboolean cr_yaml_is_quoted(const CrYaml *node)
{
  return node && node->quoted;
}

gboolean cr_yaml_is_flow(const CrYaml *node)
{
  return node && node->flow;
}

const char *cr_yaml_get_tag(const CrYaml *node)
{
  return node ? node->tag : NULL;
}

guint cr_yaml_get_line(const CrYaml *node)
{
  return node ? node->line : 0;
}

guint cr_yaml_get_column(const CrYaml *node)
{
  return node ? node->column : 0;
}

char *cr_yaml_format_place(const CrYamlDoc *doc, const CrYaml *node)
{
  return node && node->line ? g_strdup_printf("'%s' line %u, column %u", doc->name, node->line, node->column)
                            : g_strdup_printf("'%s'", doc->name);
}

gboolean cr_yaml_refuse(const CrYamlDoc *doc, const CrYaml *node, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *why = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *place = cr_yaml_format_place(doc, node);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read %s: %s", place, why);
  return FALSE;
}

/* ---- from libfyaml's nodes ---- */

typedef struct {
  CrYamlDoc *doc;
  GHashTable *made; /* struct fy_node* → CrYaml*, for aliases; unfinished ones are in progress */
  GHashTable *open; /* struct fy_node* being made: an alias of one is a circle */
  GError **error;
  guint depth;
} Making;

static CrYaml *make_node(Making *making, struct fy_node *source);

static CrYaml *new_node(Making *making, CrYamlType type, struct fy_node *source)
{
  CrYaml *node = cr_arena_new0(making->doc->arena, CrYaml);
  struct fy_token *token = source && fy_node_is_scalar(source) ? fy_node_get_scalar_token(source) : NULL;
  const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
  node->type = type;
  node->flow = source && fy_node_get_style(source) == FYNS_FLOW;
  node->line = mark ? (guint)mark->line + 1 : 0;
  node->column = mark ? (guint)mark->column + 1 : 0;
  size_t size = 0;
  const char *tag = source ? fy_node_get_tag(source, &size) : NULL;
  if (tag && size && *tag == '!')
    node->tag = cr_arena_strndup(making->doc->arena, tag, size);
  return node;
}

static gboolean is_null_word(const char *text, gsize size)
{
  static const char *const words[] = {"", "~", "null", "Null", "NULL"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (strlen(words[i]) == size && !memcmp(words[i], text, size))
      return TRUE;
  return FALSE;
}

static CrYaml *make_scalar(Making *making, struct fy_node *source)
{
  size_t size = 0;
  const char *text = fy_node_get_scalar(source, &size);
  enum fy_node_style style = fy_node_get_style(source);
  gboolean quoted =
      style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED || style == FYNS_LITERAL || style == FYNS_FOLDED;
  CrYaml *node = new_node(making, CR_YAML_TEXT, source);
  if (!text || (!quoted && is_null_word(text, size))) {
    node->type = CR_YAML_NULL;
    return node;
  }
  node->text = cr_arena_strndup(making->doc->arena, text, size);
  node->quoted = quoted;
  if ((style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED) && node->column > 1)
    node->column--; /* the mark is behind the quote */
  return node;
}

static void take_place(CrYaml *node, const CrYaml *first)
{
  if (!node->line && first) {
    node->line = first->line;
    node->column = first->column;
  }
}

static CrYaml *make_list(Making *making, struct fy_node *source)
{
  CrYaml *node = new_node(making, CR_YAML_LIST, source);
  int count = fy_node_sequence_item_count(source);
  node->values = cr_arena_alloc(making->doc->arena, ((gsize)MAX(count, 0) + 1) * sizeof *node->values);
  void *position = NULL;
  struct fy_node *item;
  while ((item = fy_node_sequence_iterate(source, &position)) && node->length < (guint)count) {
    CrYaml *value = make_node(making, item);
    if (!value)
      return NULL;
    node->values[node->length++] = value;
    take_place(node, value);
  }
  return node;
}

/* "<<: *base" or "<<: [*a, *b]": members that the map has not itself; of several the first wins. */
static void merge(Making *making, CrYaml *node, const CrYaml *other, GHashTable *names)
{
  guint more = other->type == CR_YAML_MAP ? other->length : 0;
  const CrYaml **keys = cr_arena_alloc(making->doc->arena, ((gsize)node->length + more + 1) * sizeof *keys);
  const CrYaml **values = cr_arena_alloc(making->doc->arena, ((gsize)node->length + more + 1) * sizeof *values);
  if (node->length) {
    memcpy(keys, node->keys, node->length * sizeof *keys);
    memcpy(values, node->values, node->length * sizeof *values);
  }
  node->keys = keys;
  node->values = values;
  for (guint i = 0; i < more; i++) {
    if (!g_hash_table_add(names, (gpointer)other->keys[i]->text))
      continue;
    keys[node->length] = other->keys[i];
    values[node->length++] = other->values[i];
  }
  making->doc->nodes += more;
}

static gboolean add_member(Making *making, CrYaml *node, struct fy_node_pair *pair, GHashTable *names,
                           GPtrArray *merges)
{
  struct fy_node *left = fy_node_pair_key(pair), *right = fy_node_pair_value(pair);
  CrYaml *key = left ? make_node(making, left) : NULL;
  if (making->error && *making->error)
    return FALSE;
  take_place(node, key);
  if (key && key->type == CR_YAML_NULL && left && fy_node_is_scalar(left)) { /* "null:" is the word */
    key->type = CR_YAML_TEXT;
    key->text = "null";
  }
  if (!key || key->type != CR_YAML_TEXT)
    return cr_yaml_refuse(making->doc, key ? key : node, making->error, "a key must be a plain word");
  CrYaml *value = right ? make_node(making, right) : new_node(making, CR_YAML_NULL, NULL);
  if (!value)
    return FALSE;
  take_place(value, key);
  if (!strcmp(key->text, "<<") && !key->quoted) {
    g_ptr_array_add(merges, value);
    return TRUE;
  }
  if (!g_hash_table_add(names, (gpointer)key->text))
    return cr_yaml_refuse(making->doc, key, making->error, "'%s' stands here twice", key->text);
  node->keys[node->length] = key;
  node->values[node->length++] = value;
  return TRUE;
}

static CrYaml *make_map(Making *making, struct fy_node *source)
{
  CrYaml *node = new_node(making, CR_YAML_MAP, source);
  int count = fy_node_mapping_item_count(source);
  gsize room = (gsize)MAX(count, 0) + 1;
  node->keys = cr_arena_alloc(making->doc->arena, room * sizeof *node->keys);
  node->values = cr_arena_alloc(making->doc->arena, room * sizeof *node->values);
  g_autoptr(GPtrArray) merges = g_ptr_array_new();
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  void *position = NULL;
  struct fy_node_pair *pair;
  while ((pair = fy_node_mapping_iterate(source, &position)))
    if (!add_member(making, node, pair, names, merges))
      return NULL;
  for (guint i = 0; i < merges->len; i++) {
    const CrYaml *other = merges->pdata[i];
    if (other->type != CR_YAML_LIST)
      merge(making, node, other, names);
    for (guint k = 0; other->type == CR_YAML_LIST && k < other->length; k++)
      merge(making, node, other->values[k], names);
  }
  return node;
}

static CrYaml *refuse_node(Making *making, CrErrorCode code, const char *why)
{
  if (making->error && !*making->error)
    g_set_error(making->error, CR_ERROR, code, "cannot read '%s': %s", making->doc->name, why);
  return NULL;
}

static CrYaml *make_node(Making *making, struct fy_node *source)
{
  if (fy_node_is_alias(source)) {
    size_t length = 0;
    const char *name = fy_node_get_scalar(source, &length);
    struct fy_node *target = fy_node_resolve_alias(source);
    if (!target) {
      g_autofree char *why = g_strdup_printf("there is no anchor '%.*s'", (int)length, name ? name : "");
      return refuse_node(making, CR_ERROR_USAGE, why);
    }
    if (g_hash_table_contains(making->open, target))
      return refuse_node(making, CR_ERROR_USAGE, "an alias stands inside its own anchor");
    source = target;
  }
  CrYaml *known = g_hash_table_lookup(making->made, source);
  if (known)
    return known;
  if (making->depth >= CR_LIMIT_JSON_DEPTH || making->doc->nodes >= CR_LIMIT_JSON_NODES)
    return refuse_node(making, CR_ERROR_LIMIT, "it is nested too deep, or has too many parts");
  making->doc->nodes++;
  making->depth++;
  g_hash_table_add(making->open, source);
  CrYaml *node = fy_node_is_sequence(source)  ? make_list(making, source)
                 : fy_node_is_mapping(source) ? make_map(making, source)
                                              : make_scalar(making, source);
  g_hash_table_remove(making->open, source);
  making->depth--;
  if (node)
    g_hash_table_insert(making->made, source, node);
  return node;
}

static gboolean add_document(CrYamlDoc *doc, struct fy_document *source, GError **error)
{
  g_autoptr(GHashTable) made = g_hash_table_new(NULL, NULL), open = g_hash_table_new(NULL, NULL);
  g_autoptr(GError) why = NULL;
  Making making = {.doc = doc, .made = made, .open = open, .error = &why};
  struct fy_node *root = fy_document_root(source);
  CrYaml *node = root ? make_node(&making, root) : new_node(&making, CR_YAML_NULL, NULL);
  if (node) {
    g_ptr_array_add(doc->roots, node);
    return TRUE;
  }
  g_propagate_error(error, g_steal_pointer(&why));
  return FALSE;
}

/* ---- parsing ---- */

static void be_silent(struct fy_diag *diag, void *user, const char *text, size_t size)
{
}

static gboolean take_syntax_error(struct fy_diag *diag, const char *name, GError **error)
{
  void *position = NULL;
  const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &position);
  if (!first)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is not YAML", name);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s' line %d, column %d: %s", name, first->line,
                first->column, first->msg ? first->msg : "it is not YAML");
  return FALSE;
}

static gboolean parse_documents(CrYamlDoc *doc, const char *text, gsize size, GError **error)
{
  struct fy_diag_cfg diag_cfg;
  fy_diag_cfg_default(&diag_cfg);
  diag_cfg.fp = NULL;
  diag_cfg.output_fn = be_silent;
  struct fy_diag *diag = fy_diag_create(&diag_cfg);
  fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
  struct fy_parser *parser = fy_parser_create(&cfg);
  gboolean ok = parser && fy_parser_set_string(parser, text, size) == 0;
  while (ok) {
    struct fy_document *document = fy_parse_load_document(parser);
    if (!document)
      break;
    ok = add_document(doc, document, error);
    fy_parse_document_destroy(parser, document);
  }
  if (ok && (fy_diag_got_error(diag) || fy_parser_get_stream_error(parser)))
    ok = take_syntax_error(diag, doc->name, error);
  else if (!parser)
    g_set_error(error, CR_ERROR, CR_ERROR_INTERNAL, "cannot read '%s': no YAML parser", doc->name);
  fy_parser_destroy(parser);
  fy_diag_destroy(diag);
  return ok;
}

CrYamlDoc *cr_yaml_parse(const char *text, gsize size, const char *name, GError **error)
{
  /* A NUL or other bytes than UTF-8 have no place in YAML, and would end libfyaml's strings early. */
  if (!g_utf8_validate_len(text, size, NULL)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is not UTF-8 text", name);
    return NULL;
  }
  if (size > CR_LIMIT_DOCUMENT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read '%s': it is larger than 8 MiB", name);
    return NULL;
  }
  g_autoptr(CrYamlDoc) doc = g_new0(CrYamlDoc, 1);
  doc->name = g_strdup(name);
  doc->arena = cr_arena_new();
  doc->roots = g_ptr_array_new();
  if (size && !parse_documents(doc, text, size, error))
    return NULL;
  return g_steal_pointer(&doc);
}

CrYamlDoc *cr_yaml_load(const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_DOCUMENT_BYTES, error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes ? cr_yaml_parse(text, size, path, error) : NULL;
}

void cr_yaml_doc_free(CrYamlDoc *doc)
{
  if (!doc)
    return;
  g_ptr_array_unref(doc->roots);
  cr_arena_free(doc->arena);
  g_free(doc->name);
  g_free(doc);
}
