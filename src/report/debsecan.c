/* SPDX-License-Identifier: Apache-2.0 */
/* summary, simple, bugs, packages, detail: debsecan's own formats (debsecan(1), "--format"), for scripts that have it.
 * As there, what is suppressed is not shown. debsecan's "remotely exploitable" is not known from the tracker any more
 * and is told from the CVSS vector's attack vector. */
#include "base/log.h"
#include "base/order.h"
#include "report/rows.h"

#include <string.h>

typedef void (*PutRow)(GString *out, const CrScan *scan, const CrReportRow *row);

static gboolean is_remote(const CrReportRow *row)
{
  const char *vector = row->finding ? row->finding->cvss_vector : NULL;
  return vector && (strstr(vector, "/AV:N/") || g_str_has_prefix(vector, "AV:N/"));
}

static const char *get_urgency(const CrReportRow *row)
{
  if (row->finding && row->finding->urgency)
    return row->finding->urgency;
  return row->severity == CR_SEVERITY_UNKNOWN ? NULL : cr_severity_get_name(row->severity);
}

static void put_name(GString *out, const char *text)
{
  g_autofree char *safe = cr_escape_terminal(text ? text : "");
  g_string_append(out, safe);
}

/* " (fixed, remotely exploitable, high urgency)", or nothing. */
static void put_notes(GString *out, const CrReportRow *row)
{
  const char *notes[5] = {NULL};
  guint count = 0;
  g_autofree char *urgency = get_urgency(row) ? g_strdup_printf("%s urgency", get_urgency(row)) : NULL;
  if (!strcmp(row->status, "fixable"))
    notes[count++] = "fixed";
  if (is_remote(row))
    notes[count++] = "remotely exploitable";
  if (urgency)
    notes[count++] = urgency;
  if (row->package->support == CR_PACKAGE_SUPPORT_ENDED)
    notes[count++] = "obsolete";
  if (!count)
    return;
  g_autofree char *text = g_strjoinv(", ", (char **)notes);
  g_string_append(out, " (");
  put_name(out, text);
  g_string_append_c(out, ')');
}

static void put_simple(GString *out, const CrScan *scan, const CrReportRow *row)
{
  (void)scan;
  put_name(out, row->id);
  g_string_append_c(out, ' ');
  put_name(out, row->package->name);
  g_string_append_c(out, '\n');
}

static void put_summary(GString *out, const CrScan *scan, const CrReportRow *row)
{
  (void)scan;
  put_name(out, row->id);
  g_string_append_c(out, ' ');
  put_name(out, row->package->name);
  put_notes(out, row);
  g_string_append_c(out, '\n');
}

static void put_detail(GString *out, const CrScan *scan, const CrReportRow *row)
{
  const CrPackage *package = row->package;
  put_name(out, row->id);
  put_notes(out, row);
  g_string_append(out, "\n  ");
  put_name(out, row->summary ? row->summary : "(no description)");
  g_string_append(out, "\n  installed: ");
  put_name(out, package->name);
  g_string_append_c(out, ' ');
  put_name(out, package->version);
  g_string_append(out, "\n             (built from ");
  put_name(out, package->source_name);
  g_string_append_c(out, ' ');
  put_name(out, package->source_version);
  g_string_append(out, ")\n");
  if (package->support == CR_PACKAGE_SUPPORT_ENDED)
    g_string_append(out, "             package is obsolete\n");
  if (row->fixed) {
    g_string_append(out, "  fixed on branch:   ");
    put_name(out, package->source_name);
    g_string_append_c(out, ' ');
    put_name(out, row->fixed);
    g_string_append(out, " (source package)\n");
  }
  if (!strcmp(row->status, "fixable"))
    g_string_append_printf(out, "  fix is available for the selected suite (%s)\n",
                           scan->os->codename ? scan->os->codename : "unknown");
  g_string_append_c(out, '\n');
}

/* debsecan's order: the record's, by bug. */
static int compare_bugs(gconstpointer a, gconstpointer b)
{
  const CrReportRow *one = *(const CrReportRow *const *)a, *other = *(const CrReportRow *const *)b;
  int order = strcmp(one->id, other->id);
  return order ? order : strcmp(one->package->name, other->package->name);
}

static GPtrArray *list_rows(const CrScan *scan)
{
  GPtrArray *rows = cr_report_rows_new(scan);
  for (guint i = rows->len; i > 0; i--) {
    const CrReportRow *row = rows->pdata[i - 1];
    if (!row->id || row->suppressed)
      g_ptr_array_remove_index(rows, i - 1);
  }
  g_ptr_array_sort(rows, compare_bugs);
  return rows;
}

static void put_rows(CrReport *report, const CrScan *scan, PutRow put)
{
  g_autoptr(GPtrArray) rows = list_rows(scan);
  const CrReportRow *last = NULL;
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    /* Two architectures of a package are one line. */
    if (!last || strcmp(last->id, row->id) != 0 || strcmp(last->package->name, row->package->name) != 0)
      put(report->text, scan, row);
    last = row;
  }
}

static void add_summary(CrReport *report, const CrScan *scan)
{
  put_rows(report, scan, put_summary);
}

static void add_simple(CrReport *report, const CrScan *scan)
{
  put_rows(report, scan, put_simple);
}

static void add_detail(CrReport *report, const CrScan *scan)
{
  put_rows(report, scan, put_detail);
}

static void put_set(CrReport *report, const CrScan *scan, gboolean packages)
{
  g_autoptr(GPtrArray) rows = list_rows(scan);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    g_ptr_array_add(names, (gpointer)(packages ? row->package->name : row->id));
  }
  g_ptr_array_sort(names, cr_compare_texts);
  for (guint i = 0; i < names->len; i++) {
    if (i && !strcmp(names->pdata[i], names->pdata[i - 1]))
      continue;
    put_name(report->text, names->pdata[i]);
    g_string_append_c(report->text, '\n');
  }
}

static void add_bugs(CrReport *report, const CrScan *scan)
{
  put_set(report, scan, FALSE);
}

static void add_packages(CrReport *report, const CrScan *scan)
{
  put_set(report, scan, TRUE);
}

#define FORMAT(WORD, ADD)                                                                                              \
  {                                                                                                                    \
    .name = WORD, .begin = cr_report_do_nothing, .add = ADD, .add_error = cr_report_leave_error,                       \
    .end = cr_report_do_nothing                                                                                        \
  }
const CrReportFormat cr_report_summary = FORMAT("summary", add_summary),
                     cr_report_simple = FORMAT("simple", add_simple), cr_report_detail = FORMAT("detail", add_detail),
                     cr_report_bugs = FORMAT("bugs", add_bugs), cr_report_packages = FORMAT("packages", add_packages);
