/* SPDX-License-Identifier: Apache-2.0 */
/* The changelog inside a binary package (Debian Policy §12.7): usr/share/doc/PACKAGE/changelog.Debian.gz, or
 * changelog.gz for a native one. The package is hash-checked and still read as hostile: in one pass, nothing unpacked.
 */
#include "base/error.h"
#include "base/limits.h"
#include "base/stream.h"
#include "vendor/changelog.h"
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

typedef struct archive Reader;
static void reader_free(Reader *reader)
{
  archive_read_free(reader);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

static gboolean fail(GError **error, Reader *reader, const char *where)
{
  const char *why = archive_error_string(reader);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s: %s", where, why ? why : "damaged");
  return FALSE;
}

/* data.tar.* inside the ar archive, block by block. */
static la_ssize_t read_member(struct archive *inner, void *data, const void **block)
{
  size_t size = 0;
  la_int64_t offset = 0;
  int result = archive_read_data_block(data, block, &size, &offset);
  if (result == ARCHIVE_EOF)
    return 0;
  if (result != ARCHIVE_OK) {
    archive_set_error(inner, EIO, "damaged");
    return -1;
  }
  return (la_ssize_t)size;
}

static gboolean find_member(Reader *outer, GError **error)
{
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_OK;
  while ((result = archive_read_next_header(outer, &entry)) == ARCHIVE_OK) {
    const char *name = archive_entry_pathname(entry);
    if (name && g_str_has_prefix(name, "data.tar"))
      return TRUE;
  }
  if (result != ARCHIVE_EOF)
    return fail(error, outer, "the package");
  g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "the package has no data.tar");
  return FALSE;
}

static GBytes *read_file(Reader *reader, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 block[16384];
  for (;;) {
    la_ssize_t n = archive_read_data(reader, block, sizeof block);
    if (n < 0) {
      fail(error, reader, "the changelog");
      return NULL;
    }
    if (n == 0)
      return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (bytes->len + (guint64)n > CR_LIMIT_CHANGELOG_BYTES) {
      g_set_error_literal(error, CR_ERROR, CR_ERROR_LIMIT, "the changelog is too large");
      return NULL;
    }
    g_byte_array_append(bytes, block, (guint)n);
  }
}

/* The Debian changelog goes before upstream's, whose name a native package uses. */
static guint rank_name(const char *name)
{
  static const char *const names[] = {"changelog.gz", "changelog", "changelog.Debian", "changelog.Debian.gz"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (strcmp(name, names[i]) == 0)
      return i + 1;
  return 0;
}

/* One entry of data.tar: the changelog, or that the doc folder is another package's. */
static gboolean take_entry(Reader *reader, struct archive_entry *entry, const char *folder, CrChangelogFile *out,
                           guint *best, GError **error)
{
  const char *path = archive_entry_pathname(entry);
  if (path && g_str_has_prefix(path, "./"))
    path += 2;
  gsize bytes = strlen(folder);
  if (!path || strncmp(path, folder, bytes) != 0)
    return TRUE;
  const char *target = archive_entry_symlink(entry);
  if (!path[bytes] && archive_entry_filetype(entry) == AE_IFLNK && target) {
    g_autofree char *base = g_path_get_basename(target);
    g_free(out->elsewhere);
    out->elsewhere = g_steal_pointer(&base);
    return TRUE;
  }
  guint rank = path[bytes] == '/' && archive_entry_filetype(entry) == AE_IFREG ? rank_name(path + bytes + 1) : 0;
  if (rank <= *best)
    return TRUE;
  g_autoptr(GBytes) packed = read_file(reader, error);
  if (!packed)
    return FALSE;
  g_autoptr(CrStream) stream = cr_stream_new_decompress(cr_stream_new_bytes(packed), NULL);
  GBytes *text = cr_stream_read_all(stream, CR_LIMIT_CHANGELOG_BYTES, error);
  if (!text)
    return FALSE;
  g_clear_pointer(&out->text, g_bytes_unref);
  out->text = text;
  *best = rank;
  return TRUE;
}

gboolean cr_changelog_read_deb(GBytes *deb, const char *package, CrChangelogFile *out, GError **error)
{
  *out = (CrChangelogFile){0};
  g_autofree char *folder = g_strconcat("usr/share/doc/", package, NULL);
  g_autoptr(Reader) outer = archive_read_new();
  g_autoptr(Reader) reader = archive_read_new();
  gsize size = 0;
  const void *data = g_bytes_get_data(deb, &size);
  archive_read_support_format_ar(outer);
  if (archive_read_open_memory(outer, data, size) != ARCHIVE_OK)
    return fail(error, outer, "the package");
  if (!find_member(outer, error))
    return FALSE;
  archive_read_support_format_tar(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_zstd(reader);
  if (archive_read_open(reader, outer, NULL, read_member, NULL) != ARCHIVE_OK)
    return fail(error, reader, "data.tar of the package");
  struct archive_entry *entry = NULL;
  guint best = 0;
  int result = ARCHIVE_OK;
  for (guint seen = 0; seen < CR_LIMIT_CHANGELOG_DEB_ENTRIES; seen++) {
    result = archive_read_next_header(reader, &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
      break;
    if (!take_entry(reader, entry, folder, out, &best, error)) {
      cr_changelog_file_clear(out);
      return FALSE;
    }
  }
  if (result != ARCHIVE_EOF && result != ARCHIVE_OK && result != ARCHIVE_WARN && !out->text) {
    cr_changelog_file_clear(out);
    return fail(error, reader, "data.tar of the package");
  }
  return TRUE;
}

void cr_changelog_file_clear(CrChangelogFile *file)
{
  g_clear_pointer(&file->text, g_bytes_unref);
  g_clear_pointer(&file->elsewhere, g_free);
}
