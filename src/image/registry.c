/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registry.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/source-private.h"

struct CrRegistry {
  CrHttp *http;
  char *base;          /* "https://host/v2/repository" */
  char *name;          /* for messages, as the reference says it, also behind a mirror */
  char *place;         /* …of all of it: "docker.io" */
  CrSilent *silent;    /* borrowed, or NULL */
  char *host;          /* whose credentials: the registry's, or the mirror's */
  char *repository;    /* at `host` */
  gboolean secure;     /* https */
  const char *verb;    /* "read", or "write" while pushing */
  char *mount;         /* a repository to mount blobs from, or NULL */
  GMutex mutex;        /* of what follows */
  char *authorization; /* the header's line, or NULL */
  guint logins;        /* counts changes of `authorization` */
  gboolean searched;   /* `credentials` were looked for */
  CrCredentials credentials;
  CrProblems *problems; /* of the opener, or NULL */
};

#define HUB_HOST   "registry-1.docker.io"
#define PING_MS    10000U
#define TOKEN_BODY CR_MIB

void cr_registry_free(CrRegistry *registry)
{
  if (!registry)
    return;
  cr_http_free(registry->http);
  g_free(registry->base);
  g_free(registry->name);
  g_free(registry->place);
  g_free(registry->host);
  g_free(registry->repository);
  g_free(registry->mount);
  g_free(registry->authorization);
  cr_credentials_clear(&registry->credentials);
  g_mutex_clear(&registry->mutex);
  g_free(registry);
}

void cr_registry_set_pushing(CrRegistry *registry, const char *from)
{
  registry->verb = "write";
  registry->silent = NULL; /* a push has patience of its own */
  registry->mount = g_strdup(from);
}

const char *cr_registry_get_mount(const CrRegistry *registry)
{
  return registry->mount;
}

