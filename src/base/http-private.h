/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the HTTP client: http.c (the client, redirects, tries), http-transfer.c (one transfer), http-file.c (file://),
 * http-auth.c (apt_auth.conf(5)), http-curl.c (libcurl by dlopen). */
#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/http.h"

/* libcurl's functions that careen calls. */
typedef struct {
  __typeof__(&curl_global_init) global_init;
  __typeof__(&curl_easy_init) easy_init;
  __typeof__(&curl_easy_reset) easy_reset;
  __typeof__(&curl_easy_cleanup) easy_cleanup;
  CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
  CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
  __typeof__(&curl_easy_perform) easy_perform; /* mail (fleet/notify-mail.c): one whole transfer */
  __typeof__(&curl_easy_pause) easy_pause;
  __typeof__(&curl_easy_strerror) easy_strerror;
  __typeof__(&curl_multi_init) multi_init;
  __typeof__(&curl_multi_cleanup) multi_cleanup;
  __typeof__(&curl_multi_add_handle) multi_add_handle;
  __typeof__(&curl_multi_remove_handle) multi_remove_handle;
  __typeof__(&curl_multi_perform) multi_perform;
  __typeof__(&curl_multi_poll) multi_poll;
  __typeof__(&curl_multi_info_read) multi_info_read;
  __typeof__(&curl_slist_append) slist_append;
  __typeof__(&curl_slist_free_all) slist_free_all;
} CrCurl;
/* Loaded and initialised once for the process; CR_ERROR_ENVIRONMENT when this system has none. */
const CrCurl *cr_curl_load(GError **error);

/* A pair of handles with its open connections; one transfer at a time uses it. */
typedef struct {
  CURLM *multi;
  CURL *easy;
  char *origin; /* of the last transfer: the pair most likely to have a connection there */
} CrHttpPair;

struct CrHttp {
  gint references; /* the client and every transfer */
  char *unix_socket, *ca_file, *cert_file, *key_file, *auth_conf;
  gboolean offline;
  guint stall_ms;
  GMutex mutex;
  GPtrArray *idle; /* CrHttpPair* */
};
CrHttpPair *cr_http_take_pair(CrHttp *http, const CrCurl *curl, const char *origin);
void cr_http_return_pair(CrHttp *http, const CrCurl *curl, CrHttpPair *pair);
CrHttp *cr_http_ref(CrHttp *http);
/* For tests: another stall time than 30 s. */
void cr_http_set_stall_ms(CrHttp *http, guint stall_ms);

/* One transfer to URL (REQUEST's own or where a redirect led). FOREIGN: another origin than REQUEST's, so its
 * credentials stay here. *DROPPED: the failure is a dropped connection, which may be tried again. */
CrHttpResponse *cr_http_transfer(CrHttp *http, const CrHttpRequest *request, const char *url, gboolean foreign,
                                 gint64 deadline, CrStream **stream, gboolean *dropped, GError **error);

CrHttpResponse *cr_http_open_file(const CrHttpRequest *request, CrStream **stream, GError **error);
CrHttpResponse *cr_http_response_new(int status, const char *final_url);

/* "scheme://host:port" in lower case with the port always there; NULL: not a URL. Free with g_free. */
char *cr_http_format_origin(const char *url);
/* URL for messages: without user, password and query, which may be secrets. Free with g_free. */
char *cr_http_format_url(const char *url);

/* Text of one file of apt_auth.conf(5): the entry for URL. TRUE sets LOGIN and PASSWORD (free with g_free). */
gboolean cr_http_auth_match(const char *text, const char *url, char **login, char **password);
/* The same over FOLDER/../auth.conf, then FOLDER's files in order. */
gboolean cr_http_auth_find(const char *folder, const char *url, char **login, char **password);
