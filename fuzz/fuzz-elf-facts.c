/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/elf.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) facts = g_bytes_new_static(data, size);
  g_autoptr(CrArena) arena = cr_arena_new();
  cr_elf_facts_parse(facts, arena);
  return 0;
}
