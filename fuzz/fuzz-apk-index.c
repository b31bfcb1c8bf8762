/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "vendor/apk.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GBytes) file = g_bytes_new_static(data, size);
  CrApkSeal seal, again;
  gsize signed_from = 0;
  if (cr_apk_seal_parse(file, arena, &seal, NULL))
    g_assert_cmpuint(seal.count, >, 0);
  if (!cr_apk_index_read_signatures(file, arena, &seal, &signed_from, NULL))
    return 0;
  g_autoptr(GBytes) kept = cr_apk_seal_format(&seal);
  g_assert(signed_from < size && cr_apk_seal_parse(kept, arena, &again, NULL) && again.count == seal.count);
  g_autoptr(GBytes) index = cr_apk_index_read(file, signed_from, arena, &seal, NULL);
  g_autoptr(CrStream) stream = index ? cr_list_translate_apk(index) : NULL;
  g_autoptr(GBytes) stanzas = stream ? cr_stream_read_all(stream, CR_LIMIT_LIST_BYTES, NULL) : NULL;
  g_assert(!index || stanzas);
  return 0;
}
