/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("var/lib/dpkg/diversions", data, size, "var/lib/dpkg/status.d/a", "Package: a\nVersion: 1\n\n");
  return 0;
}
