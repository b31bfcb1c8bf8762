/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config-file.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrSettings) settings = cr_settings_new();
  cr_config_parse((const char *)data, size, "input", settings, NULL);
  return 0;
}
