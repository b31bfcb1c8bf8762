/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/kept-recipe.h"

#include <string.h>

#include "base/json.h"
#include "recipe/remote.h"

#define MARK         "recipe"
#define SHORT_LENGTH 10

/* A password in the address is nobody's business, and a new one is no other recipe. */
static char *format_key(const CrBuildRecipe *recipe)
{
  g_autofree char *safe = cr_remote_redact(recipe->context);
  return g_strconcat(safe, " ", recipe->dockerfile ? recipe->dockerfile : "", NULL);
}

gboolean cr_kept_recipe_store(const CrBuildRecipe *recipe, const char *text, gsize size, const char *revision,
                              GError **error)
{
  g_autofree char *key = format_key(recipe), *copy = g_strndup(text, size);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "revision", revision);
  cr_json_key_string(writer, "text", copy);
  cr_json_end_object(writer);
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  return record && cr_record_set_mark(record, MARK, key, cr_json_writer_get_text(writer, NULL), error);
}

static const char *shorten(const char *revision, CrArena *arena)
{
  const char *colon = revision ? strchr(revision, ':') : NULL;
  gsize scheme = colon ? (gsize)(colon - revision) + 1 : 0;
  return revision ? cr_arena_printf(arena, "%.*s", (int)scheme + SHORT_LENGTH, revision) : NULL;
}

const CrKeptRecipe *cr_kept_recipe_find(CrRecord *record, const CrBuildRecipe *recipe, CrArena *arena)
{
  g_autofree char *key = format_key(recipe);
  gint64 since = 0;
  const char *value = cr_record_find_mark(record, MARK, key, arena, &since);
  g_autoptr(CrJsonDoc) doc = value ? cr_json_parse(value, strlen(value), "a recipe on record", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  const char *text = root ? cr_json_find_string(root, "text", NULL) : NULL;
  const char *revision = root ? cr_json_find_string(root, "revision", NULL) : NULL;
  if (!text || !revision)
    return NULL;
  CrKeptRecipe *kept = cr_arena_new0(arena, CrKeptRecipe);
  *kept = (CrKeptRecipe){cr_arena_strdup(arena, text), shorten(revision, arena), since};
  return kept;
}
