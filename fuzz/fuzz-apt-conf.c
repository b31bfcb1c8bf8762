/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apt.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  if (cr_apt_config_parse(settings, (const char *)data, size, NULL))
    cr_apt_config_get_boolean(settings, "apt::install-recommends", TRUE);
  return 0;
}
