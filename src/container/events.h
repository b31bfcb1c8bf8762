/* SPDX-License-Identifier: Apache-2.0 */
/* What happens on a daemon, as it happens (GET /events): for `careen watch`. */
#pragma once
#include "container/daemon.h"

typedef struct {
  const char *type;   /* "container", "image" */
  const char *action; /* "start", "die", "tag", "pull", … */
  const char *id, *name;
  gint64 time_ns;
} CrDaemonEvent;

/* Called for each; FALSE ends it. */
typedef gboolean (*CrDaemonEventVisit)(const CrDaemonEvent *event, gpointer data);
/* From SINCE (seconds; 0: now) until VISIT says enough, STOP_FD can be read (-1: never), or the daemon goes away (FALSE
 * with CR_ERROR_ENVIRONMENT). Only events of containers and images; it costs nothing while there are none. */
gboolean cr_daemon_watch(CrDaemon *daemon, gint64 since, int stop_fd, CrDaemonEventVisit visit, gpointer data,
                         GError **error);
