/* SPDX-License-Identifier: Apache-2.0 */
/* What an address gave, as a folder. It is anybody's: names stay below the folder, links are made and never followed,
 * devices, owners and attributes are nobody's, and there is an end to how much it may be. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "recipe/remote.h"

#define MOST_BYTES   (16 * CR_GIB)
#define MOST_ENTRIES 1000000U
#define TEXT_BYTES   CR_MIB /* of a Dockerfile */

typedef struct {
  CrStream *stream;
  CrDigest *digest;
  const guint8 *head; /* what was looked at before the archive is opened, given first */
  gssize head_bytes;
  GError *error; /* of the stream, which libarchive cannot carry */
} Source;

static gssize take(Source *source, const guint8 **data)
{
  gssize size = source->error ? -1 : cr_stream_next(source->stream, data, &source->error);
  if (size > 0)
    cr_digest_update(source->digest, *data, (gsize)size);
  return size;
}

static la_ssize_t on_read(struct archive *archive, void *data, const void **bytes)
{
  Source *source = data;
  const guint8 *next = source->head;
  gssize size = source->head_bytes;
  source->head_bytes = 0;
  if (!size)
    size = take(source, &next);
  if (size < 0)
    archive_set_error(archive, EIO, "it could not be read");
  *bytes = next;
  return size;
}

/* ---- an archive ---- */

static gboolean is_below(const char *name)
{
  if (!name || !*name || *name == '/')
    return FALSE;
  g_auto(GStrv) parts = g_strsplit(name, "/", -1);
  return !g_strv_contains((const char *const *)parts, "..");
}

/* NAME as it stands below FOLDER; hard links likewise. FALSE: it is none that may be. */
static gboolean place(struct archive_entry *entry, const char *folder)
{
  const char *name = archive_entry_pathname(entry), *link = archive_entry_hardlink(entry);
  if (!is_below(name) || (link && !is_below(link)))
    return FALSE;
  g_autofree char *whole = g_build_filename(folder, name, NULL);
  g_autofree char *target = link ? g_build_filename(folder, link, NULL) : NULL;
  archive_entry_set_pathname(entry, whole);
  if (target)
    archive_entry_set_hardlink(entry, target);
  return TRUE;
}

static gboolean copy_data(struct archive *in, struct archive *out, guint64 *bytes)
{
  const void *block = NULL;
  size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    int code = archive_read_data_block(in, &block, &size, &offset);
    if (code == ARCHIVE_EOF)
      return TRUE;
    if (code != ARCHIVE_OK || (*bytes += size) > MOST_BYTES ||
        archive_write_data_block(out, block, size, offset) != ARCHIVE_OK)
      return FALSE;
  }
}

static gboolean is_wanted(struct archive_entry *entry)
{
  mode_t type = archive_entry_filetype(entry);
  return type == S_IFREG || type == S_IFDIR || type == S_IFLNK || archive_entry_hardlink(entry);
}

/* NULL: all of it; else what is wrong, in libarchive's words or ours. */
static char *unpack_all(struct archive *in, struct archive *out, const char *folder, guint *entries)
{
  struct archive_entry *entry = NULL;
  guint64 bytes = 0;
  int code;
  while ((code = archive_read_next_header(in, &entry)) == ARCHIVE_OK) {
    const char *name = archive_entry_pathname(entry);
    g_autofree char *shown = g_utf8_make_valid(name ? name : "", -1);
    if (++*entries > MOST_ENTRIES)
      return g_strdup_printf("it has more than %u files", MOST_ENTRIES);
    if (!is_wanted(entry))
      continue;
    if (!place(entry, folder))
      return g_strdup_printf("entry %u, '%s', is outside of it", *entries, shown);
    if (archive_write_header(out, entry) != ARCHIVE_OK)
      return g_strdup_printf("entry %u, '%s': %s", *entries, shown, archive_error_string(out));
    if (!copy_data(in, out, &bytes))
      return bytes > MOST_BYTES
                 ? g_strdup("unpacked it is more than 16 GiB")
                 : g_strdup_printf("entry %u, '%s': %s", *entries, shown,
                                   archive_error_string(in) ? archive_error_string(in) : archive_error_string(out));
  }
  return code == ARCHIVE_EOF ? NULL : g_strdup(archive_error_string(in) ? archive_error_string(in) : "it is damaged");
}

