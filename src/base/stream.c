/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

/* Large enough that a read call costs nothing against what is done with the bytes, small enough for the second-level
 * cache. */
#define BUFFER_BYTES (256 * CR_KIB)

gssize cr_stream_next(CrStream *stream, const guint8 **data, GError **error)
{
  return stream->class->next(stream, data, error);
}

void cr_stream_free(CrStream *stream)
{
  if (stream)
    stream->class->free(stream);
}

/* ---- files ---- */

typedef struct {
  CrStream stream;
  int fd;
  gboolean own;
  gboolean seekable;
  guint64 at, end; /* END G_MAXUINT64: to the end of the file */
  guint8 buffer[BUFFER_BYTES];
} FileStream;

static gssize file_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  FileStream *file = (FileStream *)stream;
  gsize want = (gsize)MIN((guint64)size, file->end - file->at);
  if (!want)
    return 0;
  gssize n;
  do {
    n = file->seekable ? pread(file->fd, buffer, want, (off_t)file->at) : read(file->fd, buffer, want);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    cr_error_set_errno(error, errno, "cannot read at byte %" G_GUINT64_FORMAT, file->at);
    return -1;
  }
  if (n == 0 && file->end != G_MAXUINT64) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                "cut short: ends at byte %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes are missing", file->at,
                file->end - file->at);
    return -1;
  }
  file->at += (guint64)n;
  return n;
}

static gssize file_next(CrStream *stream, const guint8 **data, GError **error)
{
  FileStream *file = (FileStream *)stream;
  *data = file->buffer;
  return file_read(stream, file->buffer, sizeof file->buffer, error);
}

static void file_free(CrStream *stream)
{
  FileStream *file = (FileStream *)stream;
  if (file->own)
    close(file->fd);
  g_free(file);
}

static const CrStreamClass file_class = {.next = file_next, .free = file_free, .read = file_read};

CrStream *cr_stream_new_fd(int fd, guint64 offset, guint64 size)
{
  FileStream *file = g_malloc(sizeof *file); /* the buffer need not be cleared */
  file->stream.class = &file_class;
  file->fd = fd;
  file->own = FALSE;
  file->seekable = TRUE;
  file->at = offset;
  file->end = size > G_MAXUINT64 - offset ? G_MAXUINT64 : offset + size;
  return &file->stream;
}

CrStream *cr_stream_new_pipe(int fd, gboolean own)
{
  CrStream *stream = cr_stream_new_fd(fd, 0, G_MAXUINT64);
  ((FileStream *)stream)->seekable = FALSE;
  ((FileStream *)stream)->own = own;
  return stream;
}

/* ---- memory ---- */

typedef struct {
  CrStream stream;
  GBytes *bytes;
  gboolean given;
} BytesStream;

static gssize bytes_next(CrStream *stream, const guint8 **data, GError **error)
{
  (void)error;
  BytesStream *bytes = (BytesStream *)stream;
  if (bytes->given)
    return 0;
  bytes->given = TRUE;
  gsize size = 0;
  *data = g_bytes_get_data(bytes->bytes, &size);
  return (gssize)size;
}

static void bytes_free(CrStream *stream)
{
  BytesStream *bytes = (BytesStream *)stream;
  g_bytes_unref(bytes->bytes);
  g_free(bytes);
}

static const CrStreamClass bytes_class = {.next = bytes_next, .free = bytes_free};

CrStream *cr_stream_new_bytes(GBytes *bytes)
{
  BytesStream *stream = g_new0(BytesStream, 1);
  stream->stream.class = &bytes_class;
  stream->bytes = g_bytes_ref(bytes);
  return &stream->stream;
}

/* ---- all of it ---- */

GBytes *cr_stream_read_all(CrStream *stream, guint64 max, GError **error)
{
  g_autoptr(GByteArray) all = g_byte_array_new();
  for (;;) {
    const guint8 *data = NULL;
    gssize n = cr_stream_next(stream, &data, error);
    if (n < 0)
      return NULL;
    if (n == 0)
      return g_byte_array_free_to_bytes(g_steal_pointer(&all));
    if ((guint64)n > max - all->len || all->len + (guint64)n > G_MAXINT32) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "larger than the %" G_GUINT64_FORMAT " bytes allowed", max);
      return NULL;
    }
    g_byte_array_append(all, data, (guint)n);
  }
}
