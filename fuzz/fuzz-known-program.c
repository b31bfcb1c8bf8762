/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "inventory/language.h"

/* The first byte picks the name of the file. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const names[] = {"nginx",   "python3.11", "redis-server", "mysqld",
                                      "haproxy", "ruby",       "libssl.so.3"};
  if (!size)
    return 0;
  const char *name = names[data[0] % G_N_ELEMENTS(names)];
  CrEntry entry = {.path = name, .path_bytes = strlen(name), .type = CR_ENTRY_FILE, .size = size - 1};
  g_autoptr(GBytes) bytes = g_bytes_new_static(data + 1, size - 1);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  g_autoptr(GByteArray) out = g_byte_array_new();
  CrSink *sink = cr_sink_new_array(out);
  g_assert(cr_language_programs.collectors[0]->collect(&entry, file, sink, NULL));
  cr_sink_free(sink);
  g_assert(out->len < 256);
  return 0;
}