char *cr_registry_format_url(const CrRegistry *registry, const char *path)
{
  g_autofree char *base = g_strconcat(registry->base, "/", NULL);
  return g_uri_resolve_relative(base, path, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
}

char *cr_registry_find_next(const CrRegistry *registry, const CrHttpResponse *response)
{
  const char *link = cr_http_response_find_header(response, "link");
  const char *end = link && *link == '<' ? strchr(link, '>') : NULL;
  if (!end || !strstr(end, "rel=\"next\""))
    return NULL;
  g_autofree char *place = g_strndup(link + 1, (gsize)(end - link) - 1);
  return cr_registry_format_url(registry, place);
}

const char *cr_registry_get_name(const CrRegistry *registry)
{
  return registry->name;
}

/* ---- where it is ---- */

static gboolean is_loopback(const char *host)
{
  return strcmp(host, "localhost") == 0 || g_str_has_prefix(host, "localhost:") || g_str_has_prefix(host, "127.") ||
         g_str_has_prefix(host, "[::1]");
}

/* It does not answer: what that comes to for whoever asks for many images. */
static void group_silence(const CrRegistry *registry, const char *who, GError *error)
{
  const char *reason = cr_error_get_reason(error);
  g_autofree char *text = g_strdup_printf("%s%s%s", who, reason ? ": " : "", reason ? reason : "");
  if (g_error_matches(error, CR_ERROR, CR_ERROR_ENVIRONMENT))
    cr_error_set_group(error, registry->place, text);
}

/* REQUEST, where its server is not known to be silent; STREAM: as cr_http_open's, or NULL: the whole body. NO_ANSWER:
 * what is said where there is none. */
static CrHttpResponse *ask_unless_silent(const CrRegistry *registry, const CrHttpRequest *request, CrStream **stream,
                                         const char *no_answer, GError **error)
{
  g_autoptr(GError) why = NULL;
  CrHttpResponse *response = NULL;
  if (stream)
    *stream = NULL;
  if (cr_silent_may_ask(registry->silent, request->url, &why)) {
    response =
        stream ? cr_http_open(registry->http, request, stream, &why) : cr_http_fetch(registry->http, request, &why);
    cr_silent_told(registry->silent, request->url, why);
  }
  if (response)
    return response;
  group_silence(registry, no_answer, why);
  g_propagate_error(error, g_steal_pointer(&why));
  return NULL;
}

static int ping(const CrRegistry *registry, const char *scheme, const char *host, GError **error)
{
  g_autofree char *url = g_strdup_printf("%s://%s/v2/", scheme, host);
  CrHttpRequest request = {.url = url, .timeout_ms = PING_MS, .no_retry = TRUE};
  g_autoptr(CrHttpResponse) response = ask_unless_silent(registry, &request, NULL, "does not answer", error);
  return response ? response->status : -1;
}

/* As docker: a registry on this machine may do without TLS, no other. A server of TLS answers plain HTTP too, with 400,
 * and then what is wrong with its certificate is the news. */
static const char *choose_scheme(const CrRegistry *registry, const char *host, GError **error)
{
  if (!is_loopback(host))
    return "https";
  g_autoptr(GError) why = NULL;
  g_autoptr(GError) ignored = NULL;
  if (ping(registry, "https", host, &why) >= 0)
    return "https";
  int status = ping(registry, "http", host, &ignored);
  if (status == 200 || status == 401 || status == 404)
    return "http";
  g_propagate_error(error, g_steal_pointer(&why));
  return NULL;
}

/* MIRROR is a URL, its path in front of the repository's: "https://proxy.example/hub" (as containerd's and zot's). */
static gboolean use_mirror(CrRegistry *registry, const char *mirror, const char *repository, GError **error)
{
  g_autoptr(GUri) uri = g_uri_parse(mirror, G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri ? g_uri_get_scheme(uri) : "";
  registry->secure = strcmp(scheme, "https") == 0;
  if (!uri || !g_uri_get_host(uri) || (!registry->secure && strcmp(scheme, "http") != 0)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "cannot use '%s' as a registry's mirror: it is not http:// or https://", mirror);
    return FALSE;
  }
  const char *path = g_uri_get_path(uri) + strspn(g_uri_get_path(uri), "/");
  g_autofree char *prefix = g_strdup(path);
  if (g_str_has_suffix(prefix, "/"))
    prefix[strlen(prefix) - 1] = 0;
  if (g_uri_get_port(uri) > 0)
    registry->host = g_strdup_printf("%s:%d", g_uri_get_host(uri), g_uri_get_port(uri));
  else
    registry->host = g_strdup(g_uri_get_host(uri));
  registry->repository = *prefix ? g_strconcat(prefix, "/", repository, NULL) : g_strdup(repository);
  registry->base = g_strdup_printf("%s://%s/v2/%s", scheme, registry->host, registry->repository);
  return TRUE;
}

static gboolean use_own_host(CrRegistry *registry, const CrReference *reference, const CrSourceOptions *options,
                             GError **error)
{
  gboolean hub = strcmp(reference->registry, "docker.io") == 0;
  const char *host = hub ? HUB_HOST : reference->registry;
  const char *scheme = options->plain_http ? "http" : choose_scheme(registry, host, error);
  if (!scheme)
    return FALSE;
  registry->secure = strcmp(scheme, "https") == 0;
  registry->host = g_strdup(reference->registry);
  registry->repository = g_strdup(reference->repository);
  registry->base = g_strdup_printf("%s://%s/v2/%s", scheme, host, reference->repository);
  return TRUE;
}

CrRegistry *cr_registry_new(const CrReference *reference, const CrSourceOptions *options, CrProblems *problems,
                            GError **error)
{
  if (options->ca_file && access(options->ca_file, R_OK) != 0) { /* curl would blame the network */
    cr_source_set_path_error(options->ca_file, errno, error);
    return NULL;
  }
  CrHttpOptions http_options = {.ca_file = options->ca_file, .offline = options->offline};
  g_autoptr(CrRegistry) registry = g_new0(CrRegistry, 1);
  g_mutex_init(&registry->mutex);
  registry->http = cr_http_new(&http_options);
  registry->name = g_strdup_printf("%s/%s", reference->registry, reference->repository);
  registry->verb = "read";
  registry->silent = options->silent;
  registry->problems = problems;
  const char *mirror = options->mirrors ? g_hash_table_lookup(options->mirrors, reference->registry) : NULL;
  registry->place = mirror ? g_strdup_printf("%s, by its mirror", reference->registry) : g_strdup(reference->registry);
  gboolean ok = mirror ? use_mirror(registry, mirror, reference->repository, error)
                       : use_own_host(registry, reference, options, error);
  return ok ? g_steal_pointer(&registry) : NULL;
}

/* ---- logging in ---- */

static void set_refused(const CrRegistry *registry, int status, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot %s '%s': access denied (%d%s%s)", registry->verb,
              registry->name, status, why ? ": " : "", why ? why : "");
  if (!error)
    return;
  cr_error_set_hint(*error, "docker login %s, or see whether the name is right", registry->host);
  g_autofree char *reason = g_strdup_printf("denies access (%d)", status);
  cr_error_set_group(*error, registry->place, reason);
}

