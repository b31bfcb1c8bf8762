/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/private.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const names[] = {"ID", "VERSION_ID", "VERSION_CODENAME", "PRETTY_NAME", "ID_LIKE"};
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    cr_os_find_value((const char *)data, size, names[i], arena);
  return 0;
}
