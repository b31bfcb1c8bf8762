/* SPDX-License-Identifier: Apache-2.0 */
/* Is all well? From the record, the daemons and careen.yaml; nothing is scanned, no registry is asked. */
#pragma once
#include "fleet/graph.h"
#include "record/record.h"
#include "report/text.h"

typedef struct {
  const char *verdict; /* of the last look at it: the scan's word */
  guint ours, others;
} CrStatusVerdict;

typedef struct {
  CrArena *arena;
  const CrFleet *fleet;
  const char *host;
  gint64 now;
  /* images that are here, by what the last look said */
  GArray *verdicts;                /* CrStatusVerdict, worst first */
  guint unseen;                    /* here, and never looked at; 0 without a record */
  gint64 oldest_look, newest_look; /* seconds; 0: none */
  /* containers */
  guint outdated, held, to_recreate; /* TO_RECREATE: outdated, and careen may */
  GPtrArray *outdated_names;         /* const CrFleetContainer* */
  /* what was done */
  const CrRun *last;                /* that ended or not; or NULL */
  gboolean cut_off;                 /* it never ended, and whoever made it is gone */
  guint steps[CR_STEP_REFUSED + 1]; /* of it, by state */
  guint interrupted;                /* steps and changes of containers that a killed careen left */
  GPtrArray *bad;                   /* CrMark*: digests that failed, and why */
  GPtrArray *held_back;             /* const CrFleetImage*: their name is one of these, so nothing goes over to it */
  /* what is allowed */
  gboolean may_act;
  const char *why_not, *freeze; /* FREEZE: the file that freezes everything, or NULL */
  gint64 opens;                 /* the next window; 0: there are none, or it is open */
  gboolean windowed;
  /* who watches */
  gboolean watching;
  gint64 watcher, watching_since;
  const char *data;    /* date of the advisories, or NULL */
  const char *no_data; /* why there are none */
  CrProblems *problems;
  gboolean recorded; /* there was a record to read */
} CrStatus;

/* RECORD NULL: it cannot be read, which FLEET's problems or the caller say. FLEET must outlive it. DATA: the date of
 * the advisories, or NULL with NO_DATA, the reason. */
CrStatus *cr_status_new(const CrFleet *fleet, CrRecord *record, const char *data, const char *no_data, gint64 now);
void cr_status_free(CrStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrStatus, cr_status_free)
/* What needs a look, one sentence each, strings in its arena; empty: all is well. */
GPtrArray *cr_status_list_worries(const CrStatus *status);
void cr_status_write_text(const CrStatus *status, CrText *text);
/* One of `bad`, a CrMark: for cr_report_write_array. */
void cr_status_write_bad(CrJsonWriter *writer, gconstpointer mark);
void cr_status_write_json(const CrStatus *status, CrJsonWriter *writer); /* careen.status/1 */
