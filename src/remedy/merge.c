/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "remedy/workspace-private.h"

typedef struct {
  int into; /* the root, for links */
  gboolean user_marks;
  GHashTable *links; /* inode → path below the root, of files with several names */
} Merging;

/* Where the kernel copies nothing from one file system to another (into an overlay). */
static gboolean copy_by_hand(int from, int to)
{
  guint8 buffer[65536];
  ssize_t n = 0;
  while ((n = read(from, buffer, sizeof buffer)) > 0)
    if (!cr_write_fully(to, buffer, (gsize)n))
      return FALSE;
  return n == 0;
}

static gboolean copy_content(int from, int to, off_t size)
{
  if (ioctl(to, FICLONE, from) == 0)
    return TRUE;
  for (off_t done = 0; done < size;) {
    ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)(size - done), 0);
    if (n < 0)
      return !done && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP) && copy_by_hand(from, to);
    if (n == 0)
      return TRUE;
    done += n;
  }
  return TRUE;
}

static gboolean copy_attributes(int from, int to)
{
  char names[65536];
  g_autofree char *value = g_malloc(65536);
  ssize_t size = flistxattr(from, names, sizeof names);
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
    ssize_t bytes = strstr(names + at, ".overlay.") ? -1 : fgetxattr(from, names + at, value, 65536);
    if (bytes >= 0 && fsetxattr(to, names + at, value, (size_t)bytes, 0) != 0 && errno != ENOTSUP)
      return FALSE;
  }
  return TRUE;
}

/* Owner first: chown takes set-id bits and capabilities away. */
static gboolean finish_open(int from, int to, const struct stat *status)
{
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, status->st_mtim};
  return fchown(to, status->st_uid, status->st_gid) == 0 && fchmod(to, status->st_mode & 07777) == 0 &&
         copy_attributes(from, to) && futimens(to, times) == 0;
}

gboolean cr_merge_copy_attributes(int from, int to)
{
  struct stat status;
  return fstat(from, &status) == 0 && finish_open(from, to, &status);
}

static gboolean copy_file(int from_folder, int to_folder, const char *name, const struct stat *status)
{
  int from = openat(from_folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  int to = from >= 0 ? openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
  gboolean good = to >= 0 && copy_content(from, to, status->st_size) && finish_open(from, to, status);
  int errnum = errno;
  if (from >= 0)
    close(from);
  if (to >= 0)
    close(to);
  errno = errnum;
  return good;
}

static gboolean copy_special(int from_folder, int to_folder, const char *name, const struct stat *status)
{
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, status->st_mtim};
  if (S_ISLNK(status->st_mode)) {
    char target[4096 + 1];
    ssize_t size = readlinkat(from_folder, name, target, sizeof target - 1);
    if (size < 0)
      return FALSE;
    target[size] = '\0';
    if (symlinkat(target, to_folder, name) != 0)
      return FALSE;
  } else if (mknodat(to_folder, name, status->st_mode, status->st_rdev) != 0) {
    return FALSE;
  }
  return fchownat(to_folder, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) == 0 &&
         (S_ISLNK(status->st_mode) || fchmodat(to_folder, name, status->st_mode & 07777, 0) == 0) &&
         utimensat(to_folder, name, times, AT_SYMLINK_NOFOLLOW) == 0;
}

static gboolean copy_node(Merging *merging, int from, int to, const char *name, const char *path,
                          const struct stat *status)
{
  if (!cr_workspace_remove_tree(to, name))
    return FALSE;
  gint64 inode = (gint64)status->st_ino;
  const char *first = status->st_nlink > 1 ? g_hash_table_lookup(merging->links, &inode) : NULL;
  if (first)
    return linkat(merging->into, first, to, name, 0) == 0;
  if (status->st_nlink > 1)
    g_hash_table_insert(merging->links, g_memdup2(&inode, sizeof inode), g_strdup(path));
  return S_ISREG(status->st_mode) ? copy_file(from, to, name, status) : copy_special(from, to, name, status);
}

static gboolean merge_folder(Merging *merging, int from, int to, const char *path, GError **error);

static gboolean is_opaque(const Merging *merging, int folder)
{
  char value[2];
  struct stat status;
  if (fstatat(folder, ".wh..wh..opq", &status, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  return fgetxattr(folder, merging->user_marks ? "user.overlay.opaque" : "trusted.overlay.opaque", value,
                   sizeof value) >= 1 &&
         value[0] == 'y';
}

static gboolean fail(GError **error, const char *path)
{
  if (error && !*error)
    cr_error_set_errno(error, errno, "cannot copy '%s'", path);
  return FALSE;
}

static gboolean merge_below(Merging *merging, int from_folder, int to_folder, const char *name, const char *path,
                            const struct stat *status, GError **error)
{
  struct stat there;
  int from = openat(from_folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0)
    return fail(error, path);
  gboolean is_there = fstatat(to_folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && (!S_ISDIR(there.st_mode) || is_opaque(merging, from)))
    is_there = !cr_workspace_remove_tree(to_folder, name);
  int to = -1;
  if (is_there || mkdirat(to_folder, name, 0700) == 0)
    to = openat(to_folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  gboolean good = to >= 0 && merge_folder(merging, from, to, path, error) && finish_open(from, to, status);
  if (!good)
    fail(error, path);
  close(from);
  if (to >= 0)
    close(to);
  return good;
}

static gboolean merge_entry(Merging *merging, int from, int to, const char *name, const char *folder, GError **error)
{
  struct stat status;
  g_autofree char *path = *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
  if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(error, path);
  if (S_ISCHR(status.st_mode) && status.st_rdev == 0)
    return cr_workspace_remove_tree(to, name) || fail(error, path);
  if (S_ISDIR(status.st_mode))
    return merge_below(merging, from, to, name, path, &status, error);
  return copy_node(merging, from, to, name, path, &status) || fail(error, path);
}

static gboolean merge_folder(Merging *merging, int from, int to, const char *path, GError **error)
{
  int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *handle = copy >= 0 ? fdopendir(copy) : NULL;
  if (!handle) {
    if (copy >= 0)
      close(copy);
    return fail(error, path);
  }
  gboolean good = TRUE;
  /* marks by name (unpack.c) first: they hide what is below, not what stands beside them */
  for (const struct dirent *entry = readdir(handle); entry && good; entry = readdir(handle))
    if (g_str_has_prefix(entry->d_name, ".wh.") && strcmp(entry->d_name, ".wh..wh..opq") != 0)
      good = cr_workspace_remove_tree(to, entry->d_name + 4) || fail(error, path);
  rewinddir(handle);
  for (const struct dirent *entry = readdir(handle); entry && good; entry = readdir(handle))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !g_str_has_prefix(entry->d_name, ".wh."))
      good = merge_entry(merging, from, to, entry->d_name, path, error);
  closedir(handle);
  return good;
}

gboolean cr_merge_layer(int layer, int into, gboolean user_marks, GError **error)
{
  Merging merging = {.into = into, .user_marks = user_marks};
  merging.links = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  struct stat status;
  gboolean good =
      fstat(layer, &status) == 0 && merge_folder(&merging, layer, into, "", error) && finish_open(layer, into, &status);
  if (!good)
    fail(error, "/");
  g_hash_table_unref(merging.links);
  return good;
}
