/* SPDX-License-Identifier: Apache-2.0 */
/* careen.scan/1, CONTRACT.md §3; the schema is doc/schema/careen.scan-1.json. */
#include "report/json-parts.h"
#include "report/report.h"

#define SCHEMA "careen.scan/1"

static void write_base(CrJsonWriter *writer, const CrBase *base)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", base->name);
  cr_json_key_string(writer, "digest", base->digest);
  cr_report_write_count(writer, "layers", base->name && base->layers > 0 ? base->layers : -1);
  cr_json_key_string(writer, "how", base->how);
  if (base->current >= 0) {
    cr_json_key_boolean(writer, "current", base->current == 1);
  } else {
    cr_json_key(writer, "current");
    cr_json_null(writer);
  }
  cr_report_write_count(writer, "pending", base->pending);
  cr_report_write_count(writer, "pending_newest", base->pending_newest);
  cr_report_write_count(writer, "oldest_fix_days", base->oldest_fix_days);
  cr_json_end_object(writer);
}

static void write_archives(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_begin_array(writer);
  for (guint i = 0; i < scan->archive_count; i++) {
    const CrArchive *archive = scan->archives[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", archive->name);
    cr_json_key_string(writer, "origin", archive->origin);
    cr_json_key_boolean(writer, "configured", archive->configured);
    cr_json_key_boolean(writer, "signed", archive->is_signed);
    cr_json_key_string(writer, "date", archive->date);
    cr_json_key_string(writer, "error", archive->error);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_coverage(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_begin_array(writer);
  for (guint i = 0; i < scan->coverage->len; i++) {
    const CrCoverage *row = scan->coverage->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "type", row->type);
    cr_json_key_string(writer, "release", row->release);
    cr_json_key_integer(writer, "packages", row->packages);
    cr_json_key_boolean(writer, "archive", row->archive);
    cr_json_key_string(writer, "advisories", row->advisories);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_summary(CrJsonWriter *writer, const CrSummary *summary)
{
  static const CrSeverity order[] = {CR_SEVERITY_CRITICAL, CR_SEVERITY_HIGH,       CR_SEVERITY_MEDIUM,
                                     CR_SEVERITY_LOW,      CR_SEVERITY_NEGLIGIBLE, CR_SEVERITY_UNKNOWN};
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "verdict", cr_verdict_get_name(summary->verdict));
  cr_json_key_string(writer, "reason", summary->reason);
  cr_json_key_strings(writer, "reasons", summary->reasons);
  cr_json_key_integer(writer, "packages", summary->packages);
  cr_json_key_integer(writer, "updates", summary->updates);
  cr_json_key_integer(writer, "security_updates", summary->security_updates);
  cr_json_key_integer(writer, "reached_security_updates", summary->reached_security_updates);
  cr_json_key(writer, "findings");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(order); i++)
    cr_json_key_integer(writer, cr_severity_get_name(order[i]), summary->findings[order[i]]);
  cr_json_end_object(writer);
  cr_json_key_integer(writer, "exploited", summary->exploited);
  cr_json_key_integer(writer, "unwatched", summary->unwatched);
  cr_json_key_boolean(writer, "complete", summary->complete);
  cr_json_end_object(writer);
}

static void write_scan(CrReport *report, const CrScan *scan)
{
  CrJsonWriter *writer = report->own;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", SCHEMA);
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, scan);
  cr_json_key(writer, "image");
  cr_report_write_image(writer, scan->image);
  cr_json_key(writer, "os");
  cr_report_write_os(writer, scan->os);
  cr_json_key(writer, "base");
  write_base(writer, &scan->base);
  cr_json_key(writer, "archives");
  write_archives(writer, scan);
  cr_report_stream_array(report, writer, "packages", scan->packages, cr_report_write_package);
  cr_report_stream_array(report, writer, "updates", scan->updates, cr_report_write_update);
  cr_report_stream_array(report, writer, "findings", scan->findings, cr_report_write_finding);
  cr_report_stream_array(report, writer, "unowned", scan->unowned, cr_report_write_unowned);
  cr_json_key(writer, "coverage");
  write_coverage(writer, scan);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, scan->problems);
  cr_json_key(writer, "summary");
  write_summary(writer, &scan->summary);
  cr_json_end_object(writer);
}

static void begin(CrReport *report)
{
  CrJsonWriter *writer = cr_json_writer_new(TRUE);
  report->own = writer;
  if (report->images > 1)
    cr_json_begin_array(writer);
}

static void add(CrReport *report, const CrScan *scan)
{
  write_scan(report, scan);
  cr_report_take_json(report, report->own);
}

static void add_error(CrReport *report, const char *ref, const GError *error)
{
  cr_report_write_error(report->own, SCHEMA, ref, error);
}

static void end(CrReport *report)
{
  CrJsonWriter *writer = report->own;
  if (report->images > 1)
    cr_json_end_array(writer);
  cr_report_take_json(report, writer);
  cr_json_writer_free(writer);
  report->own = NULL;
}

const CrReportFormat cr_report_json = {.name = "json", .begin = begin, .add = add, .add_error = add_error, .end = end};
