/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: what every command that looks into images needs, made from the settings: the cache, the network client,
 * options for a scan; and how a report is written. */
#pragma once
#include "cli/command.h"
#include "image/readers.h"
#include "report/report.h"

typedef struct {
  CrScanOptions options;
  CrCache *cache;
  CrReaders *readers; /* NULL: this process has given up its rights itself */
  CrHttp *http;
  struct CrAsked *asked;
  CrSilent *silent;
  GHashTable *mirrors;
  char **command;
  CrSuppressions *suppressions;
} CrLook;

/* --mirror and mirrors: as NAME → URI; NULL: none. */
GHashTable *cr_mirrors_new(const CrSettings *settings);

CrLook *cr_look_new(const CrSettings *settings, GError **error);
void cr_look_free(CrLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLook, cr_look_free)

/* A scan, with the cache kept under its cap afterwards. */
CrScan *cr_look_scan(const CrLook *look, const CrSettings *settings, const char *image, GError **error);

/* An empty report for CALL's output: width, colour, --all. Free with cr_look_report_free. */
CrReport *cr_look_report_new(const CrCall *call);
void cr_look_report_free(CrReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrReport, cr_look_report_free)
/* Write what REPORT has so far, and empty it. */
gboolean cr_look_flush(const CrCall *call, CrReport *report, GError **error);
gboolean cr_look_wants_json(const CrCall *call);
/* --fail-on of COMMAND, which knows WORD alone. FALSE with CR_ERROR_USAGE: it is another. */
gboolean cr_look_check_gate(const CrCall *call, const char *command, const char *word, GError **error);
