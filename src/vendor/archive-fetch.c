/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-fetch.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

/* ---- mirrors ---- */

char *cr_mirror_apply(GHashTable *mirrors, const char *name, const char *uri)
{
  if (!mirrors)
    return g_strdup(uri);
  const char *mirror = g_hash_table_lookup(mirrors, name);
  const char *rest = "";
  gsize best = 0;
  GHashTableIter iter;
  gpointer prefix = NULL;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, mirrors);
  while (!mirror && g_hash_table_iter_next(&iter, &prefix, &value)) {
    gsize length = strlen(prefix);
    while (length && ((const char *)prefix)[length - 1] == '/')
      length--;
    if (length > best && strncmp(uri, prefix, length) == 0 && (!uri[length] || uri[length] == '/')) {
      best = length;
      rest = uri + length;
    }
  }
  if (best) {
    g_hash_table_iter_init(&iter, mirrors);
    while (g_hash_table_iter_next(&iter, &prefix, &value))
      if (strncmp(uri, prefix, best) == 0 && strspn((const char *)prefix + best, "/") == strlen((char *)prefix + best))
        mirror = value;
  }
  if (!mirror)
    return g_strdup(uri);
  g_autofree char *base = g_strdup(mirror);
  while (strlen(base) > 1 && g_str_has_suffix(base, "/"))
    base[strlen(base) - 1] = '\0';
  return g_strconcat(base[0] == '/' ? "file://" : "", base, rest, NULL);
}

/* ---- what is known of a suite ---- */

void cr_site_free(CrSite *site)
{
  if (!site)
    return;
  g_free(site->url);
  g_free(site->etag);
  g_free(site->modified);
  g_free(site->hash);
  g_free(site->signature);
  g_free(site);
}

static char *hash_text(const char *text)
{
  g_autofree char *digest = cr_digest_of(text, strlen(text));
  return g_strdup(cr_digest_get_hex(digest));
}

static char *name_site(const char *key)
{
  g_autofree char *hash = hash_text(key);
  return g_strdup_printf("sites/%s.json", hash);
}

static char *find_hash(const CrJson *root, const char *name)
{
  const char *text = cr_json_find_string(root, name, "");
  g_autofree char *digest = g_strdup_printf("sha256:%s", text);
  return cr_digest_is_valid(digest) ? g_strdup(text) : NULL;
}

CrSite *cr_site_load(const CrCache *cache, const char *key)
{
  g_autofree char *name = name_site(key);
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "archives", name);
  CrSite *site = g_new0(CrSite, 1);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, size, name, NULL) : NULL;
  if (!doc)
    return site;
  const CrJson *root = cr_json_get_root(doc);
  site->url = g_strdup(cr_json_find_string(root, "url", NULL));
  site->fetched = cr_json_find_integer(root, "fetched", 0);
  site->etag = g_strdup(cr_json_find_string(root, "etag", NULL));
  site->modified = g_strdup(cr_json_find_string(root, "modified", NULL));
  site->hash = find_hash(root, "hash");
  site->signature = find_hash(root, "signature");
  return site;
}

void cr_site_store(const CrCache *cache, const char *key, const CrSite *site)
{
  g_autofree char *name = name_site(key);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "suite", key);
  cr_json_key_string(writer, "url", site->url);
  cr_json_key_integer(writer, "fetched", site->fetched);
  cr_json_key_string(writer, "etag", site->etag);
  cr_json_key_string(writer, "modified", site->modified);
  cr_json_key_string(writer, "hash", site->hash);
  cr_json_key_string(writer, "signature", site->signature);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  cr_cache_store(cache, "archives", name, text, size, NULL); /* not kept: asked again, no more */
}

static char *name_seen(const char *key)
{
  g_autofree char *dir = cr_state_get_dir();
  g_autofree char *hash = hash_text(key);
  return g_build_filename(dir, "archives", hash, NULL);
}

gint64 cr_site_load_seen(const char *key)
{
  g_autofree char *path = name_seen(key);
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  return g_ascii_strtoll(text, NULL, 10);
}

