/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/loader.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrLdCache) cache = cr_ld_cache_parse(bytes, NULL);
  if (cache)
    cr_ld_cache_find(cache, "libc.so.6");
  return 0;
}
