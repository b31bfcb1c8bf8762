/* SPDX-License-Identifier: Apache-2.0 */
#include "web/events.h"

#include <string.h>

#define LISTENERS  400U
#define PULSE_USEC (15 * G_USEC_PER_SEC)

struct CrEvents {
  GMutex lock;
  GPtrArray *listeners; /* Listener* */
  char *text;           /* the newest event, whole; or NULL */
  guint64 number;       /* of it */
  guint64 pulse;        /* of the newest comment */
  gint64 when;          /* …and when that was */
  gboolean stopped;
};

typedef struct {
  CrEvents *events;
  struct MHD_Connection *connection;
  GString *rest; /* what is being sent */
  guint64 number, pulse;
  gboolean suspended;
} Listener;

CrEvents *cr_events_new(void)
{
  CrEvents *events = g_new0(CrEvents, 1);
  g_mutex_init(&events->lock);
  events->listeners = g_ptr_array_new();
  return events;
}

/* With the lock. */
static void wake(CrEvents *events)
{
  for (guint i = 0; i < events->listeners->len; i++) {
    Listener *listener = events->listeners->pdata[i];
    if (listener->suspended)
      MHD_resume_connection(listener->connection);
    listener->suspended = FALSE;
  }
}

void cr_events_stop(CrEvents *events)
{
  g_mutex_lock(&events->lock);
  events->stopped = TRUE;
  wake(events);
  g_mutex_unlock(&events->lock);
}

void cr_events_free(CrEvents *events)
{
  if (!events)
    return;
  g_mutex_clear(&events->lock);
  g_ptr_array_unref(events->listeners);
  g_free(events->text);
  g_free(events);
}

gboolean cr_events_are_wanted(CrEvents *events)
{
  g_mutex_lock(&events->lock);
  gboolean wanted = events->listeners->len != 0;
  g_mutex_unlock(&events->lock);
  return wanted;
}

void cr_events_publish(CrEvents *events, const char *text, gint64 now)
{
  g_autofree char *event = g_strdup_printf("data: %s\n\n", text);
  g_mutex_lock(&events->lock);
  gboolean other = g_strcmp0(event, events->text) != 0, late = now - events->when >= PULSE_USEC;
  if (other) {
    g_free(events->text);
    events->text = g_steal_pointer(&event);
    events->number++;
  }
  if (other || late) {
    events->when = now;
    events->pulse++;
    wake(events);
  }
  g_mutex_unlock(&events->lock);
}

/* ---- one who listens ---- */

/* With the lock: what there is to be sent, into REST. */
static void take_news(Listener *listener)
{
  CrEvents *events = listener->events;
  if (events->text && listener->number != events->number)
    g_string_assign(listener->rest, events->text);
  else if (listener->pulse != events->pulse)
    g_string_assign(listener->rest, ": still here\n\n");
  listener->number = events->text ? events->number : 0;
  listener->pulse = events->pulse;
}

static ssize_t send_some(void *data, uint64_t offset, char *buffer, size_t size)
{
  Listener *listener = data;
  CrEvents *events = listener->events;
  ssize_t sent = 0;
  (void)offset;
  g_mutex_lock(&events->lock);
  if (!listener->rest->len)
    take_news(listener);
  if (events->stopped) {
    sent = MHD_CONTENT_READER_END_OF_STREAM;
  } else if (listener->rest->len) {
    sent = (ssize_t)MIN(size, listener->rest->len);
    memcpy(buffer, listener->rest->str, (gsize)sent);
    g_string_erase(listener->rest, 0, sent);
  } else {
    listener->suspended = TRUE;
    MHD_suspend_connection(listener->connection);
  }
  g_mutex_unlock(&events->lock);
  return sent;
}

static void forget(void *data)
{
  Listener *listener = data;
  CrEvents *events = listener->events;
  g_mutex_lock(&events->lock);
  g_ptr_array_remove_fast(events->listeners, listener);
  g_mutex_unlock(&events->lock);
  g_string_free(listener->rest, TRUE);
  g_free(listener);
}

struct MHD_Response *cr_events_respond(CrEvents *events, struct MHD_Connection *connection)
{
  g_mutex_lock(&events->lock);
  gboolean room = events->listeners->len < LISTENERS && !events->stopped;
  Listener *listener = room ? g_new0(Listener, 1) : NULL;
  if (listener) {
    *listener = (Listener){.events = events, .connection = connection, .pulse = events->pulse};
    listener->rest = g_string_new("retry: 5000\n\n");
    g_ptr_array_add(events->listeners, listener);
  }
  g_mutex_unlock(&events->lock);
  return listener ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, send_some, listener, forget) : NULL;
}
