/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at work now, and how far it is: for the status page and for what the page shows live. */
#pragma once
#include "record/stage.h"
#include "web/web.h"

typedef struct {
  const CrRun *last;                /* the newest run, ended or not; or NULL */
  gboolean cut_off;                 /* it never ended, and whoever made it is gone */
  guint steps[CR_STEP_REFUSED + 1]; /* of it, by state */
  guint planned;                    /* steps that its plan has something to do for */
  const CrStep *current;            /* that is being done; or NULL */
  gint64 worker, worker_since;      /* the process that acts; 0: none */
  const char *worker_command;
  gint64 watcher, watcher_since; /* the process that watches; 0: none */
  const CrStageSeen *stage;      /* of a long look; or NULL */
  guint interrupted;             /* steps and changes of containers that a killed careen left */
} CrWebProgress;

CrWebProgress *cr_web_progress_load(CrRecord *record, CrArena *arena, GError **error);
/* careen.page-progress/1, without line breaks: for events and for JSON. */
void cr_web_progress_write(const CrWebProgress *progress, CrJsonWriter *writer);
