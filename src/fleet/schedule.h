/* SPDX-License-Identifier: Apache-2.0 */
/* When `careen watch` looks next. Pure. */
#pragma once
#include <glib.h>

typedef struct {
  gint64 now;             /* seconds */
  gint64 last;            /* begin of the last round; 0: none yet */
  guint interval_seconds; /* between rounds */
  guint jitter_seconds;   /* up to so much later, the same for the same SEED and day */
  guint32 seed;           /* of the machine: hosts of one fleet do not all ask at once */
  gint64 window_opens;    /* what waits for a window: when it opens; 0: nothing waits */
  gint64 event;           /* when the newest event came that is not looked at yet; 0: none */
  guint settle_seconds;   /* after an event wait for more of them, and never look oftener than this */
  guint failures;         /* rounds in a row that could not be done: looks again sooner, then ever more rarely */
} CrSchedule;

/* The time of the next round; not before NOW. */
gint64 cr_schedule_find_next(const CrSchedule *schedule);
/* The jitter of the round after LAST: 0 to jitter_seconds. */
guint cr_schedule_find_jitter(const CrSchedule *schedule);