void cr_site_store_seen(const char *key, gint64 date)
{
  g_autofree char *path = name_seen(key);
  g_autofree char *dir = g_path_get_dirname(path);
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT " %s\n", date, key);
  if (g_mkdir_with_parents(dir, 0700) == 0)
    g_file_set_contents(path, text, -1, NULL); /* without it only the cache's own release file guards */
}

gboolean cr_site_is_fresh(const CrSite *site, const char *url)
{
  gint64 age = g_get_real_time() / G_USEC_PER_SEC - site->fetched;
  return site->hash && g_strcmp0(site->url, url) == 0 && !g_str_has_prefix(url, "file:") && age >= 0 &&
         age < CR_ARCHIVE_FRESH_SECONDS;
}

/* ---- release files ---- */

void cr_fetched_clear(CrFetched *fetched)
{
  g_clear_pointer(&fetched->release, g_bytes_unref);
  g_clear_pointer(&fetched->signature, g_bytes_unref);
  g_clear_pointer(&fetched->body, g_bytes_unref);
  g_clear_pointer(&fetched->site, cr_site_free);
}

/* Words for an answer that is no file. */
static gboolean check_status(const CrHttpResponse *response, const char *url, GError **error)
{
  if (response->status == 200)
    return TRUE;
  CrErrorCode code = response->status == 404 || response->status == 410 ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT;
  g_set_error(error, CR_ERROR, code, "cannot fetch '%s': the server answers %d", url, response->status);
  if (error && response->status == 401)
    cr_error_set_hint(*error, "name its login in /etc/apt/auth.conf.d (apt_auth.conf(5))");
  return FALSE;
}

static CrHttpResponse *get(const CrVendorOptions *options, const char *url, const CrSite *old, GError **error)
{
  /* a file costs nothing to read, and its time has too coarse a grain to tell two versions apart */
  old = g_str_has_prefix(url, "file:") ? NULL : old;
  const char *headers[4] = {"Accept-Encoding: identity"};
  guint count = 1;
  gboolean known = old && old->hash;
  g_autofree char *etag = known && old->etag ? g_strdup_printf("If-None-Match: %s", old->etag) : NULL;
  g_autofree char *modified = known && old->modified ? g_strdup_printf("If-Modified-Since: %s", old->modified) : NULL;
  if (etag)
    headers[count++] = etag;
  if (modified)
    headers[count++] = modified;
  CrHttpRequest request = {.url = url, .headers = headers, .max_bytes = CR_LIMIT_RELEASE_BYTES};
  return cr_http_fetch(options->http, &request, error);
}

GBytes *cr_fetch_small(const CrVendorOptions *options, const char *url, guint64 max, GError **error)
{
  CrHttpRequest request = {.url = url, .max_bytes = max};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(options->http, &request, error);
  return response && check_status(response, url, error) ? g_bytes_ref(response->body) : NULL;
}

/* Header values are sent back later: one line, no more. */
static char *take_header(const CrHttpResponse *response, const char *name)
{
  const char *value = cr_http_response_find_header(response, name);
  return value && strlen(value) < 256 && !strpbrk(value, "\r\n") ? g_strdup(value) : NULL;
}

static CrSite *make_site(const char *url, const CrHttpResponse *response)
{
  CrSite *site = g_new0(CrSite, 1);
  site->url = g_strdup(url);
  site->fetched = g_get_real_time() / G_USEC_PER_SEC;
  site->etag = take_header(response, "etag");
  site->modified = take_header(response, "last-modified");
  return site;
}

/* The hash that names verdicts: of an InRelease, or of a Release and its signature together. */
static char *hash_release(GBytes *release, GBytes *signature)
{
  g_autoptr(CrDigest) digest = cr_digest_new();
  gsize size = 0;
  const void *data = g_bytes_get_data(release, &size);
  cr_digest_update(digest, data, size);
  if (signature) {
    data = g_bytes_get_data(signature, &size);
    cr_digest_update(digest, data, size);
  }
  g_autofree char *text = cr_digest_finish(digest);
  return g_strdup(cr_digest_get_hex(text));
}

static char *hash_bytes(GBytes *bytes)
{
  return hash_release(bytes, NULL);
}

