/* SPDX-License-Identifier: Apache-2.0 */
/* careen why, for people: what is the same of several packages is said once. The way itself has tests with real images.
 */
#include "sample-findings.h"

#include <string.h>

static guint count(const char *text, const char *word)
{
  guint found = 0;
  for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
    found++;
  return found;
}

/* Two binaries of one source with one flaw, one update and one steward. */
static void test_groups(void)
{
  CrScan *scan = sample_scan_new();
  sample_scan_add_findings(scan);
  CrWhy why = {.scan = scan,
               .subject = "CVE-2026-1111",
               .kind = "advisory",
               .packages = g_ptr_array_new(),
               .updates = g_ptr_array_new(),
               .findings = g_ptr_array_new()};
  g_ptr_array_add(why.packages, &sample_packages[2]);
  g_ptr_array_add(why.packages, &sample_packages[4]);
  g_ptr_array_add(why.findings, &sample_ranked[0]);
  g_ptr_array_add(why.findings, &sample_ranked[1]);
  CrReport report = {.text = g_string_new(NULL), .width = 200};
  cr_why_write_table(&why, &report);
  const char *text = report.text->str;
  g_assert_cmpuint(count(text, "FLAW       CVE-2026-1111 critical, exploited in the wild in "), ==, 1);
  g_assert_cmpuint(count(text, "fixed by 3.0.22-1~deb12u1"), ==, 1);
  g_assert_cmpuint(count(text, "severity from CVSS 3.1 in OSV's Debian record; CVSS 9.8"), ==, 1);
  g_assert_cmpuint(count(text, "EPSS 91.0%"), ==, 1);
  g_assert_cmpuint(count(text, "WATCHED BY"), ==, 1);
  g_string_free(report.text, TRUE);
  g_ptr_array_unref(why.packages);
  g_ptr_array_unref(why.updates);
  g_ptr_array_unref(why.findings);
  sample_scan_free(scan);
}

/* A score of nearly one is not certainty. */
static void test_certainty(void)
{
  CrScan *scan = sample_scan_new();
  CrFinding finding = sample_ranked[0];
  finding.epss = 0.99999;
  CrWhy why = {.scan = scan,
               .subject = "CVE-2026-1111",
               .kind = "advisory",
               .packages = g_ptr_array_new(),
               .updates = g_ptr_array_new(),
               .findings = g_ptr_array_new()};
  g_ptr_array_add(why.packages, &sample_packages[2]);
  g_ptr_array_add(why.findings, &finding);
  CrReport report = {.text = g_string_new(NULL), .width = 200};
  cr_why_write_table(&why, &report);
  g_assert_nonnull(strstr(report.text->str, "EPSS over 99.9%"));
  g_assert_null(strstr(report.text->str, "100"));
  g_string_free(report.text, TRUE);
  g_ptr_array_unref(why.packages);
  g_ptr_array_unref(why.updates);
  g_ptr_array_unref(why.findings);
  sample_scan_free(scan);
}

/* No archive has an update for a package of a language: a new build brings it. */
static void test_build(void)
{
  CrScan *scan = sample_scan_new();
  CrPackage package = sample_packages[0];
  package.type = "npm";
  package.name = "lodash";
  package.version = "4.17.10";
  package.arch = NULL;
  CrFinding findings[] = {sample_ranked[0], sample_ranked[0]};
  findings[0].package = findings[1].package = &package;
  findings[0].fixed = "4.17.9";
  findings[1].fixed = "4.17.21";
  CrWhy why = {.scan = scan,
               .subject = "lodash",
               .kind = "package",
               .packages = g_ptr_array_new(),
               .updates = g_ptr_array_new(),
               .findings = g_ptr_array_new()};
  g_ptr_array_add(why.packages, &package);
  g_ptr_array_add(why.findings, &findings[0]);
  g_ptr_array_add(why.findings, &findings[1]);
  CrReport report = {.text = g_string_new(NULL), .width = 200};
  cr_why_write_table(&why, &report);
  g_assert_nonnull(strstr(report.text->str, "FIX        a new build with lodash 4.17.21 or newer\n"));
  g_assert_nonnull(strstr(report.text->str, "lodash 4.17.10, "));
  g_string_free(report.text, TRUE);
  g_ptr_array_unref(why.packages);
  g_ptr_array_unref(why.updates);
  g_ptr_array_unref(why.findings);
  sample_scan_free(scan);
}

static void test_empty(void)
{
  CrScan *scan = sample_scan_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_why_new(scan, "", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  sample_scan_free(scan);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/why/groups", test_groups);
  g_test_add_func("/why/certainty", test_certainty);
  g_test_add_func("/why/build", test_build);
  g_test_add_func("/why/empty", test_empty);
  return g_test_run();
}
