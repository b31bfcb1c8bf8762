/* SPDX-License-Identifier: Apache-2.0 */
/* What is open, one flaw in one package a row, from both witnesses: every finding, and every flaw that a pending
 * security update names and no finding of that package has. A security update that names nothing is a row without an
 * id. The formats for other programs (sarif, gitlab, csv, …) are made from these. Private to report/. */
#pragma once
#include "report/report.h"

typedef struct {
  const char *id; /* NULL: a security update that names no flaw */
  CrStrv aliases;
  const CrPackage *package;
  const CrFinding *finding; /* or NULL: only the archive knows of it */
  const CrUpdate *update;   /* the package's pending update, or NULL */
  const char *fixed;        /* version to be installed, or that the advisory names; NULL: none */
  const char *status;       /* as in findings */
  CrSeverity severity;
  double cvss, epss; /* <0: none */
  gboolean exploited;
  CrReachLevel reach;
  const char *source;     /* who says so: "Debian", or the archive's name */
  const char *summary;    /* what the flaw is, or NULL */
  const char *suppressed; /* why it is hidden, or NULL */
} CrReportRow;

/* CrReportRow*, what to do first on top: exploited, severity, with a fix, reach, epss; then by id and package.
 * Suppressed ones are last. Owned by the array; what they point to by SCAN. Free with g_ptr_array_unref. */
GPtrArray *cr_report_rows_new(const CrScan *scan);
/* "CVE-2024-1 in libssl3 3.0.1 (fixed in 3.0.2)": one line for people. Free with g_free. */
char *cr_report_row_format_title(const CrReportRow *row);
/* "update libssl3 from 3.0.1 to 3.0.2 (bookworm-security)", "no fix yet". Free with g_free. */
char *cr_report_row_format_action(const CrReportRow *row);
/* A page about ID that people read: the distribution's tracker for its packages, else OSV's. NULL without an id. Free
 * with g_free. */
char *cr_report_row_format_url(const CrReportRow *row, const CrOs *os);
/* A name for the row that stays the same from scan to scan: 64 hex digits over id, type, name and path. Free with
 * g_free. */
char *cr_report_row_format_fingerprint(const CrReportRow *row);
/* The image as people know it: its name, else the reference. */
const char *cr_report_get_image_name(const CrScan *scan);
