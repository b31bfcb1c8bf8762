/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/shell.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrShellScript script;
  cr_shell_parse((const char *)data, size, 1, arena, &script);
  return 0;
}
