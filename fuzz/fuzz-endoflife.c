/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrCycles) cycles = cr_cycles_parse((const char *)data, size, "input", NULL);
  if (!cycles)
    return 0;
  g_autoptr(CrArena) arena = cr_arena_new();
  GDate day;
  cr_support_parse_date("2026-11-24", 10, &day);
  CrOs os = {.id = "alpine", .version = "3.18.9"};
  CrSupportData facts = {.cycles = cycles, .cycles_name = "input"};
  CrSupportQuery query = {.os = &os, .day = &day, .today = &day, .data = &facts, .arena = arena};
  CrSupportAnswer answer;
  cr_support_judge(&query, &answer);
  return 0;
}
