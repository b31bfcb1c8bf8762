/* SPDX-License-Identifier: Apache-2.0 */
#include "container/events.h"

#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "container/private.h"

typedef struct {
  CrDaemonEventVisit visit;
  gpointer data;
  GString *pending;
  gboolean enough;
} Watching;

static gboolean on_line(const char *line, gsize size, gpointer user)
{
  Watching *watching = user;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(line, size, "event", NULL);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL, *actor = cr_json_find(root, "Actor");
  const char *type = cr_json_find_string(root, "Type", NULL);
  if (!type)
    return TRUE;
  CrDaemonEvent event = {
      .type = type,
      .action = cr_json_find_string(root, "Action", ""),
      .id = cr_json_find_string(actor, "ID", ""),
      .name = cr_json_find_string(cr_json_find(actor, "Attributes"), "name", ""),
      .time_ns = cr_json_find_integer(root, "timeNano", 0),
  };
  if (!event.time_ns)
    event.time_ns = cr_json_find_integer(root, "time", 0) * 1000000000;
  watching->enough = !watching->visit(&event, watching->data);
  return !watching->enough;
}

static gboolean on_piece(const char *data, gsize size, gpointer user)
{
  Watching *watching = user;
  return cr_daemon_take_lines(watching->pending, data, size, on_line, watching);
}

static char *format_path(CrDaemon *daemon, gint64 since, gint64 until)
{
  g_autoptr(GString) path = g_string_new("/events?filters=%7B%22type%22%3A%5B%22container%22%2C%22image%22%5D%7D");
  g_string_append_printf(path, "&since=%" G_GINT64_FORMAT, since);
  if (until)
    g_string_append_printf(path, "&until=%" G_GINT64_FORMAT, until);
  return cr_daemon_format_path(daemon, path->str);
}

/* ---- an engine that is no socket here: asked in stretches, which it ends itself ---- */

#define STRETCH_SECONDS 30

static gboolean is_stopped(int stop_fd)
{
  struct pollfd poller = {.fd = stop_fd, .events = POLLIN};
  return poll(&poller, 1, 0) == 1;
}

static gboolean follow_far(CrDaemon *daemon, Watching *watching, gint64 from, int stop_fd, GError **error)
{
  while (!watching->enough && !is_stopped(stop_fd)) {
    gint64 until = MAX(g_get_real_time() / G_USEC_PER_SEC, from) + STRETCH_SECONDS;
    g_autofree char *path = format_path(daemon, from, until);
    g_autoptr(CrStream) stream = cr_engine_open_stream(cr_daemon_get_engine(daemon), path, error);
    const guint8 *data;
    gssize n = -1;
    while (stream && (n = cr_stream_next(stream, &data, error)) > 0)
      if (!on_piece((const char *)data, (gsize)n, watching) || is_stopped(stop_fd))
        return TRUE;
    if (n < 0)
      return FALSE;
    from = until;
  }
  return TRUE;
}

gboolean cr_daemon_watch(CrDaemon *daemon, gint64 since, int stop_fd, CrDaemonEventVisit visit, gpointer data,
                         GError **error)
{
  g_autoptr(GString) pending = g_string_new(NULL);
  Watching watching = {visit, data, pending, FALSE};
  gint64 from = since ? since : g_get_real_time() / G_USEC_PER_SEC;
  const char *socket = cr_engine_get_socket(cr_daemon_get_engine(daemon));
  if (!socket)
    return follow_far(daemon, &watching, from, stop_fd, error);
  g_autofree char *path = format_path(daemon, from, 0);
  return cr_http_follow_local(socket, path, stop_fd, on_piece, &watching, error);
}
