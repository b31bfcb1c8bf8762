/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  GDate day;
  cr_support_parse_date("2026-11-24", 10, &day);
  for (CrLimitsFormat format = CR_LIMITS_ENDED; format <= CR_LIMITS_SINGLE; format++) {
    g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
    cr_support_limits_add(limits, format, (const char *)data, size);
    const char *note = NULL;
    cr_support_limits_match(limits, "golang-1.19", &day, arena, &note);
    cr_support_limits_match(limits, "mbedtls", &day, arena, &note);
  }
  return 0;
}
