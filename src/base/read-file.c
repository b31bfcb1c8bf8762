/* SPDX-License-Identifier: Apache-2.0 */
#include "base/read-file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP 65536U

static GBytes *read_all(int fd, const char *path, gsize max_bytes, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 buffer[STEP];
  for (;;) {
    gssize got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': %s", path, g_strerror(errno));
      return NULL;
    }
    if (!got)
      break;
    if (bytes->len + (gsize)got > max_bytes) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read '%s': it is larger than %" G_GSIZE_FORMAT " bytes",
                  path, max_bytes);
      return NULL;
    }
    g_byte_array_append(bytes, buffer, (guint)got);
  }
  gsize size = bytes->len;
  g_byte_array_append(bytes, (const guint8 *)"", 1);
  g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
  return g_bytes_new_from_bytes(whole, 0, size);
}

GBytes *cr_read_file(const char *path, gsize max_bytes, GError **error)
{
  if (!strcmp(path, "-"))
    return read_all(STDIN_FILENO, "standard input", max_bytes, error);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': %s", path, g_strerror(errno));
    return NULL;
  }
  GBytes *bytes = read_all(fd, path, max_bytes, error);
  close(fd);
  return bytes;
}

gboolean cr_file_is_there(const char *path, gboolean unknown)
{
  struct stat status;
  return !lstat(path, &status) || (errno != ENOENT && errno != ENOTDIR && unknown);
}

gboolean cr_file_is_regular(const char *path, GError **error)
{
  struct stat status;
  if (!stat(path, &status) && S_ISREG(status.st_mode))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is no file, and no link to one", path);
  return FALSE;
}