static char *format_basic(const CrCredentials *credentials)
{
  g_autofree char *plain = g_strconcat(credentials->user, ":", credentials->password, NULL);
  g_autofree char *encoded = g_base64_encode((const guchar *)plain, strlen(plain));
  return g_strdup_printf("Authorization: Basic %s", encoded);
}

static void append_query(GString *text, const char *name, const char *value)
{
  if (!value)
    return;
  if (text->len)
    g_string_append_c(text, '&');
  g_string_append_printf(text, "%s=", name);
  g_string_append_uri_escaped(text, value, NULL, FALSE);
}

/* The token server's answer; docker's token.md has `token`, OAuth2 `access_token`. */
static char *take_token(const CrRegistry *registry, const CrHttpResponse *response, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(response->body, &size);
  if (response->status == 401 || response->status == 403) {
    set_refused(registry, response->status, "its token server refused", error);
    return NULL;
  }
  g_autoptr(CrJsonDoc) doc =
      response->status == 200 ? cr_json_parse(text ? text : "", size, "the token server's answer", error) : NULL;
  if (response->status != 200)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read '%s': its token server answered %d", registry->name,
                response->status);
  if (!doc)
    return NULL;
  const CrJson *root = cr_json_get_root(doc);
  const char *token = cr_json_find_string(root, "token", cr_json_find_string(root, "access_token", ""));
  if (!*token || strpbrk(token, "\r\n")) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read '%s': its token server gave none", registry->name);
    return NULL;
  }
  return g_strdup_printf("Authorization: Bearer %s", token);
}

static char *fetch_token(CrRegistry *registry, const CrChallenge *challenge, GError **error)
{
  const CrCredentials *credentials = &registry->credentials;
  if (credentials->registry_token)
    return g_strdup_printf("Authorization: Bearer %s", credentials->registry_token);
  /* a password must not be lured out of TLS by the one who asks for it */
  if (!challenge->realm || (!g_str_has_prefix(challenge->realm, "https://") &&
                            (registry->secure || !g_str_has_prefix(challenge->realm, "http://")))) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read '%s': it names '%s' as its token server",
                registry->name, challenge->realm ? challenge->realm : "");
    return NULL;
  }
  g_autofree char *own_scope = g_strdup_printf("repository:%s:pull", registry->repository);
  g_autoptr(GString) query = g_string_new(NULL);
  append_query(query, "service", challenge->service);
  append_query(query, "scope", challenge->scope ? challenge->scope : own_scope);
  if (registry->mount) {
    g_autofree char *mount_scope = g_strdup_printf("repository:%s:pull", registry->mount);
    append_query(query, "scope", mount_scope);
  }
  g_autofree char *basic = credentials->user && !credentials->identity_token ? format_basic(credentials) : NULL;
  g_autofree char *url = NULL;
  g_autoptr(GBytes) form = NULL;
  if (credentials->identity_token) { /* OAuth2 (token/oauth.md) */
    append_query(query, "grant_type", "refresh_token");
    append_query(query, "client_id", "careen");
    append_query(query, "refresh_token", credentials->identity_token);
    form = g_bytes_new(query->str, query->len);
    url = g_strdup(challenge->realm);
  } else {
    url = g_strconcat(challenge->realm, strchr(challenge->realm, '?') ? "&" : "?", query->str, NULL);
  }
  const char *headers[] = {form ? "Content-Type: application/x-www-form-urlencoded" : basic, NULL};
  CrHttpRequest request = {.url = url, .headers = headers, .body = form, .max_bytes = TOKEN_BODY};
  g_autoptr(CrHttpResponse) response =
      ask_unless_silent(registry, &request, NULL, "its token server does not answer", error);
  return response ? take_token(registry, response, error) : NULL;
}

/* The header that answers the challenge in HEADER. */
static char *make_authorization(CrRegistry *registry, const char *header, GError **error)
{
  if (!registry->searched)
    cr_credentials_find(registry->host, registry->repository, &registry->credentials, registry->problems);
  registry->searched = TRUE;
  g_autoptr(GPtrArray) challenges = cr_challenges_parse(header);
  const CrChallenge *basic = NULL;
  for (guint i = 0; i < challenges->len; i++) {
    const CrChallenge *challenge = challenges->pdata[i];
    if (strcmp(challenge->scheme, "bearer") == 0)
      return fetch_token(registry, challenge, error);
    if (strcmp(challenge->scheme, "basic") == 0)
      basic = challenge;
  }
  if (basic && registry->credentials.user)
    return format_basic(&registry->credentials);
  set_refused(registry, 401,
              basic ? "it wants a password and none is stored" : "by no way of logging in that careen has", error);
  return NULL;
}

