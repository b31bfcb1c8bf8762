/* SPDX-License-Identifier: Apache-2.0 */
/* html: one page that holds everything it needs, no script and no request to anybody, light and dark, on paper and on a
 * telephone. What is urgent is on top, the rest folds. */
#include "report/markup.h"
#include "report/rows.h"

#include "config.h"

#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n"
    "<title>careen report</title>\n<style>\n"
    ":root{color-scheme:light dark;--bg:#fcfcfa;--fg:#1d2227;--dim:#5b6570;--line:#d9dcd6;--card:#fff;--bad:#b3261e;"
    "--warn:#8a5a00;--ok:#1e6b3a;--link:#0b57a4}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e6e3;--dim:#9aa4ad;--line:#343a40;--card:#1b1f23;"
    "--bad:#ff8a80;--warn:#f0c060;--ok:#7fd39a;--link:#8ab8f0}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:78rem;background:var(--bg);"
    "color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .5rem}"
    "p{margin:.25rem 0}a{color:var(--link)}code,.v{font-family:ui-monospace,monospace;font-size:.9em;"
    "overflow-wrap:anywhere}.dim{color:var(--dim)}\n"
    "article+article{margin-top:4rem;border-top:3px solid var(--line);padding-top:2rem}\n"
    ".verdict{margin:1rem 0;padding:.9rem 1.1rem;border-left:.4rem solid var(--dim);background:var(--card)}"
    ".verdict b{text-transform:uppercase;letter-spacing:.04em}.blind,.replace,.patch{border-color:var(--bad)}"
    ".rebuild{border-color:var(--warn)}.current{border-color:var(--ok)}\n"
    "dl.n{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:1rem 0}dl.n div{min-width:6rem}dl.n dt{color:var(--dim);"
    "font-size:.85rem}dl.n dd{margin:0;font-size:1.4rem;font-variant-numeric:tabular-nums}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--card);font-size:.92rem}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}td:first-child{white-space:nowrap}\n"
    ".critical,.high{color:var(--bad);font-weight:600}.medium{color:var(--warn)}.low,.negligible,.unknown{"
    "color:var(--dim)}.x{color:var(--bad);font-weight:600}\n"
    "details{margin:.5rem 0}summary{cursor:pointer;padding:.3rem 0}ul{margin:.25rem 0;padding-left:1.2rem}"
    "li{margin:.2rem 0;overflow-wrap:anywhere}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}details:not([open])>*{display:block}"
    ".scroll{overflow:visible}tr{break-inside:avoid}a{color:inherit;text-decoration:none}}\n"
    "</style>\n</head>\n<body>\n<main>\n";

#define PUT(...) cr_markup_printf_xml(out, __VA_ARGS__)

static void put_link(GString *out, const CrReportRow *row, const CrOs *os)
{
  g_autofree char *url = cr_report_row_format_url(row, os);
  if (url && row->id)
    PUT("<a href=\"%s\" rel=\"noreferrer\">%s</a>", url, row->id);
  else
    PUT("%s", row->id ? row->id : "security update");
}

static void put_row(GString *out, const CrReportRow *row, const CrOs *os)
{
  const char *severity = cr_severity_get_name(row->severity);
  g_autofree char *action = cr_report_row_format_action(row);
  PUT("<tr><td>");
  put_link(out, row, os);
  PUT("</td><td class=\"%s\">%s", severity, severity);
  if (row->exploited)
    PUT(" <span class=\"x\">exploited</span>");
  PUT("</td><td>%s<br><span class=\"v dim\">%s</span></td><td>%s</td><td>%s", row->package->name, row->package->version,
      cr_reach_level_get_name(row->reach), action);
  if (row->summary)
    PUT("<br><span class=\"dim\">%s</span>", row->summary);
  if (row->suppressed)
    PUT("<br><span class=\"dim\">suppressed: %s</span>", row->suppressed);
  PUT("</td></tr>\n");
}

