/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP(S), also over the daemons' unix sockets, and file:// for mirrors on disk. libcurl underneath, loaded at first
 * use: its forty libraries cost 5 ms that a scan from the cache does not have.
 *
 * Proxies come from the usual variables. Redirects are followed (at most 10; credentials go only to the host they are
 * for; https never falls to http). Answers 429, 502, 503, 504 and dropped connections are tried again with back-off
 * (Retry-After honoured, at most 5 tries, 60 s in all); a stalled transfer (under 100 B/s for 30 s; only waiting
 * counts, not the reader's own time) ends. No cookies,
 * no telemetry; the user agent is "careen/VERSION". */
#pragma once
#include "base/stream.h"

typedef struct CrHttp CrHttp; /* a client: connections are kept and shared between requests; any number of threads */

typedef struct {
  const char *unix_socket;          /* path or NULL */
  const char *ca_file;              /* PEM, added to the system's, or NULL */
  const char *cert_file, *key_file; /* PEM, to show who the client is, or NULL */
  gboolean offline;                 /* refuse everything but file:// and unix sockets with CR_ERROR_OFFLINE */
  const char
      *auth_conf; /* folder in apt_auth.conf(5) format ("/etc/apt/auth.conf.d", with auth.conf beside it), or NULL */
} CrHttpOptions;

CrHttp *cr_http_new(const CrHttpOptions *options);
void cr_http_free(CrHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrHttp, cr_http_free)

typedef struct {
  const char *method;         /* NULL: GET */
  const char *url;            /* http, https, file; with a unix socket the host part is "localhost" */
  const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
  GBytes *body;               /* or NULL; empty ones are sent as such */
  CrStream *upload;     /* a body that is read as it is sent, or NULL: borrowed, read to its end on success. Such a
                           request is neither tried again nor redirected, and its own error is the request's */
  guint64 upload_bytes; /* its size; 0: not known, sent in chunks */
  guint64 resume_from;  /* Range: bytes=N-; the answer's status says whether it was honoured (206) */
  guint64 max_bytes;    /* of the body; 0: CR_LIMIT_HTTP_BODY. Streams: 0 is no limit */
  guint timeout_ms;     /* whole request; 0: none but the stall rule */
  guint stall_ms;       /* end when less than 100 B/s came for so long; 0: 30 s, a unix socket's 10 minutes */
  gboolean no_retry;
  gboolean no_redirect; /* an answer that sends elsewhere is the answer: what is posted is for this address alone */
  /* Asked twice a second while nothing comes: why it must end now (CR_ERROR_ENVIRONMENT), or NULL. For the body's
   * stream, too. */
  const char *(*watch)(gpointer data);
  gpointer watch_data;
} CrHttpRequest;

typedef struct {
  int status;          /* 200, 304, 404, …; file:// gives 200, 304 or 404 too */
  GHashTable *headers; /* lower-case name → value; the last of several, of www-authenticate all */
  GBytes *body;        /* never NULL with cr_http_fetch */
  char *final_url;     /* after redirects */
} CrHttpResponse;
void cr_http_response_free(CrHttpResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrHttpResponse, cr_http_response_free)
const char *cr_http_response_find_header(const CrHttpResponse *response, const char *name);
/* A date of a header (RFC 9110 §5.6.7, the one form that is still written) in seconds; 0: not a date. */
gint64 cr_http_parse_date(const char *text);

/* The whole answer in memory. Every HTTP status is success here; NULL only when no answer came (CR_ERROR_ENVIRONMENT,
 * CR_ERROR_OFFLINE, CR_ERROR_LIMIT). */
CrHttpResponse *cr_http_fetch(CrHttp *http, const CrHttpRequest *request, GError **error);

/* The answer's head now, its body as a stream (in memory at most 1 MiB at a time: back-pressure to the server).
 * *STREAM is set on success and is to be freed by the caller (early: the transfer is dropped). A body that ends before
 * its Content-Length is CR_ERROR_ENVIRONMENT from the stream, so that the caller can resume. */
CrHttpResponse *cr_http_open(CrHttp *http, const CrHttpRequest *request, CrStream **stream, GError **error);

/* The body of GET PATH from the server behind a unix socket, or NULL when it is not a whole answer of status 200 within
 * TIMEOUT_MS of silence: then ask with a client, which says why. Without libcurl: HTTP/1.0 with neither chunks nor a
 * kept connection is a few lines, and loading libcurl and its libraries was a fifth of a warm scan. *SERVER (may be
 * NULL): what it calls itself, of such an answer, or NULL; free with g_free. */
GBytes *cr_http_get_local(const char *socket_path, const char *path, guint timeout_ms, char **server);

/* An answer without an end, such as a daemon's events: each piece of the body of GET PATH to VISIT as it comes, until
 * VISIT gives FALSE or STOP_FD (-1: none) can be read. FALSE with CR_ERROR_ENVIRONMENT: the server ended it, or does
 * not answer with 200. HTTP/1.0 as above, so that poll can wait for both. */
typedef gboolean (*CrHttpVisit)(const char *data, gsize size, gpointer user);
gboolean cr_http_follow_local(const char *socket_path, const char *path, int stop_fd, CrHttpVisit visit, gpointer user,
                              GError **error);

/* Progress of bodies is shown through base/progress.h by the callers, not here. */
