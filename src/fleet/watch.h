/* SPDX-License-Identifier: Apache-2.0 */
/* careen, unattended: round after round by the schedule and by what the engines tell, until it is asked to stop.
 *
 * The main loop waits, feeds the manager's watchdog and answers signals; a round is done in a thread of its own, and
 * each engine's events are read in one more. Nothing is kept from round to round but counts,
 * and what cli/ keeps: the facts of images (known.h). */
#pragma once
#include "container/events.h"
#include "fleet/metrics.h"

/* ---- what is decided here; pure ---- */

/* Is it news for a fleet? Images that came or got a name, containers that were made; not that one starts or dies: one
 * that crashes in a loop would be a loop of rounds. Names that careen gives for a while, or to what it keeps, are
 * nobody's wish. */
gboolean cr_watch_is_news(const CrDaemonEvent *event);
/* The names of images and containers that PLAN's due steps touch, normalised: a set of char*, freed with it. */
GHashTable *cr_watch_list_subjects(const CrFleetPlan *plan);
/* Is EVENT one that doing those steps brings? */
gboolean cr_watch_is_own(const CrDaemonEvent *event, GHashTable *subjects);
/* Seconds until an engine is asked again, after ATTEMPTS in a row: 1, 2, 4, … 60. */
guint cr_watch_find_patience(guint attempts);
/* How long events settle, after IN_VAIN rounds in a row for an event that found all as it was: ever longer, so that
 * containers made by the minute do not make a round a minute. */
guint cr_watch_find_settle(guint base_seconds, guint in_vain);
/* What may not be done at NOW becomes refused, and a container held, with why, and is not tried: a window that is
 * closed, `restart: ask` that RECORD (may be NULL) has no answer to. The first opening of a window that something waits
 * for; 0: nothing does. */
gint64 cr_watch_hold_back(CrFleetPlan *plan, CrRecord *record, gint64 now);

/* ---- the loop ---- */

typedef struct CrWatch CrWatch;

typedef struct {
  guint interval_seconds, jitter_seconds, settle_seconds;
} CrWatchPace;

/* One look at all, and what came of it. */
typedef struct {
  CrWatch *watch;
  const char *why; /* "start", "schedule", "image tag shop/web:4", … */
  gint64 now;      /* seconds */
  /* filled in */
  guint done, failed, refused, skipped, rolled_back; /* steps */
  guint told, not_told;                              /* notices */
  guint images, containers;                          /* that were looked at */
  guint state;                                       /* of all names and ids: another number, another fleet */
  gboolean interrupted;                              /* asked to stop before all was done */
  gboolean complete;                                 /* all could be examined */
  gint64 window_opens;                               /* what waits for a window: when it opens; 0: nothing does */
  char *metrics;                                     /* cr_metrics_format_fleet, or NULL; taken */
} CrWatchRound;

typedef struct {
  CrWatchPace pace;
  gboolean once;
  const char *listen;            /* where metrics and health are served, or NULL */
  const CrSourceOptions *source; /* where the engines are; outlives the watch */
  /* In a thread of its own. FALSE with ERROR: it could not be done, and is tried again sooner. */
  gboolean (*round)(CrWatchRound *round, gpointer data, GError **error);
  /* The configuration again. FALSE with ERROR: it cannot be used, and the old one stays. */
  gboolean (*reload)(CrWatchPace *pace, gpointer data, GError **error);
  void (*say)(const char *line, gpointer data); /* any thread */
  gpointer data;
} CrWatchOptions;

/* Until SIGTERM or SIGINT, or for one round: *LAST is that one's. FALSE with ERROR: it could not begin, or the one
 * round could not be done. */
gboolean cr_watch_run(const CrWatchOptions *options, CrWatchRound *last, GError **error);

/* From the round. Something goes on: the watchdog sees that it does not hang. */
void cr_watch_progress(CrWatch *watch);
/* From here on SUBJECTS (taken) are being changed, and what the engines tell of them is no news; NULL: no more. */
void cr_watch_set_acting(CrWatch *watch, GHashTable *subjects);