static gboolean unpack(Source *source, const char *folder, const char *where, GError **error)
{
  struct archive *in = archive_read_new(), *out = archive_write_disk_new();
  guint entries = 0;
  archive_read_support_filter_gzip(in);
  archive_read_support_filter_xz(in);
  archive_read_support_filter_zstd(in);
  archive_read_support_format_tar(in);
  archive_write_disk_set_options(out, ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                          ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_NO_OVERWRITE_NEWER);
  g_autofree char *why = archive_read_open(in, source, NULL, on_read, NULL) == ARCHIVE_OK
                             ? unpack_all(in, out, folder, &entries)
                             : g_strdup("it is no tar, and no text that could be a Dockerfile");
  if (!why && !entries)
    why = g_strdup("there is nothing in it");
  if (!why && archive_write_close(out) != ARCHIVE_OK)
    why = g_strdup(archive_error_string(out));
  archive_read_free(in);
  archive_write_free(out);
  if (source->error)
    g_propagate_prefixed_error(error, g_steal_pointer(&source->error), "cannot fetch the context '%s': ", where);
  else if (why)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot use the context '%s': %s", where, why);
  return !why;
}

/* ---- a text ---- */

/* A Dockerfile has no byte that only binary files have, and says FROM. */
static gboolean is_text(const guint8 *head, gsize size)
{
  static const char from[] = "from ";
  for (gsize i = 0; i < size; i++)
    if (!head[i] || (head[i] < ' ' && !strchr("\t\n\r\f", head[i])))
      return FALSE;
  for (gsize i = 0; i + strlen(from) <= size; i++)
    if (!g_ascii_strncasecmp((const char *)head + i, from, strlen(from)))
      return TRUE;
  return FALSE;
}

static gboolean write_dockerfile(Source *source, const char *folder, const char *where, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "Dockerfile", NULL);
  g_autoptr(GByteArray) text = g_byte_array_new();
  const guint8 *data = source->head;
  gssize size = source->head_bytes;
  for (; size > 0 && text->len <= TEXT_BYTES; size = take(source, &data))
    g_byte_array_append(text, data, (guint)MIN((gsize)size, TEXT_BYTES + 1));
  if (source->error) {
    g_propagate_prefixed_error(error, g_steal_pointer(&source->error), "cannot fetch the context '%s': ", where);
    return FALSE;
  }
  if (text->len > TEXT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot use the context '%s': a Dockerfile of more than 1 MiB", where);
    return FALSE;
  }
  GError *cause = NULL;
  if (g_file_set_contents(path, (const char *)text->data, (gssize)text->len, &cause))
    return TRUE;
  g_propagate_prefixed_error(error, cause, "cannot keep the context '%s': ", where);
  return FALSE;
}

gboolean cr_remote_unpack(CrStream *stream, const char *folder, const char *where, char **revision, GError **error)
{
  Source source = {.stream = stream, .digest = cr_digest_new()};
  source.head_bytes = take(&source, &source.head);
  g_autofree guint8 *first = source.head_bytes > 0 ? g_memdup2(source.head, (gsize)source.head_bytes) : NULL;
  source.head = first; /* the stream's own buffer is its next bytes' */
  gboolean good = FALSE;
  if (source.head_bytes <= 0 && !source.error)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot use the context '%s': it is empty", where);
  else if (source.error)
    g_propagate_prefixed_error(error, g_steal_pointer(&source.error), "cannot fetch the context '%s': ", where);
  else if (is_text(first, (gsize)source.head_bytes))
    good = write_dockerfile(&source, folder, where, error);
  else
    good = unpack(&source, folder, where, error);
  const guint8 *rest = NULL;
  while (good && take(&source, &rest) > 0) /* of the digest, which is of all that came */
    ;
  *revision = cr_digest_finish(source.digest);
  cr_digest_free(source.digest);
  g_clear_error(&source.error);
  return good;
}
