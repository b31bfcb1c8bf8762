/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a container. Each may be done again with the same result: what is so already is success. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "container/private.h"

/* METHOD /containers/ID/WHAT; WORDS begin the error: "cannot start". */
static gboolean act(CrDaemon *daemon, const char *method, const char *id, const char *what, const char *body,
                    const char *words, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(id, error);
  if (!escaped)
    return FALSE;
  g_autofree char *path = g_strdup_printf("/containers/%s%s", escaped, what);
  if (cr_daemon_send(daemon, method, path, body, NULL, error))
    return TRUE;
  g_prefix_error(error, "%s container '%.12s': ", words, id);
  return FALSE;
}

gboolean cr_container_start(CrDaemon *daemon, const char *id, GError **error)
{
  return act(daemon, "POST", id, "/start", NULL, "cannot start", error); /* 304: it runs */
}

/* Without "t" its own StopTimeout counts. */
gboolean cr_container_stop(CrDaemon *daemon, const char *id, GError **error)
{
  return act(daemon, "POST", id, "/stop", NULL, "cannot stop", error); /* 304: it is stopped */
}

static const char *find_state(const CrContainers *containers)
{
  return ((const CrContainer *)containers->items->pdata[0])->state;
}

gboolean cr_container_pause(CrDaemon *daemon, const char *id, gboolean pause, GError **error)
{
  g_autoptr(CrContainers) now = cr_containers_load(daemon, id, error);
  if (!now)
    return FALSE;
  if (!strcmp(find_state(now), "paused") == !!pause)
    return TRUE;
  return act(daemon, "POST", id, pause ? "/pause" : "/unpause", NULL, pause ? "cannot pause" : "cannot unpause", error);
}

gboolean cr_container_rename(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  g_autoptr(CrContainers) now = cr_containers_load(daemon, id, error);
  if (!now)
    return FALSE;
  if (!strcmp(((const CrContainer *)now->items->pdata[0])->name, name))
    return TRUE;
  g_autofree char *escaped = cr_daemon_escape_query(name);
  g_autofree char *what = g_strdup_printf("/rename?name=%s", escaped);
  return act(daemon, "POST", id, what, NULL, "cannot rename", error);
}

