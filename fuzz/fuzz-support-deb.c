/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support-load.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) deb = g_bytes_new_static(data, size);
  g_autoptr(GPtrArray) files = cr_support_read_deb(deb, "usr/share/distro-info/", NULL);
  return 0;
}
