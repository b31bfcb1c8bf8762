/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>

#include "base/error.h"
#include "base/http-private.h"

/* Debian has libcurl with OpenSSL and with GnuTLS; either does. */
static void *open_library(void)
{
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (library)
      return library;
  }
  return NULL;
}

static gboolean load(CrCurl *curl)
{
  void *library = open_library();
  if (!library)
    return FALSE;
  const struct {
    const char *name;
    void *function; /* where to put it */
  } rows[] = {
      {"curl_global_init", &curl->global_init},
      {"curl_easy_init", &curl->easy_init},
      {"curl_easy_reset", &curl->easy_reset},
      {"curl_easy_cleanup", &curl->easy_cleanup},
      {"curl_easy_setopt", &curl->easy_setopt},
      {"curl_easy_getinfo", &curl->easy_getinfo},
      {"curl_easy_pause", &curl->easy_pause},
      {"curl_easy_strerror", &curl->easy_strerror},
      {"curl_multi_init", &curl->multi_init},
      {"curl_multi_cleanup", &curl->multi_cleanup},
      {"curl_multi_add_handle", &curl->multi_add_handle},
      {"curl_multi_remove_handle", &curl->multi_remove_handle},
      {"curl_multi_perform", &curl->multi_perform},
      {"curl_multi_poll", &curl->multi_poll},
      {"curl_multi_info_read", &curl->multi_info_read},
      {"curl_slist_append", &curl->slist_append},
      {"curl_slist_free_all", &curl->slist_free_all},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    void *symbol = dlsym(library, rows[i].name);
    if (!symbol)
      return FALSE;
    *(void **)rows[i].function = symbol;
  }
  return curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static gpointer load_once(gpointer unused)
{
  (void)unused;
  static CrCurl curl;
  return load(&curl) ? &curl : NULL;
}

const CrCurl *cr_curl_load(GError **error)
{
  static GOnce once = G_ONCE_INIT;
  const CrCurl *curl = g_once(&once, load_once, NULL);
  if (!curl) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot load 'libcurl.so.4': it is not on this system");
    if (error)
      cr_error_set_hint(*error, "apt install libcurl4");
  }
  return curl;
}
