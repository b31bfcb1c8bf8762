/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that the JSON of scan, why and diff share, each a value to stand behind a key. For report/ and
 * fleet/. */
#pragma once
#include "base/json.h"
#include "report/report.h"

void cr_report_write_tool(CrJsonWriter *writer, const CrScan *scan);
void cr_report_write_image(CrJsonWriter *writer, const CrImage *image);
/* What it is called alone. */
void cr_report_write_image_names(CrJsonWriter *writer, const CrImage *image);
void cr_report_write_os(CrJsonWriter *writer, const CrOs *os);
/* Members purl, type, name, version, arch and source, into the object at hand. */
void cr_report_write_identity(CrJsonWriter *writer, const CrPackage *package);
void cr_report_write_package(CrJsonWriter *writer, gconstpointer item); /* CrPackage */
void cr_report_write_update(CrJsonWriter *writer, gconstpointer item);  /* CrUpdate */
void cr_report_write_finding(CrJsonWriter *writer, gconstpointer item); /* CrFinding */
void cr_report_write_unowned(CrJsonWriter *writer, gconstpointer item); /* CrUnowned */
void cr_report_write_problems(CrJsonWriter *writer, const CrProblems *problems);
/* {schema, image: {ref}, error: {code, message, hint}} */
void cr_report_write_error(CrJsonWriter *writer, const char *schema, const char *ref, const GError *error);
/* KEY and the array of ITEMS, each by WRITE. */
typedef void (*CrReportWrite)(CrJsonWriter *writer, gconstpointer item);
void cr_report_write_array(CrJsonWriter *writer, const char *name, const GPtrArray *items, CrReportWrite write);
/* The same, giving REPORT the text as it grows: for what an image has many of. */
void cr_report_stream_array(CrReport *report, CrJsonWriter *writer, const char *name, const GPtrArray *items,
                            CrReportWrite write);
/* NAME and SECONDS as cr_time_format_utc; 0: null. */
void cr_report_write_time(CrJsonWriter *writer, const char *name, gint64 seconds);
/* Negative: null. */
void cr_report_write_count(CrJsonWriter *writer, const char *name, gint64 value);
/* Put WRITER's text behind what REPORT has. */
void cr_report_take_json(CrReport *report, CrJsonWriter *writer);
