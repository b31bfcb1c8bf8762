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

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  static const char *const names[] = {"sarif",   "junit",   "gitlab", "markdown", "html",     "csv",
                                      "openvex", "summary", "simple", "bugs",     "packages", "detail"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *one = g_strdup_printf("/report/formats/%s", names[i]);
    g_test_add_data_func(one, names[i], check);
  }
  static const char *const several[] = {"sarif", "junit", "gitlab"};
  for (guint i = 0; i < G_N_ELEMENTS(several); i++) {
    g_autofree char *more = g_strdup_printf("/report/formats/several/%s", several[i]);
    g_test_add_data_func(more, several[i], check_several);
  }
  return g_test_run();
}
