/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define DEPTH 200U /* folders in folders: no package's are deeper; what is below is not counted */

CrLimits cr_limits_make(guint64 disk_bytes, guint program_seconds, guint total_seconds)
{
  CrLimits limits = {
      .disk_bytes = disk_bytes ? disk_bytes : CR_PATCH_DISK_BYTES,
      .program_ms = (program_seconds ? program_seconds : CR_PATCH_PROGRAM_SECONDS) * 1000,
      .total_seconds = total_seconds ? total_seconds : CR_PATCH_TOTAL_SECONDS,
  };
  limits.deadline = g_get_monotonic_time() + (gint64)limits.total_seconds * G_USEC_PER_SEC;
  return limits;
}

gboolean cr_limits_check_time(const CrLimits *limits, GError **error)
{
  if (!limits->deadline || g_get_monotonic_time() < limits->deadline)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "it took longer than the %u seconds that it may take in all",
              limits->total_seconds);
  if (error)
    cr_error_set_hint(*error, "--time-limit gives it more");
  return FALSE;
}

guint cr_limits_get_program_ms(const CrLimits *limits)
{
  gint64 left = limits->deadline ? (limits->deadline - g_get_monotonic_time()) / 1000 : G_MAXINT64;
  return (guint)CLAMP(left, 1, (gint64)limits->program_ms);
}

static guint64 measure(int folder, const char *name, guint64 max, guint depth)
{
  int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *handle = fd >= 0 ? fdopendir(fd) : NULL;
  guint64 sum = 0;
  if (!handle && fd >= 0)
    close(fd);
  for (const struct dirent *entry = handle ? readdir(handle) : NULL; entry && sum <= max; entry = readdir(handle)) {
    struct stat status;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
        fstatat(dirfd(handle), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    sum += (guint64)status.st_blocks * 512 / MAX(S_ISDIR(status.st_mode) ? 1 : status.st_nlink, 1);
    if (S_ISDIR(status.st_mode) && depth < DEPTH)
      sum += measure(dirfd(handle), entry->d_name, max - MIN(sum, max), depth + 1);
  }
  if (handle)
    closedir(handle);
  return sum;
}

guint64 cr_limits_measure(const char *folder, guint64 max)
{
  return measure(AT_FDCWD, folder, max, 0);
}

gboolean cr_limits_check_disk(const CrLimits *limits, const char *folder, GError **error)
{
  if (!limits->disk_bytes || cr_limits_measure(folder, limits->disk_bytes) <= limits->disk_bytes)
    return TRUE;
  g_autofree char *most = g_format_size_full(limits->disk_bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "it takes more than the %s of disk space that it may take", most);
  if (error)
    cr_error_set_hint(*error, "--disk-limit gives it more");
  return FALSE;
}