/* After a 401 to a request made at SEEN logins. One thread logs in, the others find it done. */
static gboolean log_in(CrRegistry *registry, guint seen, const char *header, GError **error)
{
  g_mutex_lock(&registry->mutex);
  gboolean ok = registry->logins != seen;
  if (!ok) {
    char *authorization = make_authorization(registry, header, error);
    ok = authorization != NULL;
    if (ok) {
      g_free(registry->authorization);
      registry->authorization = authorization;
      registry->logins++;
    }
  }
  g_mutex_unlock(&registry->mutex);
  return ok;
}

/* ---- asking ---- */

/* A Location may lead to a storage of somebody else's, where our credentials have no business. */
static gboolean is_own_url(const CrRegistry *registry, const char *url)
{
  const char *path = strchr(strstr(registry->base, "://") + 3, '/');
  return strncmp(url, registry->base, (gsize)(path - registry->base) + 1) == 0;
}

CrHttpResponse *cr_registry_ask(CrRegistry *registry, CrHttpRequest *request, const char *const *accept,
                                CrStream **stream, GError **error)
{
  gboolean own = is_own_url(registry, request->url);
  for (gboolean again = FALSE;; again = TRUE) {
    g_mutex_lock(&registry->mutex);
    g_autofree char *authorization = g_strdup(registry->authorization);
    guint seen = registry->logins;
    g_mutex_unlock(&registry->mutex);
    g_autoptr(GPtrArray) headers = g_ptr_array_new();
    for (guint i = 0; accept && accept[i]; i++)
      g_ptr_array_add(headers, (gpointer)accept[i]);
    if (own)
      g_ptr_array_add(headers, authorization);
    g_ptr_array_add(headers, NULL);
    request->headers = (const char *const *)headers->pdata;
    g_autoptr(CrHttpResponse) response = ask_unless_silent(registry, request, stream, "does not answer", error);
    request->headers = NULL;
    const char *challenge = response ? cr_http_response_find_header(response, "www-authenticate") : NULL;
    if (!response || response->status != 401 || !challenge || again || !own)
      return g_steal_pointer(&response);
    g_clear_pointer(stream, cr_stream_free);
    if (!log_in(registry, seen, challenge, error))
      return NULL;
    if (request->upload) /* it is half read */
      return g_steal_pointer(&response);
  }
}

