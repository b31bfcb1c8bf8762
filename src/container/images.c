/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "container/private.h"
#include "image/manifest.h"
#include "image/registry.h"

char *cr_daemon_escape_query(const char *name)
{
  return g_uri_escape_string(name, NULL, FALSE);
}

CrJsonDoc *cr_daemon_list_images(CrDaemon *daemon, GError **error)
{
  return cr_daemon_get(daemon, "/images/json", error);
}

CrJsonDoc *cr_daemon_inspect_image(CrDaemon *daemon, const char *name, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(name, error);
  g_autofree char *path = escaped ? g_strdup_printf("/images/%s/json", escaped) : NULL;
  return path ? cr_daemon_get(daemon, path, error) : NULL;
}

char *cr_daemon_format_id(const char *id)
{
  return strchr(id, ':') ? g_strdup(id) : g_strconcat("sha256:", id, NULL);
}

char *cr_daemon_find_image(CrDaemon *daemon, const char *name, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(daemon, name, &cause);
  const char *id = doc ? cr_json_find_string(cr_json_get_root(doc), "Id", NULL) : NULL;
  if (id)
    return cr_daemon_format_id(id);
  if (cause && !g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_propagate_error(error, g_steal_pointer(&cause));
  return NULL;
}

/* "REPOSITORY", "TAG" of NAME as the user wrote it: Podman puts localhost/ before a short name, Docker its hub. */
static gboolean split_name(const char *name, char **repository, char **tag, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference reference;
  if (!cr_reference_parse(name, arena, &reference, error))
    return FALSE;
  if (!reference.tag) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use '%s' as a name: it has a digest and no tag", name);
    return FALSE;
  }
  gsize length = strcspn(name, "@");
  g_autofree char *end = g_strconcat(":", reference.tag, NULL);
  g_autofree char *plain = g_strndup(name, length);
  if (g_str_has_suffix(plain, end))
    length -= strlen(end);
  *repository = g_strndup(name, length);
  *tag = g_strdup(reference.tag);
  return TRUE;
}

gboolean cr_daemon_tag_image(CrDaemon *daemon, const char *id, const char *name, GError **error)
{
  g_autofree char *repository = NULL, *tag = NULL;
  g_autofree char *escaped = split_name(name, &repository, &tag, error) ? cr_engine_escape(id, error) : NULL;
  if (!escaped)
    return FALSE;
  g_autofree char *repo = cr_daemon_escape_query(repository), *label = cr_daemon_escape_query(tag);
  g_autofree char *path = g_strdup_printf("/images/%s/tag?repo=%s&tag=%s", escaped, repo, label);
  if (cr_daemon_send(daemon, "POST", path, NULL, NULL, error))
    return TRUE;
  g_prefix_error(error, "cannot name '%.19s' '%s': ", id, name);
  return FALSE;
}

gboolean cr_daemon_untag_image(CrDaemon *daemon, const char *name, gboolean *gone, GError **error)
{
  if (gone)
    *gone = FALSE;
  g_autofree char *escaped = cr_engine_escape(name, error);
  if (!escaped)
    return FALSE;
  g_autofree char *path = g_strdup_printf("/images/%s?force=false&noprune=false", escaped);
  g_autoptr(CrJsonDoc) answer = NULL;
  g_autoptr(GError) cause = NULL;
  if (!cr_daemon_send(daemon, "DELETE", path, NULL, &answer, &cause)) {
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
      return TRUE; /* done before */
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "cannot take the name '%s' away: ", name);
    return FALSE;
  }
  const CrJson *list = answer ? cr_json_get_root(answer) : NULL;
  for (guint i = 0; gone && i < cr_json_get_length(list); i++)
    *gone |= cr_json_find_string(cr_json_get_element(list, i), "Deleted", NULL) != NULL;
  return TRUE;
}

/* ---- pulling ---- */

/* What the engine is to log in with: X-Registry-Auth (docs.docker.com/engine/api, "Authentication"), base64url of a
 * JSON object. NULL: nothing is stored. It is never logged. */
static char *format_auth(const CrReference *reference)
{
  g_auto(CrCredentials) credentials = {0};
  if (!cr_credentials_find(reference->registry, reference->repository, &credentials, NULL))
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  if (credentials.user)
    cr_json_key_string(writer, "username", credentials.user);
  if (credentials.password)
    cr_json_key_string(writer, "password", credentials.password);
  if (credentials.identity_token)
    cr_json_key_string(writer, "identitytoken", credentials.identity_token);
  if (credentials.registry_token)
    cr_json_key_string(writer, "registrytoken", credentials.registry_token);
  cr_json_key_string(writer, "serveraddress",
                     strcmp(reference->registry, "docker.io") ? reference->registry : "https://index.docker.io/v1/");
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  char *encoded = g_base64_encode((const guint8 *)text, size);
  for (char *c = encoded; *c; c++)
    *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
  char *header = g_strconcat("X-Registry-Auth: ", encoded, NULL);
  g_free(encoded);
  return header;
}

/* The last word on an error is in one of the lines, with status 200. */
static gboolean on_progress(const char *line, gsize size, gpointer user)
{
  g_autoptr(CrJsonDoc) doc = size ? cr_json_parse(line, size, "progress", NULL) : NULL;
  const char *why = doc ? cr_engine_find_failure(cr_json_get_root(doc)) : NULL;
  if (why)
    g_set_error((GError **)user, CR_ERROR, CR_ERROR_ENVIRONMENT, "%.500s", why);
  return !why;
}

static gboolean follow_progress(CrStream *stream, GError **error)
{
  g_autoptr(GString) pending = g_string_new(NULL);
  const guint8 *data;
  gssize n;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!cr_daemon_take_lines(pending, (const char *)data, (gsize)n, on_progress, error))
      return FALSE;
  return n == 0 && on_progress(pending->str, pending->len, error);
}

gboolean cr_daemon_pull_image(CrDaemon *daemon, const char *name, const char *platform, char **id, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference reference;
  if (!cr_reference_parse(name, arena, &reference, error))
    return FALSE;
  g_autofree char *from = cr_daemon_escape_query(name);
  g_autofree char *tag = reference.digest || strchr(strrchr(name, '/') ? strrchr(name, '/') : name, ':')
                             ? g_strdup("")
                             : g_strdup_printf("&tag=%s", reference.tag);
  g_autofree char *where = platform ? cr_daemon_escape_query(platform) : NULL;
  g_autofree char *path =
      g_strdup_printf("/images/create?fromImage=%s%s%s%s", from, tag, where ? "&platform=" : "", where ? where : "");
  g_autofree char *auth = format_auth(&reference);
  const char *const headers[] = {auth, NULL};
  g_autoptr(CrStream) stream = cr_daemon_open_stream(daemon, "POST", path, NULL, headers, 0, error);
  if (stream && follow_progress(stream, error)) {
    *id = cr_daemon_find_image(daemon, name, error);
    if (*id)
      return TRUE;
    if (error && !*error)
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the engine says it has it, and has it not");
  }
  g_prefix_error(error, "cannot pull '%s': ", name);
  return FALSE;
}
