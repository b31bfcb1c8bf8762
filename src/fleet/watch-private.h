/* SPDX-License-Identifier: Apache-2.0 */
/* Inside watch*.c: what the main loop, the round and the followers of events share. */
#pragma once
#include "fleet/watch.h"

struct CrWatch {
  const CrWatchOptions *options;
  CrWatchPace pace;
  guint32 seed;
  int wake_fd; /* eventfd: something is to be looked at by the main loop */
  int end_fd;  /* eventfd: can be read once all is over */
  GMutex lock; /* all below */
  CrWatchCounts counts;
  char *metrics;       /* the fleet's part of the last round, or NULL */
  GHashTable *acting;  /* names that are being changed; or NULL */
  gint64 event;        /* when the newest came that no round has begun after; 0: none */
  char *event_why;     /* the first of them */
  gboolean urgent;     /* one is no engine's event: rounds in vain before it do not count */
  gboolean round_over; /* the thread of the round has ended */
  gint64 progress;     /* microseconds, monotonic */
};

/* ---- watch-follow.c ---- */

typedef struct CrFollower CrFollower;
/* Read KIND's events until end_fd can be read, whether it is there now or comes later. */
CrFollower *cr_follower_start(CrWatch *watch, const char *kind);
/* After end_fd was written. */
void cr_follower_join(CrFollower *follower);

/* ---- watch.c ---- */

/* WHY a round is due, "image tag shop/web:4". */
void cr_watch_note(CrWatch *watch, const char *why);
void cr_watch_note_event(CrWatch *watch, const CrDaemonEvent *event);
void cr_watch_say(CrWatch *watch, const char *format, ...) G_GNUC_PRINTF(2, 3);
