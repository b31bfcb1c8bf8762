/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/watch-private.h"

#include <malloc.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/service.h"
#include "base/stop.h"
#include "fleet/listen.h"
#include "fleet/schedule.h"
#include "report/table-parts.h"

/* The clock may be set, and a machine may sleep: so often it is looked at. */
#define NAP_SECONDS 60
/* A round in which nothing goes on for so long hangs, and the manager's watchdog may end it: twice what one patch or
 * one build may take. */
#define STALL_SECONDS G_GINT64_CONSTANT(7200)

/* ---- telling ---- */

void cr_watch_say(CrWatch *watch, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *line = g_strdup_vprintf(format, args);
  va_end(args);
  if (watch->options->say)
    watch->options->say(line, watch->options->data);
}

static gint64 get_now(void)
{
  return g_get_real_time() / G_USEC_PER_SEC;
}

static char *format_time(gint64 seconds)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);
  return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

/* One line, whatever is in it: a newline would begin another assignment. */
static void tell_status(const char *extra, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void tell_status(const char *extra, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *status = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *safe = cr_escape_terminal(status);
  g_autofree char *state = g_strdup_printf("%sSTATUS=%s", extra, safe);
  cr_service_notify(state);
}

/* ---- from other threads ---- */

static void wake(int fd)
{
  const guint64 one = 1;
  if (write(fd, &one, sizeof one) < 0) { /* full: it can be read all the same */
  }
}

static void note_locked(CrWatch *watch, const char *why, gboolean urgent)
{
  watch->urgent |= urgent;
  watch->event = get_now();
  if (!watch->event_why)
    watch->event_why = g_strdup(why);
  wake(watch->wake_fd);
}

void cr_watch_note(CrWatch *watch, const char *why)
{
  g_mutex_lock(&watch->lock);
  note_locked(watch, why, TRUE);
  g_mutex_unlock(&watch->lock);
}

void cr_watch_note_event(CrWatch *watch, const CrDaemonEvent *event)
{
  if (!cr_watch_is_news(event))
    return;
  g_autofree char *why =
      g_strdup_printf("%s %s %s", event->type, event->action, *event->name ? event->name : event->id);
  g_mutex_lock(&watch->lock);
  if (!watch->acting || !cr_watch_is_own(event, watch->acting))
    note_locked(watch, why, FALSE);
  g_mutex_unlock(&watch->lock);
}

void cr_watch_set_acting(CrWatch *watch, GHashTable *subjects)
{
  g_mutex_lock(&watch->lock);
  g_clear_pointer(&watch->acting, g_hash_table_unref);
  watch->acting = subjects;
  g_mutex_unlock(&watch->lock);
}

void cr_watch_progress(CrWatch *watch)
{
  g_mutex_lock(&watch->lock);
  watch->progress = g_get_monotonic_time();
  g_mutex_unlock(&watch->lock);
}

/* ---- metrics and health ---- */

static char *answer(const char *path, const char **type, guint *status, gpointer data)
{
  CrWatch *watch = data;
  gboolean metrics = !strcmp(path, "/metrics"), healthy = TRUE;
  if (!metrics && strcmp(path, "/healthz") != 0)
    return NULL;
  g_mutex_lock(&watch->lock);
  char *body = metrics ? cr_metrics_format(&watch->counts, watch->metrics)
                       : cr_metrics_format_health(&watch->counts, get_now(), watch->pace.interval_seconds, &healthy);
  g_mutex_unlock(&watch->lock);
  if (metrics)
    *type = "text/plain; version=0.0.4; charset=utf-8";
  *status = healthy ? 200 : 503;
  return body;
}

/* ---- waiting ---- */

static int get_nap_ms(gint64 seconds)
{
  guint64 usec = cr_service_get_watchdog_usec();
  gint64 most = usec ? MAX((gint64)usec / 1000, 1) : NAP_SECONDS * 1000;
  return (int)CLAMP(seconds * 1000, 0, MIN(most, NAP_SECONDS * 1000));
}

static void feed(void)
{
  if (cr_service_get_watchdog_usec())
    cr_service_notify("WATCHDOG=1");
}

/* Until something is there to be looked at, or for so long; the wishes to stop and to reload, too, if TOLD. */
static void nap(CrWatch *watch, gint64 seconds, gboolean told)
{
  struct pollfd polls[] = {{.fd = watch->wake_fd, .events = POLLIN},
                           {.fd = told ? cr_stop_get_fd() : -1, .events = POLLIN}};
  guint64 count;
  if (poll(polls, G_N_ELEMENTS(polls), get_nap_ms(seconds)) > 0 && polls[0].revents &&
      read(watch->wake_fd, &count, sizeof count) < 0) { /* somebody took it: there is nobody else */
  }
}

/* ---- a round ---- */

typedef struct {
  CrWatch *watch;
  CrWatchRound *round;
  GError *error;
  gboolean ok;
} Doing;

static gpointer do_round(gpointer data)
{
  Doing *doing = data;
  CrWatch *watch = doing->watch;
  doing->ok = watch->options->round(doing->round, watch->options->data, &doing->error);
  g_mutex_lock(&watch->lock);
  watch->round_over = TRUE;
  g_mutex_unlock(&watch->lock);
  wake(watch->wake_fd);
  return NULL;
}

/* The manager sees that we live, as long as the round does. */
static void wait_for_round(CrWatch *watch)
{
  gboolean over = FALSE, asked = FALSE, told = FALSE, stalled = FALSE;
  while (!over) {
    nap(watch, NAP_SECONDS, !asked);
    struct pollfd poller = {.fd = cr_stop_get_fd(), .events = POLLIN};
    asked = poll(&poller, 1, 0) == 1; /* and stays so: a reload waits for the round */
    if (!told && cr_stop_is_wanted()) {
      tell_status("STOPPING=1\n", "asked to stop: the step at hand is finished");
      told = TRUE;
    }
    g_mutex_lock(&watch->lock);
    over = watch->round_over;
    gboolean hangs = g_get_monotonic_time() - watch->progress > STALL_SECONDS * G_USEC_PER_SEC;
    g_mutex_unlock(&watch->lock);
    if (hangs && !stalled)
      cr_watch_say(watch, "this round hangs: nothing went on for two hours");
    stalled = hangs;
    if (!hangs)
      feed();
  }
}

static gboolean call_round(CrWatch *watch, CrWatchRound *round, GError **error)
{
  Doing doing = {.watch = watch, .round = round};
  g_mutex_lock(&watch->lock);
  watch->round_over = FALSE;
  watch->progress = g_get_monotonic_time();
  g_mutex_unlock(&watch->lock);
  GThread *thread = g_thread_new("round", do_round, &doing);
  wait_for_round(watch);
  g_thread_join(thread);
  malloc_trim(0); /* what the round needed would stay ours for the hour */
  if (!doing.ok)
    g_propagate_error(error, doing.error);
  return doing.ok;
}

static void count_round(CrWatch *watch, CrWatchRound *round, gboolean ok, double seconds)
{
  g_mutex_lock(&watch->lock);
  CrWatchCounts *counts = &watch->counts;
  counts->rounds++;
  counts->failed_rounds += !ok;
  counts->last_round = round->now;
  counts->last_success = ok ? round->now : counts->last_success;
  counts->last_seconds = seconds;
  counts->done += round->done;
  counts->failed += round->failed;
  counts->rolled_back += round->rolled_back;
  counts->refused += round->refused;
  counts->told += round->told;
  counts->not_told += round->not_told;
  if (round->metrics) {
    g_free(watch->metrics);
    watch->metrics = g_steal_pointer(&round->metrics);
  }
  g_mutex_unlock(&watch->lock);
}

/* ---- the loop ---- */

typedef struct {
  CrWatch *watch;
  gint64 last, window_opens;
  guint failures, in_vain, state;
  gboolean own; /* the last round was for what the one before it had done */
  char *error;  /* why the last one could not be done: said once, not every time */
} Loop;

static gint64 find_next(const Loop *loop, gint64 now)
{
  CrWatch *watch = loop->watch;
  g_mutex_lock(&watch->lock);
  CrSchedule schedule = {
      .now = now,
      .last = loop->last,
      .interval_seconds = watch->pace.interval_seconds,
      .jitter_seconds = watch->pace.jitter_seconds,
      .seed = watch->seed,
      .window_opens = loop->window_opens,
      .event = watch->event,
      .settle_seconds = cr_watch_find_settle(watch->pace.settle_seconds, watch->urgent ? 0 : loop->in_vain),
      .failures = loop->failures,
  };
  gint64 next = cr_schedule_find_next(&schedule);
  watch->counts.next_round = next;
  g_mutex_unlock(&watch->lock);
  return next;
}

/* What made this round due; free with g_free. *EVENT: it was an event. */
static char *take_reason(const Loop *loop, gint64 now, gboolean *event)
{
  CrWatch *watch = loop->watch;
  g_mutex_lock(&watch->lock);
  char *why = g_steal_pointer(&watch->event_why);
  watch->event = 0;
  watch->urgent = FALSE;
  g_mutex_unlock(&watch->lock);
  *event = why != NULL;
  if (why)
    return why;
  return g_strdup(!loop->last                                       ? "start"
                  : loop->failures                                  ? "again"
                  : loop->window_opens && loop->window_opens <= now ? "window"
                                                                    : "schedule");
}

static void tell_outcome(Loop *loop, const CrWatchRound *round, const GError *error)
{
  CrWatch *watch = loop->watch;
  g_autofree char *at = format_time(find_next(loop, get_now()));
  if (error && !watch->options->once && g_strcmp0(loop->error, error->message) != 0)
    cr_watch_say(watch, "this round could not be done, and is tried again: %s", error->message);
  if (!error && loop->error)
    cr_watch_say(watch, "rounds can be done again");
  g_free(loop->error);
  loop->error = error ? g_strdup(error->message) : NULL;
  if (watch->options->once && !error)
    cr_watch_say(watch, "%u image%s and %u container%s looked at: %u done, %u failed, %u refused", round->images,
                 cr_table_plural(round->images), round->containers, cr_table_plural(round->containers), round->done,
                 round->failed, round->refused);
  if (error)
    tell_status("", "a round could not be done: %.200s; again %s", error->message, at);
  else
    tell_status("", "idle until %s; last round: %u done, %u failed, %u refused of %u image%s, %u container%s", at,
                round->done, round->failed, round->refused, round->images, cr_table_plural(round->images),
                round->containers, cr_table_plural(round->containers));
}

/* What was changed is looked at once more, so that metrics and the plan are of what is now; and what others did to the
 * same names meanwhile is seen then. */
static void look_after(Loop *loop, const CrWatchRound *round)
{
  gboolean again = round->done && !loop->own;
  if (again)
    cr_watch_note(loop->watch, "own changes");
  loop->own = again;
}

static gboolean run_round(Loop *loop, CrWatchRound *round, GError **error)
{
  CrWatch *watch = loop->watch;
  gboolean event = FALSE;
  gint64 now = get_now(), began = g_get_monotonic_time();
  g_autofree char *why = take_reason(loop, now, &event);
  g_autoptr(GError) cause = NULL;
  *round = (CrWatchRound){.watch = watch, .why = why, .now = now, .complete = TRUE};
  tell_status("", "looking at the fleet (%s)", why);
  gboolean ok = call_round(watch, round, &cause);
  round->why = NULL;
  count_round(watch, round, ok, (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC);
  loop->last = now;
  loop->failures = ok ? 0 : loop->failures + 1;
  loop->window_opens = round->window_opens;
  loop->in_vain = event && ok && round->state == loop->state && !round->done ? loop->in_vain + 1 : 0;
  loop->state = round->state;
  look_after(loop, round);
  tell_outcome(loop, round, cause);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&cause));
  return ok;
}

