/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "vendor/rpmmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = cr_rpmmd_mirrors_parse((const char *)data, size, arena, NULL);
  for (guint i = 0; found && i < found->len; i++)
    g_assert_true(g_str_has_prefix(found->pdata[i], "https://"));
  return 0;
}
