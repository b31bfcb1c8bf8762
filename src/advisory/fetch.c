/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/stream.h"
#include "base/write-all.h"

/* Times that a broken download goes on in one call; each must have brought something. */
#define RESUMES 5

typedef struct {
  const CrRefreshOptions *options;
  const CrFeedFile *file;
  const CrDatabaseFile *known;
  CrProgress *progress; /* or NULL */
  CrDownload *fetched;
  char *name, *notes; /* in the cache: the bytes so far, and the validators they came with; NULL: not kept */
} Fetch;

void cr_download_clear(CrDownload *fetched)
{
  if (fetched->fd >= 0)
    close(fetched->fd);
  fetched->fd = -1;
  g_clear_pointer(&fetched->source, g_free);
  g_clear_pointer(&fetched->etag, g_free);
  g_clear_pointer(&fetched->last_modified, g_free);
  g_clear_pointer(&fetched->kept, g_free);
}

void cr_download_forget(const CrRefreshOptions *options, const CrDownload *fetched)
{
  if (!fetched->kept)
    return;
  g_autofree char *notes = g_strconcat(fetched->kept, ".notes", NULL);
  cr_cache_remove(options->cache, CR_DATABASE_AREA, fetched->kept);
  cr_cache_remove(options->cache, CR_DATABASE_AREA, notes);
}

/* ---- where ---- */

char *cr_mirror_find_folder(const char *mirror)
{
  if (g_str_has_prefix(mirror, "file://"))
    return g_uri_unescape_string(mirror + strlen("file://"), NULL);
  return strstr(mirror, "://") ? NULL : g_strdup(mirror);
}

/* PATH under BASE, a folder or a server. */
static char *join(const char *base, const char *path)
{
  g_autofree char *folder = cr_mirror_find_folder(base);
  if (folder)
    return g_build_filename(folder, path, NULL);
  g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
  gsize length = strlen(base);
  while (length && base[length - 1] == '/')
    length--;
  return g_strdup_printf("%.*s/%s", (int)length, base, escaped);
}

/* A mirror of one feed, of one file, of the start of an address; else the whole's; else the public address. */
static char *find_source(const CrRefreshOptions *options, const CrFeedFile *file)
{
  GHashTableIter at;
  gpointer key = NULL, value = NULL;
  const char *below = strchr(file->path, '/');
  if (options->mirrors) {
    if ((value = g_hash_table_lookup(options->mirrors, file->feed->name)))
      return join(value, below ? below + 1 : file->path);
    if ((value = g_hash_table_lookup(options->mirrors, file->name))) {
      char *folder = cr_mirror_find_folder(value);
      return folder ? folder : g_strdup(value);
    }
    const char *start = NULL, *mirror = NULL; /* the longest that fits */
    g_hash_table_iter_init(&at, options->mirrors);
    while (file->address && g_hash_table_iter_next(&at, &key, &value))
      if (strstr(key, "://") && g_str_has_prefix(file->address, key) && (!start || strlen(key) > strlen(start))) {
        start = key;
        mirror = value;
      }
    if (start)
      return join(mirror, file->address + strlen(start) + strspn(file->address + strlen(start), "/"));
  }
  return options->mirror ? join(options->mirror, file->path) : g_strdup(file->address);
}

/* ---- from a folder ---- */

static gboolean take_from_folder(Fetch *fetch, GError **error)
{
  CrDownload *fetched = fetch->fetched;
  struct stat st;
  int fd = open(fetched->source, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR) && fetch->file->optional) {
    fetched->absent = TRUE;
    return TRUE;
  }
  if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    int errnum = fd < 0 ? errno : EINVAL;
    cr_error_set_errno(error, errnum, "cannot read '%s'", fetched->source);
    if (fd >= 0)
      close(fd);
    return FALSE;
  }
  fetched->etag = g_strdup_printf("file:%" G_GUINT64_FORMAT "-%" G_GINT64_FORMAT ".%09ld", (guint64)st.st_size,
                                  (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  fetched->bytes = (guint64)st.st_size;
  const CrDatabaseFile *known = fetch->known;
  if (known && !g_strcmp0(known->source, fetched->source) && !g_strcmp0(known->etag, fetched->etag))
    close(fd);
  else
    fetched->fd = fd;
  return TRUE;
}

/* ---- from a server ---- */

/* Another careen is at the same file: a private one then, that nobody goes on with. */
static int open_part(Fetch *fetch, GError **error)
{
  g_autofree char *escaped = g_uri_escape_string(fetch->file->name, NULL, FALSE);
  g_autofree char *name = g_strconcat("fetch/", escaped, NULL);
  g_autofree char *path = cr_cache_get_path(fetch->options->cache, CR_DATABASE_AREA, name);
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) != 0) {
    cr_cache_set_error(error, errno, folder);
    return -1;
  }
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
    fetch->notes = g_strconcat(name, ".notes", NULL);
    fetch->name = g_steal_pointer(&name);
    return fd;
  }
  if (fd >= 0)
    close(fd);
  fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    cr_cache_set_error(error, errno, folder);
  return fd;
}

