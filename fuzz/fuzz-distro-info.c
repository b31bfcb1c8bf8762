/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrDistroInfo) info = cr_distro_info_parse((const char *)data, size, NULL);
  if (!info)
    return 0;
  cr_distro_info_find(info, "12.5", NULL);
  cr_distro_info_find(info, "1", "sid");
  return 0;
}
