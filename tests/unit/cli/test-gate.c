/* SPDX-License-Identifier: Apache-2.0 */
#include "../report/sample-findings.h"

#include "cli/gate.h"

#include <string.h>

static void test_refused(void)
{
  static const char *const bad[] = {"",           "secure",     "security+",  "security,,reached", "blind+security",
                                    " , ",        "Security",   "epss",       "epss>=2",           "epss=0.5",
                                    "epss>0.5x",  "fix-age>14", "fix-age<3d", "fix-age>d",         "high+low",
                                    "blind+high", "epss>=-1"};
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

static void test_findings(void)
{
  static const struct {
    const char *gates, *why;
  } rows[] = {
      {"critical", "critical: 2 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl)"},
      {"high", "high: 3 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl, CVE-2026-2222 in libssl3)"},
      {"negligible", "negligible: 6 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl, CVE-2026-2222 in libssl3, …)"},
      {"reached+high,exploited", "reached+high: 2 (CVE-2026-1111 in libssl3, CVE-2026-2222 in libssl3); exploited: 2 "
                                 "(CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl)"},
      {"epss>=0.91", "epss>=0.91: 2 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl)"},
      {"epss>0.91", NULL},
      {"epss>0", "epss>0: 3 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl, CVE-2026-2222 in libssl3)"},
      {"fixable+medium",
       "fixable+medium: 3 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl, CVE-2026-2222 in libssl3)"},
      {"exploited+epss>0.95", NULL},
      {"unsupported+low", NULL},
      /* the fix of libssl3 was ready 24 days before the report */
      {"fix-age>14d", "fix-age>14d: 1 (libssl3)"},
      {"fix-age>=24d", "fix-age>=24d: 1 (libssl3)"},
      {"fix-age>24d", NULL},
      {"fix-age>14d+critical", "fix-age>14d+critical: 1 (CVE-2026-1111 in libssl3)"},
      {"security+critical", "security+critical: 2 (CVE-2026-1111 in libssl3, CVE-2026-1111 in openssl)"},
  };
  CrScan *scan = sample_scan_new();
  sample_scan_add_findings(scan);
  scan->created = "1970-01-01T00:00:00Z"; /* SOURCE_DATE_EPOCH of a build makes no fix younger */
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrGates) gates = cr_gates_parse(rows[i].gates, &error);
    g_assert_no_error(error);
    g_autofree char *why = NULL;
    cr_gates_judge(gates, scan, &why);
    g_assert_cmpstr(why, ==, rows[i].why);
    gboolean of_updates = g_str_has_prefix(rows[i].gates, "fix-age") && !strchr(rows[i].gates, '+');
    g_assert_cmpint(cr_gates_find_advised(gates) != NULL, ==, !of_updates);
  }
  sample_scan_free(scan);
}

static void test_suppressed(void)
{
  CrScan *scan = sample_scan_new();
  sample_scan_add_findings(scan);
  g_autoptr(CrGates) gates = cr_gates_parse("high", NULL);
  g_autofree char *why = NULL;
  sample_ranked[0].suppressed = sample_ranked[1].suppressed = "accepted until 2027-01-01";
  g_assert_true(cr_gates_judge(gates, scan, &why));
  g_assert_cmpstr(why, ==, "high: 1 (CVE-2026-2222 in libssl3)");
  sample_ranked[0].suppressed = sample_ranked[1].suppressed = NULL;
  sample_scan_free(scan);
}

/* The code that has the flaw is not in the package, which is reached. */
static void test_absent(void)
{
  CrScan *scan = sample_scan_new();
  sample_scan_add_findings(scan);
  g_autoptr(CrGates) gates = cr_gates_parse("reached+critical", NULL);
  g_autofree char *why = NULL, *none = NULL;
  g_assert_true(cr_gates_judge(gates, scan, &why));
  g_assert_cmpstr(why, ==, "reached+critical: 1 (CVE-2026-1111 in libssl3)");
  sample_ranked[0].reach = CR_REACH_UNREACHED;
  g_assert_false(cr_gates_judge(gates, scan, &none));
  sample_ranked[0].reach = CR_REACH_LOADED;
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
  g_test_add_func("/gate/findings", test_findings);
  g_test_add_func("/gate/absent", test_absent);
  g_test_add_func("/gate/suppressed", test_suppressed);
  return g_test_run();
}
