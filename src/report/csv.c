/* SPDX-License-Identifier: Apache-2.0 */
/* csv: one line for each open flaw of each package, RFC 4180 with a header, for spreadsheets and cut(1). */
#include "report/markup.h"
#include "report/rows.h"

static const char *const header[] = {"image",     "digest",    "id",        "aliases",       "package",  "type",
                                     "installed", "fixed",     "status",    "vendor_status", "severity", "cvss",
                                     "epss",      "exploited", "reach",     "layer",         "source",   "path",
                                     "purl",      "summary",   "suppressed"};

static void put(GString *out, const char *text)
{
  g_string_append_c(out, ',');
  cr_markup_append_csv(out, text);
}

static void put_number(GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  put(out, value < 0 ? "" : g_ascii_formatd(text, sizeof text, "%.6g", value));
}

static void put_row(GString *out, const CrScan *scan, const CrReportRow *row)
{
  const CrPackage *package = row->package;
  g_autofree char *aliases = g_strjoinv(" ", (char **)row->aliases);
  g_autofree char *layer = package->layer >= 0 ? g_strdup_printf("%d", package->layer) : NULL;
  cr_markup_append_csv(out, cr_report_get_image_name(scan));
  put(out, scan->image->digest ? scan->image->digest : scan->image->id ? scan->image->id : "");
  put(out, row->id ? row->id : "");
  put(out, aliases);
  put(out, package->name);
  put(out, package->type);
  put(out, package->version);
  put(out, row->fixed ? row->fixed : "");
  put(out, row->status);
  put(out, row->finding && row->finding->vendor_status ? row->finding->vendor_status : "");
  put(out, cr_severity_get_name(row->severity));
  put_number(out, row->cvss);
  put_number(out, row->epss);
  put(out, row->exploited ? "yes" : "no");
  put(out, cr_reach_level_get_name(row->reach));
  put(out, layer ? layer : "");
  put(out, row->source ? row->source : "");
  put(out, package->paths && package->paths[0] ? package->paths[0] : "");
  put(out, package->purl ? package->purl : "");
  put(out, row->summary ? row->summary : "");
  put(out, row->suppressed ? row->suppressed : "");
  g_string_append(out, "\r\n");
}

static void begin(CrReport *report)
{
  for (guint i = 0; i < G_N_ELEMENTS(header); i++)
    g_string_append_printf(report->text, "%s%s", i ? "," : "", header[i]);
  g_string_append(report->text, "\r\n");
}

static void add(CrReport *report, const CrScan *scan)
{
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  for (guint i = 0; i < rows->len; i++)
    put_row(report->text, scan, rows->pdata[i]);
}

const CrReportFormat cr_report_csv = {
    .name = "csv", .begin = begin, .add = add, .add_error = cr_report_leave_error, .end = cr_report_do_nothing};
