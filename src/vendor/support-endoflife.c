/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

#include "base/error.h"
#include "base/json.h"

#include <string.h>

/* A member that is a date, a boolean or nothing. Returns 1 or 0 for a boolean, else -1. */
static int read_date(const CrJson *object, const char *name, GDate *date)
{
  g_date_clear(date, 1);
  const CrJson *node = cr_json_find(object, name);
  if (cr_json_is(node, CR_JSON_BOOL))
    return cr_json_get_boolean(node, FALSE);
  const char *text = cr_json_get_string(node, "");
  cr_support_parse_date(text, strlen(text), date);
  return -1;
}

CrCycles *cr_cycles_parse(const char *text, gsize size, const char *what, GError **error)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, what, error);
  if (!doc)
    return NULL;
  const CrJson *root = cr_json_get_root(doc);
  if (!cr_json_is(root, CR_JSON_ARRAY)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s is no list of release cycles", what);
    return NULL;
  }
  CrCycles *cycles = g_new0(CrCycles, 1);
  cycles->arena = cr_arena_new();
  cycles->list = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(root); i++) {
    const CrJson *row = cr_json_get_element(root, i);
    const char *name = cr_json_find_string(row, "cycle", NULL);
    if (!name)
      continue;
    CrCycle *cycle = cr_arena_new0(cycles->arena, CrCycle);
    cycle->cycle = cr_arena_strdup(cycles->arena, name);
    cycle->eol_flag = read_date(row, "eol", &cycle->eol);
    read_date(row, "support", &cycle->support);
    read_date(row, "extendedSupport", &cycle->extended);
    g_ptr_array_add(cycles->list, cycle);
  }
  return cycles;
}

void cr_cycles_free(CrCycles *cycles)
{
  if (!cycles)
    return;
  g_ptr_array_unref(cycles->list);
  cr_arena_free(cycles->arena);
  g_free(cycles);
}
