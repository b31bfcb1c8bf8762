/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <string.h>

#include "base/error.h"
#include "base/http-private.h"
#include "base/limits.h"
#include "base/log.h"

#define TRIES          5
#define TRIES_USEC     (60 * G_USEC_PER_SEC)
#define REDIRECTS      10
#define STALL_MS       30000U
#define LOCAL_STALL_MS 600000U /* a daemon lays an export out on disk before it sends the first byte */
#define IDLE_PAIRS     16U

/* ---- the client ---- */

CrHttp *cr_http_new(const CrHttpOptions *options)
{
  CrHttp *http = g_new0(CrHttp, 1);
  http->references = 1;
  http->unix_socket = g_strdup(options->unix_socket);
  http->ca_file = g_strdup(options->ca_file);
  http->cert_file = g_strdup(options->cert_file);
  http->key_file = g_strdup(options->key_file);
  http->auth_conf = g_strdup(options->auth_conf);
  http->offline = options->offline;
  http->stall_ms = options->unix_socket ? LOCAL_STALL_MS : STALL_MS;
  g_mutex_init(&http->mutex);
  http->idle = g_ptr_array_new();
  return http;
}

CrHttp *cr_http_ref(CrHttp *http)
{
  g_atomic_int_inc(&http->references);
  return http;
}

static void pair_free(const CrCurl *curl, CrHttpPair *pair)
{
  curl->easy_cleanup(pair->easy);
  curl->multi_cleanup(pair->multi);
  g_free(pair->origin);
  g_free(pair);
}

void cr_http_free(CrHttp *http)
{
  if (!http || !g_atomic_int_dec_and_test(&http->references))
    return;
  for (guint i = 0; i < http->idle->len; i++)
    pair_free(cr_curl_load(NULL), http->idle->pdata[i]);
  g_ptr_array_unref(http->idle);
  g_mutex_clear(&http->mutex);
  g_free(http->unix_socket);
  g_free(http->ca_file);
  g_free(http->cert_file);
  g_free(http->key_file);
  g_free(http->auth_conf);
  g_free(http);
}

void cr_http_set_stall_ms(CrHttp *http, guint stall_ms)
{
  http->stall_ms = stall_ms;
}

CrHttpPair *cr_http_take_pair(CrHttp *http, const CrCurl *curl, const char *origin)
{
  CrHttpPair *pair = NULL;
  g_mutex_lock(&http->mutex);
  for (guint i = http->idle->len; i > 0 && !pair; i--) {
    CrHttpPair *idle = http->idle->pdata[i - 1];
    if (g_strcmp0(idle->origin, origin) == 0)
      pair = g_ptr_array_steal_index(http->idle, i - 1);
  }
  if (!pair && http->idle->len >= IDLE_PAIRS)
    pair = g_ptr_array_steal_index(http->idle, 0);
  g_mutex_unlock(&http->mutex);
  if (!pair) {
    pair = g_new0(CrHttpPair, 1);
    pair->easy = curl->easy_init();
    pair->multi = curl->multi_init();
    g_assert(pair->easy && pair->multi); /* NULL means that memory is refused, where GLib ends as well */
  }
  g_free(pair->origin);
  pair->origin = g_strdup(origin);
  return pair;
}

void cr_http_return_pair(CrHttp *http, const CrCurl *curl, CrHttpPair *pair)
{
  (void)curl;
  g_mutex_lock(&http->mutex);
  g_ptr_array_add(http->idle, pair);
  g_mutex_unlock(&http->mutex);
}

/* ---- URLs ---- */

static const GUriFlags url_flags = G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_SCHEME_NORMALIZE;

char *cr_http_format_origin(const char *url)
{
  g_autoptr(GUri) uri = g_uri_parse(url, url_flags, NULL);
  if (!uri || !g_uri_get_host(uri))
    return NULL;
  const char *scheme = g_uri_get_scheme(uri);
  gboolean six = strchr(g_uri_get_host(uri), ':') != NULL;
  int port = g_uri_get_port(uri);
  if (port < 0)
    port = strcmp(scheme, "https") == 0 ? 443 : 80;
  g_autofree char *host = g_ascii_strdown(g_uri_get_host(uri), -1);
  return g_strdup_printf("%s://%s%s%s:%d", scheme, six ? "[" : "", host, six ? "]" : "", port);
}

