/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/user-ids.h"

static const struct {
  const char *text;
  gboolean found;
  guint64 first, count;
} rows[] = {
    {"alice:100000:65536\n", TRUE, 100000, 65536},
    {"bob:1:2\nalice:165536:65536\n", TRUE, 165536, 65536},
    {"1000:200000:65536\n", TRUE, 200000, 65536}, /* by number (subuid(5)) */
    {"alice2:100000:65536\n", FALSE, 0, 0},
    {"alice:100000\n", FALSE, 0, 0},
    {"alice:100000:0\n", FALSE, 0, 0},
    {"alice:-1:65536\nalice:x:y\n", FALSE, 0, 0},
    {"", FALSE, 0, 0},
};

static void test_find(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint64 first = 0, count = 0;
    g_assert_cmpint(cr_user_ids_find(rows[i].text, "alice", 1000, &first, &count), ==, rows[i].found);
    if (rows[i].found) {
      g_assert_cmpuint(first, ==, rows[i].first);
      g_assert_cmpuint(count, ==, rows[i].count);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/user-ids/find", test_find);
  return g_test_run();
}
