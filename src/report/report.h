/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: what a scan found, for people or for programs. A family: one const struct per format, one file each, one
 * table in format.c. Formats only read the CrScan; the order in it is the order printed, so equal scans give equal
 * bytes. */
#pragma once
#include "base/error.h"
#include "report/text.h"
#include "scan/scan.h"

typedef struct CrNews CrNews; /* an earlier careen.scan/1, of one image or several */

/* Where a report is written; text is taken away by the caller whenever it likes. */
typedef struct CrReport CrReport;
struct CrReport {
  GString *text;
  guint width; /* columns, for tables */
  gboolean colour;
  gboolean all;        /* --all: also what nothing reaches */
  gboolean suppressed; /* --show-suppressed: list what rules and VEX hide, too */
  guint images;        /* how many reports will come; more than one is an array in JSON */
  guint written;
  const CrNews *news; /* for --new-since (report/news.h) */
  const char *author; /* who states what openvex states */
  gpointer own;       /* the format's, between begin and end */
  /* Write what `text` has and empty it, whenever a format likes; NULL: it is kept until the end. */
  void (*drain)(CrReport *report);
  gpointer drain_data;
  GError *failed; /* of a drain; told at the next flush */
};
/* Put TEXT behind what REPORT has. */
void cr_report_take_text(CrReport *report, const CrText *text);
/* Drain when there is much. */
void cr_report_relieve(CrReport *report);

typedef struct {
  const char *name; /* of --format */
  void (*begin)(CrReport *report);
  void (*add)(CrReport *report, const CrScan *scan);
  /* REF gave no report. Only called where several images were named: a single one has its message and exit code. */
  void (*add_error)(CrReport *report, const char *ref, const GError *error);
  void (*end)(CrReport *report);
} CrReportFormat;

/* For formats that have nothing before or after the images, or nothing to say of one that gave no report (the message
 * is on standard error, and the exit code says it). */
void cr_report_do_nothing(CrReport *report);
void cr_report_leave_error(CrReport *report, const char *ref, const GError *error);

/* NAME NULL: the table. Never NULL for a name that the option table allows. */
const CrReportFormat *cr_report_format_get(const char *name);

extern const CrReportFormat cr_report_json, cr_report_table, cr_report_sarif, cr_report_junit, cr_report_gitlab,
    cr_report_markdown, cr_report_html, cr_report_csv, cr_report_openvex;
/* debsecan's own, report/debsecan.c */
extern const CrReportFormat cr_report_summary, cr_report_simple, cr_report_bugs, cr_report_packages, cr_report_detail;

/* ---- why: report/why.c, why-table.c, why-json.c ---- */

typedef struct {
  const char *subject;           /* as typed */
  const char *kind;              /* "package", "path", "advisory" */
  GPtrArray *packages;           /* const CrPackage*: what it is about */
  const CrUnowned *unowned;      /* a path that no package owns, and is a program; or NULL */
  const char *path;              /* of kind path: the canonical one, else NULL */
  GPtrArray *updates;            /* const CrUpdate* of the packages, or those that fix the advisory */
  GPtrArray *findings;           /* const CrFinding* */
  CrAbsence absence;             /* of an advisory that the image has not; status NULL: it has */
  CrReachLevel level;            /* the highest */
  const CrReachFile *const *way; /* from the start to the file with that level; NULL */
  const CrScan *scan;
  CrArena *arena;
} CrWhy;

/* SUBJECT is the name of a flaw, a package (name, name:arch, source name) or a path of SCAN's image. A flaw that the
 * image has not is an answer too: `absence`. CR_ERROR_USAGE with near names as the hint when the image has nothing of
 * another name. */
CrWhy *cr_why_new(const CrScan *scan, const char *subject, GError **error);
void cr_why_free(CrWhy *why);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWhy, cr_why_free)
void cr_why_write_table(const CrWhy *why, CrReport *report);
void cr_why_write_json(const CrWhy *why, CrReport *report);

/* ---- diff: report/diff.c, diff-write.c ---- */

typedef struct {
  const char *type, *name, *arch;
  const char *from, *to; /* versions; NULL: not in that image */
  int order;             /* <0 a downgrade, >0 an upgrade, 0 came or went */
  CrReachLevel reach;    /* in the second image, else in the first */
} CrDiffPackage;

typedef struct {
  const char *name;      /* "entrypoint", "env PATH" */
  const char *from, *to; /* NULL: not set */
} CrDiffSetting;

typedef struct {
  const CrScan *a, *b;
  GArray *packages;       /* CrDiffPackage, sorted by type, name, arch */
  GArray *settings;       /* CrDiffSetting, in the order of the config */
  GPtrArray *solved;      /* const CrUpdate* pending in A and no more in B */
  GPtrArray *pending;     /* const CrUpdate* pending in B and not in A */
  GPtrArray *closed;      /* const CrFinding* of A that B has not; suppressed ones count as not there */
  GPtrArray *opened;      /* const CrFinding* of B that A has not */
  GPtrArray *gone, *came; /* const CrUnowned* */
  guint shared_layers;    /* the lowest layers that both have */
  CrArena *arena;
} CrDiff;

CrDiff *cr_diff_new(const CrScan *a, const CrScan *b);
void cr_diff_free(CrDiff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDiff, cr_diff_free)
void cr_diff_write_table(const CrDiff *diff, CrReport *report);
void cr_diff_write_json(const CrDiff *diff, CrReport *report);
void cr_diff_write_markdown(const CrDiff *diff, CrReport *report);