/* TRUE: answered, perhaps with "unchanged". */
static gboolean fetch_one(const CrVendorOptions *options, const char *folder, const char *name, const CrSite *old,
                          CrFetched *fetched, GBytes **bytes, GError **error)
{
  g_autofree char *url = g_strdup_printf("%s/%s", folder, name);
  g_autoptr(CrHttpResponse) response = get(options, url, old, error);
  if (!response)
    return FALSE;
  if (response->status == 304 && old && old->hash) {
    fetched->unchanged = TRUE;
    return TRUE;
  }
  if (!check_status(response, url, error))
    return FALSE;
  *bytes = g_bytes_ref(response->body);
  if (!fetched->site)
    fetched->site = make_site(folder, response);
  return TRUE;
}

gboolean cr_fetch_release(const CrVendorOptions *options, const char *url, const CrSite *old, CrFetched *fetched,
                          GError **error)
{
  gboolean same = g_strcmp0(old->url, url) == 0;
  const CrSite *inline_old = same && !old->signature ? old : NULL;
  const CrSite *beside_old = same && old->signature ? old : NULL;
  g_autoptr(GError) first = NULL;
  if (fetch_one(options, url, "InRelease", inline_old, fetched, &fetched->release, &first)) {
    if (!fetched->unchanged)
      fetched->site->hash = hash_bytes(fetched->release);
    return TRUE;
  }
  if (!g_error_matches(first, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
  }
  g_autoptr(GError) second = NULL;
  if (!fetch_one(options, url, "Release", beside_old, fetched, &fetched->release, &second)) {
    gboolean absent = g_error_matches(second, CR_ERROR, CR_ERROR_NOT_FOUND);
    g_propagate_error(error, absent ? g_steal_pointer(&first) : g_steal_pointer(&second));
    return FALSE;
  }
  if (fetched->unchanged)
    return TRUE;
  if (!fetch_one(options, url, "Release.gpg", NULL, fetched, &fetched->signature, &second)) {
    cr_fetched_clear(fetched);
    if (!g_error_matches(second, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error(error, g_steal_pointer(&second));
      return FALSE;
    }
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "'%s/Release' has no signature", url);
    return FALSE;
  }
  fetched->site->hash = hash_release(fetched->release, fetched->signature);
  fetched->site->signature = hash_bytes(fetched->signature);
  return TRUE;
}

void cr_fetched_seal(CrFetched *fetched)
{
  fetched->site->hash = hash_release(fetched->release, fetched->signature);
  fetched->site->signature = fetched->signature ? hash_bytes(fetched->signature) : NULL;
}

gboolean cr_fetch_named(const CrVendorOptions *options, const char *url, const char *name, const char *signature,
                        const CrSite *old, CrFetched *fetched, GError **error)
{
  const CrSite *same = g_strcmp0(old->url, url) == 0 ? old : NULL;
  if (!fetch_one(options, url, name, same, fetched, &fetched->release, error))
    return FALSE;
  if (fetched->unchanged || !signature)
    return TRUE;
  g_autoptr(GError) absent = NULL;
  CrFetched beside = {.site = fetched->site};
  if (fetch_one(options, url, signature, NULL, &beside, &fetched->signature, &absent) ||
      g_error_matches(absent, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&absent));
  return FALSE;
}

gboolean cr_fetch_kept(const CrCache *cache, const CrSite *site, CrFetched *fetched)
{
  if (!site->hash)
    return FALSE;
  g_autofree char *release = g_strdup_printf("releases/%s", site->hash);
  g_autofree char *signature = site->signature ? g_strdup_printf("releases/%s", site->signature) : NULL;
  fetched->release = cr_cache_load(cache, "archives", release);
  fetched->signature = signature ? cr_cache_load(cache, "archives", signature) : NULL;
  /* what a cache holds may have rotted: it must still be what was named */
  g_autofree char *hash = fetched->release ? hash_release(fetched->release, fetched->signature) : NULL;
  if (g_strcmp0(hash, site->hash) == 0)
    return TRUE;
  cr_fetched_clear(fetched);
  return FALSE;
}