/* The validator that the bytes so far came with, for If-Range; NULL: they are of no use. */
static char *load_validator(const Fetch *fetch)
{
  g_autoptr(GBytes) bytes = fetch->notes ? cr_cache_load(fetch->options->cache, CR_DATABASE_AREA, fetch->notes) : NULL;
  if (!bytes)
    return NULL;
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", 4);
  if (g_strv_length(lines) < 2 || strcmp(lines[0], fetch->fetched->source) != 0 || !*lines[1])
    return NULL;
  return g_strdup(lines[1]);
}

static void store_validator(const Fetch *fetch, const CrHttpResponse *response)
{
  const char *etag = cr_http_response_find_header(response, "etag");
  const char *modified = cr_http_response_find_header(response, "last-modified");
  const char *validator = etag && !g_str_has_prefix(etag, "W/") ? etag : modified; /* RFC 9110 §13.1.5: a strong one */
  if (!fetch->notes)
    return;
  g_autofree char *text = g_strdup_printf("%s\n%s\n", fetch->fetched->source, validator ? validator : "");
  cr_cache_store(fetch->options->cache, CR_DATABASE_AREA, fetch->notes, text, strlen(text), NULL);
}

static void take_validators(CrDownload *fetched, const CrHttpResponse *response)
{
  g_free(fetched->etag);
  g_free(fetched->last_modified);
  fetched->etag = g_strdup(cr_http_response_find_header(response, "etag"));
  fetched->last_modified = g_strdup(cr_http_response_find_header(response, "last-modified"));
}

static gboolean take_body(Fetch *fetch, CrStream *stream, int fd, guint64 *at, GError **error)
{
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0) {
    *at += (guint64)n;
    if (*at > CR_LIMIT_FEED_BYTES) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "it is larger than 4 GiB");
      return FALSE;
    }
    if (!cr_write_fully(fd, data, (gsize)n)) {
      cr_error_set_errno(error, errno, "cannot keep the download");
      return FALSE;
    }
    fetch->fetched->bytes += (guint64)n;
    cr_progress_advance(fetch->progress, (guint64)n);
  }
  return n == 0;
}

typedef enum { STEP_DONE, STEP_AGAIN, STEP_FAILED } Step;

/* "bytes *", slash, "1000" with 416: the range asked for begins at the end, so the bytes so far are all. */
static gboolean is_complete(const CrHttpResponse *response, guint64 at)
{
  const char *range = cr_http_response_find_header(response, "content-range");
  g_autofree char *whole = g_strdup_printf("bytes */%" G_GUINT64_FORMAT, at);
  return at && range && !strcmp(range, whole);
}

static gboolean starts_at(const CrHttpResponse *response, guint64 at)
{
  const char *range = cr_http_response_find_header(response, "content-range");
  g_autofree char *start = g_strdup_printf("bytes %" G_GUINT64_FORMAT "-", at);
  return range && g_str_has_prefix(range, start);
}