/* The registry's own words (distribution-spec "Error Codes"), or NULL. */
static char *read_reason(CrStream *stream)
{
  g_autoptr(GBytes) body = stream ? cr_stream_read_all(stream, CR_MIB, NULL) : NULL;
  gsize size = 0;
  const char *text = body ? g_bytes_get_data(body, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text && size ? cr_json_parse(text, size, "error", NULL) : NULL;
  const CrJson *first = doc ? cr_json_get_element(cr_json_find(cr_json_get_root(doc), "errors"), 0) : NULL;
  const char *message = cr_json_find_string(first, "message", NULL);
  return message ? g_strndup(message, 200) : NULL;
}

/* What any answer but 200 and 206 means. */
void cr_registry_set_status_error(const CrRegistry *registry, const char *what, int status, CrStream *stream,
                                  GError **error)
{
  g_autofree char *reason = read_reason(stream);
  if (status == 401 || status == 403) {
    set_refused(registry, status, reason, error);
    return;
  }
  gboolean absent = status == 404;
  g_set_error(error, CR_ERROR, absent ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT,
              "cannot %s %s of '%s': the registry %s (%d%s%s)", registry->verb, what, registry->name,
              absent ? "does not have it" : "answered with an error", status, reason ? ": " : "", reason ? reason : "");
  g_autofree char *group = g_strdup_printf("%s (%d)",
                                           absent          ? "does not have it"
                                           : status == 429 ? "limits how much may be asked"
                                                           : "answers with an error",
                                           status);
  if (error)
    cr_error_set_group(*error, registry->place, group);
  if (error && status == 429)
    cr_error_set_hint(*error, "it limits how much may be asked; docker login %s may raise that", registry->host);
}

/* What URL gave; it is not fetched again where it is not right. */
static gboolean check_digest(const CrRegistry *registry, const char *url, const char *what, const char *name,
                             GBytes *body, char **digest, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(body, &size);
  g_autofree char *actual = cr_digest_of(data, size);
  if (strchr(name, ':') && strcmp(actual, name) != 0) {
    GError *why = g_error_new(CR_ERROR, CR_ERROR_TRUST, "cannot use %s of '%s': its bytes have the digest %s", what,
                              registry->name, actual);
    cr_error_set_group(why, registry->place, "gives bytes that are not what their digest says");
    cr_silent_mark_bad(registry->silent, url, why);
    g_propagate_error(error, why);
    return FALSE;
  }
  *digest = g_steal_pointer(&actual);
  return TRUE;
}

CrHttpResponse *cr_registry_fetch_manifest(CrRegistry *registry, const char *name, const char *method, char **digest,
                                           GError **error)
{
  static const char *const accept[] = {
      "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
      "application/vnd.docker.distribution.manifest.list.v2+json, "
      "application/vnd.docker.distribution.manifest.v2+json",
      NULL};
  g_autofree char *url = g_strdup_printf("%s/manifests/%s", registry->base, name);
  g_autofree char *what = g_strdup_printf("manifest '%s'", name);
  CrHttpRequest request = {.method = method, .url = url, .max_bytes = CR_LIMIT_DOCUMENT_BYTES};
  gboolean head = g_strcmp0(method, "HEAD") == 0;
  if (!head && !cr_silent_is_good(registry->silent, url, error))
    return NULL;
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, accept, &stream, error);
  if (!response)
    return NULL;
  if (response->status != 200) {
    cr_registry_set_status_error(registry, what, response->status, stream, error);
    return NULL;
  }
  response->body = cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error);
  if (!response->body)
    return NULL;
  const char *told = cr_http_response_find_header(response, "docker-content-digest");
  gboolean valid = told && cr_digest_is_valid(told);
  if (head) {
    *digest = valid ? g_strdup(told) : NULL;
    return g_steal_pointer(&response);
  }
  /* the header is what a tag is compared with; bytes that are not its are not the image */
  return check_digest(registry, url, what, strchr(name, ':') || !valid ? name : told, response->body, digest, error)
             ? g_steal_pointer(&response)
             : NULL;
}

static char *format_blob_url(const CrRegistry *registry, const char *digest)
{
  return g_strdup_printf("%s/blobs/%s", registry->base, digest);
}

gboolean cr_registry_is_good_blob(const CrRegistry *registry, const char *digest, GError **error)
{
  g_autofree char *url = format_blob_url(registry, digest);
  return cr_silent_is_good(registry->silent, url, error);
}

void cr_registry_mark_bad_blob(const CrRegistry *registry, const char *digest, const GError *why)
{
  g_autofree char *url = format_blob_url(registry, digest);
  cr_silent_mark_bad(registry->silent, url, why);
}

CrHttpResponse *cr_registry_open_blob_at(CrRegistry *registry, const char *digest, guint64 from, CrStream **stream,
                                         GError **error)
{
  g_autofree char *url = format_blob_url(registry, digest);
  CrHttpRequest request = {.url = url, .resume_from = from};
  g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, NULL, stream, error);
  if (!response || response->status == 200 || (response->status == 206 && from))
    return g_steal_pointer(&response);
  g_autofree char *what = g_strdup_printf("blob '%s'", digest);
  cr_registry_set_status_error(registry, what, response->status, *stream, error);
  g_clear_pointer(stream, cr_stream_free);
  return NULL;
}

GBytes *cr_registry_fetch_blob(CrRegistry *registry, const CrDescriptor *descriptor, GError **error)
{
  if (!cr_registry_is_good_blob(registry, descriptor->digest, error))
    return NULL;
  g_autoptr(CrStream) stream = cr_registry_open_blob(registry, descriptor->digest, descriptor->size_bytes, error);
  g_autoptr(GBytes) body = stream ? cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error) : NULL;
  if (!body)
    return NULL;
  g_autofree char *digest = NULL;
  g_autofree char *what = g_strdup_printf("blob '%s'", descriptor->digest);
  g_autofree char *url = format_blob_url(registry, descriptor->digest);
  return check_digest(registry, url, what, descriptor->digest, body, &digest, error) ? g_steal_pointer(&body) : NULL;
}