static void reload(CrWatch *watch)
{
  g_autoptr(GError) error = NULL;
  CrWatchPace pace = watch->pace;
  cr_service_notify_reloading();
  if (!watch->options->reload(&pace, watch->options->data, &error)) {
    cr_watch_say(watch, "the configuration cannot be used, and the old one stays: %s", error->message);
    tell_status("READY=1\n", "the configuration cannot be used, and the old one stays: %.200s", error->message);
    return;
  }
  g_mutex_lock(&watch->lock);
  watch->pace = pace;
  g_mutex_unlock(&watch->lock);
  cr_watch_say(watch, "the configuration was read again");
  tell_status("READY=1\n", "the configuration was read again");
  cr_watch_note(watch, "reload");
}

static void loop_on(CrWatch *watch)
{
  Loop loop = {.watch = watch};
  while (!cr_stop_is_wanted()) {
    if (cr_stop_take_reload())
      reload(watch);
    gint64 now = get_now(), next = find_next(&loop, now);
    CrWatchRound round;
    if (next <= now)
      run_round(&loop, &round, NULL);
    else
      nap(watch, next - now, TRUE);
    feed();
  }
  g_free(loop.error);
}

/* ---- all of it ---- */

/* Of this machine, and the same after every start. */
static guint32 find_seed(void)
{
  g_autofree char *id = NULL;
  return g_str_hash(g_file_get_contents("/etc/machine-id", &id, NULL, NULL) ? id : g_get_host_name());
}

