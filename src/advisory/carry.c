/* SPDX-License-Identifier: Apache-2.0 */
/* Export and import. A tar because everybody can look into one, zstd because it packs the database to a quarter in a
 * second. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advisory/database-write.h"
#include "advisory/refresh.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/write-all.h"

#define MANIFEST      "manifest.json"
#define SCHEMA        "careen.db-export/1"
#define PIECE_BYTES   (1U << 20)
#define MANIFEST_MOST 65536U

/* ---- export ---- */

typedef struct {
  gboolean (*write)(const void *bytes, gsize size, gpointer data, GError **error);
  gpointer data;
  GError *error;
} Target;

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
  Target *target = data;
  if (target->error || !target->write(bytes, size, target->data, &target->error)) {
    archive_set_error(archive, EIO, "cannot write");
    return -1;
  }
  return (la_ssize_t)size;
}

/* Size and digest of the file open at FD, read once. */
static gboolean measure(int fd, guint64 *size, char **digest, GError **error)
{
  g_autoptr(CrDigest) running = cr_digest_new();
  g_autofree char *buffer = g_malloc(PIECE_BYTES);
  gssize n = 0;
  *size = 0;
  while ((n = pread(fd, buffer, PIECE_BYTES, (off_t)*size)) > 0) {
    cr_digest_update(running, buffer, (gsize)n);
    *size += (guint64)n;
  }
  if (n < 0) {
    cr_error_set_errno(error, errno, "cannot read the advisory database");
    return FALSE;
  }
  *digest = cr_digest_finish(running);
  return TRUE;
}

static char *make_manifest(guint64 size, const char *digest)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", SCHEMA);
  cr_json_key_integer(writer, "version", CR_DATABASE_VERSION);
  cr_json_key(writer, "files");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", CR_DATABASE_NAME);
  cr_json_key_integer(writer, "size", (gint64)size);
  cr_json_key_string(writer, "digest", digest);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

static gboolean put_header(struct archive *archive, const char *name, guint64 size)
{
  struct archive_entry *entry = archive_entry_new();
  archive_entry_set_pathname(entry, name);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_size(entry, (la_int64_t)size);
  archive_entry_set_mtime(entry, 0, 0); /* the same database gives the same file */
  gboolean ok = archive_write_header(archive, entry) == ARCHIVE_OK;
  archive_entry_free(entry);
  return ok;
}

static gboolean put_file(struct archive *archive, int fd, guint64 size)
{
  g_autofree char *buffer = g_malloc(PIECE_BYTES);
  guint64 at = 0;
  while (at < size) {
    gssize n = pread(fd, buffer, (gsize)MIN(size - at, PIECE_BYTES), (off_t)at);
    if (n <= 0 || archive_write_data(archive, buffer, (gsize)n) != n)
      return FALSE;
    at += (guint64)n;
  }
  return TRUE;
}

static gboolean write_archive(struct archive *archive, Target *target, int fd, guint64 size, const char *manifest)
{
  return archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
         archive_write_add_filter_zstd(archive) == ARCHIVE_OK &&
         archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK && /* zstd refuses zeros behind a frame */
         archive_write_open2(archive, target, NULL, on_write, NULL, NULL) == ARCHIVE_OK &&
         put_header(archive, MANIFEST, strlen(manifest)) &&
         archive_write_data(archive, manifest, strlen(manifest)) == (la_ssize_t)strlen(manifest) &&
         put_header(archive, CR_DATABASE_NAME, size) && put_file(archive, fd, size) &&
         archive_write_close(archive) == ARCHIVE_OK;
}

gboolean cr_advisories_export(const CrCache *cache,
                              gboolean (*write)(const void *bytes, gsize size, gpointer data, GError **error),
                              gpointer data, GError **error)
{
  Target target = {.write = write, .data = data};
  guint64 size = 0;
  g_autofree char *digest = NULL;
  int fd = cr_cache_open(cache, CR_DATABASE_AREA, CR_DATABASE_NAME);
  if (fd < 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_NOT_FOUND, "cannot export the advisories: there are none");
    if (error)
      cr_error_set_hint(*error, "careen db update");
    return FALSE;
  }
  gboolean ok = measure(fd, &size, &digest, error);
  if (ok) {
    g_autofree char *manifest = make_manifest(size, digest);
    struct archive *archive = archive_write_new();
    ok = write_archive(archive, &target, fd, size, manifest);
    if (!ok && target.error)
      g_propagate_error(error, g_steal_pointer(&target.error));
    else if (!ok)
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot export the advisories: %s",
                  archive_error_string(archive) ? archive_error_string(archive) : "the database cannot be read");
    archive_write_free(archive);
    g_clear_error(&target.error);
  }
  close(fd);
  return ok;
}

