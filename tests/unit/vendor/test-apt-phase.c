/* SPDX-License-Identifier: Apache-2.0 */
/* The draw for phased updates; the numbers are those of a C++ program that uses <random> as apt does. Whole decisions
 * are compared with apt in tests/oracle/ubuntu. */
#include "vendor/apt.h"

static void test_draw(void)
{
  static const struct {
    const char *text;
    guint want;
  } rows[] = {
      {"", 63},
      {"a", 94},
      {"bash-5.2.21-2ubuntu4-0123456789abcdef0123456789abcdef", 14},
      {"glibc-2.39-0ubuntu8.4-ffffffffffffffffffffffffffffffff", 74},
      {"systemd-255.4-1ubuntu8.5-8ba1e1bd7a2e4d3ab6bd0f8a1d9f6a0c", 99},
      {"openssl-3.0.13-0ubuntu3.4-8ba1e1bd7a2e4d3ab6bd0f8a1d9f6a0c", 0},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpuint(cr_apt_phase_draw(rows[i].text), ==, rows[i].want);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/apt-phase/draw", test_draw);
  return g_test_run();
}
