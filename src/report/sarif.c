/* SPDX-License-Identifier: Apache-2.0 */
/* sarif: SARIF 2.1.0 (OASIS), one run per image, for code scanning pages and editors. A rule is a flaw, a result is a
 * flaw in a package. What could not be examined is a notification of the run, and then the run did not succeed. */
#include "config.h"
#include "report/json-parts.h"
#include "report/rows.h"

#include <string.h>

#define NAMELESS "security-update"

static const char *get_rule_id(const CrReportRow *row)
{
  return row->id ? row->id : NAMELESS;
}

static const char *get_level(const CrReportRow *row)
{
  if (row->exploited || row->severity >= CR_SEVERITY_HIGH)
    return "error";
  return row->severity == CR_SEVERITY_LOW || row->severity == CR_SEVERITY_NEGLIGIBLE ? "note" : "warning";
}

static void write_text(CrJsonWriter *writer, const char *name, const char *text)
{
  cr_json_key(writer, name);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "text", text);
  cr_json_end_object(writer);
}

/* GitHub orders by security-severity, a CVSS score as text; where there is no score, the middle of the word's range. */
static char *format_security_severity(const CrReportRow *row)
{
  static const double middle[CR_SEVERITY_COUNT] = {
      [CR_SEVERITY_LOW] = 2.0, [CR_SEVERITY_MEDIUM] = 5.5, [CR_SEVERITY_HIGH] = 8.0, [CR_SEVERITY_CRITICAL] = 9.5};
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup(g_ascii_formatd(text, sizeof text, "%.1f", row->cvss >= 0 ? row->cvss : middle[row->severity]));
}

static void write_rule(CrJsonWriter *writer, const CrScan *scan, const CrReportRow *row)
{
  g_autofree char *url = cr_report_row_format_url(row, scan->os);
  g_autofree char *score = format_security_severity(row);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", get_rule_id(row));
  write_text(writer, "shortDescription",
             row->summary ? row->summary
             : row->id    ? row->id
                          : "A security update is pending that names no flaw");
  if (url)
    cr_json_key_string(writer, "helpUri", url);
  cr_json_key(writer, "properties");
  cr_json_begin_object(writer);
  cr_json_key(writer, "tags");
  cr_json_begin_array(writer);
  cr_json_string(writer, "security");
  cr_json_string(writer, "vulnerability");
  cr_json_string(writer, cr_severity_get_name(row->severity));
  cr_json_end_array(writer);
  if (row->severity != CR_SEVERITY_UNKNOWN || row->cvss >= 0)
    cr_json_key_string(writer, "security-severity", score);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

/* Rules of ROWS, each flaw once, in order of appearance; INDEXES: rule id → place + 1. */
static void write_rules(CrJsonWriter *writer, const CrScan *scan, const GPtrArray *rows, GHashTable *indexes)
{
  cr_json_key(writer, "rules");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    if (g_hash_table_contains(indexes, get_rule_id(row)))
      continue;
    g_hash_table_insert(indexes, (gpointer)get_rule_id(row), GUINT_TO_POINTER(g_hash_table_size(indexes) + 1));
    write_rule(writer, scan, row);
  }
  cr_json_end_array(writer);
}

/* The database that records the package: the file to look at. SARIF wants a relative reference, and GitHub a region. */
static void write_location(CrJsonWriter *writer, const CrReportRow *row)
{
  const CrPackage *package = row->package;
  const char *path = package->paths && package->paths[0] ? package->paths[0] : package->name;
  g_autofree char *valid = g_utf8_make_valid(path, -1);
  g_autofree char *uri = g_uri_escape_string(valid, "/", FALSE);
  cr_json_key(writer, "locations");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key(writer, "physicalLocation");
  cr_json_begin_object(writer);
  cr_json_key(writer, "artifactLocation");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "uri", uri);
  cr_json_end_object(writer);
  cr_json_key(writer, "region");
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "startLine", 1);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "logicalLocations");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", package->name);
  cr_json_key_string(writer, "fullyQualifiedName", package->purl ? package->purl : package->name);
  cr_json_key_string(writer, "kind", "package");
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static char *format_message(const CrReportRow *row)
{
  g_autofree char *title = cr_report_row_format_title(row);
  g_autofree char *action = cr_report_row_format_action(row);
  return g_strdup_printf("%s; %s; %s by the image's process%s", title, action, cr_reach_level_get_name(row->reach),
                         row->exploited ? "; exploited in the wild" : "");
}

