/* SPDX-License-Identifier: Apache-2.0 */
/* careen.scan/1: shape and order; that real output is valid by the schema is tests/cli's. */
#include "sample.h"

#include "base/json.h"

#include <string.h>

static GString *write_scans(guint images, const GError *error)
{
  CrScan *scan = sample_scan_new();
  CrReport report = {.text = g_string_new(NULL), .images = images};
  const CrReportFormat *format = cr_report_format_get("json");
  format->begin(&report);
  format->add(&report, scan);
  if (error)
    format->add_error(&report, "other:1", error);
  format->end(&report);
  sample_scan_free(scan);
  return report.text;
}

static void test_keys(void)
{
  static const char *const keys[] = {"schema",  "tool",     "image",   "os",       "base",     "archives", "packages",
                                     "updates", "findings", "unowned", "coverage", "problems", "summary"};
  GString *text = write_scans(1, NULL), *again = write_scans(1, NULL);
  g_assert_cmpstr(text->str, ==, again->str);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text->str, text->len, "report", NULL);
  const CrJson *root = cr_json_get_root(doc);
  g_assert_cmpuint(cr_json_get_length(root), ==, G_N_ELEMENTS(keys));
  for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
    g_assert_cmpstr(cr_json_get_member_name(root, i), ==, keys[i]);
  const CrJson *update = cr_json_get_element(cr_json_find(root, "updates"), 1);
  g_assert_true(cr_json_is(cr_json_find(update, "fixes"), CR_JSON_NULL)); /* not looked up is not none */
  update = cr_json_get_element(cr_json_find(root, "updates"), 0);
  g_assert_true(cr_json_is(cr_json_find(update, "fixes"), CR_JSON_ARRAY));
  g_assert_false(cr_json_get_boolean(cr_json_find(cr_json_find(root, "base"), "current"), TRUE));
  g_string_free(text, TRUE);
  g_string_free(again, TRUE);
}

static void test_several(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_NOT_FOUND, "cannot open 'other:1': no such image");
  GString *text = write_scans(2, error);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text->str, text->len, "reports", NULL);
  const CrJson *root = cr_json_get_root(doc), *failed = cr_json_get_element(root, 1);
  g_assert_cmpuint(cr_json_get_length(root), ==, 2);
  g_assert_cmpstr(cr_json_find_string(failed, "schema", NULL), ==, "careen.scan/1");
  g_assert_cmpstr(cr_json_find_string(cr_json_find(failed, "image"), "ref", NULL), ==, "other:1");
  g_assert_cmpstr(cr_json_find_string(cr_json_find(failed, "error"), "code", NULL), ==, cr_error_get_name(error));
  g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/keys", test_keys);
  g_test_add_func("/json/several", test_several);
  return g_test_run();
}
