/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/chisel.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GByteArray) out = g_byte_array_new();
  cr_chisel_convert((const char *)data, size, out, NULL);
  return 0;
}
