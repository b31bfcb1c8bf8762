/* SPDX-License-Identifier: Apache-2.0 */
/* A package list: fetched in the best form that the release file names, its hash and size checked before and after
 * decompression while it is compiled, so that nothing is kept of a list that was not what was signed. */
#include "vendor/archive-fetch.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

/* ---- a stream that must be what was promised ---- */

typedef struct {
  CrStream base;
  CrStream *source;
  CrDigest *digest;
  const CrReleaseFile *expected;
  guint64 size;
  gboolean ended;
  void (*advance)(guint64 bytes, gpointer data);
  gpointer data;
} Checked;

static gboolean refuse(const Checked *checked, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "'%s' %s", checked->expected->path, why);
  return FALSE;
}

static gboolean check_end(Checked *checked, GError **error)
{
  if (checked->ended)
    return TRUE;
  checked->ended = TRUE;
  if (checked->size != checked->expected->size_bytes)
    return refuse(checked, "is shorter than the release file says", error);
  g_autofree char *digest = cr_digest_finish(checked->digest);
  return strcmp(cr_digest_get_hex(digest), checked->expected->sha256) == 0 ||
         refuse(checked, "has another hash than the release file says", error);
}

static gssize checked_next(CrStream *stream, const guint8 **data, GError **error)
{
  Checked *checked = (Checked *)stream;
  gssize n = cr_stream_next(checked->source, data, error);
  if (n < 0)
    return n;
  if (n == 0)
    return check_end(checked, error) ? 0 : -1;
  checked->size += (guint64)n;
  if (checked->size > checked->expected->size_bytes)
    return refuse(checked, "is longer than the release file says", error) ? 0 : -1;
  cr_digest_update(checked->digest, *data, (gsize)n);
  if (checked->advance)
    checked->advance((guint64)n, checked->data);
  return n;
}

static void checked_free(CrStream *stream)
{
  Checked *checked = (Checked *)stream;
  cr_stream_free(checked->source);
  cr_digest_free(checked->digest);
  g_free(checked);
}

static const CrStreamClass checked_class = {.next = checked_next, .free = checked_free};

static CrStream *new_checked(CrStream *source, const CrReleaseFile *expected,
                             void (*advance)(guint64 bytes, gpointer data), gpointer data)
{
  Checked *checked = g_new0(Checked, 1);
  checked->base.class = &checked_class;
  checked->source = source;
  checked->digest = cr_digest_new();
  checked->expected = expected;
  checked->advance = advance;
  checked->data = data;
  return &checked->base;
}

/* ---- forms ---- */

static const char *const endings[] = {".xz", ".zst", ".gz", ""};

static const CrReleaseFile *find_form(const CrListPlace *place, const char *ending)
{
  g_autofree char *path = g_strdup_printf("%s%sPackages%s", place->folder, *place->folder ? "/" : "", ending);
  const CrReleaseFile *file = cr_release_find_file(place->release, path);
  return file;
}

const char *cr_list_place_get_name(const CrListPlace *place, CrArena *arena, guint64 *bytes)
{
  const CrReleaseFile *best = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(endings) && !best; i++)
    best = find_form(place, endings[i]);
  if (!best)
    return NULL;
  if (bytes)
    *bytes = best->size_bytes;
  const CrReleaseFile *plain = find_form(place, "");
  return cr_arena_printf(arena, "lists/%s", plain ? plain->sha256 : best->sha256);
}

/* ---- fetching ---- */

typedef struct {
  const CrVendorOptions *options;
  const CrListPlace *place; /* NULL: one file, for TRANSLATE */
  CrStream *(*translate)(CrStream *stream);
  const char *name;
  void (*advance)(guint64 bytes, gpointer data);
  gpointer data;
} Fetch;

/* STREAM (owned) into FILE; the check at its end is the stream's. */
static gboolean spool(CrStream *stream, CrCacheFile *file, GError **error)
{
  g_autoptr(CrStream) owned = stream;
  for (;;) {
    const guint8 *data = NULL;
    gssize n = cr_stream_next(owned, &data, error);
    if (n <= 0)
      return n == 0;
    if (!cr_cache_file_write(file, data, (gsize)n, error))
      return FALSE;
  }
}