typedef enum { REACHED, UNREACHED, SUPPRESSED } Part;

static gboolean is_in(const CrReportRow *row, Part part)
{
  if (row->suppressed)
    return part == SUPPRESSED;
  return part == (row->reach >= CR_REACH_UNKNOWN ? REACHED : UNREACHED);
}

static void put_rows(GString *out, const GPtrArray *rows, const CrOs *os, Part part, const char *title, gboolean open)
{
  guint count = 0;
  for (guint i = 0; i < rows->len; i++)
    count += is_in(rows->pdata[i], part);
  if (!count)
    return;
  PUT("<details%s><summary><b>%s</b> <span class=\"dim\">%u</span></summary>\n<div class=\"scroll\"><table><thead><tr>"
      "<th scope=\"col\">flaw</th><th scope=\"col\">severity</th><th scope=\"col\">package</th>"
      "<th scope=\"col\">reach</th><th scope=\"col\">what to do</th></tr></thead><tbody>\n",
      open ? " open" : "", title, count);
  for (guint i = 0; i < rows->len; i++)
    if (is_in(rows->pdata[i], part))
      put_row(out, rows->pdata[i], os);
  PUT("</tbody></table></div></details>\n");
}

static void put_number(GString *out, const char *name, guint value)
{
  PUT("<div><dt>%s</dt><dd>%u</dd></div>", name, value);
}

static void put_identity(GString *out, const CrScan *scan)
{
  const CrImage *image = scan->image;
  const CrSummary *summary = &scan->summary;
  const char *verdict = cr_verdict_get_name(summary->verdict);
  PUT("<article>\n<h1>%s</h1>\n<p class=\"dim\">", cr_report_get_image_name(scan));
  if (image->digest || image->id)
    PUT("<code>%s</code> · ", image->digest ? image->digest : image->id);
  PUT("%s", image->platform ? image->platform : "");
  if (scan->os->name)
    PUT(" · %s · support: %s%s%s", scan->os->name, cr_support_phase_get_name(scan->os->support.phase),
        scan->os->support.until ? " until " : "", scan->os->support.until ? scan->os->support.until : "");
  PUT("</p>\n");
  if (scan->command && *scan->command)
    PUT("<p>runs <code>%s</code></p>\n", scan->command);
  if (scan->base.name)
    PUT("<p>built on <code>%s</code>%s</p>\n", scan->base.name, scan->base.current == 0 ? ", which has moved" : "");
  PUT("<div class=\"verdict %s\"><b>%s</b> %s</div>\n<dl class=\"n\">", verdict, verdict, summary->reason);
  put_number(out, "packages", summary->packages);
  put_number(out, "security updates ready", summary->security_updates);
  put_number(out, "of them reached", summary->reached_security_updates);
  put_number(out, "exploited in the wild", summary->exploited);
  put_number(out, "watched by nobody", summary->unwatched);
  PUT("</dl>\n");
}

/* Packages by steward, in the order of first appearance. */
static void put_watch(GString *out, const CrScan *scan)
{
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrSteward *steward = &((const CrPackage *)scan->packages->pdata[i])->steward;
    const char *name = steward->name ? steward->name : cr_steward_kind_get_name(steward->kind);
    if (!g_hash_table_contains(counts, name))
      g_ptr_array_add(names, (gpointer)name);
    g_hash_table_insert(counts, (gpointer)name,
                        GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)) + 1));
  }
  PUT("<h2>Who watches it</h2>\n<div class=\"scroll\"><table><tbody>\n");
  for (guint i = 0; i < names->len; i++)
    PUT("<tr><td>%u packages</td><td>%s</td></tr>\n", GPOINTER_TO_UINT(g_hash_table_lookup(counts, names->pdata[i])),
        (const char *)names->pdata[i]);
  PUT("</tbody></table></div>\n");
  if (!scan->unowned->len)
    return;
  PUT("<details><summary>Files that no package owns <span class=\"dim\">%u</span></summary><ul>\n", scan->unowned->len);
  for (guint i = 0; i < scan->unowned->len; i++) {
    const CrUnowned *file = scan->unowned->pdata[i];
    PUT("<li><code>%s</code> %s%s: %s, %s</li>\n", file->path, file->built_with ? "built with " : "",
        file->built_with ? file->built_with : file->kind,
        file->steward.name ? file->steward.name : cr_steward_kind_get_name(file->steward.kind),
        cr_reach_level_get_name(file->reach.level));
  }
  PUT("</ul></details>\n");
}

