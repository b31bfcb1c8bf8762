/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/remote.h"

#include <string.h>

#include "base/process.h"
#include "recipe/remote-private.h"

#define DEFAULT_SECONDS 1800U

/* ---- addresses ---- */

static const char *const schemes[] = {"https://", "http://", "ssh://", "git://", "file://", NULL};

/* "user@host:path", as scp(1) has it; docker knows "git@" only. */
static gboolean is_scp(const char *text)
{
  return g_str_has_prefix(text, "git@") && strchr(text, ':') != NULL;
}

gboolean cr_remote_is_address(const char *context)
{
  return strstr(context, "://") || g_str_has_prefix(context, "git@") || g_str_has_prefix(context, "github.com/");
}

static gboolean refuse(const char *text, const char *why, GError **error)
{
  g_autofree char *safe = cr_remote_redact(text);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the context '%s': %s", safe, why);
  return FALSE;
}

/* REF:FOLDER. A ref that begins with a dash would be an option of git's. */
static const char *take_fragment(const char *fragment, CrArena *arena, CrRemote *remote)
{
  const char *colon = strchr(fragment, ':');
  gsize length = colon ? (gsize)(colon - fragment) : strlen(fragment);
  remote->ref = length ? cr_arena_strndup(arena, fragment, length) : NULL;
  remote->folder = colon && colon[1] ? cr_arena_strdup(arena, colon + 1) : NULL;
  if (remote->ref && (*remote->ref == '-' || strpbrk(remote->ref, " \t\n\r~^?*[\\") || strstr(remote->ref, "..")))
    return "its ref is none that git could have";
  if (remote->folder && (*remote->folder == '/' || strstr(remote->folder, "..")))
    return "its folder must be below the repository";
  return NULL;
}

gboolean cr_remote_parse(const char *context, CrArena *arena, CrRemote *remote, GError **error)
{
  *remote = (CrRemote){0};
  const char *hash = strchr(context, '#');
  const char *url = hash ? cr_arena_strndup(arena, context, (gsize)(hash - context)) : cr_arena_strdup(arena, context);
  const char *scheme = NULL;
  for (guint i = 0; schemes[i] && !scheme; i++)
    scheme = g_str_has_prefix(url, schemes[i]) ? schemes[i] : NULL;
  if (!scheme && g_str_has_prefix(url, "github.com/"))
    url = cr_arena_printf(arena, "https://%s", url);
  else if (!scheme && !is_scp(url))
    return refuse(context, "https, http, ssh, git and file are what can be fetched", error);
  for (const char *at = url; *at; at++)
    if ((guchar)*at <= ' ' || *at == 0x7f)
      return refuse(context, "there is a space or a control character in it", error);
  gboolean web = scheme && g_str_has_prefix(scheme, "http");
  remote->url = url;
  remote->git = !web || g_str_has_suffix(url, ".git") || g_str_has_prefix(context, "github.com/");
  if (scheme && !url[strlen(scheme)])
    return refuse(context, "it has no host", error);
  if (!remote->git && hash)
    return refuse(context, "only a git repository (….git) has a part behind '#'", error);
  const char *why = hash ? take_fragment(hash + 1, arena, remote) : NULL;
  return why ? refuse(context, why, error) : TRUE;
}

const char *cr_remote_find_login(const char *text, gsize *length)
{
  const char *begin = strstr(text, "://");
  const char *at = begin ? g_strrstr_len(begin + 3, (gssize)strcspn(begin + 3, "/?#"), "@") : NULL;
  *length = at ? (gsize)(at - begin - 3) : 0;
  return at ? begin + 3 : NULL;
}

char *cr_remote_redact(const char *text)
{
  gsize length = 0;
  const char *login = cr_remote_find_login(text, &length);
  return login ? g_strdup_printf("%.*s***%s", (int)(login - text), text, login + length) : g_strdup(text);
}

/* ---- fetching ---- */

void cr_remote_context_clear(CrRemoteContext *context)
{
  g_free(context->folder);
  g_free(context->revision);
}

static gboolean fetch_archive(const CrRemote *remote, const char *folder, const CrRemoteOptions *options,
                              CrRemoteContext *context, GError **error)
{
  guint seconds = options->seconds ? options->seconds : DEFAULT_SECONDS;
  g_autofree char *safe = cr_remote_redact(remote->url);
  g_autoptr(CrStream) stream = NULL;
  CrHttpRequest request = {
      .url = remote->url, .timeout_ms = seconds * 1000, .watch = options->watch, .watch_data = options->data};
  g_autoptr(CrHttpResponse) response = cr_http_open(options->http, &request, &stream, error);
  if (!response) {
    g_prefix_error(error, "cannot fetch the context '%s': ", safe);
    return FALSE;
  }
  if (response->status != 200) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot fetch the context '%s': it answered %d", safe,
                response->status);
    return FALSE;
  }
  context->folder = g_strdup(folder);
  return cr_remote_unpack(stream, folder, safe, &context->revision, error);
}

gboolean cr_remote_fetch(const CrRemote *remote, const char *folder, const CrRemoteOptions *options,
                         CrRemoteContext *context, GError **error)
{
  CrRemoteOptions complete = *options;
  complete.seconds = options->seconds ? options->seconds : DEFAULT_SECONDS;
  return remote->git ? cr_remote_clone(remote, folder, &complete, context, error)
                     : fetch_archive(remote, folder, &complete, context, error);
}
