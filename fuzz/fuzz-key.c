/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in PEM, private and public. Without a password, so that what is encrypted is not worked on. */
#include "remedy/key.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrKey) private = cr_key_parse_private(data, size, NULL, "input", NULL);
  g_autoptr(CrKey) public = cr_key_parse_public(data, size, "input", NULL);
  return 0;
}
