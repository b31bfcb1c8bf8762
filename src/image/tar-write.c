/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar-write.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/write-all.h"
#include "image/draft-store.h"
#include "image/tar-header.h"

#define OCTAL_SIZE_END (1ULL << 33) /* eleven octal digits */

static void set_size(char *head, guint64 size)
{
  if (size < OCTAL_SIZE_END) {
    g_snprintf(head + 124, 12, "%011" G_GINT64_MODIFIER "o", size);
    return;
  }
  memset(head + 124, 0, 12);
  head[124] = (char)0x80;
  for (guint i = 0; i < 8; i++)
    head[135 - i] = (char)(size >> (8 * i));
}

static void make_header(char head[CR_TAR_BLOCK_BYTES], const char *name, char type, guint64 size)
{
  static const char magic[8] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
  memset(head, 0, CR_TAR_BLOCK_BYTES);
  g_strlcpy(head, name, 100);
  g_snprintf(head + 100, 8, "%07o", type == '5' ? 0755 : 0644);
  g_snprintf(head + 108, 8, "%07o", 0);
  g_snprintf(head + 116, 8, "%07o", 0);
  set_size(head, size);
  g_snprintf(head + 136, 12, "%011o", 0);
  head[156] = type;
  memcpy(head + 257, magic, sizeof magic);
  memset(head + 148, ' ', 8);
  guint sum = 0;
  for (guint i = 0; i < CR_TAR_BLOCK_BYTES; i++)
    sum += (guint8)head[i];
  g_snprintf(head + 148, 8, "%06o", sum);
}

gboolean cr_tar_write(CrTarWriter *tar, const void *data, gsize size, GError **error)
{
  tar->at += size;
  if (!tar->is_socket)
    return cr_write_all(tar->fd, data, size, tar->what, error);
  for (const guint8 *at = data; size;) {
    gssize n = send(tar->fd, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      cr_error_set_errno(error, errno, "cannot write %s", tar->what);
      return FALSE;
    }
    at += n;
    size -= (gsize)n;
  }
  return TRUE;
}

gboolean cr_tar_write_folder(CrTarWriter *tar, const char *name, GError **error)
{
  char head[CR_TAR_BLOCK_BYTES];
  make_header(head, name, '5', 0);
  return cr_tar_write(tar, head, sizeof head, error);
}

gboolean cr_tar_begin_file(CrTarWriter *tar, const char *name, guint64 size_bytes, GError **error)
{
  char head[CR_TAR_BLOCK_BYTES];
  make_header(head, name, '0', size_bytes == G_MAXUINT64 ? 0 : size_bytes);
  if (!cr_tar_write(tar, head, sizeof head, error))
    return FALSE;
  tar->content = tar->at;
  return TRUE;
}

gboolean cr_tar_end_file(CrTarWriter *tar, const char *name, GError **error)
{
  static const char zeros[CR_TAR_BLOCK_BYTES];
  guint64 size = tar->at - tar->content, start = tar->content - CR_TAR_BLOCK_BYTES;
  if (!cr_tar_write(tar, zeros, (gsize)(-size % CR_TAR_BLOCK_BYTES), error))
    return FALSE;
  if (!name)
    return TRUE;
  char head[CR_TAR_BLOCK_BYTES];
  make_header(head, name, '0', size);
  gssize n = pwrite(tar->fd, head, sizeof head, (off_t)start);
  if (n == (gssize)sizeof head)
    return TRUE;
  cr_error_set_errno(error, n < 0 ? errno : ENOSPC, "cannot write %s", tar->what);
  return FALSE;
}

gboolean cr_tar_write_file(CrTarWriter *tar, const char *name, const void *data, gsize size, GError **error)
{
  return cr_tar_begin_file(tar, name, size, error) && cr_tar_write(tar, data, size, error) &&
         cr_tar_end_file(tar, NULL, error);
}

gboolean cr_tar_write_end(CrTarWriter *tar, GError **error)
{
  static const char zeros[2 * CR_TAR_BLOCK_BYTES];
  return cr_tar_write(tar, zeros, sizeof zeros, error);
}
