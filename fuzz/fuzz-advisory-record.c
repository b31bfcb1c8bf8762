/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/record.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  CrAdvisory template = {.feed = "osv/Go", .ecosystem = "Go", .package = "x"};
  cr_record_decode(data, size, &template, arena, found);
  /* What was understood is written and read again to the same. */
  for (guint i = 0; i < found->len; i++) {
    g_autoptr(GByteArray) again = g_byte_array_new();
    g_autoptr(GPtrArray) second = g_ptr_array_new();
    cr_record_encode(found->pdata[i], again);
    g_assert_true(cr_record_decode(again->data, again->len, &template, arena, second));
    g_assert_cmpuint(second->len, ==, 1);
  }
  return 0;
}
