/* SPDX-License-Identifier: Apache-2.0 */
#include "image/engine.h"

/* null, nothing, "" and {}: an engine may write a member that it did not fill. */
static gboolean is_said(const CrJson *member)
{
  switch (cr_json_get_type(member)) {
  case CR_JSON_NULL:
    return FALSE;
  case CR_JSON_STRING:
    return *cr_json_get_string(member, "") != 0;
  case CR_JSON_OBJECT:
  case CR_JSON_ARRAY:
    return cr_json_get_length(member) > 0;
  case CR_JSON_BOOL:
  case CR_JSON_INTEGER:
  case CR_JSON_DOUBLE:
    break;
  }
  return TRUE;
}

const char *cr_engine_find_failure(const CrJson *line)
{
  const CrJson *detail = cr_json_find(line, "errorDetail"), *plain = cr_json_find(line, "error");
  const char *const words[] = {cr_json_find_string(detail, "message", ""), cr_json_get_string(detail, ""),
                               cr_json_get_string(plain, "")};
  if (!is_said(detail) && !is_said(plain))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (*words[i])
      return words[i];
  return "it gave no reason";
}
