/* SPDX-License-Identifier: Apache-2.0 */
#include "image/collect.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/order.h"
#include "base/write-all.h"
#include "image/collect-private.h"

#define WINDOW_BYTES (256 * CR_KIB)

guint64 cr_file_get_size(const CrFile *file)
{
  return file->size;
}

const guint8 *cr_file_get_memory(const CrFile *file)
{
  return file->memory;
}

static gboolean read_fully(int fd, guint8 *to, gsize size, guint64 offset)
{
  while (size) {
    gssize n = pread(fd, to, size, (off_t)offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    to += n;
    size -= (gsize)n;
    offset += (guint64)n;
  }
  return TRUE;
}

const guint8 *cr_file_peek(CrFile *file, guint64 offset, gsize size)
{
  if (offset > file->size || size > file->size - offset)
    return NULL;
  if (file->memory)
    return file->memory + offset;
  if (size > CR_LIMIT_FILE_MEMORY)
    return NULL;
  if (offset >= file->window_offset && offset + size <= file->window_offset + file->window_size)
    return file->window + (offset - file->window_offset);
  gsize want = (gsize)MIN(MAX((guint64)size, WINDOW_BYTES), file->size - offset);
  if (want > file->window_room) {
    g_free(file->window);
    file->window = g_malloc(want);
    file->window_room = want;
  }
  file->window_size = 0;
  if (!read_fully(file->fd, file->window, want, offset))
    return NULL;
  file->window_offset = offset;
  file->window_size = want;
  return file->window;
}

int cr_file_get_fd(CrFile *file)
{
  if (file->fd >= 0 || !file->memory)
    return file->fd;
  int fd = memfd_create("careen-file", MFD_CLOEXEC);
  if (fd >= 0 && !cr_write_fully(fd, file->memory, (gsize)file->size)) {
    close(fd);
    return -1;
  }
  file->fd = fd;
  file->own_fd = TRUE;
  return fd;
}

CrFile *cr_file_new_bytes(GBytes *bytes)
{
  CrFile *file = g_new0(CrFile, 1);
  gsize size = 0;
  file->memory = g_bytes_get_data(bytes, &size);
  if (!file->memory)
    file->memory = (const guint8 *)"";
  file->size = size;
  file->fd = -1;
  file->bytes = g_bytes_ref(bytes);
  return file;
}

CrFile *cr_file_new_fd(int fd)
{
  struct stat status;
  if (fstat(fd, &status) != 0)
    return NULL;
  CrFile *file = g_new0(CrFile, 1);
  file->size = (guint64)status.st_size;
  file->fd = fd;
  return file;
}

void cr_file_clear(CrFile *file)
{
  if (file->own_fd && file->fd >= 0)
    close(file->fd);
  g_free(file->window);
  if (file->bytes)
    g_bytes_unref(file->bytes);
  memset(file, 0, sizeof *file);
  file->fd = -1;
}

void cr_file_free(CrFile *file)
{
  if (!file)
    return;
  cr_file_clear(file);
  g_free(file);
}

void cr_sink_write(CrSink *sink, const void *data, gsize size)
{
  sink->bytes += size;
  sink->write(sink->owner, data, size);
}

void cr_sink_write_file(CrSink *sink, CrFile *file)
{
  for (guint64 at = 0; at < file->size;) {
    gsize size = (gsize)MIN(file->size - at, WINDOW_BYTES);
    const guint8 *data = cr_file_peek(file, at, size);
    if (!data)
      return;
    cr_sink_write(sink, data, size);
    at += size;
  }
}

static void write_array(gpointer owner, const void *data, gsize size)
{
  g_byte_array_append(owner, data, (guint)size);
}

CrSink *cr_sink_new_array(GByteArray *array)
{
  CrSink *sink = g_new0(CrSink, 1);
  sink->write = write_array;
  sink->owner = array;
  return sink;
}

void cr_sink_free(CrSink *sink)
{
  g_free(sink);
}

char *cr_collectors_get_key(const CrCollector *const *collectors)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; collectors[i]; i++)
    g_ptr_array_add(names, g_strdup_printf("%s.%u", collectors[i]->name, collectors[i]->version));
  g_ptr_array_sort(names, cr_compare_texts);
  g_autoptr(GString) all = g_string_new(NULL);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf(all, "%s\n", (const char *)names->pdata[i]);
  g_autofree char *digest = cr_digest_of(all->str, all->len);
  return g_strndup(cr_digest_get_hex(digest), 16);
}
