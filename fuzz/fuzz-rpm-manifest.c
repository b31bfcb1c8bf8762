/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"
#include "inventory/rpm.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image(CR_RPM_MANIFEST, data, size, NULL, NULL);
  return 0;
}
