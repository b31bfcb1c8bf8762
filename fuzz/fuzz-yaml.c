/* SPDX-License-Identifier: Apache-2.0 */
/* Any YAML, and as rules: what careen.yaml, Compose files and ignore files are read with. */
#include "advisory/suppress-rules.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) rules = g_ptr_array_new();
  cr_ignore_rules_parse((const char *)data, size, "input", arena, rules, NULL);
  return 0;
}
