/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/contents.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

typedef struct archive Reader;
static void reader_free(Reader *reader)
{
  archive_read_free(reader);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

static gboolean fail(GError **error, Reader *reader)
{
  const char *why = archive_error_string(reader);
  g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, why ? why : "damaged");
  return FALSE;
}

/* ---- a tar ---- */

static char *hash_entry(Reader *tar, GError **error)
{
  g_autoptr(CrDigest) digest = cr_digest_new();
  guint8 block[65536];
  for (;;) {
    la_ssize_t n = archive_read_data(tar, block, sizeof block);
    if (n < 0) {
      fail(error, tar);
      return NULL;
    }
    if (n == 0)
      return cr_digest_finish(digest);
    cr_digest_update(digest, block, (gsize)n);
  }
}

static const char *strip(const char *path)
{
  while (path && (g_str_has_prefix(path, "./") || *path == '/'))
    path += *path == '/' ? 1 : 2;
  return path;
}

/* A name that the locale cannot tell is left out: nothing is compared with it. */
static gboolean take_entry(Reader *tar, struct archive_entry *entry, CrContents *contents, GError **error)
{
  const char *path = strip(archive_entry_pathname(entry)), *link = strip(archive_entry_hardlink(entry));
  if (!path)
    return TRUE;
  const char *linked = link ? g_hash_table_lookup(contents, link) : NULL;
  if (linked) {
    g_hash_table_replace(contents, g_strdup(path), g_strdup(linked));
    return TRUE;
  }
  if (link || archive_entry_filetype(entry) != AE_IFREG) {
    g_hash_table_remove(contents, path);
    return TRUE;
  }
  char *hash = hash_entry(tar, error);
  if (hash)
    g_hash_table_replace(contents, g_strdup(path), hash);
  return hash != NULL;
}

static gboolean take_all(Reader *tar, CrContents *contents, GError **error)
{
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_OK;
  for (guint64 count = 0; (result = archive_read_next_header(tar, &entry)) != ARCHIVE_EOF; count++) {
    if (result < ARCHIVE_WARN || count >= CR_LIMIT_LAYER_ENTRIES)
      return fail(error, tar);
    if (!take_entry(tar, entry, contents, error))
      return FALSE;
  }
  return TRUE;
}

static CrContents *new_contents(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* ---- a layer ---- */

typedef struct {
  CrStream *plain;
  CrDigest *digest; /* of all that came */
  GError *failed;
} Feeding;

static la_ssize_t feed(struct archive *archive, void *data, const void **buffer)
{
  Feeding *feeding = data;
  const guint8 *bytes = NULL;
  gssize n = cr_stream_next(feeding->plain, &bytes, feeding->failed ? NULL : &feeding->failed);
  if (n < 0) {
    archive_set_error(archive, EIO, "the layer cannot be read");
    return ARCHIVE_FATAL;
  }
  cr_digest_update(feeding->digest, bytes, (gsize)n);
  *buffer = bytes;
  return n;
}

/* What stands behind the tar's end belongs to the layer, too. */
static gboolean check_digest(Feeding *feeding, const char *diff_id, GError **error)
{
  const guint8 *bytes = NULL;
  for (gssize n = 1; n > 0;) {
    n = cr_stream_next(feeding->plain, &bytes, error);
    if (n < 0)
      return FALSE;
    cr_digest_update(feeding->digest, bytes, (gsize)n);
  }
  g_autofree char *is = cr_digest_finish(feeding->digest);
  if (!g_strcmp0(is, diff_id))
    return TRUE;
  g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, "the layer's bytes are not those of its diff_id");
  return FALSE;
}

CrContents *cr_contents_read_layer(CrStream *stream, const char *diff_id, GError **error)
{
  g_autoptr(CrStream) plain = cr_stream_new_decompress(stream, NULL);
  g_autoptr(Reader) tar = archive_read_new();
  g_autoptr(GHashTable) contents = new_contents();
  Feeding feeding = {.plain = plain, .digest = cr_digest_new()};
  archive_read_support_format_tar(tar);
  gboolean ok = archive_read_open(tar, &feeding, NULL, feed, NULL) == ARCHIVE_OK ? take_all(tar, contents, error)
                                                                                 : fail(error, tar);
  ok = ok && check_digest(&feeding, diff_id, error);
  if (!ok && feeding.failed) { /* the stream's own reason */
    g_clear_error(error);
    g_propagate_error(error, g_steal_pointer(&feeding.failed));
  }
  g_clear_error(&feeding.failed);
  g_clear_pointer(&feeding.digest, cr_digest_free);
  return ok ? g_steal_pointer(&contents) : NULL;
}

/* ---- a package ---- */

static la_ssize_t read_member(struct archive *inner, void *data, const void **block)
{
  size_t size = 0;
  la_int64_t offset = 0;
  int result = archive_read_data_block(data, block, &size, &offset);
  if (result == ARCHIVE_EOF)
    return 0;
  if (result == ARCHIVE_OK)
    return (la_ssize_t)size;
  archive_set_error(inner, EIO, "the package is damaged");
  return -1;
}

static gboolean find_data(Reader *outer, GError **error)
{
  struct archive_entry *entry = NULL;
  while (archive_read_next_header(outer, &entry) == ARCHIVE_OK) {
    const char *name = archive_entry_pathname(entry);
    if (name && g_str_has_prefix(name, "data.tar"))
      return TRUE;
  }
  return fail(error, outer);
}

CrContents *cr_contents_read_deb(int fd, GError **error)
{
  g_autoptr(Reader) outer = archive_read_new();
  g_autoptr(Reader) tar = archive_read_new();
  g_autoptr(GHashTable) contents = new_contents();
  archive_read_support_format_ar(outer);
  gboolean ok =
      archive_read_open_fd(outer, fd, 128 * CR_KIB) == ARCHIVE_OK ? find_data(outer, error) : fail(error, outer);
  archive_read_support_format_tar(tar);
  archive_read_support_filter_xz(tar);
  archive_read_support_filter_gzip(tar);
  archive_read_support_filter_zstd(tar);
  ok = ok && (archive_read_open(tar, outer, NULL, read_member, NULL) == ARCHIVE_OK ? take_all(tar, contents, error)
                                                                                   : fail(error, tar));
  close(fd);
  return ok ? g_steal_pointer(&contents) : NULL;
}