char *cr_http_format_url(const char *url)
{
  g_autoptr(GUri) uri = g_uri_parse(url, url_flags, NULL);
  if (!uri)
    return g_strdup(url);
  g_autoptr(GUri) bare = g_uri_build(url_flags, g_uri_get_scheme(uri), NULL, g_uri_get_host(uri), g_uri_get_port(uri),
                                     g_uri_get_path(uri), NULL, NULL);
  return g_uri_to_string(bare);
}

/* ---- answers ---- */

CrHttpResponse *cr_http_response_new(int status, const char *final_url)
{
  CrHttpResponse *response = g_new0(CrHttpResponse, 1);
  response->status = status;
  response->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  response->final_url = g_strdup(final_url);
  return response;
}

void cr_http_response_free(CrHttpResponse *response)
{
  if (!response)
    return;
  g_hash_table_unref(response->headers);
  if (response->body)
    g_bytes_unref(response->body);
  g_free(response->final_url);
  g_free(response);
}

const char *cr_http_response_find_header(const CrHttpResponse *response, const char *name)
{
  return g_hash_table_lookup(response->headers, name);
}

/* ---- redirects ---- */

static gboolean is_redirect(int status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The URL that RESPONSE to URL sends to, or NULL with ERROR; NULL without where it is no redirect. */
static char *find_redirect(const CrHttpResponse *response, const char *url, GError **error)
{
  const char *location = cr_http_response_find_header(response, "location");
  if (!is_redirect(response->status) || !location)
    return NULL;
  g_autofree char *where = cr_http_format_url(url);
  g_autofree char *next = g_uri_resolve_relative(url, location, url_flags, NULL);
  gboolean secure = next && g_str_has_prefix(next, "https://");
  if (!next || (!secure && !g_str_has_prefix(next, "http://"))) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot follow '%s': it sends to '%s'", where, location);
    return NULL;
  }
  if (!secure && g_ascii_strncasecmp(url, "https://", 8) == 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot follow '%s': it sends from https to http", where);
    return NULL;
  }
  return g_steal_pointer(&next);
}

/* Let a short body run out, so that the connection can be used again. */
static void drain(CrStream *stream)
{
  const guint8 *data;
  for (gssize n, all = 0; all < (gssize)(64 * CR_KIB) && (n = cr_stream_next(stream, &data, NULL)) > 0;)
    all += n;
  cr_stream_free(stream);
}

static CrHttpResponse *follow(CrHttp *http, const CrHttpRequest *request, gint64 deadline, CrStream **stream,
                              gboolean *dropped, GError **error)
{
  CrHttpRequest now = *request;
  g_autofree char *url = g_strdup(request->url);
  g_autofree char *origin = cr_http_format_origin(url);
  for (guint hops = 0; hops <= REDIRECTS; hops++) {
    g_autofree char *here = cr_http_format_origin(url);
    gboolean foreign = g_strcmp0(here, origin) != 0;
    CrHttpResponse *response = cr_http_transfer(http, &now, url, foreign, deadline, stream, dropped, error);
    if (!response)
      return NULL;
    g_autoptr(GError) refused = NULL;
    g_autofree char *next = request->upload || request->no_redirect ? NULL : find_redirect(response, url, &refused);
    if (!next && !refused)
      return response;
    drain(g_steal_pointer(stream));
    /* RFC 9110 §15.4: 303 asks for GET, and so do the older two in practice. */
    if (response->status <= 303 && g_strcmp0(now.method, "HEAD") != 0) {
      now.method = NULL;
      now.body = NULL;
    }
    cr_http_response_free(response);
    if (refused) {
      g_propagate_error(error, g_steal_pointer(&refused));
      return NULL;
    }
    g_free(url);
    url = g_steal_pointer(&next);
  }
  g_autofree char *where = cr_http_format_url(request->url);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot follow '%s': more than %d redirects", where, REDIRECTS);
  return NULL;
}

