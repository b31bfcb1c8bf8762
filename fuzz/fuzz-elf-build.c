/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/elf-build.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  g_autoptr(GByteArray) out = g_byte_array_new();
  CrSink *sink = cr_sink_new_array(out);
  const CrEntry entry = {.path = "a", .type = CR_ENTRY_FILE, .mode = 0755, .size = size};
  gboolean ok = cr_build_collector.wants(&entry, data, MIN(size, CR_COLLECT_HEAD_BYTES)) &&
                cr_build_collector.collect(&entry, file, sink, NULL);
  cr_sink_free(sink);
  g_autoptr(GBytes) facts = g_bytes_new_static(out->data, out->len);
  g_autoptr(CrArena) arena = cr_arena_new();
  if (ok && out->len && (!cr_build_parse(facts, arena) || cr_build_find_symbol(facts, "x", "Y") > CR_SYMBOL_PRESENT))
    g_error("what the collector writes cannot be read back");
  cr_build_parse(bytes, arena);
  return 0;
}
