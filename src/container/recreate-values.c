/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "container/recreate-private.h"

gboolean cr_recreate_is_nothing(const CrJson *node)
{
  switch (cr_json_get_type(node)) {
  case CR_JSON_NULL:
    return TRUE;
  case CR_JSON_BOOL:
    return !cr_json_get_boolean(node, FALSE);
  case CR_JSON_INTEGER:
    return cr_json_get_integer(node, 0) == 0;
  case CR_JSON_DOUBLE:
    return !(cr_json_get_double(node, 0) < 0) && !(cr_json_get_double(node, 0) > 0);
  case CR_JSON_STRING:
    return !*cr_json_get_string(node, "");
  case CR_JSON_ARRAY:
  case CR_JSON_OBJECT:
    return cr_json_get_length(node) == 0;
  }
  return FALSE;
}

static gboolean contains_members(const CrJson *a, const CrJson *b)
{
  for (guint i = 0; i < cr_json_get_length(a); i++)
    if (!cr_recreate_is_same(cr_json_get_element(a, i), cr_json_find(b, cr_json_get_member_name(a, i))))
      return FALSE;
  return TRUE;
}

gboolean cr_recreate_is_same(const CrJson *a, const CrJson *b)
{
  if (cr_recreate_is_nothing(a) || cr_recreate_is_nothing(b))
    return cr_recreate_is_nothing(a) == cr_recreate_is_nothing(b);
  if (cr_json_get_type(a) != cr_json_get_type(b))
    return FALSE;
  switch (cr_json_get_type(a)) {
  case CR_JSON_INTEGER:
    return cr_json_get_integer(a, 0) == cr_json_get_integer(b, 0);
  case CR_JSON_DOUBLE:
    return !(cr_json_get_double(a, 0) < cr_json_get_double(b, 0)) &&
           !(cr_json_get_double(a, 0) > cr_json_get_double(b, 0));
  case CR_JSON_STRING:
    return !strcmp(cr_json_get_string(a, ""), cr_json_get_string(b, ""));
  case CR_JSON_OBJECT:
    return contains_members(a, b) && contains_members(b, a);
  case CR_JSON_ARRAY:
    if (cr_json_get_length(a) != cr_json_get_length(b))
      return FALSE;
    for (guint i = 0; i < cr_json_get_length(a); i++)
      if (!cr_recreate_is_same(cr_json_get_element(a, i), cr_json_get_element(b, i)))
        return FALSE;
    return TRUE;
  default:
    return TRUE; /* two that are not nothing: true and true */
  }
}

void cr_recreate_expect(const CrRecreating *it, const char *path)
{
  g_ptr_array_add(it->out->expected, g_strdup(path));
}