/* ---- import ---- */

typedef struct {
  guint64 size;
  char *digest;
} Promise;

static gboolean refuse(GError **error, const char *what, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot import '%s': %s", what, why);
  return FALSE;
}

static gboolean read_manifest(struct archive *archive, const char *what, Promise *promise, GError **error)
{
  g_autofree char *text = g_malloc(MANIFEST_MOST + 1);
  gsize size = 0;
  la_ssize_t n = 0;
  while (size <= MANIFEST_MOST && (n = archive_read_data(archive, text + size, MANIFEST_MOST + 1 - size)) > 0)
    size += (gsize)n;
  if (n < 0 || size > MANIFEST_MOST)
    return refuse(error, what, "its manifest cannot be read");
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, MANIFEST, NULL);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  const CrJson *file = cr_json_get_element(cr_json_find(root, "files"), 0);
  if (strcmp(cr_json_find_string(root, "schema", ""), SCHEMA) != 0)
    return refuse(error, what, "its manifest is none of careen db export");
  if (cr_json_find_integer(root, "version", 0) != CR_DATABASE_VERSION)
    return refuse(error, what, "another version of careen wrote it");
  gint64 bytes = cr_json_find_integer(file, "size", 0);
  const char *digest = cr_json_find_string(file, "digest", "");
  if (strcmp(cr_json_find_string(file, "name", ""), CR_DATABASE_NAME) != 0 || bytes <= 0 || !cr_digest_is_valid(digest))
    return refuse(error, what, "its manifest names no database");
  promise->size = (guint64)bytes;
  promise->digest = g_strdup(digest);
  return TRUE;
}

static gboolean read_database(struct archive *archive, const char *what, const Promise *promise, int fd, GError **error)
{
  g_autoptr(CrDigest) running = cr_digest_new();
  g_autofree char *buffer = g_malloc(PIECE_BYTES);
  guint64 size = 0;
  la_ssize_t n = 0;
  while ((n = archive_read_data(archive, buffer, PIECE_BYTES)) > 0) {
    size += (guint64)n;
    if (size > promise->size)
      return refuse(error, what, "the database is larger than its manifest says");
    cr_digest_update(running, buffer, (gsize)n);
    if (!cr_write_all(fd, buffer, (gsize)n, "the advisory database", error))
      return FALSE;
  }
  if (n < 0 || size != promise->size)
    return refuse(error, what, "it is cut short or damaged");
  g_autofree char *digest = cr_digest_finish(running);
  return !strcmp(digest, promise->digest) || refuse(error, what, "the database has not the hash of its manifest");
}

static gboolean next_entry(struct archive *archive, const char *name)
{
  struct archive_entry *entry = NULL;
  int status = archive_read_next_header(archive, &entry);
  const char *path = status == ARCHIVE_OK || status == ARCHIVE_WARN ? archive_entry_pathname(entry) : NULL;
  return path && !strcmp(path, name);
}

static gboolean read_archive(struct archive *archive, const char *what, int fd, int into, GError **error)
{
  Promise promise = {0};
  archive_read_support_format_tar(archive);
  archive_read_support_filter_zstd(archive);
  if (archive_read_open_fd(archive, fd, PIECE_BYTES) != ARCHIVE_OK || !next_entry(archive, MANIFEST))
    return refuse(error, what, "it is no file of careen db export");
  gboolean ok = read_manifest(archive, what, &promise, error) &&
                (next_entry(archive, CR_DATABASE_NAME) || refuse(error, what, "it holds no database")) &&
                read_database(archive, what, &promise, into, error);
  g_free(promise.digest);
  return ok;
}

gboolean cr_advisories_import(const CrCache *cache, int fd, const char *what, GError **error)
{
  g_autoptr(CrDatabaseWriter) writer = cr_database_writer_new_empty(cache, error);
  if (!writer)
    return FALSE;
  struct archive *archive = archive_read_new();
  gboolean ok = read_archive(archive, what, fd, cr_database_writer_get_fd(writer), error);
  archive_read_free(archive);
  if (ok && !cr_database_writer_check(writer, error)) {
    g_prefix_error(error, "cannot import '%s': ", what);
    return FALSE;
  }
  return ok && cr_database_writer_rename(writer, error);
}
