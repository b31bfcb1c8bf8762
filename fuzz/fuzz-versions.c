/* SPDX-License-Identifier: Apache-2.0 */
/* Two lines are two versions: every order is the same both ways round. */
#include "model/version.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *a = g_strndup((const char *)data, size);
  char *b = strchr(a, '\n');
  if (!b)
    return 0;
  *b++ = 0;
  for (CrVersionScheme scheme = CR_SCHEME_DEB; scheme <= CR_SCHEME_GENERIC; scheme++) {
    int there = cr_version_compare(scheme, a, b), back = cr_version_compare(scheme, b, a);
    g_assert((there > 0) == (back < 0) && (there < 0) == (back > 0));
    g_assert(cr_version_compare(scheme, a, a) == 0);
  }
  return 0;
}
