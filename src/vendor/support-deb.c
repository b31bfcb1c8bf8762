/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support-load.h"

#include "base/error.h"
#include "base/limits.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

typedef struct archive Reader;
static void reader_free(Reader *reader)
{
  archive_read_free(reader);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

void cr_support_file_free(CrSupportFile *file)
{
  g_free(file->name);
  g_clear_pointer(&file->bytes, g_bytes_unref);
  g_free(file);
}

void cr_support_files_free(CrSupportFiles *files)
{
  if (!files)
    return;
  g_clear_pointer(&files->files, g_ptr_array_unref);
  g_free(files->name);
  g_free(files);
}

const CrSupportFile *cr_support_files_find(const CrSupportFiles *files, const char *name)
{
  for (guint i = 0; files && i < files->files->len; i++) {
    const CrSupportFile *file = files->files->pdata[i];
    if (!strcmp(file->name, name))
      return file;
  }
  return NULL;
}

static gboolean fail(GError **error, Reader *reader, const char *where)
{
  const char *why = archive_error_string(reader);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s: %s", where, why ? why : "damaged");
  return FALSE;
}

/* The entry at READER, at most MAX bytes; NULL with ERROR. */
static GBytes *read_entry(Reader *reader, guint64 max, const char *where, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 block[16384];
  for (;;) {
    la_ssize_t n = archive_read_data(reader, block, sizeof block);
    if (n < 0) {
      fail(error, reader, where);
      return NULL;
    }
    if (n == 0)
      return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (bytes->len + (guint64)n > max) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "%s: a file of more than %" G_GUINT64_FORMAT " bytes", where, max);
      return NULL;
    }
    g_byte_array_append(bytes, block, (guint)n);
  }
}

/* The member data.tar.* of the ar archive. */
static GBytes *read_data_member(GBytes *deb, GError **error)
{
  g_autoptr(Reader) reader = archive_read_new();
  gsize size = 0;
  const void *data = g_bytes_get_data(deb, &size);
  archive_read_support_format_ar(reader);
  if (archive_read_open_memory(reader, data, size) != ARCHIVE_OK) {
    fail(error, reader, "the package");
    return NULL;
  }
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_OK;
  while ((result = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
    const char *name = archive_entry_pathname(entry);
    if (name && g_str_has_prefix(name, "data.tar"))
      return read_entry(reader, CR_LIMIT_SUPPORT_DEB_BYTES, "data.tar of the package", error);
  }
  if (result != ARCHIVE_EOF)
    fail(error, reader, "the package");
  else
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "the package has no data.tar");
  return NULL;
}

static gboolean take_file(Reader *reader, struct archive_entry *entry, const char *base, GPtrArray *files,
                          GError **error)
{
  if (files->len >= CR_LIMIT_SUPPORT_FILES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "the package has more than %u data files", CR_LIMIT_SUPPORT_FILES);
    return FALSE;
  }
  GBytes *bytes = read_entry(reader, CR_LIMIT_SMALL_FILE, base, error);
  if (!bytes)
    return FALSE;
  CrSupportFile *file = g_new0(CrSupportFile, 1);
  file->name = g_strdup(base);
  file->mtime = archive_entry_mtime(entry);
  file->bytes = bytes;
  g_ptr_array_add(files, file);
  return TRUE;
}

GPtrArray *cr_support_read_deb(GBytes *deb, const char *folder, GError **error)
{
  g_autoptr(GBytes) tar = read_data_member(deb, error);
  if (!tar)
    return NULL;
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)cr_support_file_free);
  g_autoptr(Reader) reader = archive_read_new();
  gsize size = 0;
  const void *data = g_bytes_get_data(tar, &size);
  archive_read_support_format_tar(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_zstd(reader);
  if (archive_read_open_memory(reader, data, size) != ARCHIVE_OK) {
    fail(error, reader, "data.tar of the package");
    return NULL;
  }
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_OK;
  for (guint seen = 0; (result = archive_read_next_header(reader, &entry)) == ARCHIVE_OK; seen++) {
    const char *path = archive_entry_pathname(entry);
    if (seen >= CR_LIMIT_SUPPORT_ENTRIES)
      break;
    if (path && g_str_has_prefix(path, "./"))
      path += 2;
    if (!path || archive_entry_filetype(entry) != AE_IFREG || !g_str_has_prefix(path, folder) ||
        strchr(path + strlen(folder), '/'))
      continue;
    if (!take_file(reader, entry, path + strlen(folder), files, error))
      return NULL;
  }
  if (result != ARCHIVE_EOF && result != ARCHIVE_OK) {
    fail(error, reader, "data.tar of the package");
    return NULL;
  }
  return g_steal_pointer(&files);
}
