/* SPDX-License-Identifier: Apache-2.0 */
/* Package files: fetched by what a verified list says of them, checked before anyone sees a byte, and kept for who asks
 * again. In the cache a file has the name of its hash; it is hashed again when it is opened, for what is installed as
 * root must not depend on a disk's good will. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "vendor/archive-plan.h"
#include "vendor/archive-set.h"

#define AREA  "packages"
#define TRIES 4U

static const char *const headers[] = {"Accept-Encoding: identity", NULL};

/* A name that stays below the archive's address. */
static gboolean is_safe(const char *filename)
{
  for (const char *c = filename; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("/._+-~:%@=,", *c))
      return FALSE;
  return filename[0] != '/' && !g_str_has_prefix(filename, "../") && !strstr(filename, "/../");
}

static gboolean is_sha256(const char *text)
{
  return text && strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

char *cr_archive_file_format_name(const CrArchiveFile *file)
{
  if (is_sha256(file->sha256))
    return g_ascii_strdown(file->sha256, -1);
  g_autofree char *all =
      g_strdup_printf("%s %s %s %s %s", file->archive && file->archive->uri ? file->archive->uri : "",
                      file->filename ? file->filename : "", file->checksum ? file->checksum : "",
                      file->version ? file->version : "", file->arch ? file->arch : "");
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

/* One file that is asked for. */
typedef struct {
  CrArchives *archives;
  const CrSuite *suite;
  const CrArchiveFile *file;
  const CrVendorOptions *options;
  char *url;
  char *name; /* in the cache */
} Wanted;

static void clear_wanted(Wanted *wanted)
{
  g_free(wanted->url);
  g_free(wanted->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, clear_wanted)

static gboolean prepare(Wanted *wanted, CrArchives *archives, const CrArchiveFile *file, const CrVendorOptions *options,
                        guint64 max_bytes, GError **error)
{
  *wanted = (Wanted){archives, NULL, file, options, NULL, NULL};
  for (guint a = 0; a < archives->archives->len && !wanted->suite; a++)
    if (&((const CrArchiveData *)archives->archives->pdata[a])->archive == file->archive)
      wanted->suite = archives->archives->pdata[a];
  gboolean known = archives->kind->check_file || is_sha256(file->sha256);
  if (!wanted->suite || !wanted->suite->base || !file->filename || !known || !is_safe(file->filename)) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot fetch package '%s': its list names no file with a hash",
                file->name);
    return FALSE;
  }
  wanted->url = g_strdup_printf("%s/%s", wanted->suite->base, file->filename);
  if (file->size_bytes > max_bytes) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot fetch '%s': it is too large", wanted->url);
    return FALSE;
  }
  wanted->name = cr_archive_file_format_name(file);
  return TRUE;
}

static gboolean check_status(const Wanted *wanted, int status, GError **error)
{
  if (status == 200)
    return TRUE;
  gboolean absent = status == 404 || status == 410;
  g_set_error(error, CR_ERROR, absent ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT,
              "cannot fetch '%s': the server answers %d", wanted->url, status);
  return FALSE;
}

static gboolean refuse_offline(const Wanted *wanted, GError **error)
{
  if (!wanted->options->offline || g_str_has_prefix(wanted->url, "file:"))
    return FALSE;
  g_set_error(error, CR_ERROR, CR_ERROR_OFFLINE, "cannot fetch '%s': --offline", wanted->url);
  return TRUE;
}

/* ---- in memory ---- */

static gboolean check_bytes(const Wanted *wanted, GBytes *bytes, GError **error)
{
  const CrArchiveFile *file = wanted->file;
  const CrArchiveKind *kind = wanted->archives->kind;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  gboolean good = FALSE;
  if (size != file->size_bytes) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is not what the archive's signed list names: its size is another");
  } else if (kind->check_file) {
    good = kind->check_file(wanted->archives, wanted->suite, file, bytes, wanted->options, error);
  } else {
    g_autofree char *digest = cr_digest_of(data, size);
    good = !g_ascii_strcasecmp(cr_digest_get_hex(digest), file->sha256);
    if (!good)
      g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it is not what the archive's signed list names");
  }
  if (!good)
    g_prefix_error(error, "cannot use '%s': ", wanted->url);
  return good;
}

static GBytes *load(const Wanted *wanted)
{
  g_autoptr(GBytes) bytes = cr_cache_load(wanted->options->cache, AREA, wanted->name);
  return bytes && check_bytes(wanted, bytes, NULL) ? g_steal_pointer(&bytes) : NULL;
}

static GBytes *fetch(const Wanted *wanted, GError **error)
{
  if (refuse_offline(wanted, error))
    return NULL;
  CrHttpRequest request = {.url = wanted->url, .headers = headers, .max_bytes = MAX(wanted->file->size_bytes, 4096)};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(wanted->options->http, &request, error);
  if (!response || !check_status(wanted, response->status, error) || !check_bytes(wanted, response->body, error))
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(response->body, &size);
  if (wanted->options->keep_packages)
    cr_cache_store(wanted->options->cache, AREA, wanted->name, data, size, NULL); /* not kept: fetched again, no more */
  return g_bytes_ref(response->body);
}

