/* SPDX-License-Identifier: Apache-2.0 */
/* The table, whole and exact, at three widths; what is expected stands in tests/data/report/table-*.txt.
 * CAREEN_ACCEPT_OUTPUT=1 writes what came instead: look at it before you commit it. */
#include "sample-findings.h"

#include "report/table-parts.h"

#include <string.h>

static void check(const char *name, guint width, gboolean colour, gboolean all, gboolean findings)
{
  CrScan *scan = sample_scan_new();
  if (findings)
    sample_scan_add_findings(scan);
  CrReport report = {.text = g_string_new(NULL), .width = width, .colour = colour, .all = all, .images = 1};
  const CrReportFormat *format = cr_report_format_get("table");
  format->begin(&report);
  format->add(&report, scan);
  format->end(&report);
  g_autofree char *path = g_strdup_printf("%s/data/report/%s.txt", g_getenv("G_TEST_SRCDIR"), name);
  if (g_getenv("CAREEN_ACCEPT_OUTPUT"))
    g_assert_true(g_file_set_contents(path, report.text->str, (gssize)report.text->len, NULL));
  g_autofree char *expected = NULL;
  g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
  g_assert_cmpstr(report.text->str, ==, expected);
  if (!colour)
    g_assert_null(strchr(report.text->str, '\033'));
  g_auto(GStrv) lines = g_strsplit(report.text->str, "\n", -1);
  for (guint i = 0; !colour && lines[i]; i++)
    g_assert_cmpuint(cr_text_measure(lines[i]), <=, width);
  g_string_free(report.text, TRUE);
  sample_scan_free(scan);
}

static void test_wide(void)
{
  check("table-120", 120, FALSE, FALSE, FALSE);
}

static void test_narrow(void)
{
  check("table-60", 60, FALSE, FALSE, FALSE);
}

static void test_all(void)
{
  check("table-all", 100, FALSE, TRUE, FALSE);
}

static void test_colour(void)
{
  check("table-colour", 100, TRUE, FALSE, FALSE);
}

static void test_findings(void)
{
  check("table-findings", 120, FALSE, FALSE, TRUE);
  check("table-findings-all", 120, FALSE, TRUE, TRUE);
}

static void test_current(void)
{
  CrScan *scan = sample_scan_new();
  static const char *const reasons[] = {"current: no update pending", NULL};
  g_ptr_array_set_size(scan->updates, 0);
  g_ptr_array_set_size(scan->unowned, 0);
  cr_problems_free(scan->problems);
  scan->problems = cr_problems_new();
  scan->summary = (CrSummary){.verdict = CR_VERDICT_CURRENT,
                              .reason = "no update pending",
                              .reasons = reasons,
                              .packages = 5,
                              .complete = TRUE};
  CrReport report = {.text = g_string_new(NULL), .width = 80, .images = 1};
  const CrReportFormat *format = cr_report_format_get(NULL);
  format->add(&report, scan);
  g_auto(GStrv) lines = g_strsplit(report.text->str, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), <=, 24); /* one screen */
  g_assert_nonnull(strstr(report.text->str, "CURRENT   no update pending"));
  g_assert_null(strstr(report.text->str, "next:"));
  g_string_free(report.text, TRUE);
  sample_scan_free(scan);
}

static void test_several(void)
{
  CrScan *scan = sample_scan_new();
  CrReport report = {.text = g_string_new(NULL), .width = 80, .images = 2};
  const CrReportFormat *format = cr_report_format_get("table");
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_INPUT, "cannot read 'x\033[1m': not an image");
  format->add(&report, scan);
  format->add_error(&report, "x\033[1m", error);
  g_assert_nonnull(strstr(report.text->str, "\n\n\nx"));
  g_assert_nonnull(strstr(report.text->str, "NO REPORT"));
  g_assert_null(strchr(report.text->str, '\033'));
  g_string_free(report.text, TRUE);
  sample_scan_free(scan);
}

/* What is only said where it is true: each row changes one thing, and says what must then be there and what not. */

