/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("lib/site-packages/a-1.dist-info/METADATA", data, size, "lib/site-packages/a-1.dist-info/RECORD",
             "a/b.py,,\n");
  return 0;
}
