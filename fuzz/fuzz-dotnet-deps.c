/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("app/app.deps.json", data, size, NULL, NULL);
  return 0;
}