static Step take_answer(Fetch *fetch, const CrHttpResponse *response, CrStream *stream, int fd, guint64 at,
                        GError **error)
{
  CrDownload *fetched = fetch->fetched;
  guint64 before = at;
  if (response->status == 304)
    return STEP_DONE;
  if (response->status == 416 && is_complete(response, at)) {
    fetched->fd = fd;
    return STEP_DONE;
  }
  if ((response->status == 404 || response->status == 410) && fetch->file->optional) {
    fetched->absent = TRUE;
    return STEP_DONE;
  }
  if (response->status == 416 || (response->status == 206 && !starts_at(response, at)))
    return ftruncate(fd, 0) == 0 ? STEP_AGAIN : STEP_FAILED;
  if (response->status != 200 && response->status != 206) {
    g_set_error(error, CR_ERROR, response->status == 404 ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT,
                "cannot fetch '%s': the server answers %d", fetched->source, response->status);
    return STEP_FAILED;
  }
  if (response->status == 200 && at) {
    at = before = 0;
    if (ftruncate(fd, 0) != 0)
      return STEP_FAILED;
  }
  const char *length = cr_http_response_find_header(response, "content-length");
  cr_progress_expect(fetch->progress, length ? g_ascii_strtoull(length, NULL, 10) : 0);
  take_validators(fetched, response);
  store_validator(fetch, response);
  g_autoptr(GError) why = NULL;
  if (lseek(fd, (off_t)at, SEEK_SET) == (off_t)at && take_body(fetch, stream, fd, &at, &why)) {
    fetched->fd = fd;
    return STEP_DONE;
  }
  gboolean broken = g_error_matches(why, CR_ERROR, CR_ERROR_ENVIRONMENT) && at > before;
  g_propagate_prefixed_error(error, g_steal_pointer(&why), "cannot fetch '%s': ", fetched->source);
  return broken ? STEP_AGAIN : STEP_FAILED;
}

static Step ask_once(Fetch *fetch, int fd, GError **error)
{
  struct stat st;
  guint64 at = fstat(fd, &st) == 0 ? (guint64)st.st_size : 0;
  g_autofree char *validator = at ? load_validator(fetch) : NULL;
  if (at && !validator) {
    at = 0;
    if (ftruncate(fd, 0) != 0)
      return STEP_FAILED;
  }
  g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free);
  const CrDatabaseFile *known = fetch->known;
  if (at)
    g_ptr_array_add(headers, g_strdup_printf("If-Range: %s", validator));
  else if (known && !g_strcmp0(known->source, fetch->fetched->source)) {
    if (known->etag)
      g_ptr_array_add(headers, g_strdup_printf("If-None-Match: %s", known->etag));
    if (known->last_modified)
      g_ptr_array_add(headers, g_strdup_printf("If-Modified-Since: %s", known->last_modified));
  }
  /* Debian's tracker has 60 MiB of plain JSON; what comes is unpacked by its magic number. */
  if (g_str_has_suffix(fetch->fetched->source, "json"))
    g_ptr_array_add(headers, g_strdup("Accept-Encoding: gzip"));
  g_ptr_array_add(headers, NULL);
  CrHttpRequest request = {
      .url = fetch->fetched->source, .headers = (const char *const *)headers->pdata, .resume_from = at};
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_http_open(fetch->options->http, &request, &stream, error);
  return response ? take_answer(fetch, response, stream, fd, at, error) : STEP_FAILED;
}

static gboolean take_from_server(Fetch *fetch, GError **error)
{
  int fd = open_part(fetch, error);
  if (fd < 0)
    return FALSE;
  cr_log_verbose("asking %s", fetch->fetched->source);
  Step step = STEP_AGAIN;
  g_autoptr(GError) why = NULL;
  for (guint i = 0; i < RESUMES && step == STEP_AGAIN; i++) {
    g_clear_error(&why);
    step = ask_once(fetch, fd, &why);
  }
  CrDownload *fetched = fetch->fetched;
  if (fetched->fd != fd)
    close(fd);
  fetched->kept = g_strdup(fetch->name);
  if (step == STEP_DONE && fetched->fd >= 0 && lseek(fd, 0, SEEK_SET) == 0) {
    const char *modified = fetched->last_modified;
    fetched->modified = modified ? cr_http_parse_date(modified) : 0;
    return TRUE;
  }
  if (step == STEP_DONE)
    return TRUE;
  if (why)
    g_propagate_error(error, g_steal_pointer(&why));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot fetch '%s'", fetched->source);
  return FALSE;
}

gboolean cr_feed_fetch(const CrRefreshOptions *options, const CrFeedFile *file, const CrDatabaseFile *known,
                       CrProgress *progress, CrDownload *fetched, GError **error)
{
  Fetch fetch = {.options = options, .file = file, .known = known, .progress = progress, .fetched = fetched};
  *fetched = (CrDownload){.fd = -1, .source = find_source(options, file)};
  if (!fetched->source) {
    fetched->absent = TRUE; /* only mirrors have it */
    fetched->source = g_strdup("");
    return TRUE;
  }
  gboolean ok = strstr(fetched->source, "://") ? take_from_server(&fetch, error) : take_from_folder(&fetch, error);
  g_free(fetch.name);
  g_free(fetch.notes);
  return ok;
}