GBytes *cr_archives_fetch_file(CrArchives *archives, const CrArchiveFile *file, const CrVendorOptions *options,
                               GError **error)
{
  g_auto(Wanted) wanted = {0};
  if (!prepare(&wanted, archives, file, options, CR_LIMIT_LIST_BYTES, error))
    return NULL;
  GBytes *bytes = load(&wanted);
  return bytes ? bytes : fetch(&wanted, error);
}

/* ---- as a file: of any size in little memory ---- */

/* Does FD hold the file? It is at its beginning before and after. */
static gboolean check_open(const Wanted *wanted, int fd)
{
  g_autoptr(CrDigest) digest = cr_digest_new();
  guint8 buffer[65536];
  guint64 size = 0;
  gssize n = 0;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) {
    cr_digest_update(digest, buffer, (gsize)n);
    size += (guint64)n;
  }
  g_autofree char *got = cr_digest_finish(digest);
  return n == 0 && size == wanted->file->size_bytes && lseek(fd, 0, SEEK_SET) == 0 &&
         !g_ascii_strcasecmp(cr_digest_get_hex(got), wanted->file->sha256);
}

static int open_kept(const Wanted *wanted)
{
  int fd = cr_cache_open(wanted->options->cache, AREA, wanted->name);
  if (fd < 0 || check_open(wanted, fd))
    return fd;
  close(fd);
  cr_cache_remove(wanted->options->cache, AREA, wanted->name);
  return -1;
}

typedef struct {
  const Wanted *wanted;
  const CrArchiveFetching *watch;
  CrCacheFile *file;
  guint64 done;
  gboolean broken; /* the connection, in the middle: another try goes on from there */
} Saving;

/* The server may not know how to go on: then from the start, in another file. */
static gboolean begin(Saving *saving, const CrHttpResponse *response, GError **error)
{
  if (response->status == 206 && saving->done)
    return TRUE;
  if (!check_status(saving->wanted, response->status, error))
    return FALSE;
  g_clear_pointer(&saving->file, cr_cache_file_discard);
  saving->done = 0;
  saving->file = cr_cache_create(saving->wanted->options->cache, AREA, error);
  return saving->file != NULL;
}

static gboolean save_piece(Saving *saving, GError **error)
{
  guint64 size = saving->wanted->file->size_bytes;
  CrHttpRequest request = {.url = saving->wanted->url, .headers = headers, .resume_from = saving->done};
  g_autoptr(CrStream) stream = NULL;
  saving->broken = FALSE;
  g_autoptr(CrHttpResponse) response = cr_http_open(saving->wanted->options->http, &request, &stream, error);
  if (!response || !begin(saving, response, error))
    return FALSE;
  const guint8 *data = NULL;
  gssize n = 0;
  while (saving->done <= size && (n = cr_stream_next(stream, &data, error)) > 0) {
    saving->done += (guint64)n;
    if (!cr_cache_file_write(saving->file, data, (gsize)n, error))
      return FALSE;
    if (saving->watch && saving->watch->advance)
      saving->watch->advance((guint64)n, saving->watch->data);
  }
  saving->broken = n < 0;
  return n >= 0; /* too much, too little, other bytes: the digest tells */
}

static gboolean save(Saving *saving, GError **error)
{
  for (guint i = 1; i <= TRIES; i++) {
    g_autoptr(GError) cause = NULL;
    if (save_piece(saving, &cause))
      return TRUE;
    if (saving->broken && i < TRIES)
      continue;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  return FALSE;
}

static int fetch_open(const Wanted *wanted, const CrArchiveFetching *watch, GError **error)
{
  if (refuse_offline(wanted, error))
    return -1;
  Saving saving = {.wanted = wanted, .watch = watch};
  gboolean good = save(&saving, error);
  if (!good && saving.file)
    cr_cache_file_discard(saving.file);
  if (!good || !cr_cache_file_publish(saving.file, wanted->name, error))
    return -1;
  int fd = open_kept(wanted);
  if (fd < 0)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot use '%s': it is not what the archive's signed list names",
                wanted->url);
  return fd;
}

/* Where more than a hash tells, the file is read whole. */
static int open_checked(const Wanted *wanted, const CrArchiveFetching *watch, GError **error)
{
  g_autoptr(GBytes) bytes = load(wanted);
  if (!bytes)
    bytes = fetch(wanted, error);
  if (!bytes)
    return -1;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  int fd = cr_cache_open_temporary(wanted->options->cache, size);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot keep package '%s'", wanted->file->name);
    return -1;
  }
  if (watch && watch->advance)
    watch->advance(size, watch->data);
  if (cr_write_all(fd, data, size, wanted->file->name, error) && lseek(fd, 0, SEEK_SET) == 0)
    return fd;
  close(fd);
  return -1;
}

int cr_archives_open_file(CrArchives *archives, const CrArchiveFile *file, const CrVendorOptions *options,
                          const CrArchiveFetching *watch, GError **error)
{
  g_auto(Wanted) wanted = {0};
  guint64 max = archives->kind->check_file ? CR_LIMIT_LIST_BYTES : CR_LIMIT_FILE_BYTES;
  if (!prepare(&wanted, archives, file, options, max, error))
    return -1;
  if (archives->kind->check_file)
    return open_checked(&wanted, watch, error);
  int fd = open_kept(&wanted);
  if (fd < 0)
    return fetch_open(&wanted, watch, error);
  if (watch && watch->advance)
    watch->advance(file->size_bytes, watch->data);
  return fd;
}