static void put_layers(GString *out, const CrScan *scan)
{
  if (!scan->image->has_config || !scan->image->layer_count)
    return;
  PUT("<details><summary>Layers <span class=\"dim\">%u</span></summary><div class=\"scroll\"><table><tbody>\n",
      scan->image->layer_count);
  for (guint i = 0; i < scan->image->layer_count; i++) {
    const CrLayerInfo *layer = &scan->image->layers[i];
    PUT("<tr><td>%u</td><td class=\"v\">%s</td></tr>\n", i, layer->created_by ? layer->created_by : "");
  }
  PUT("</tbody></table></div></details>\n");
}

static void put_problems(GString *out, const CrProblems *problems)
{
  guint count = cr_problems_get_count(problems);
  if (!count)
    return;
  PUT("<h2>Take care</h2>\n<ul>\n");
  for (guint i = 0; i < count; i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    PUT("<li><b>%s</b> %s%s%s</li>\n", cr_problem_kind_get_name(problem->kind), problem->where,
        *problem->where ? ": " : "", problem->what);
  }
  PUT("</ul>\n");
}

static void put_data(GString *out, const CrScan *scan)
{
  PUT("<details><summary>Data used</summary><ul>\n");
  for (guint i = 0; i < scan->archive_count; i++) {
    const CrArchive *archive = scan->archives[i];
    PUT("<li>archive <code>%s</code> of %s%s%s</li>\n", archive->name, archive->date ? archive->date : "an unknown day",
        archive->error ? ": " : "", archive->error ? archive->error : "");
  }
  for (guint i = 0; i < scan->coverage->len; i++) {
    const CrCoverage *row = scan->coverage->pdata[i];
    PUT("<li>%u %s packages%s%s: %s</li>\n", row->packages, row->type, row->release ? " of " : "",
        row->release ? row->release : "", row->advisories ? row->advisories : "no advisories");
  }
  PUT("</ul></details>\n<p class=\"dim\">careen " CR_VERSION " · %s</p>\n</article>\n",
      scan->created ? scan->created : "");
}

static void add(CrReport *report, const CrScan *scan)
{
  GString *out = report->text;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  put_identity(out, scan);
  PUT("<h2>What is open</h2>\n");
  if (!rows->len)
    PUT("<p>Nothing that is known.</p>\n");
  put_rows(out, rows, scan->os, REACHED, "Reached by the image's process", TRUE);
  put_rows(out, rows, scan->os, UNREACHED, "Not reached", report->all);
  put_rows(out, rows, scan->os, SUPPRESSED, "Suppressed", FALSE);
  put_watch(out, scan);
  put_problems(out, scan->problems);
  put_layers(out, scan);
  put_data(out, scan);
}

static void add_error(CrReport *report, const char *ref, const GError *error)
{
  GString *out = report->text;
  PUT("<article>\n<h1>%s</h1>\n<div class=\"verdict blind\"><b>no report</b> %s</div>\n</article>\n", ref,
      error->message);
}

static void begin(CrReport *report)
{
  g_string_append(report->text, head);
}

static void end(CrReport *report)
{
  g_string_append(report->text, "</main>\n</body>\n</html>\n");
}

const CrReportFormat cr_report_html = {.name = "html", .begin = begin, .add = add, .add_error = add_error, .end = end};
