/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two scans made by hand; the command line's tests have packages, settings and layers. */
#include "sample-findings.h"

#include <string.h>

static const CrFinding *get(const GPtrArray *findings, guint at)
{
  g_assert_cmpuint(at, <, findings->len);
  return findings->pdata[at];
}

/* One flaw fixed, one hidden by a rule, one new: the rest is the same in both and is not told. */
static void test_flaws(void)
{
  static CrFinding fresh, hidden;
  CrScan *a = sample_scan_new(), *b = sample_scan_new();
  sample_scan_add_findings(a);
  sample_scan_add_findings(b);
  guint rule = 3;
  hidden = *get(b->findings, rule);
  hidden.suppressed = "a rule";
  fresh = *get(b->findings, 0);
  fresh.id = "CVE-2026-9999";
  b->findings->pdata[rule] = &hidden;
  b->findings->pdata[0] = &fresh;
  g_autoptr(CrDiff) diff = cr_diff_new(a, b);
  g_assert_cmpuint(diff->closed->len, ==, 2);
  g_assert_cmpstr(get(diff->closed, 0)->id, ==, "CVE-2026-1111");
  g_assert_cmpstr(get(diff->closed, 1)->id, ==, hidden.id);
  g_assert_cmpuint(diff->opened->len, ==, 1);
  g_assert_true(get(diff->opened, 0) == &fresh);

  CrReport report = {.text = g_string_new(NULL), .width = 100};
  cr_diff_write_table(diff, &report);
  g_assert_nonnull(strstr(report.text->str, "the same layers\n"));
  g_assert_nonnull(strstr(report.text->str, "KNOWN FLAWS, GONE (2)\n"));
  g_assert_nonnull(strstr(report.text->str, "KNOWN FLAWS, NEW (1)\n"));
  g_assert_nonnull(strstr(report.text->str, "  CVE-2026-9999  critical, exploited  loaded  libssl3\n"));
  g_assert_null(strstr(report.text->str, "same packages"));
  g_string_free(report.text, TRUE);
  sample_scan_free(a);
  sample_scan_free(b);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/diff/flaws", test_flaws);
  return g_test_run();
}
