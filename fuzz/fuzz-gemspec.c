/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("usr/lib/ruby/gems/3/specifications/default/a-b-1.gemspec", data, size, NULL, NULL);
  return 0;
}