gboolean cr_container_remove(CrDaemon *daemon, const char *id, gboolean with_anonymous_volumes, GError **error)
{
  g_autoptr(GError) cause = NULL;
  const char *what = with_anonymous_volumes ? "?v=true&force=false" : "?v=false&force=false";
  if (act(daemon, "DELETE", id, what, NULL, "cannot remove", &cause) ||
      g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

gboolean cr_container_set_restart_policy(CrDaemon *daemon, const char *id, const CrJson *policy, gboolean *known,
                                         GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "RestartPolicy");
  cr_json_node(writer, policy);
  cr_json_end_object(writer);
  g_autoptr(GError) cause = NULL;
  gboolean done = act(daemon, "POST", id, "/update", cr_json_writer_get_text(writer, NULL),
                      "cannot set the restart policy of", &cause);
  /* Podman before 5 answers that it cannot, or does not know the path at all */
  gboolean missing = !done && cr_daemon_is_podman(daemon);
  if (done && cr_daemon_is_podman(daemon)) {
    g_autoptr(CrContainers) now = cr_containers_load(daemon, id, NULL);
    const char *word = cr_json_find_string(policy, "Name", "");
    missing = now && strcmp(((const CrContainer *)now->items->pdata[0])->restart_policy, *word ? word : "no") != 0;
  }
  if (known)
    *known = !missing;
  if (done && !missing)
    return TRUE;
  if (missing)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "this %s cannot change a restart policy",
                cr_daemon_get_version(daemon));
  else
    g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

/* ---- what it says ---- */

#define OUTPUT_KEPT 4096U

/* The engine's stream of several outputs (docs: "Attach to a container", stream format): 8 bytes of head, of which the
 * last four are the size. RAW: a terminal's, without heads. The last LIMIT bytes. */
static GString *read_output(CrStream *stream, gboolean raw, gsize limit, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  guint8 head[8];
  gsize head_bytes = 0, left = 0;
  const guint8 *data;
  gssize n;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    for (gssize at = 0; at < n;) {
      if (!raw && !left) {
        head[head_bytes++] = data[at++];
        if (head_bytes < sizeof head)
          continue;
        head_bytes = 0;
        left = (gsize)head[4] << 24 | (gsize)head[5] << 16 | (gsize)head[6] << 8 | head[7];
        continue;
      }
      gsize take = raw ? (gsize)(n - at) : MIN(left, (gsize)(n - at));
      g_string_append_len(text, (const char *)data + at, (gssize)take);
      at += (gssize)take;
      left -= raw ? 0 : take;
      if (text->len > 2 * limit)
        g_string_erase(text, 0, (gssize)(text->len - limit));
    }
  if (n < 0)
    return NULL;
  if (text->len > limit)
    g_string_erase(text, 0, (gssize)(text->len - limit));
  return g_steal_pointer(&text);
}

static char *take_valid(GString *text)
{
  char *valid = g_utf8_make_valid(text->str, (gssize)text->len);
  g_string_free(text, TRUE);
  return g_strchomp(valid);
}

static char *create_exec(CrDaemon *daemon, const char *id, const char *const *argv, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(id, error);
  if (!escaped)
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_boolean(writer, "AttachStdout", TRUE);
  cr_json_key_boolean(writer, "AttachStderr", TRUE);
  cr_json_key_strings(writer, "Cmd", argv);
  cr_json_end_object(writer);
  g_autofree char *path = g_strdup_printf("/containers/%s/exec", escaped);
  g_autoptr(CrJsonDoc) answer = NULL;
  if (!cr_daemon_send(daemon, "POST", path, cr_json_writer_get_text(writer, NULL), &answer, error))
    return NULL;
  return g_strdup(cr_json_find_string(answer ? cr_json_get_root(answer) : NULL, "Id", ""));
}

gboolean cr_container_exec(CrDaemon *daemon, const char *id, const char *const *argv, guint timeout_ms, int *status,
                           char **output, GError **error)
{
  g_autofree char *exec = create_exec(daemon, id, argv, error);
  g_autofree char *start = exec ? g_strdup_printf("/exec/%s/start", exec) : NULL;
  g_autofree char *inspect = exec ? g_strdup_printf("/exec/%s/json", exec) : NULL;
  g_autoptr(CrStream) stream =
      start ? cr_daemon_open_stream(daemon, "POST", start, "{\"Detach\":false,\"Tty\":false}", NULL, timeout_ms, error)
            : NULL;
  GString *text = stream ? read_output(stream, FALSE, OUTPUT_KEPT, error) : NULL;
  g_autofree char *said = text ? take_valid(text) : NULL;
  g_autoptr(CrJsonDoc) doc = said ? cr_daemon_get(daemon, inspect, error) : NULL;
  if (!doc) {
    g_prefix_error(error, "cannot run '%s' in container '%.12s': ", argv[0], id);
    return FALSE;
  }
  *status = (int)cr_json_find_integer(cr_json_get_root(doc), "ExitCode", -1);
  if (output)
    *output = g_steal_pointer(&said);
  return TRUE;
}

char *cr_container_read_logs(CrDaemon *daemon, const char *id, guint lines, GError **error)
{
  g_autoptr(CrContainers) now = cr_containers_load(daemon, id, error);
  if (!now)
    return NULL;
  const CrContainer *container = now->items->pdata[0];
  gboolean terminal = cr_json_get_boolean(cr_json_find(cr_json_find(container->inspect, "Config"), "Tty"), FALSE);
  g_autofree char *path = g_strdup_printf("/containers/%s/logs?stdout=true&stderr=true&tail=%u", container->id, lines);
  g_autoptr(CrStream) stream = cr_daemon_open_stream(daemon, "GET", path, NULL, NULL, 30000, error);
  GString *text = stream ? read_output(stream, terminal, (gsize)lines * 1024, error) : NULL;
  return text ? take_valid(text) : NULL;
}
