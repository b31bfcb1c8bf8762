/* SPDX-License-Identifier: Apache-2.0 */
/* Every format for other programs, whole and exact: what is expected stands in tests/data/report/formats/, with VERSION
 * for careen's own. tests/cli/formats.bats judges those files by the formats' published schemas.
 * CAREEN_ACCEPT_OUTPUT=1 writes what came instead: look at it before you commit it. */
#include "sample.h"

#include "config.h"

#include <string.h>

static char *format(const char *name, gboolean twice)
{
  CrScan *scan = sample_scan_new();
  sample_add_findings(scan);
  CrReport report = {.text = g_string_new(NULL), .width = 100, .images = twice ? 3 : 1, .author = "ops@example.org"};
  const CrReportFormat *format = cr_report_format_get(name);
  g_assert_cmpstr(format->name, ==, name);
  format->begin(&report);
  format->add(&report, scan);
  if (twice) {
    g_autoptr(GError) error = g_error_new(g_quark_from_static_string("x"), 1, "cannot read 'a<b>|c': it's gone");
    format->add(&report, scan);
    format->add_error(&report, "a<b>|c", error);
  }
  format->end(&report);
  sample_scan_free(scan);
  g_string_replace(report.text, CR_VERSION, "VERSION", 0);
  return g_string_free(report.text, FALSE);
}

static void check(gconstpointer data)
{
  const char *name = data;
  g_autofree char *text = format(name, FALSE);
  g_autofree char *path = g_strdup_printf("%s/data/report/formats/sample.%s", g_getenv("G_TEST_SRCDIR"), name);
  if (g_getenv("CAREEN_ACCEPT_OUTPUT"))
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autofree char *expected = NULL;
  g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
  for (const char *p = text; *p; p++)
    g_assert_true((guchar)*p >= 0x20 || *p == '\n' || *p == '\r');
  g_assert_true(g_utf8_validate(text, -1, NULL));
  if (!strcmp(name, "html") || !strcmp(name, "markdown") || !strcmp(name, "junit")) {
    g_assert_null(strstr(text, "<script"));
    g_assert_null(strstr(text, "\342\200\256")); /* turns the text behind it around */
  }
  g_autofree char *again = format(name, FALSE);
  g_assert_cmpstr(text, ==, again);
}

/* Several images, one of which gave no report. */
static void check_several(gconstpointer data)
{
  const char *name = data;
  g_autofree char *text = format(name, TRUE);
  g_autofree char *path = g_strdup_printf("%s/data/report/formats/several.%s", g_getenv("G_TEST_SRCDIR"), name);
  if (g_getenv("CAREEN_ACCEPT_OUTPUT"))
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autofree char *expected = NULL;
  g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
}

static guint count(const char *text, const char *word)
{
  guint n = 0;
  for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
    n++;
  return n;
}

/* Readers of VEX take a statement for every copy of a package URL: it is that of the copy that is worst off. */
static void test_copies(void)
{
  CrPackage copies[] = {sample_packages[2], sample_packages[2]};
  CrFinding findings[2] = {0};
  for (guint i = 0; i < 2; i++)
    findings[i] = (CrFinding){.id = "CVE-2031-1",
                              .aliases = cr_strv_empty,
                              .package = &copies[i],
                              .source = "Debian",
                              .status = "fixable",
                              .fixed = "9",
                              .cvss = -1,
                              .epss = -1,
                              .reach = i ? CR_REACH_POSSIBLE : CR_REACH_UNREACHED};
  for (guint hidden = 0; hidden < 2; hidden++) {
    CrScan *scan = sample_scan_new();
    g_ptr_array_set_size(scan->findings, 0);
    g_ptr_array_set_size(scan->updates, 0);
    scan->created = "2026-11-25T12:00:00Z";
    findings[1].suppressed = hidden ? "its owner says so" : NULL;
    g_ptr_array_add(scan->findings, &findings[0]);
    g_ptr_array_add(scan->findings, &findings[1]);
    CrReport report = {.text = g_string_new(NULL), .width = 100, .images = 2, .author = "ops@example.org"};
    cr_report_openvex.begin(&report);
    cr_report_openvex.add(&report, scan);
    cr_report_openvex.add(&report, scan); /* the same image once more */
    cr_report_openvex.end(&report);
    g_assert_cmpuint(count(report.text->str, "\"CVE-2031-1\""), ==, hidden ? 0 : 1);
    g_assert_cmpuint(count(report.text->str, "\"affected\""), ==, hidden ? 0 : 1);
    g_assert_cmpuint(count(report.text->str, "not_affected"), ==, 0);
    g_string_free(report.text, TRUE);
    sample_scan_free(scan);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  static const char *const names[] = {"sarif",   "junit",   "gitlab", "markdown", "html",     "csv",
                                      "openvex", "summary", "simple", "bugs",     "packages", "detail"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *one = g_strdup_printf("/report/formats/%s", names[i]);
    g_test_add_data_func(one, names[i], check);
  }
  g_test_add_func("/report/formats/copies", test_copies);
  static const char *const several[] = {"sarif", "junit", "gitlab"};
  for (guint i = 0; i < G_N_ELEMENTS(several); i++) {
    g_autofree char *more = g_strdup_printf("/report/formats/several/%s", several[i]);
    g_test_add_data_func(more, several[i], check_several);
  }
  return g_test_run();
}
