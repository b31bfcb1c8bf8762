/* SPDX-License-Identifier: Apache-2.0 */
/* What is new since an earlier report: each way from then to now, as text and as JSON. */
#include "sample.h"

#include "base/json.h"
#include "report/news.h"

#include <string.h>
#include <unistd.h>

#define FINDING(ID, PACKAGE, STATUS) "{\"id\":\"" ID "\",\"package\":\"" PACKAGE "\",\"status\":\"" STATUS "\"}"
#define UPDATE(NAME, CANDIDATE, FIXES)                                                                                 \
  "{\"name\":\"" NAME "\",\"candidate\":\"" CANDIDATE "\",\"security\":true,\"fixes\":" FIXES "}"
#define REPORT(FINDINGS, UPDATES)                                                                                      \
  "{\"schema\":\"careen.scan/1\",\"image\":{\"ref\":\"docker:shop/web:4\"},\"summary\":{},\"findings\":[" FINDINGS     \
  "],\"updates\":[" UPDATES "]}"
#define OPENSSL_FIXES "[\"CVE-2023-0464\",\"CVE-2024-12345\",\"CVE-2026-1111\",\"CVE-2026-2222\"]"
/* What the sample has open, all of it. */
#define ALL_FINDINGS                                                                                                   \
  FINDING("CVE-2026-1111", "libssl3", "fixable")                                                                       \
  "," FINDING("CVE-2025-3", "local\\u001b[31mtool",                                                                    \
              "unfixed") "," FINDING("CVE-2024-4", "libc6", "wont_fix") "," FINDING("GO-2023-5", "openssl", "unfixed")
#define ALL_UPDATES                                                                                                    \
  UPDATE("libssl3", "3.0.22-1~deb12u1", OPENSSL_FIXES)                                                                 \
  "," UPDATE("openssl", "3.0.22-1~deb12u1", OPENSSL_FIXES) "," UPDATE("libc6", "2.36-9+deb12u9", "null")

static char *report_news(const char *earlier, const CrReportFormat *format)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  close(g_file_open_tmp("careen-XXXXXX", &path, &error));
  g_assert_true(g_file_set_contents(path, earlier, -1, NULL));
  g_autoptr(CrNews) news = cr_news_load(path, &error);
  unlink(path);
  g_assert_no_error(error);
  CrScan *scan = sample_scan_new();
  sample_add_findings(scan);
  CrReport report = {.text = g_string_new(NULL), .images = 1, .news = news};
  format->begin(&report);
  format->add(&report, scan);
  format->end(&report);
  sample_scan_free(scan);
  return g_string_free(report.text, FALSE);
}

static void test_nothing_new(void)
{
  g_autofree char *text = report_news(REPORT(ALL_FINDINGS, ALL_UPDATES), &cr_report_news);
  g_assert_cmpstr(text, ==, "");
}

static void test_ways(void)
{
  static const struct {
    const char *earlier, *says, *silent;
  } rows[] = {
      /* not known then, no fix now */
      {REPORT(FINDING("CVE-2026-1111", "libssl3", "fixable") "," FINDING("GO-2023-5", "openssl", "unfixed"),
              ALL_UPDATES),
       "*** New vulnerabilities\n\nCVE-2025-3 ", "*** New security"},
      /* open then, the fix came */
      {REPORT(FINDING("CVE-2026-1111", "libssl3", "unfixed") "," FINDING(
                  "CVE-2025-3", "local\\u001b[31mtool", "unfixed") "," FINDING("GO-2023-5", "openssl", "unfixed"),
              UPDATE("openssl", "3.0.22-1~deb12u1", OPENSSL_FIXES) "," UPDATE("libc6", "2.36-9+deb12u9", "null")),
       "*** New security updates\n\nCVE-2026-1111 ", "*** New vulnerabilities"},
      /* gone */
      {REPORT(ALL_FINDINGS "," FINDING("CVE-2020-1", "zlib1g", "unfixed"), ALL_UPDATES),
       "*** Fixed vulnerabilities\n\nCVE-2020-1 zlib1g\n", "*** New"},
      /* an update that names nothing is told by its version */
      {REPORT(ALL_FINDINGS, UPDATE("libssl3", "x", OPENSSL_FIXES) "," UPDATE("openssl", "x", OPENSSL_FIXES) "," UPDATE(
                                "libc6", "2.36-9+deb12u8", "null")),
       NULL, "*** Fixed"},
      /* known by another name */
      {REPORT(FINDING("DSA-1-1", "libssl3", "fixable") "," FINDING(
                  "CVE-2025-3", "local\\u001b[31mtool", "unfixed") "," FINDING("GO-2023-5", "openssl", "unfixed"),
              UPDATE("openssl", "x", OPENSSL_FIXES)),
       "*** Available security updates", "*** New vulnerabilities"},
      {"[{\"schema\":\"careen.scan/1\",\"image\":{\"ref\":\"docker:other\"},\"summary\":{}}]",
       "shop/web:4, which the earlier report does not have", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = report_news(rows[i].earlier, &cr_report_news);
    if (rows[i].says && !strstr(text, rows[i].says))
      g_error("row %u does not say '%s':\n%s", i, rows[i].says, text);
    if (rows[i].silent && strstr(text, rows[i].silent))
      g_error("row %u says '%s':\n%s", i, rows[i].silent, text);
    g_assert_null(strchr(text, '\033'));
    g_assert_null(strstr(text, "CVE-2024-4")); /* suppressed */
  }
}

static void test_json(void)
{
  g_autofree char *text = report_news(REPORT("", ""), &cr_report_news_json);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "news", NULL);
  const CrJson *root = cr_json_get_root(doc);
  g_assert_cmpstr(cr_json_find_string(root, "schema", ""), ==, "careen.news/1");
  g_assert_cmpuint(cr_json_get_length(cr_json_find(root, "new_vulnerabilities")), ==, 2);
  g_assert_cmpuint(cr_json_get_length(cr_json_find(root, "new_security_updates")), ==, 8);
  g_assert_cmpuint(cr_json_get_length(cr_json_find(root, "fixed_vulnerabilities")), ==, 0);
}

static void test_bad(void)
{
  static const char *const texts[] = {"", "{}", "[1]", "{\"schema\":\"careen.diff/1\"}", "x"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    close(g_file_open_tmp("careen-XXXXXX", &path, NULL));
    g_assert_true(g_file_set_contents(path, texts[i], -1, NULL));
    g_assert_null(cr_news_load(path, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    unlink(path);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/report/news/nothing", test_nothing_new);
  g_test_add_func("/report/news/ways", test_ways);
  g_test_add_func("/report/news/json", test_json);
  g_test_add_func("/report/news/bad", test_bad);
  return g_test_run();
}
