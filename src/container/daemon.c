/* SPDX-License-Identifier: Apache-2.0 */
#include "container/private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/engine-api.h"

struct CrDaemon {
  CrEngine *engine;
  const CrSourceOptions *options;
  const char *kind; /* "docker" or "podman" */
  char *name, *version;
  guint api;
};

static gboolean choose_api(CrDaemon *daemon, GError **error)
{
  g_autoptr(CrJsonDoc) doc = cr_engine_get(daemon->engine, "/version", error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  g_autofree char *address = cr_engine_format_address(daemon->engine);
  g_autofree char *name = g_strdup_printf("%s at '%s'", cr_engine_get_name(daemon->engine), address);
  daemon->api = cr_engine_api_choose(name, cr_json_find_string(root, "ApiVersion", NULL),
                                     cr_json_find_string(root, "MinAPIVersion", NULL), error);
  daemon->version = g_strdup(cr_json_find_string(root, "Version", "?"));
  return daemon->api != 0;
}

CrDaemon *cr_daemon_open(const char *kind, const CrSourceOptions *options, GError **error)
{
  g_autoptr(CrDaemon) daemon = g_new0(CrDaemon, 1);
  gboolean podman = !strcmp(kind, "podman");
  daemon->kind = podman ? "podman" : "docker";
  daemon->options = options;
  daemon->engine = cr_engine_open(options, podman, podman, error);
  if (!daemon->engine || !choose_api(daemon, error))
    return NULL;
  g_autofree char *address = cr_engine_format_address(daemon->engine);
  daemon->name = g_strdup_printf("%s:%s", daemon->kind, address);
  return g_steal_pointer(&daemon);
}

void cr_daemon_free(CrDaemon *daemon)
{
  if (!daemon)
    return;
  cr_engine_free(daemon->engine);
  g_free(daemon->name);
  g_free(daemon->version);
  g_free(daemon);
}

const char *cr_daemon_get_kind(const CrDaemon *daemon)
{
  return daemon->kind;
}

const char *cr_daemon_get_name(const CrDaemon *daemon)
{
  return daemon->name;
}

const char *cr_daemon_get_version(const CrDaemon *daemon)
{
  return daemon->version;
}

guint cr_daemon_get_api(const CrDaemon *daemon)
{
  return daemon->api;
}

gboolean cr_daemon_is_podman(const CrDaemon *daemon)
{
  return !strcmp(daemon->kind, "podman");
}

const CrSourceOptions *cr_daemon_get_options(const CrDaemon *daemon)
{
  return daemon->options;
}

CrEngine *cr_daemon_get_engine(const CrDaemon *daemon)
{
  return daemon->engine;
}

/* ---- one call each ---- */

char *cr_daemon_format_path(const CrDaemon *daemon, const char *path)
{
  g_autofree char *api = cr_engine_api_format(daemon->api);
  return g_strdup_printf("/v%s%s", api, path);
}

CrJsonDoc *cr_daemon_get(CrDaemon *daemon, const char *path, GError **error)
{
  g_autofree char *whole = cr_daemon_format_path(daemon, path);
  return cr_engine_get(daemon->engine, whole, error);
}

static CrErrorCode get_code(int status)
{
  return status == 404 ? CR_ERROR_NOT_FOUND : status == 409 ? CR_ERROR_INPUT : CR_ERROR_ENVIRONMENT;
}

CrStream *cr_daemon_open_stream(CrDaemon *daemon, const char *method, const char *path, const char *body,
                                const char *const *headers, guint timeout_ms, GError **error)
{
  g_autofree char *whole = cr_daemon_format_path(daemon, path);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_engine_request(daemon->engine, method, whole, body, headers, timeout_ms, &stream, error);
  if (!response)
    return NULL;
  if ((response->status >= 200 && response->status < 300) || response->status == 304)
    return g_steal_pointer(&stream);
  g_autofree char *message = cr_engine_read_message(stream);
  g_set_error(error, CR_ERROR, get_code(response->status), "%s refuses: %s (%d)", cr_engine_get_name(daemon->engine),
              message ? message : "it gave no reason", response->status);
  return NULL;
}

gboolean cr_daemon_send(CrDaemon *daemon, const char *method, const char *path, const char *body, CrJsonDoc **answer,
                        GError **error)
{
  if (answer)
    *answer = NULL;
  g_autoptr(CrStream) stream = cr_daemon_open_stream(daemon, method, path, body, NULL, 0, error);
  g_autoptr(GBytes) bytes = stream ? cr_stream_read_all(stream, CR_LIMIT_HTTP_BODY, error) : NULL;
  if (!bytes)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  if (!answer || !size)
    return TRUE;
  g_autofree char *what = g_strdup_printf("%s's answer to '%s'", cr_engine_get_name(daemon->engine), path);
  *answer = cr_json_parse(text, size, what, error);
  return *answer != NULL;
}

gboolean cr_daemon_take_lines(GString *pending, const char *data, gsize size, CrLineVisit visit, gpointer user)
{
  for (gsize i = 0; i < size; i++) {
    if (data[i] != '\n') {
      if (pending->len < CR_LIMIT_ENGINE_LINE)
        g_string_append_c(pending, data[i]);
      continue;
    }
    gboolean more = visit(pending->str, pending->len, user);
    g_string_truncate(pending, 0);
    if (!more)
      return FALSE;
  }
  return TRUE;
}
