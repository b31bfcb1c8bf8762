/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/elf-symbols.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrElfSymbols) symbols = cr_elf_symbols_read(file, arena);
  for (guint i = 0; symbols && i < symbols->wanted->len; i++)
    if (!*((const CrElfSymbol *)symbols->wanted->pdata[i])->name)
      g_error("a symbol without a name");
  return 0;
}
