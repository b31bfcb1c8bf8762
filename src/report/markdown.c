/* SPDX-License-Identifier: Apache-2.0 */
/* markdown: GitHub's and GitLab's dialect, for comments on merge requests: the verdict, the table of what is open and
 * reached, the rest folded away. */
#include "report/markup.h"
#include "report/rows.h"

#include <string.h>

/* Comments are capped at 65,536 characters by GitHub, so a table at rows that stay below; --all shows all. */
#define ROWS 100U

static void put(GString *out, const char *text)
{
  cr_markup_append_markdown(out, text);
}

static void put_row(GString *out, const CrReportRow *row, const CrOs *os)
{
  g_autofree char *url = cr_report_row_format_url(row, os);
  g_string_append(out, "| ");
  if (row->id && url) {
    g_string_append_c(out, '[');
    put(out, row->id);
    g_string_append_printf(out, "](%s)", url);
  } else {
    put(out, row->id ? row->id : "security update");
  }
  g_string_append_printf(out, " | %s%s | ", row->exploited ? "**exploited** " : "",
                         cr_severity_get_name(row->severity));
  put(out, row->package->name);
  g_string_append(out, " | ");
  put(out, row->package->version);
  g_string_append(out, " | ");
  put(out, row->fixed ? row->fixed : "none yet");
  g_string_append_printf(out, " | %s |\n", cr_reach_level_get_name(row->reach));
}

static guint count_rows(const GPtrArray *rows, gboolean reached, gboolean suppressed)
{
  guint count = 0;
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    count += !row->suppressed == !suppressed && (suppressed || (row->reach >= CR_REACH_UNKNOWN) == reached);
  }
  return count;
}

static void put_table(GString *out, const GPtrArray *rows, gboolean reached, const CrOs *os, gboolean all)
{
  guint shown = 0, left = 0;
  g_string_append(out,
                  "| flaw | severity | package | installed | fixed | reach |\n| --- | --- | --- | --- | --- | --- |\n");
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    if (row->suppressed || (row->reach >= CR_REACH_UNKNOWN) != reached)
      continue;
    if (!all && shown == ROWS) {
      left++;
      continue;
    }
    put_row(out, row, os);
    shown++;
  }
  g_string_append_c(out, '\n');
  if (left)
    g_string_append_printf(out, "%u more: `careen scan --all`\n\n", left);
}

static void put_suppressed(GString *out, const GPtrArray *rows)
{
  guint count = count_rows(rows, FALSE, TRUE);
  if (!count)
    return;
  g_string_append_printf(out, "<details><summary>%u suppressed</summary>\n\n", count);
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    if (!row->suppressed)
      continue;
    g_string_append(out, "- ");
    put(out, row->id ? row->id : "security update");
    g_string_append(out, " in ");
    put(out, row->package->name);
    g_string_append(out, ": ");
    put(out, row->suppressed);
    g_string_append_c(out, '\n');
  }
  g_string_append(out, "\n</details>\n\n");
}

static void put_problems(GString *out, const CrProblems *problems)
{
  guint count = cr_problems_get_count(problems);
  if (!count)
    return;
  g_string_append_printf(out, "<details><summary>Take care: %u</summary>\n\n", count);
  for (guint i = 0; i < count; i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    g_string_append_printf(out, "- %s: ", cr_problem_kind_get_name(problem->kind));
    if (*problem->where) {
      put(out, problem->where);
      g_string_append(out, ": ");
    }
    put(out, problem->what);
    g_string_append_c(out, '\n');
  }
  g_string_append(out, "\n</details>\n\n");
}

static void add(CrReport *report, const CrScan *scan)
{
  GString *out = report->text;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  g_autofree char *verdict = g_ascii_strup(cr_verdict_get_name(scan->summary.verdict), -1);
  g_string_append(out, "### careen: ");
  put(out, cr_report_get_image_name(scan));
  g_string_append_printf(out, "\n\n**%s** ", verdict);
  put(out, scan->summary.reason);
  g_string_append(out, "\n\n");
  if (scan->os->name) {
    put(out, scan->os->name);
    g_string_append_printf(out, " · %u packages · %u security updates ready, %u reached\n\n", scan->summary.packages,
                           scan->summary.security_updates, scan->summary.reached_security_updates);
  }
  guint reached = count_rows(rows, TRUE, FALSE), others = count_rows(rows, FALSE, FALSE);
  if (reached)
    put_table(out, rows, TRUE, scan->os, report->all);
  if (others) {
    g_string_append_printf(out, "<details><summary>%u that the image's process does not reach</summary>\n\n", others);
    put_table(out, rows, FALSE, scan->os, report->all);
    g_string_append(out, "</details>\n\n");
  }
  put_suppressed(out, rows);
  put_problems(out, scan->problems);
}

static void add_error(CrReport *report, const char *ref, const GError *error)
{
  g_string_append(report->text, "### careen: ");
  put(report->text, ref);
  g_string_append(report->text, "\n\n**NO REPORT** ");
  put(report->text, error->message);
  g_string_append(report->text, "\n\n");
}

const CrReportFormat cr_report_markdown = {
    .name = "markdown", .begin = cr_report_do_nothing, .add = add, .add_error = add_error, .end = cr_report_do_nothing};
