/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("var/lib/dpkg/status", data, size, "var/lib/dpkg/info/hostname.list", "/bin/hostname\n");
  return 0;
}
