/* SPDX-License-Identifier: Apache-2.0 */
#include "../report/sample.h"

#include "cli/gate.h"

#include <string.h>

static void test_refused(void)
{
  static const char *const bad[] = {"",    "secure",  "security+", "security,,reached", "blind+security",
                                    " , ", "Security"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrGates) gates = cr_gates_parse(bad[i], &error);
    if (!*bad[i]) { /* as not given */
      g_assert_no_error(error);
      continue;
    }
    g_assert_null(gates);
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    g_assert_nonnull(cr_error_get_hint(error));
  }
}

static void test_rows(void)
{
  static const struct {
    const char *gates, *why; /* NULL: does not trip */
  } rows[] = {
      {NULL, NULL},
      {"updates", "updates: 4 (bash, libc6, libssl3, …)"},
      {"security", "security: 3 (libc6, libssl3, openssl)"},
      {"reached", "reached: 2 (libc6, libssl3)"},
      {"security+reached", "security+reached: 2 (libc6, libssl3)"},
      {"unsupported", NULL},
      {"unsupported,security+reached", "security+reached: 2 (libc6, libssl3)"},
      {"blind", NULL},
  };
  CrScan *scan = sample_scan_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrGates) gates = cr_gates_parse(rows[i].gates, &error);
    g_assert_no_error(error);
    g_autofree char *why = NULL;
    g_assert_cmpint(cr_gates_judge(gates, scan, &why), ==, rows[i].why != NULL);
    g_assert_cmpstr(why, ==, rows[i].why);
  }
  sample_scan_free(scan);
}

static void test_ended(void)
{
  CrScan *scan = sample_scan_new();
  CrOs os = sample_os;
  os.support.phase = CR_PHASE_ENDED;
  scan->os = &os;
  g_autoptr(CrGates) gates = cr_gates_parse("unsupported", NULL), reached = cr_gates_parse("reached+unsupported", NULL);
  g_autofree char *why = NULL, *both = NULL;
  g_assert_true(cr_gates_judge(gates, scan, &why));
  g_assert_cmpstr(why, ==, "unsupported: 1 (Debian GNU/Linux 12 (bookworm))");
  g_assert_true(cr_gates_judge(reached, scan, &both));
  g_assert_cmpstr(both, ==, "reached+unsupported: 2 (libc6, libssl3)");
  sample_scan_free(scan);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/gate/refused", test_refused);
  g_test_add_func("/gate/rows", test_rows);
  g_test_add_func("/gate/ended", test_ended);
  return g_test_run();
}
