/* SPDX-License-Identifier: Apache-2.0 */
/* junit: JUnit XML, as Jenkins, GitLab and Azure read it. A suite is an image; a case is a flaw in a package and fails,
 * a suppressed one is skipped, what could not be examined is an error. An image with nothing open has one case, which
 * passes. */
#include "report/markup.h"
#include "report/rows.h"

typedef struct {
  guint cases, failures, errors, skipped;
  GString *text; /* of the cases */
} Suite;

static void open_case(Suite *suite, const char *class, const char *name)
{
  cr_markup_printf_xml(suite->text, "    <testcase classname=\"%s\" name=\"%s\"", class, name);
  suite->cases++;
}

static void add_row(Suite *suite, const CrReportRow *row)
{
  g_autofree char *name =
      g_strdup_printf("[%s] %s", cr_severity_get_name(row->severity), row->id ? row->id : "security update pending");
  g_autofree char *class = g_strdup_printf("%s-%s", row->package->name, row->package->version);
  open_case(suite, class, name);
  g_string_append(suite->text, ">\n");
  if (row->suppressed) {
    suite->skipped++;
    cr_markup_printf_xml(suite->text, "      <skipped message=\"%s\"/>\n", row->suppressed);
  } else {
    g_autofree char *title = cr_report_row_format_title(row);
    g_autofree char *action = cr_report_row_format_action(row);
    suite->failures++;
    cr_markup_printf_xml(suite->text, "      <failure message=\"%s\" type=\"%s\">", title, row->status);
    cr_markup_printf_xml(suite->text, "%s%s%s; reach: %s%s", row->summary ? row->summary : "", row->summary ? "; " : "",
                         action, cr_reach_level_get_name(row->reach), row->exploited ? "; exploited in the wild" : "");
    g_string_append(suite->text, "</failure>\n");
  }
  g_string_append(suite->text, "    </testcase>\n");
}

static void add_problem(Suite *suite, const char *where, const char *what)
{
  open_case(suite, "careen", *where ? where : "image");
  suite->errors++;
  cr_markup_printf_xml(suite->text, ">\n      <error message=\"%s\" type=\"not-examined\"/>\n    </testcase>\n", what);
}

static void put_suite(CrReport *report, const char *name, const char *time, const Suite *suite)
{
  cr_markup_printf_xml(report->text,
                       "  <testsuite name=\"%s\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", name,
                       suite->cases, suite->failures, suite->errors, suite->skipped);
  if (time)
    cr_markup_printf_xml(report->text, " timestamp=\"%s\"", time);
  g_string_append(report->text, ">\n");
  g_string_append_len(report->text, suite->text->str, (gssize)suite->text->len);
  g_string_append(report->text, "  </testsuite>\n");
}

static void begin(CrReport *report)
{
  g_string_append(report->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"careen\">\n");
}

static void add(CrReport *report, const CrScan *scan)
{
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  Suite suite = {.text = g_string_new(NULL)};
  for (guint i = 0; i < rows->len; i++)
    add_row(&suite, rows->pdata[i]);
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(scan->problems, i);
    if (problem->kind != CR_PROBLEM_NOTE)
      add_problem(&suite, problem->where, problem->what);
  }
  if (!suite.cases) {
    open_case(&suite, "careen", scan->summary.reason ? scan->summary.reason : "nothing to do");
    g_string_append(suite.text, "/>\n");
  }
  /* JUnit's time stamps have no zone. */
  g_autofree char *time = scan->created ? g_strndup(scan->created, 19) : NULL;
  put_suite(report, cr_report_get_image_name(scan), time, &suite);
  g_string_free(suite.text, TRUE);
}

static void add_error(CrReport *report, const char *ref, const GError *error)
{
  Suite suite = {.text = g_string_new(NULL)};
  add_problem(&suite, "", error->message);
  put_suite(report, ref, NULL, &suite);
  g_string_free(suite.text, TRUE);
}

static void end(CrReport *report)
{
  g_string_append(report->text, "</testsuites>\n");
}

const CrReportFormat cr_report_junit = {
    .name = "junit", .begin = begin, .add = add, .add_error = add_error, .end = end};
