/* SPDX-License-Identifier: Apache-2.0 */
#include "model/purl.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrPurl purl;
  if (cr_purl_parse(text, arena, &purl)) {
    g_assert_true(purl.type && purl.name);
    cr_purl_find_qualifier(&purl, "arch");
  }
  return 0;
}
