/* SPDX-License-Identifier: Apache-2.0 */
/* gitlab: GitLab's container-scanning report, version 15 of its security-report-schemas, which its merge requests and
 * vulnerability pages read. One report holds one image's or several images' vulnerabilities; each names its image. */
#include "config.h"
#include "report/json-parts.h"
#include "report/rows.h"

#include <string.h>

#define SCHEMA_VERSION "15.2.1"

static const char *get_severity(CrSeverity severity)
{
  static const char *const names[CR_SEVERITY_COUNT] = {
      [CR_SEVERITY_UNKNOWN] = "Unknown", [CR_SEVERITY_NEGLIGIBLE] = "Info", [CR_SEVERITY_LOW] = "Low",
      [CR_SEVERITY_MEDIUM] = "Medium",   [CR_SEVERITY_HIGH] = "High",       [CR_SEVERITY_CRITICAL] = "Critical"};
  return names[severity];
}

static void write_identifier(CrJsonWriter *writer, const char *id, const char *url)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type",
                     g_str_has_prefix(id, "CVE-")    ? "cve"
                     : g_str_has_prefix(id, "GHSA-") ? "ghsa"
                     : g_str_has_prefix(id, "USN-")  ? "usn"
                     : g_str_has_prefix(id, "RHSA-") ? "rhsa"
                                                     : "careen");
  cr_json_key_string(writer, "name", id);
  cr_json_key_string(writer, "value", id);
  if (url)
    cr_json_key_string(writer, "url", url);
  cr_json_end_object(writer);
}

static char *format_description(const CrReportRow *row)
{
  GString *text = g_string_new(row->summary ? row->summary : "");
  if (text->len)
    g_string_append(text, ". ");
  g_string_append_printf(text, "By the image's own process it is %s.", cr_reach_level_get_name(row->reach));
  if (row->exploited)
    g_string_append(text, " It is exploited in the wild.");
  if (row->suppressed)
    g_string_append_printf(text, " Suppressed: %s.", row->suppressed);
  return g_string_free(text, FALSE);
}

static void write_vulnerability(CrJsonWriter *writer, const CrScan *scan, const CrReportRow *row)
{
  g_autofree char *title = cr_report_row_format_title(row);
  g_autofree char *action = cr_report_row_format_action(row);
  g_autofree char *url = cr_report_row_format_url(row, scan->os);
  g_autofree char *fingerprint = cr_report_row_format_fingerprint(row);
  g_autofree char *description = format_description(row);
  g_autofree char *nameless = g_strdup_printf("security update of %s", row->package->name);
  g_autofree char *os = scan->os->id
                            ? g_strdup_printf("%s:%s", scan->os->id, scan->os->version ? scan->os->version : "")
                            : g_strdup("unknown");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", fingerprint);
  cr_json_key_string(writer, "name", title);
  cr_json_key_string(writer, "description", description);
  cr_json_key_string(writer, "severity", get_severity(row->severity));
  cr_json_key_string(writer, "solution", action);
  cr_json_key(writer, "location");
  cr_json_begin_object(writer);
  cr_json_key(writer, "dependency");
  cr_json_begin_object(writer);
  cr_json_key(writer, "package");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", row->package->name);
  cr_json_end_object(writer);
  cr_json_key_string(writer, "version", row->package->version);
  cr_json_end_object(writer);
  cr_json_key_string(writer, "operating_system", os);
  cr_json_key_string(writer, "image", cr_report_get_image_name(scan));
  cr_json_end_object(writer);
  cr_json_key(writer, "identifiers");
  cr_json_begin_array(writer);
  write_identifier(writer, row->id ? row->id : nameless, url);
  for (guint i = 0; row->aliases && row->aliases[i]; i++)
    write_identifier(writer, row->aliases[i], NULL);
  cr_json_end_array(writer);
  cr_json_key(writer, "links");
  cr_json_begin_array(writer);
  if (url) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "url", url);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  if (row->finding && row->finding->cvss_vector && g_str_has_prefix(row->finding->cvss_vector, "CVSS:3")) {
    cr_json_key(writer, "cvss_vectors");
    cr_json_begin_array(writer);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "vendor", row->finding->severity_source ? row->finding->severity_source : "unknown");
    cr_json_key_string(writer, "vector", row->finding->cvss_vector);
    cr_json_end_object(writer);
    cr_json_end_array(writer);
  }
  cr_json_end_object(writer);
}

