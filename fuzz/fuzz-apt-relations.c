/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apt.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  const char *at = text;
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (cr_apt_relation_next(&at, &item, &broken)) {
    g_autofree char *version = g_strndup(item.version, item.version_bytes);
    cr_apt_version_satisfies("1:2.36-9+deb12u1", item.op, version);
  }
  return 0;
}
