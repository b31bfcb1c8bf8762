/* SPDX-License-Identifier: Apache-2.0 */
#include "image/document.h"

#include <stdarg.h>

#include "base/error.h"

static const char *const type_names[] = {
    [CR_JSON_NULL] = "null",         [CR_JSON_BOOL] = "a truth value", [CR_JSON_INTEGER] = "an integer",
    [CR_JSON_DOUBLE] = "a fraction", [CR_JSON_STRING] = "a string",    [CR_JSON_ARRAY] = "an array",
    [CR_JSON_OBJECT] = "an object"};

void cr_document_fail(CrDocument *document, const char *format, ...)
{
  if (document->error)
    return;
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(&document->error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: %s", document->what, text);
}

const CrJson *cr_document_get(CrDocument *document, const CrJson *object, const char *place, const char *name,
                              CrJsonType type, gboolean required)
{
  const CrJson *member = cr_json_find(object, name);
  if (document->error)
    return NULL;
  if (cr_json_is(member, CR_JSON_NULL)) {
    if (required)
      cr_document_fail(document, "it has no '%s%s'", place, name);
    return NULL;
  }
  if (!cr_json_is(member, type)) {
    cr_document_fail(document, "'%s%s' is %s, not %s", place, name, type_names[cr_json_get_type(member)],
                     type_names[type]);
    return NULL;
  }
  return member;
}

const char *cr_document_get_string(CrDocument *document, const CrJson *object, const char *place, const char *name,
                                   const char *fallback)
{
  const CrJson *member = cr_document_get(document, object, place, name, CR_JSON_STRING, FALSE);
  return member ? cr_arena_strdup(document->arena, cr_json_get_string(member, NULL)) : fallback;
}

static const char **new_vector(CrDocument *document, guint count)
{
  return cr_arena_alloc(document->arena, ((gsize)count + 1) * sizeof(char *));
}

CrStrv cr_document_get_strings(CrDocument *document, const CrJson *object, const char *place, const char *name,
                               gboolean lenient)
{
  const CrJson *member = cr_json_find(object, name);
  if (lenient && cr_json_is(member, CR_JSON_STRING)) {
    const char **one = new_vector(document, 1);
    one[0] = cr_arena_strdup(document->arena, cr_json_get_string(member, NULL));
    return one;
  }
  member = cr_document_get(document, object, place, name, CR_JSON_ARRAY, FALSE);
  guint count = cr_json_get_length(member);
  const char **all = new_vector(document, count);
  for (guint i = 0; i < count; i++) {
    const char *text = cr_json_get_string(cr_json_get_element(member, i), NULL);
    if (!text) {
      cr_document_fail(document, "'%s%s[%u]' is %s, not a string", place, name, i,
                       type_names[cr_json_get_type(cr_json_get_element(member, i))]);
      return cr_strv_empty;
    }
    all[i] = cr_arena_strdup(document->arena, text);
  }
  return all;
}

CrStrv cr_document_get_names(CrDocument *document, const CrJson *object, const char *place, const char *name,
                             CrStrv *values)
{
  const CrJson *member = cr_document_get(document, object, place, name, CR_JSON_OBJECT, FALSE);
  guint count = cr_json_get_length(member);
  const char **names = new_vector(document, count), **texts = new_vector(document, count);
  if (values)
    *values = texts;
  for (guint i = 0; i < count; i++) {
    const CrJson *value = cr_json_get_element(member, i);
    names[i] = cr_arena_strdup(document->arena, cr_json_get_member_name(member, i));
    texts[i] = cr_arena_strdup(document->arena, cr_json_get_string(value, ""));
    if (values && !cr_json_is(value, CR_JSON_STRING) && !cr_json_is(value, CR_JSON_NULL))
      cr_document_fail(document, "'%s%s' has a value that is %s, not a string", place, name,
                       type_names[cr_json_get_type(value)]);
  }
  return names;
}

gboolean cr_document_finish(CrDocument *document, GError **error)
{
  if (!document->error)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&document->error));
  return FALSE;
}
