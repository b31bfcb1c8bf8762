/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one image: its updates and findings, from the report of its last look, or, where a careen that kept
 * none looked at it, from the lists of the record. */
#pragma once
#include "web/fleet.h"

typedef struct {
  const char *package, *from, *to, *archive, *reach, *since; /* the last may be NULL, and the archive */
  const char *fixes;                                         /* "CVE-1 CVE-2", or NULL */
  gboolean security;
} CrWebUpdate;

typedef struct {
  const char *id, *package, *installed, *fixed, *status, *severity, *reach; /* FIXED may be NULL */
  const char *suppressed;                                                   /* why it is hidden, or NULL */
  double cvss, epss;                                                        /* <0: none */
  gboolean exploited;
} CrWebFinding;

typedef struct {
  const CrWebImage *image;
  CrJsonDoc *doc;
  const CrJson *report; /* of fleet/observe-report.c, or NULL */
  GPtrArray *updates;   /* CrWebUpdate*: security first, then what is reached, then by name */
  GPtrArray *findings;  /* CrWebFinding* */
} CrWebLook;

CrWebLook *cr_web_look_load(CrWeb *web, const CrWebImage *image, GError **error);
void cr_web_look_free(CrWebLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWebLook, cr_web_look_free)

/* look-lists.c: the query chooses and sorts: q, severity, reach, status, sort, page. */
void cr_web_put_updates(CrWeb *web, const CrWebLook *look);
void cr_web_put_findings(CrWeb *web, const CrWebLook *look);
void cr_web_write_updates(CrJsonWriter *writer, const CrWebLook *look);
void cr_web_write_findings(CrWeb *web, CrJsonWriter *writer, const CrWebLook *look);
void cr_web_csv_findings(CrWeb *web, const CrWebLook *look);
/* A page about the flaw ID that people read, or NULL. In the arena. */
const char *cr_web_format_flaw_address(const CrWeb *web, const char *id);
int cr_web_reach_rank(const char *reach); /* 0: loaded */
