/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "recipe/private.h"

/* Line NUMBER of FILE without its end, in the arena; NULL: there is none, or it is not UTF-8. */
static const char *find_line(CrRecipes *recipes, const char *file, guint number)
{
  char **lines = g_hash_table_lookup(recipes->lines, file);
  if (!lines) {
    g_autoptr(GBytes) bytes = cr_read_file(file, CR_LIMIT_RECIPE_BYTES, NULL);
    gsize size = 0;
    const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    g_autofree char *text = g_strndup(data ? data : "", size);
    lines = g_strsplit(text, "\n", -1);
    g_hash_table_insert(recipes->lines, g_strdup(file), lines);
  }
  if (!number || number > g_strv_length(lines) || !g_utf8_validate(lines[number - 1], -1, NULL))
    return NULL;
  gsize length = strlen(lines[number - 1]);
  while (length && lines[number - 1][length - 1] == '\r')
    length--;
  return cr_arena_strndup(recipes->arena, lines[number - 1], length);
}

CrPiece cr_recipes_make_fixed(CrRecipes *recipes, const char *text, const char *why)
{
  return (CrPiece){.text = cr_arena_strdup(recipes->arena, text), .why = cr_arena_strdup(recipes->arena, why)};
}

CrPiece cr_recipes_make_piece(CrRecipes *recipes, CrPlace place, const char *text)
{
  const char *line = find_line(recipes, place.file, place.line), *at = line;
  for (guint i = 1; at && *at && i < place.column; i++)
    at = g_utf8_next_char(at);
  if (at && (*at == '"' || *at == '\'') && *text != *at) {
    at++;
    place.column++;
  }
  if (!at || strncmp(at, text, strlen(text)) != 0)
    return cr_recipes_make_fixed(recipes, text, "it is written with escapes, or over several lines");
  place.file = cr_arena_strdup(recipes->arena, place.file);
  return (CrPiece){.place = place, .line = line, .text = cr_arena_strdup(recipes->arena, text)};
}

void cr_recipes_set_pieces(CrRecipes *recipes, CrImageUse *use, const GArray *pieces)
{
  CrPiece *copy = cr_arena_alloc(recipes->arena, MAX(pieces->len, 1) * sizeof(CrPiece));
  if (pieces->len)
    memcpy(copy, pieces->data, pieces->len * sizeof(CrPiece));
  use->pieces = copy;
  use->piece_count = pieces->len;
}

void cr_recipes_set_piece(CrRecipes *recipes, CrImageUse *use, CrPiece piece)
{
  g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(CrPiece));
  g_array_append_val(pieces, piece);
  cr_recipes_set_pieces(recipes, use, pieces);
}
