/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

/* What is translated must compile, whatever it was. */
static void check(CrStream *(*translate)(CrStream *stream), const guint8 *data, gsize size)
{
  static CrCache *cache = NULL;
  if (!cache) {
    g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "careen-fuzz-rpmmd", NULL);
    cache = cr_cache_new(folder);
  }
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrStream) stream = translate(cr_stream_new_bytes(bytes));
  g_autoptr(GBytes) text = cr_stream_read_all(stream, 64 << 20, NULL);
  if (text)
    g_assert(cr_list_compile(cr_stream_new_bytes(text), cache, "list", NULL));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  check(cr_list_translate_primary, data, size);
  check(cr_list_translate_updateinfo, data, size);
  check(cr_list_translate_modules, data, size);
  return 0;
}