/* ---- tries ---- */

typedef struct {
  guint count;
  gint64 end; /* µs, monotonic */
} Tries;

static gboolean is_worth_another(int status)
{
  return status == 429 || status == 502 || status == 503 || status == 504;
}

/* Seconds of Retry-After (a date is rare and taken as the shortest), or 0. */
static gint64 get_retry_after(const CrHttpResponse *response)
{
  const char *text = response ? cr_http_response_find_header(response, "retry-after") : NULL;
  return text ? (gint64)MIN(g_ascii_strtoull(text, NULL, 10), 3600) : 0;
}

/* Wait before the next try; FALSE: no more tries. Half a second, doubled each time, a quarter up or down by chance so
 * that many clients do not come back together. */
static gboolean wait_for_next(Tries *tries, const CrHttpRequest *request, const CrHttpResponse *response)
{
  if (request->no_retry || request->upload || ++tries->count >= TRIES)
    return FALSE;
  gint64 usec = (gint64)(G_USEC_PER_SEC / 2) << (tries->count - 1);
  usec += g_random_int_range(-25, 26) * (usec / 100);
  usec = MAX(usec, get_retry_after(response) * G_USEC_PER_SEC);
  if (g_get_monotonic_time() + usec > tries->end)
    return FALSE;
  g_autofree char *where = cr_http_format_url(request->url);
  cr_log_verbose("'%s' did not answer, again in %.1f s", where, (double)usec / G_USEC_PER_SEC);
  g_usleep((gulong)usec);
  return TRUE;
}

static CrHttpResponse *open_with(CrHttp *http, const CrHttpRequest *request, Tries *tries, CrStream **stream,
                                 GError **error)
{
  *stream = NULL;
  if (g_ascii_strncasecmp(request->url, "file:", 5) == 0)
    return cr_http_open_file(request, stream, error);
  if (http->offline && !http->unix_socket) {
    g_autofree char *where = cr_http_format_url(request->url);
    g_set_error(error, CR_ERROR, CR_ERROR_OFFLINE, "cannot reach '%s': --offline", where);
    return NULL;
  }
  gint64 deadline = request->timeout_ms ? g_get_monotonic_time() + (gint64)request->timeout_ms * 1000 : 0;
  for (;;) {
    g_autoptr(GError) cause = NULL;
    gboolean dropped = FALSE;
    CrHttpResponse *response = follow(http, request, deadline, stream, &dropped, &cause);
    if (response && (!is_worth_another(response->status) || !wait_for_next(tries, request, response)))
      return response;
    if (response) {
      drain(g_steal_pointer(stream));
      cr_http_response_free(response);
    } else if (!dropped || !wait_for_next(tries, request, NULL)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return NULL;
    }
  }
}

CrHttpResponse *cr_http_open(CrHttp *http, const CrHttpRequest *request, CrStream **stream, GError **error)
{
  Tries tries = {.end = g_get_monotonic_time() + TRIES_USEC};
  return open_with(http, request, &tries, stream, error);
}

CrHttpResponse *cr_http_fetch(CrHttp *http, const CrHttpRequest *request, GError **error)
{
  CrHttpRequest limited = *request;
  if (!limited.max_bytes)
    limited.max_bytes = CR_LIMIT_HTTP_BODY;
  Tries tries = {.end = g_get_monotonic_time() + TRIES_USEC};
  for (;;) {
    g_autoptr(GError) cause = NULL;
    g_autoptr(CrStream) stream = NULL;
    g_autoptr(CrHttpResponse) response = open_with(http, &limited, &tries, &stream, error);
    if (!response)
      return NULL;
    response->body = cr_stream_read_all(stream, limited.max_bytes, &cause);
    if (response->body)
      return g_steal_pointer(&response);
    gboolean broken = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
    if (!broken || !wait_for_next(&tries, request, NULL)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return NULL;
    }
  }
}