static void follow_and_loop(CrWatch *watch)
{
  static const char *const kinds[] = {"docker", "podman"};
  CrFollower *followers[G_N_ELEMENTS(kinds)];
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    followers[i] = cr_follower_start(watch, kinds[i]);
  cr_watch_say(watch, "watching");
  tell_status("READY=1\n", "watching");
  loop_on(watch);
  tell_status("STOPPING=1\n", "asked to stop");
  cr_watch_say(watch, "asked to stop: all is finished");
  wake(watch->end_fd);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    cr_follower_join(followers[i]);
}

static void clear(CrWatch *watch)
{
  close(watch->wake_fd);
  close(watch->end_fd);
  g_mutex_clear(&watch->lock);
  g_clear_pointer(&watch->acting, g_hash_table_unref);
  g_free(watch->event_why);
  g_free(watch->metrics);
}

gboolean cr_watch_run(const CrWatchOptions *options, CrWatchRound *last, GError **error)
{
  CrWatch watch = {.options = options, .pace = options->pace, .seed = find_seed(), .counts.started = get_now()};
  g_mutex_init(&watch.lock);
  watch.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  watch.end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_autoptr(CrListener) listener = options->listen ? cr_listener_new(options->listen, answer, &watch, error) : NULL;
  gboolean ok = listener || !options->listen;
  if (listener)
    cr_watch_say(&watch, "metrics are at %s", cr_listener_get_address(listener));
  if (ok) {
    cr_stop_arm();
    Loop loop = {.watch = &watch};
    if (options->once)
      ok = run_round(&loop, last, error);
    else
      follow_and_loop(&watch);
    g_free(loop.error);
    cr_stop_disarm();
  }
  g_clear_pointer(&listener, cr_listener_free); /* its thread reads what is cleared now */
  clear(&watch);
  return ok;
}
