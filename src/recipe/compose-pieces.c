/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of an image's name come from that variables are in. Only the plain forms of a variable are followed;
 * what comes of it is compared with what cr_compose_interpolate says, and where that is another the parts are not
 * known. */
#include <string.h>

#include "recipe/compose.h"

#define DEPTH 20U

typedef struct {
  CrRecipes *recipes;
  const CrComposeEnvironment *environment;
  GHashTable *elsewhere; /* as cr_compose_list_elsewhere gives it */
  GArray *pieces;        /* CrPiece */
  guint depth;
} Tracing;

/* Text that stands in a file, from AT to END; where AT is. */
typedef struct {
  const char *at, *end;
  CrPlace place;        /* file NULL: nowhere */
  const char *variable; /* whose value it is, or NULL */
} Span;

static void move_to(Span *span, const char *at)
{
  span->place.column += (guint)g_utf8_strlen(span->at, at - span->at);
  span->at = at;
}

static void add_fixed(Tracing *tracing, const char *text, const char *why)
{
  CrPiece piece = cr_recipes_make_fixed(tracing->recipes, text, why);
  g_array_append_val(tracing->pieces, piece);
}

/* SPAN's text up to END is a piece as it stands. */
static void add_literal(Tracing *tracing, const Span *span, const char *end)
{
  if (end == span->at)
    return;
  g_autofree char *text = g_strndup(span->at, (gsize)(end - span->at));
  const char *other = span->variable ? g_hash_table_lookup(tracing->elsewhere, span->variable) : NULL;
  if (other) {
    g_autofree char *why = g_strdup_printf("the variable %s says more than an image's name: %s", span->variable, other);
    add_fixed(tracing, text, why);
    return;
  }
  CrPiece piece = cr_recipes_make_piece(tracing->recipes, span->place, text);
  piece.variable = cr_arena_strdup(tracing->recipes->arena, span->variable);
  g_array_append_val(tracing->pieces, piece);
}

static gboolean trace(Tracing *tracing, Span span);

static gboolean trace_value(Tracing *tracing, const char *name)
{
  const CrComposeVariable *variable = cr_compose_environment_find_variable(tracing->environment, name);
  if (!variable) {
    g_autofree char *why = g_strdup_printf("the environment that careen runs in says it, by the variable %s", name);
    add_fixed(tracing, g_getenv(name), why);
    return TRUE;
  }
  Span span = {variable->raw, variable->raw + strlen(variable->raw), variable->place, variable->name};
  if (!variable->literal)
    return trace(tracing, span);
  add_literal(tracing, &span, span.end);
  return TRUE;
}

/* The '}' that closes what AT is in, or NULL. */
static const char *find_close(const char *at, const char *end)
{
  guint open = 1;
  for (; at < end; at++) {
    open += *at == '{' && at[-1] == '$';
    open -= *at == '}';
    if (!open)
      return at;
  }
  return NULL;
}

/* "${NAME…}", SPAN at what follows the name: "}", "-word}", ":-word}", "+word}", ":+word}", "?why}", ":?why}". */
static gboolean trace_braces(Tracing *tracing, Span *span, const char *name)
{
  const char *close = find_close(span->at, span->end);
  const char *value = cr_compose_environment_find(tracing->environment, name);
  if (!close)
    return FALSE;
  gboolean colon = *span->at == ':';
  const char *word = span->at + colon;
  gboolean set = value && (*value || !colon);
  if ((colon && word == close) || (word < close && !strchr("-+?", *word)))
    return FALSE;
  char operation = word < close ? *word : '?';
  Span inner = *span;
  gboolean ok = TRUE;
  if ((operation == '-' && !set) || (operation == '+' && set)) {
    move_to(&inner, word + 1);
    inner.end = close;
    ok = trace(tracing, inner);
  } else if (operation != '+' && value && *value) {
    ok = trace_value(tracing, name);
  }
  move_to(span, close + 1);
  return ok;
}

static gboolean trace(Tracing *tracing, Span span)
{
  if (++tracing->depth > DEPTH)
    return FALSE;
  while (span.at < span.end) {
    const char *dollar = memchr(span.at, '$', (gsize)(span.end - span.at));
    add_literal(tracing, &span, dollar ? dollar : span.end);
    if (!dollar)
      break;
    gboolean braces = dollar + 1 < span.end && dollar[1] == '{';
    const char *from = dollar + 1 + braces, *to = from;
    while (to < span.end && (g_ascii_isalnum(*to) || *to == '_'))
      to++;
    g_autofree char *name = g_strndup(from, (gsize)(to - from));
    move_to(&span, to);
    const char *value = cr_compose_environment_find(tracing->environment, name);
    if (!*name || (braces && !trace_braces(tracing, &span, name)) ||
        (!braces && value && *value && !trace_value(tracing, name)))
      return FALSE;
  }
  tracing->depth--;
  return TRUE;
}

static gboolean says(const GArray *pieces, const char *image)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < pieces->len; i++)
    g_string_append(text, g_array_index(pieces, CrPiece, i).text);
  return !strcmp(text->str, image);
}

void cr_compose_set_pieces(CrRecipes *recipes, CrImageUse *use, const CrYaml *node, const CrComposeLayer *layer,
                           GHashTable *elsewhere)
{
  const char *text = cr_yaml_get_text(node);
  CrPiece whole = cr_recipes_make_piece(recipes, use->place, text);
  g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(CrPiece));
  Tracing tracing = {recipes, layer->environment, elsewhere, pieces, 0};
  Span span = {text, text + strlen(text), whole.place, NULL};
  if (!strchr(text, '$') || !whole.place.file)
    cr_recipes_set_piece(recipes, use, whole);
  else if (trace(&tracing, span) && says(pieces, use->image))
    cr_recipes_set_pieces(recipes, use, pieces);
  else
    cr_recipes_set_piece(recipes, use,
                         cr_recipes_make_fixed(recipes, use->image, "variables say it, in a way that is not followed"));
}