static void write_program(CrJsonWriter *writer, const char *key)
{
  cr_json_key(writer, key);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", "careen");
  cr_json_key_string(writer, "name", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  cr_json_key(writer, "vendor");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "careen");
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

/* What must be known of all images before the end: whether one failed, and the time. */
typedef struct {
  CrJsonWriter *writer;
  char *time; /* of the first report, YYYY-MM-DDTHH:MM:SS */
  gboolean failed;
  GPtrArray *messages; /* char* */
} Gitlab;

static void begin(CrReport *report)
{
  Gitlab *gitlab = g_new0(Gitlab, 1);
  gitlab->writer = cr_json_writer_new(TRUE);
  gitlab->messages = g_ptr_array_new_with_free_func(g_free);
  report->own = gitlab;
  cr_json_begin_object(gitlab->writer);
  cr_json_key_string(gitlab->writer, "version", SCHEMA_VERSION);
  cr_json_key(gitlab->writer, "vulnerabilities");
  cr_json_begin_array(gitlab->writer);
}

static void add(CrReport *report, const CrScan *scan)
{
  Gitlab *gitlab = report->own;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  for (guint i = 0; i < rows->len; i++)
    if (!((const CrReportRow *)rows->pdata[i])->suppressed) /* GitLab has no word for a suppressed one */
      write_vulnerability(gitlab->writer, scan, rows->pdata[i]);
  if (!gitlab->time && scan->created)
    gitlab->time = g_strndup(scan->created, strlen("2026-01-01T00:00:00"));
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(scan->problems, i);
    g_ptr_array_add(gitlab->messages, g_strdup_printf("%s: %s%s%s", cr_report_get_image_name(scan), problem->where,
                                                      *problem->where ? ": " : "", problem->what));
  }
}

static void add_error(CrReport *report, const char *ref, const GError *error)
{
  Gitlab *gitlab = report->own;
  gitlab->failed = TRUE;
  g_ptr_array_add(gitlab->messages, g_strdup_printf("%s: %s", ref, error->message));
}

static void write_scan(Gitlab *gitlab)
{
  CrJsonWriter *writer = gitlab->writer;
  const char *time = gitlab->time ? gitlab->time : "1970-01-01T00:00:00";
  cr_json_key(writer, "scan");
  cr_json_begin_object(writer);
  write_program(writer, "analyzer");
  write_program(writer, "scanner");
  cr_json_key_string(writer, "type", "container_scanning");
  cr_json_key_string(writer, "start_time", time);
  cr_json_key_string(writer, "end_time", time);
  cr_json_key_string(writer, "status", gitlab->failed ? "failure" : "success");
  cr_json_key(writer, "messages");
  cr_json_begin_array(writer);
  for (guint i = 0; i < gitlab->messages->len; i++) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "level", gitlab->failed ? "fatal" : "warn");
    cr_json_key_string(writer, "value", gitlab->messages->pdata[i]);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void end(CrReport *report)
{
  Gitlab *gitlab = report->own;
  cr_json_end_array(gitlab->writer);
  cr_json_key(gitlab->writer, "remediations");
  cr_json_begin_array(gitlab->writer);
  cr_json_end_array(gitlab->writer);
  write_scan(gitlab);
  cr_json_end_object(gitlab->writer);
  cr_report_take_json(report, gitlab->writer);
  cr_json_writer_free(gitlab->writer);
  g_ptr_array_unref(gitlab->messages);
  g_free(gitlab->time);
  g_free(gitlab);
  report->own = NULL;
}

const CrReportFormat cr_report_gitlab = {
    .name = "gitlab", .begin = begin, .add = add, .add_error = add_error, .end = end};
