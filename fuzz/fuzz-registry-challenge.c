/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registry.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(GPtrArray) challenges = cr_challenges_parse(text);
  g_assert(challenges->len <= 16);
  return 0;
}
