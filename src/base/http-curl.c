/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http-private.h"
#include "base/library.h"

static CrCurl curl;

static const CrLibraryRow rows[] = {
    {"curl_global_init", &curl.global_init},
    {"curl_easy_init", &curl.easy_init},
    {"curl_easy_reset", &curl.easy_reset},
    {"curl_easy_cleanup", &curl.easy_cleanup},
    {"curl_easy_setopt", &curl.easy_setopt},
    {"curl_easy_getinfo", &curl.easy_getinfo},
    {"curl_easy_perform", &curl.easy_perform},
    {"curl_easy_pause", &curl.easy_pause},
    {"curl_easy_strerror", &curl.easy_strerror},
    {"curl_multi_init", &curl.multi_init},
    {"curl_multi_cleanup", &curl.multi_cleanup},
    {"curl_multi_add_handle", &curl.multi_add_handle},
    {"curl_multi_remove_handle", &curl.multi_remove_handle},
    {"curl_multi_perform", &curl.multi_perform},
    {"curl_multi_poll", &curl.multi_poll},
    {"curl_multi_info_read", &curl.multi_info_read},
    {"curl_slist_append", &curl.slist_append},
    {"curl_slist_free_all", &curl.slist_free_all},
    {NULL, NULL},
};

static gboolean start(void)
{
  return curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Debian has libcurl with OpenSSL and with GnuTLS; either does. */
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
static CrLibrary library = {
    .names = names, .purpose = "speaks HTTP", .package = "libcurl4", .rows = rows, .start = start};

const CrCurl *cr_curl_load(GError **error)
{
  return cr_library_load(&library, error) ? &curl : NULL;
}