static void write_result(CrJsonWriter *writer, const CrReportRow *row, GHashTable *indexes)
{
  g_autofree char *message = format_message(row);
  g_autofree char *fingerprint = cr_report_row_format_fingerprint(row);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ruleId", get_rule_id(row));
  cr_json_key_integer(writer, "ruleIndex", GPOINTER_TO_UINT(g_hash_table_lookup(indexes, get_rule_id(row))) - 1);
  cr_json_key_string(writer, "level", get_level(row));
  write_text(writer, "message", message);
  write_location(writer, row);
  cr_json_key(writer, "partialFingerprints");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "careen/v1", fingerprint);
  cr_json_end_object(writer);
  if (row->suppressed) {
    cr_json_key(writer, "suppressions");
    cr_json_begin_array(writer);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "kind", "external");
    cr_json_key_string(writer, "justification", row->suppressed);
    cr_json_end_object(writer);
    cr_json_end_array(writer);
  }
  cr_json_key(writer, "properties");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "package", row->package->name);
  cr_json_key_string(writer, "installed", row->package->version);
  cr_json_key_string(writer, "fixed", row->fixed);
  cr_json_key_string(writer, "status", row->status);
  cr_json_key_string(writer, "reach", cr_reach_level_get_name(row->reach));
  cr_json_key_boolean(writer, "exploited", row->exploited);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_invocation(CrJsonWriter *writer, const CrScan *scan)
{
  static const char *const levels[] = {
      [CR_PROBLEM_NOTE] = "note", [CR_PROBLEM_PARTIAL] = "warning", [CR_PROBLEM_BLIND] = "error"};
  cr_json_key(writer, "invocations");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_boolean(writer, "executionSuccessful", scan->summary.complete);
  cr_json_key_string(writer, "endTimeUtc", scan->created);
  cr_json_key(writer, "toolExecutionNotifications");
  cr_json_begin_array(writer);
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(scan->problems, i);
    g_autofree char *text = *problem->where ? g_strdup_printf("%s: %s", problem->where, problem->what) : NULL;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "level", levels[problem->kind]);
    write_text(writer, "message", text ? text : problem->what);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static void write_run(CrJsonWriter *writer, const CrScan *scan)
{
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  g_autoptr(GHashTable) indexes = g_hash_table_new(g_str_hash, g_str_equal);
  cr_json_begin_object(writer);
  cr_json_key(writer, "tool");
  cr_json_begin_object(writer);
  cr_json_key(writer, "driver");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  write_rules(writer, scan, rows, indexes);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  write_invocation(writer, scan);
  cr_json_key(writer, "automationDetails");
  cr_json_begin_object(writer);
  g_autofree char *category = g_strdup_printf("careen/%s/", cr_report_get_image_name(scan));
  cr_json_key_string(writer, "id", category);
  cr_json_end_object(writer);
  cr_json_key(writer, "results");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rows->len; i++)
    write_result(writer, rows->pdata[i], indexes);
  cr_json_end_array(writer);
  cr_json_key(writer, "properties");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "image", cr_report_get_image_name(scan));
  cr_json_key_string(writer, "imageId", scan->image->id);
  cr_json_key_string(writer, "imageDigest", scan->image->digest);
  cr_json_key_string(writer, "verdict", cr_verdict_get_name(scan->summary.verdict));
  cr_json_key_string(writer, "reason", scan->summary.reason);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void begin(CrReport *report)
{
  CrJsonWriter *writer = cr_json_writer_new(TRUE);
  report->own = writer;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  cr_json_key_string(writer, "version", "2.1.0");
  cr_json_key(writer, "runs");
  cr_json_begin_array(writer);
}

static void add(CrReport *report, const CrScan *scan)
{
  write_run(report->own, scan);
}

/* A run that did not succeed. */
static void add_error(CrReport *report, const char *ref, const GError *error)
{
  CrJsonWriter *writer = report->own;
  g_autofree char *category = g_strdup_printf("careen/%s/", ref);
  cr_json_begin_object(writer);
  cr_json_key(writer, "tool");
  cr_json_begin_object(writer);
  cr_json_key(writer, "driver");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "invocations");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_boolean(writer, "executionSuccessful", FALSE);
  cr_json_key_integer(writer, "exitCode", cr_error_get_exit_code(error));
  cr_json_key(writer, "toolExecutionNotifications");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "level", "error");
  write_text(writer, "message", error->message);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_key(writer, "automationDetails");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", category);
  cr_json_end_object(writer);
  cr_json_key(writer, "results");
  cr_json_begin_array(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void end(CrReport *report)
{
  CrJsonWriter *writer = report->own;
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
  cr_json_writer_free(writer);
  report->own = NULL;
}

const CrReportFormat cr_report_sarif = {
    .name = "sarif", .begin = begin, .add = add, .add_error = add_error, .end = end};
