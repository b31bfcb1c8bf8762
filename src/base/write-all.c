/* SPDX-License-Identifier: Apache-2.0 */
#include "base/write-all.h"

#include "base/error.h"

#include <errno.h>
#include <unistd.h>

gboolean cr_write_fully(int fd, const void *data, gsize size)
{
  const guint8 *at = data;
  while (size) {
    gssize n = write(fd, at, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      if (n == 0)
        errno = ENOSPC;
      return FALSE;
    }
    at += n;
    size -= (gsize)n;
  }
  return TRUE;
}

gboolean cr_write_all(int fd, const void *data, gsize size, const char *what, GError **error)
{
  if (cr_write_fully(fd, data, size))
    return TRUE;
  cr_error_set_errno(error, errno, "cannot write %s", what);
  return FALSE;
}
