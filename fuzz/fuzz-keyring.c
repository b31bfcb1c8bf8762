/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/keyring.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GByteArray) keys = g_byte_array_new();
  cr_keyring_add_keys(keys, data, size, NULL);
  return 0;
}