/* FILE holds what was signed. */
static gboolean compile(const Fetch *fetch, const CrReleaseFile *form, const CrCacheFile *file, GError **error)
{
  CrStream *stream = cr_stream_new_fd(cr_cache_file_get_fd(file), 0, form->size_bytes);
  if (fetch->translate) {
    stream = fetch->translate(cr_stream_new_threaded(cr_stream_new_decompress(stream, NULL)));
    return cr_list_compile(stream, fetch->options->cache, fetch->name, error);
  }
  const CrReleaseFile *plain = fetch->place ? find_form(fetch->place, "") : form;
  if (plain != form) {
    stream = cr_stream_new_threaded(cr_stream_new_decompress(stream, NULL));
    if (plain)
      stream = new_checked(stream, plain, NULL, NULL);
  }
  return cr_list_compile(stream, fetch->options->cache, fetch->name, error);
}

/* To a temporary file first: no decompressor meets bytes that nobody signed. */
static gboolean fetch_from(const Fetch *fetch, const CrReleaseFile *form, const char *url, GError **error)
{
  static const char *const headers[] = {"Accept-Encoding: identity", NULL};
  CrHttpRequest request = {.url = url, .headers = headers};
  CrStream *body = NULL;
  g_autoptr(CrHttpResponse) response = cr_http_open(fetch->options->http, &request, &body, error);
  if (!response)
    return FALSE;
  if (response->status != 200) {
    gboolean absent = response->status == 404 || response->status == 410;
    g_set_error(error, CR_ERROR, absent ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT,
                "cannot fetch '%s': the server answers %d", url, response->status);
    cr_stream_free(body);
    return FALSE;
  }
  CrStream *checked = new_checked(body, form, fetch->advance, fetch->data);
  CrCacheFile *file = cr_cache_create(fetch->options->cache, "archives", error);
  if (!file) {
    cr_stream_free(checked);
    return FALSE;
  }
  gboolean ok = spool(checked, file, error) && compile(fetch, form, file, error);
  cr_cache_file_discard(file);
  return ok;
}

/* By hash first (a list cannot change under that name while we read), else by name: mirrors that copy by name only lack
 * the former. */
static gboolean fetch_form(const Fetch *fetch, const CrReleaseFile *file, GError **error)
{
  const CrListPlace *place = fetch->place;
  g_autoptr(GError) first = NULL;
  if (place->by_hash) {
    g_autofree char *url =
        g_strdup_printf("%s%s%s/by-hash/SHA256/%s", place->url, *place->folder ? "/" : "", place->folder, file->sha256);
    if (fetch_from(fetch, file, url, &first))
      return TRUE;
    if (!g_error_matches(first, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error(error, g_steal_pointer(&first));
      return FALSE;
    }
  }
  g_autofree char *url = g_strdup_printf("%s/%s", place->url, file->path);
  return fetch_from(fetch, file, url, error);
}

gboolean cr_fetch_list(const CrVendorOptions *options, const CrListPlace *place, const char *name,
                       void (*advance)(guint64 bytes, gpointer data), gpointer data, GError **error)
{
  const Fetch fetch = {.options = options, .place = place, .name = name, .advance = advance, .data = data};
  g_autoptr(GError) last = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
    const CrReleaseFile *file = find_form(place, endings[i]);
    if (!file)
      continue;
    g_clear_error(&last);
    if (fetch_form(&fetch, file, &last))
      return TRUE;
    if (!g_error_matches(last, CR_ERROR, CR_ERROR_NOT_FOUND))
      break;
  }
  if (last)
    g_propagate_error(error, g_steal_pointer(&last));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_NOT_FOUND, "the release file names no package list '%s'", place->folder);
  return FALSE;
}

gboolean cr_fetch_translated(const CrVendorOptions *options, const char *url, const CrReleaseFile *file,
                             CrStream *(*translate)(CrStream *stream), const char *name, GError **error)
{
  const Fetch fetch = {.options = options, .translate = translate, .name = name};
  g_autofree char *full = g_strdup_printf("%s/%s", url, file->path);
  return fetch_from(&fetch, file, full, error);
}
