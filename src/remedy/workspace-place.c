/* SPDX-License-Identifier: Apache-2.0 */
/* Where a workspace is made. An unpacked image is many small files that live for seconds: in memory they are made, used
 * and removed several times as fast as on a disk, which was most of the time of a patch. /dev/shm is taken where it is
 * a tmpfs that keeps what a root file system has (attributes, programs that run) and where a quarter of the memory that
 * is free holds all of it; this machine's, and that of careen's control group. Else the cache's folder. */
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/workspace-private.h"

#define SHARED_MEMORY "/dev/shm"

/* ---- how much memory is free ---- */

static gboolean read_number(const char *path, guint64 *value)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL) || !g_ascii_isdigit(*text)) /* "max" is no limit */
    return FALSE;
  *value = g_ascii_strtoull(text, NULL, 10);
  return TRUE;
}

/* The number in the line of PATH whose first word is KEY, in the file's own unit; 0: there is none. */
static guint64 read_row(const char *path, const char *key)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix(lines[i], key) && lines[i][strlen(key)] == ' ')
      return g_ascii_strtoull(lines[i] + strlen(key), NULL, 10);
  return 0;
}

/* Version 2, each group up to the root; of version 1 the memory controller's own. */
static guint64 cap_by_groups(guint64 bytes)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL))
    return bytes;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    gboolean unified = g_str_has_prefix(lines[i], "0::"), memory = strstr(lines[i], ":memory:") != NULL;
    g_autofree char *path = unified || memory ? g_strdup(strrchr(lines[i], ':') + 1) : NULL;
    while (path && *path == '/') {
      const char *root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
      g_autofree char *max_path = g_build_filename(root, path, unified ? "memory.max" : "memory.limit_in_bytes", NULL);
      g_autofree char *now_path =
          g_build_filename(root, path, unified ? "memory.current" : "memory.usage_in_bytes", NULL);
      g_autofree char *stat_path = g_build_filename(root, path, "memory.stat", NULL);
      guint64 max = 0, now = 0;
      if (read_number(max_path, &max) && read_number(now_path, &now)) {
        /* what the kernel gives back to a group that wants more: pages of files that nobody has used of late */
        now -= MIN(now, read_row(stat_path, unified ? "inactive_file" : "total_inactive_file"));
        bytes = MIN(bytes, max > now ? max - now : 0);
      }
      if (!path[1])
        break;
      char *slash = strrchr(path, '/');
      slash[slash == path] = 0;
    }
  }
  return bytes;
}

/* ---- a folder there ---- */

/* Ours alone: anybody may make a folder of any name there. */
static gboolean is_own(const char *path)
{
  struct stat status;
  return (mkdir(path, 0700) == 0 || errno == EEXIST) && lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & 077) == 0;
}

static gboolean keeps_attributes(const char *path)
{
  if (setxattr(path, "user.careen", "", 0, 0) != 0) /* tmpfs has these since Linux 6.6 */
    return FALSE;
  removexattr(path, "user.careen");
  return TRUE;
}

static gboolean fits(guint64 bytes)
{
  struct statfs kind;
  struct statvfs room;
  return statfs(SHARED_MEMORY, &kind) == 0 && kind.f_type == TMPFS_MAGIC && statvfs(SHARED_MEMORY, &room) == 0 &&
         !(room.f_flag & (ST_NOEXEC | ST_RDONLY)) && (guint64)room.f_bavail * room.f_frsize / 2 >= bytes;
}

guint64 cr_workspace_get_free_memory(void)
{
  return cap_by_groups(read_row("/proc/meminfo", "MemAvailable:") * 1024);
}

char *cr_workspace_find_memory(guint64 need_bytes, guint64 *max_bytes)
{
  guint64 available = cr_workspace_get_free_memory();
  *max_bytes = available / 2;
  if (!need_bytes || need_bytes > available / 4 || !fits(need_bytes))
    return NULL;
  g_autofree char *path = g_strdup_printf(SHARED_MEMORY "/careen-%u", (guint)geteuid());
  return is_own(path) && keeps_attributes(path) ? g_steal_pointer(&path) : NULL;
}
