/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/list.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static CrCache *cache = NULL;
  if (!cache) {
    g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "careen-fuzz-list", NULL);
    cache = cr_cache_new(folder);
  }
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  if (!cr_list_compile(cr_stream_new_bytes(bytes), cache, "list", NULL))
    return 0;
  g_autoptr(CrList) list = cr_list_open(cache, "list");
  for (guint32 id = 0; list && id < cr_list_get_count(list); id++) {
    CrListPackage package;
    guint32 first = 0;
    cr_list_get(list, id, &package);
    g_assert(!cr_list_is_damaged(list) && cr_list_find(list, package.name, &first) > 0);
    g_assert(first <= id && cr_list_has_source(list, package.source_name));
    cr_list_find_providers(list, package.version, &first);
  }
  return 0;
}
