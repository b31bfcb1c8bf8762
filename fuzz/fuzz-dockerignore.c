/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/context.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const paths[] = {"a", "src/main.c", "node_modules/x/y", "\xff"};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrIgnore) ignore = cr_ignore_parse((const char *)data, size, "fuzz", &error);
  if (!ignore == !error)
    g_error("neither rules nor an error");
  for (guint i = 0; ignore && i < G_N_ELEMENTS(paths); i++)
    cr_ignore_matches(ignore, paths[i]);
  return 0;
}
