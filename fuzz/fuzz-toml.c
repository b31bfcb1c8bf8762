/* SPDX-License-Identifier: Apache-2.0 */
#include "import/toml.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  if (!g_utf8_validate(text, -1, NULL))
    return 0;
  g_autoptr(GPtrArray) items = cr_toml_parse(text, "fuzz", arena, &error);
  if (!items == !error)
    g_error("neither items nor an error");
  return 0;
}