static void start_from_epoch(CrScan *scan)
{
  ((CrImage *)scan->image)->created = "1970-01-01T00:00:00Z";
}

static void read_from_sbom(CrScan *scan)
{
  ((CrImage *)scan->image)->source = "sbom";
}

static void have_apt(CrScan *scan)
{
  static CrPackage apt;
  apt = sample_packages[0];
  apt.name = "apt";
  g_ptr_array_add(scan->packages, &apt);
}

/* The sample's updates, as if they were Alpine's. */
static void be_alpine(CrScan *scan)
{
  static CrPackage packages[8], manager;
  static CrUpdate updates[8];
  for (guint i = 0; i < scan->updates->len; i++) {
    updates[i] = *(const CrUpdate *)scan->updates->pdata[i];
    packages[i] = *updates[i].package;
    packages[i].type = "apk";
    updates[i].package = &packages[i];
    scan->updates->pdata[i] = &updates[i];
  }
  manager = packages[0];
  manager.name = "apk-tools";
  g_ptr_array_add(scan->packages, &manager);
}

static void have_no_archive(CrScan *scan)
{
  scan->archive_count = 0;
}

static void end_support(CrScan *scan)
{
  static CrPackage old;
  old = sample_packages[0];
  old.support = CR_PACKAGE_SUPPORT_ENDED;
  g_ptr_array_add(scan->packages, &old);
}

static void be_blind(CrScan *scan)
{
  cr_problems_add(scan->problems, CR_PROBLEM_BLIND, "layer 1", "it is missing");
  scan->summary.verdict = CR_VERDICT_BLIND;
  scan->summary.reason = "layer 1: it is missing";
}

static void have_feeds(CrScan *scan)
{
  static CrCoverage rows[] = {{.type = "pypi", .advisories = "osv/PyPI of 2026-07-23"},
                              {.type = "apk", .advisories = "alpine-secdb/v3.18 fetched 2026-11-24"},
                              {.type = "gem", .advisories = "osv/PyPI of 2026-07-23"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_ptr_array_add(scan->coverage, &rows[i]);
}

static void test_conditions(void)
{
  static const struct {
    void (*change)(CrScan *scan);
    const char *says, *never;
  } rows[] = {
      {NULL, "built 2026-03-02", "past their support"},
      {NULL, "which has no apt: 3 security updates", "apt upgrade inside it"},
      {start_from_epoch, "built on debian:12-slim", "1970"},
      {read_from_sbom, "TAKE CARE", "is not configured"},
      {have_apt, "apt upgrade inside it would leave out 3", "has no apt"},
      {be_alpine, "apk upgrade inside it would leave out 3", "apt"},
      {NULL, "comes from signed package archives", NULL},
      {have_no_archive, "no advisory data yet", "comes from signed package archives"},
      {end_support, "6 packages, 1 unwatched, 1 past its support", NULL},
      {be_blind, "BLIND   layer 1: it is missing", "blind  layer 1"},
      {have_feeds, "advisories: osv/PyPI of 2026-07-23, alpine-secdb/v3.18 fetched 2026-11-24\n", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrScan *scan = sample_scan_new();
    CrImage image = *scan->image;
    scan->image = &image;
    if (rows[i].change)
      rows[i].change(scan);
    CrReport report = {.text = g_string_new(NULL), .width = 200, .images = 1};
    cr_report_format_get("table")->add(&report, scan);
    if (!strstr(report.text->str, rows[i].says) || (rows[i].never && strstr(report.text->str, rows[i].never)))
      g_error("row %u: %s", i, report.text->str);
    g_string_free(report.text, TRUE);
    sample_scan_free(scan);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/table/wide", test_wide);
  g_test_add_func("/table/narrow", test_narrow);
  g_test_add_func("/table/all", test_all);
  g_test_add_func("/table/colour", test_colour);
  g_test_add_func("/table/current", test_current);
  g_test_add_func("/table/several", test_several);
  g_test_add_func("/table/findings", test_findings);
  g_test_add_func("/table/conditions", test_conditions);
  return g_test_run();
}
