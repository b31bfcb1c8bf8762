/* SPDX-License-Identifier: Apache-2.0 */
#include "image/spill.h"

#include <string.h>

#include "../remove.h"

/* Rows of a size that no window is a multiple of, forwards and here and there, before and after some are on disk. */
static void test_rows(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-spill-XXXXXX", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(folder);
  const guint counts[] = {0, 10, 100000};
  for (guint k = 0; k < G_N_ELEMENTS(counts); k++) {
    g_autoptr(CrSpill) spill = cr_spill_new(cache);
    guint32 row[9] = {0};
    for (guint i = 0; i < counts[k]; i++) {
      row[0] = row[8] = i;
      cr_spill_append(spill, row, sizeof row);
    }
    g_assert_cmpuint(cr_spill_get_size(spill), ==, counts[k] * sizeof row);
    for (guint n = 0; n < counts[k]; n++) {
      guint i = n % 3 ? n : (guint)((guint64)n * 7919 % counts[k]);
      const guint8 *bytes = cr_spill_read(spill, i * sizeof row, sizeof row);
      g_assert_nonnull(bytes);
      memcpy(row, bytes, sizeof row);
      g_assert_cmpuint(row[0], ==, i);
      g_assert_cmpuint(row[8], ==, i);
    }
    g_assert_null(cr_spill_read(spill, counts[k] * sizeof row, 1));
    g_assert_null(cr_spill_read(spill, G_MAXUINT64, 2));
    g_assert_false(cr_spill_has_failed(spill));
  }
  remove_all(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/spill/rows", test_rows);
  return g_test_run();
}
