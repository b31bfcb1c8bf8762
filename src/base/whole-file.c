/* SPDX-License-Identifier: Apache-2.0 */
#include "base/whole-file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/leftover.h"

#define OWN_FILES "/proc/self/fd"

struct CrWholeFile {
  int fd;
  char *folder;
  char *prefix;
  char *temporary; /* NULL: it has no name yet, or has its last one */
};

static char *make_temporary_name(const CrWholeFile *file)
{
  return g_strdup_printf("%s/%s%d-%08x", file->folder, file->prefix, (int)getpid(), g_random_int());
}

static int create_named(CrWholeFile *file, mode_t mode)
{
  file->temporary = make_temporary_name(file);
  cr_leftover_add(file->temporary);
  int fd = open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    int errnum = errno;
    cr_leftover_forget(file->temporary);
    g_clear_pointer(&file->temporary, g_free);
    errno = errnum;
  }
  return fd;
}

CrWholeFile *cr_whole_file_create(const char *folder, const char *prefix, mode_t mode)
{
  CrWholeFile *file = g_new0(CrWholeFile, 1);
  file->folder = g_strdup(folder);
  file->prefix = g_strdup(prefix);
  /* Without /proc a file without a name could never be given one. */
  file->fd = access(OWN_FILES, X_OK) == 0 ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode) : -1;
  if (file->fd < 0) /* or the file system has none (overlay on old kernels, NFS) */
    file->fd = create_named(file, mode);
  if (file->fd >= 0) {
    (void)fchmod(file->fd, mode);
    return file;
  }
  int errnum = errno;
  cr_whole_file_free(file);
  errno = errnum;
  return NULL;
}

int cr_whole_file_get_fd(const CrWholeFile *file)
{
  return file->fd;
}

/* A file without a name gets a temporary one first: linkat(2) cannot replace, rename(2) can. */
static gboolean give_name(CrWholeFile *file)
{
  if (file->temporary)
    return TRUE;
  char link[64];
  g_snprintf(link, sizeof link, OWN_FILES "/%d", file->fd);
  g_autofree char *name = make_temporary_name(file);
  cr_leftover_add(name);
  if (linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0) {
    int errnum = errno;
    cr_leftover_forget(name);
    errno = errnum;
    return FALSE;
  }
  file->temporary = g_steal_pointer(&name);
  return TRUE;
}

gboolean cr_whole_file_publish(CrWholeFile *file, const char *path)
{
  if (fsync(file->fd) != 0 || !give_name(file) || rename(file->temporary, path) != 0)
    return FALSE;
  cr_leftover_forget(file->temporary);
  g_clear_pointer(&file->temporary, g_free);
  return TRUE;
}

/* PREFIX, the number of a process that is gone, '-', eight hexadecimal digits. */
static gboolean is_left_over(const char *name, const char *prefix)
{
  const char *rest = g_str_has_prefix(name, prefix) ? name + strlen(prefix) : "";
  char *end = NULL;
  gint64 pid = g_ascii_isdigit(*rest) ? g_ascii_strtoll(rest, &end, 10) : 0;
  return pid > 0 && pid <= G_MAXINT && *end == '-' && strspn(end + 1, "0123456789abcdef") == 8 && !end[9] &&
         kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void cr_whole_file_sweep(const char *folder, const char *prefix)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name(dir))) {
    g_autofree char *path = is_left_over(name, prefix) ? g_build_filename(folder, name, NULL) : NULL;
    if (path)
      (void)unlink(path);
  }
}

int cr_whole_file_steal_fd(CrWholeFile *file)
{
  int fd = file->fd;
  file->fd = -1;
  cr_whole_file_free(file);
  return fd;
}

void cr_whole_file_free(CrWholeFile *file)
{
  if (!file)
    return;
  if (file->fd >= 0)
    close(file->fd);
  if (file->temporary) {
    (void)unlink(file->temporary);
    cr_leftover_forget(file->temporary);
  }
  g_free(file->temporary);
  g_free(file->prefix);
  g_free(file->folder);
  g_free(file);
}
