/* SPDX-License-Identifier: Apache-2.0 */
/* One engine's events. It may not be there yet, go away and come back: that is said once each. */
#include "fleet/watch-private.h"

#include <poll.h>

#define OUTAGE_ATTEMPTS 7  /* a minute: that is no restart any more, and a round finds and tells it */
#define STEADY_SECONDS  10 /* what was followed so long was followed; what ends sooner was refused */

struct CrFollower {
  CrWatch *watch;
  const char *kind;
  GThread *thread;
  guint attempts;            /* in a row that failed */
  gboolean seen, lost, mute; /* it answered before; it does not now, and that was said; its events cannot be read */
};

static gboolean wait_or_end(const CrFollower *follower, guint seconds)
{
  struct pollfd poller = {.fd = follower->watch->end_fd, .events = POLLIN};
  return poll(&poller, 1, (int)seconds * 1000) > 0;
}

static gboolean on_event(const CrDaemonEvent *event, gpointer data)
{
  cr_watch_note_event(((CrFollower *)data)->watch, event);
  return TRUE;
}

/* A Podman without a socket could be started for it, and would run for ever: that is for a round only. */
static CrDaemon *open_daemon(const CrFollower *follower, GError **error)
{
  const CrSourceOptions *source = follower->watch->options->source;
  gboolean podman = g_str_equal(follower->kind, "podman");
  CrEngine *engine = podman ? cr_engine_open(source, TRUE, FALSE, error) : NULL;
  if (podman && !engine)
    return NULL;
  cr_engine_free(engine);
  return cr_daemon_open(follower->kind, source, error);
}

/* It answers: for the first time, again, or still. */
static void greet(CrFollower *follower, const CrDaemon *daemon)
{
  if (follower->lost)
    cr_watch_say(follower->watch, "%s answers again", cr_daemon_get_name(daemon));
  if (follower->attempts && !follower->mute) {
    g_autofree char *why = g_strdup_printf("%s answers", follower->kind);
    cr_watch_note(follower->watch, why); /* what happened meanwhile was told to nobody */
  }
  follower->seen = TRUE;
  follower->lost = FALSE;
}

static void follow(CrFollower *follower)
{
  g_autoptr(GError) error = NULL;
  gint64 began = g_get_real_time() / G_USEC_PER_SEC;
  g_autoptr(CrDaemon) daemon = open_daemon(follower, &error);
  if (!daemon) {
    if (follower->seen && !follower->lost)
      cr_watch_say(follower->watch, "%s does not answer any more, and is asked again: %s", follower->kind,
                   error->message);
    follower->lost = follower->seen;
    follower->mute = FALSE;
    if (++follower->attempts == OUTAGE_ATTEMPTS && follower->seen) {
      g_autofree char *why = g_strdup_printf("%s does not answer", follower->kind);
      cr_watch_note(follower->watch, why);
    }
    return;
  }
  greet(follower, daemon);
  gint64 since = g_get_monotonic_time();
  if (cr_daemon_watch(daemon, began, follower->watch->end_fd, on_event, follower, &error))
    return;
  if (g_get_monotonic_time() - since >= STEADY_SECONDS * G_USEC_PER_SEC) {
    follower->attempts = 1; /* it was restarted */
    follower->mute = FALSE;
    return;
  }
  if (++follower->attempts > 2 && !follower->mute) {
    cr_watch_say(follower->watch, "%s tells no events, only the schedule counts: %s", follower->kind, error->message);
    follower->mute = TRUE;
  }
}

static gpointer run(gpointer data)
{
  CrFollower *follower = data;
  do
    follow(follower);
  while (!wait_or_end(follower, cr_watch_find_patience(follower->attempts)));
  return NULL;
}

CrFollower *cr_follower_start(CrWatch *watch, const char *kind)
{
  CrFollower *follower = g_new0(CrFollower, 1);
  follower->watch = watch;
  follower->kind = kind;
  follower->thread = g_thread_new(kind, run, follower);
  return follower;
}

void cr_follower_join(CrFollower *follower)
{
  g_thread_join(follower->thread);
  g_free(follower);
}
