/* SPDX-License-Identifier: Apache-2.0 */
/* careen diff -f markdown: a comment on a merge request, in GitHub's and GitLab's dialect. What came and is reached
 * stands first; long lists are folded away. */
#include "report/markup.h"
#include "report/rows.h"

/* Comments are capped at 65,536 characters by GitHub; --all shows all. */
#define ROWS 50U

static void put(GString *out, const char *text)
{
  cr_markup_append_markdown(out, text);
}

static void put_cells(GString *out, const char *const *cells)
{
  for (guint i = 0; cells[i]; i++) {
    g_string_append(out, i ? " | " : "| ");
    put(out, cells[i]);
  }
  g_string_append(out, " |\n");
}

/* HEADING folds what is below it away. */
static void begin(GString *out, const char *heading, guint count, const char *columns)
{
  g_string_append_printf(out, "<details><summary>%s: %u</summary>\n\n%s", heading, count, columns);
}

static void end(GString *out, guint count, const CrReport *report)
{
  if (!report->all && count > ROWS)
    g_string_append_printf(out, "\n%u more: `careen diff --all`\n", count - ROWS);
  g_string_append(out, "\n</details>\n\n");
}

static guint limit(const CrReport *report, guint count)
{
  return report->all ? count : MIN(count, ROWS);
}

static void put_packages(GString *out, const CrDiff *diff, const CrReport *report)
{
  if (!diff->packages->len)
    return;
  begin(out, "Packages", diff->packages->len, "| package | from | to | |\n| --- | --- | --- | --- |\n");
  for (guint i = 0; i < limit(report, diff->packages->len); i++) {
    const CrDiffPackage *change = &g_array_index(diff->packages, CrDiffPackage, i);
    const char *const cells[] = {change->name, change->from ? change->from : "", change->to ? change->to : "",
                                 change->order < 0 ? "older" : cr_reach_level_get_name(change->reach), NULL};
    put_cells(out, cells);
  }
  end(out, diff->packages->len, report);
}

static void put_settings(GString *out, const CrDiff *diff, const CrReport *report)
{
  if (!diff->settings->len)
    return;
  begin(out, "Configuration", diff->settings->len, "| setting | from | to |\n| --- | --- | --- |\n");
  for (guint i = 0; i < limit(report, diff->settings->len); i++) {
    const CrDiffSetting *change = &g_array_index(diff->settings, CrDiffSetting, i);
    const char *const cells[] = {change->name, change->from ? change->from : "not set",
                                 change->to ? change->to : "not set", NULL};
    put_cells(out, cells);
  }
  end(out, diff->settings->len, report);
}

static void put_updates(GString *out, const char *heading, const GPtrArray *updates, const CrReport *report)
{
  if (!updates->len)
    return;
  begin(out, heading, updates->len, "| package | fixed in | reach | |\n| --- | --- | --- | --- |\n");
  for (guint i = 0; i < limit(report, updates->len); i++) {
    const CrUpdate *update = updates->pdata[i];
    const char *const cells[] = {update->package->name, update->candidate,
                                 cr_reach_level_get_name(update->package->reach.level),
                                 update->security ? "security" : "", NULL};
    put_cells(out, cells);
  }
  end(out, updates->len, report);
}

static void put_flaws(GString *out, const char *heading, const GPtrArray *findings, const CrReport *report)
{
  if (!findings->len)
    return;
  begin(out, heading, findings->len, "| flaw | severity | package | reach |\n| --- | --- | --- | --- |\n");
  for (guint i = 0; i < limit(report, findings->len); i++) {
    const CrFinding *finding = findings->pdata[i];
    g_autofree char *severity =
        g_strdup_printf("%s%s", cr_severity_get_name(finding->severity), finding->exploited ? ", exploited" : "");
    const char *const cells[] = {finding->id, severity, finding->package->name,
                                 cr_reach_level_get_name(finding->package->reach.level), NULL};
    put_cells(out, cells);
  }
  end(out, findings->len, report);
}

static void put_files(GString *out, const char *heading, const GPtrArray *files, const CrReport *report)
{
  if (!files->len)
    return;
  begin(out, heading, files->len, "");
  for (guint i = 0; i < limit(report, files->len); i++) {
    g_string_append(out, "- /");
    put(out, ((const CrUnowned *)files->pdata[i])->path);
    g_string_append_c(out, '\n');
  }
  end(out, files->len, report);
}

static void put_side(GString *out, const char *word, const CrScan *scan)
{
  g_string_append_printf(out, "| %s ", word);
  const char *verdict = cr_verdict_get_name(scan->summary.verdict);
  const char *const cells[] = {cr_report_get_image_name(scan), verdict, NULL};
  put_cells(out, cells);
}

/* What cannot be told of one image cannot be told of the difference. */
static void put_blind(GString *out, const CrScan *scan)
{
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(scan->problems, i);
    if (problem->kind == CR_PROBLEM_NOTE)
      continue;
    g_string_append(out, "- not examined in ");
    put(out, cr_report_get_image_name(scan));
    g_string_append(out, ": ");
    put(out, problem->where);
    g_string_append(out, *problem->where ? ": " : "");
    put(out, problem->what);
    g_string_append_c(out, '\n');
  }
}

void cr_diff_write_markdown(const CrDiff *diff, CrReport *report)
{
  GString *out = report->text;
  g_string_append(out, "### careen: what changes\n\n| | image | verdict |\n| --- | --- | --- |\n");
  put_side(out, "before", diff->a);
  put_side(out, "after", diff->b);
  g_string_append_printf(out,
                         "\n**%u** known flaws come, **%u** go; **%u** updates are pending now, **%u** no longer.\n\n",
                         diff->opened->len, diff->closed->len, diff->pending->len, diff->solved->len);
  put_flaws(out, "Known flaws, new", diff->opened, report);
  put_flaws(out, "Known flaws, gone", diff->closed, report);
  put_updates(out, "Pending now", diff->pending, report);
  put_updates(out, "No longer pending", diff->solved, report);
  put_packages(out, diff, report);
  put_settings(out, diff, report);
  put_files(out, "Programs without a package, new", diff->came, report);
  put_files(out, "Programs without a package, gone", diff->gone, report);
  put_blind(out, diff->a);
  put_blind(out, diff->b);
}
