/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remedy/user-ids.h"
#include "remedy/workspace-private.h"

/* An image makes folders as deep as it likes: of the folders on the way down only the last is open, and ".." leads
 * back, if it is still the one that it was. */

typedef struct {
  char *name; /* in its parent */
  dev_t device;
  ino_t inode; /* of the parent */
} Step;

static void clear_step(gpointer data)
{
  g_free(((Step *)data)->name);
}

static int open_folder(int parent, const char *name)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(parent, name, flags);
  if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
    fd = openat(parent, name, flags);
  if (fd >= 0)
    fchmod(fd, 0700);
  return fd;
}

/* What goes at once. *REST: a folder in FOLDER that is not empty, or NULL. */
static gboolean remove_entries(int folder, char **rest)
{
  int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *handle = copy >= 0 ? fdopendir(copy) : NULL;
  *rest = NULL;
  if (!handle) {
    if (copy >= 0)
      close(copy);
    return FALSE;
  }
  gboolean good = TRUE;
  for (const struct dirent *entry = readdir(handle); entry && good && !*rest; entry = readdir(handle)) {
    const char *name = entry->d_name;
    if (!strcmp(name, ".") || !strcmp(name, "..") || unlinkat(folder, name, 0) == 0 ||
        unlinkat(folder, name, AT_REMOVEDIR) == 0)
      continue;
    good = errno == ENOTEMPTY || errno == EEXIST;
    if (good)
      *rest = g_strdup(name);
  }
  closedir(handle);
  return good;
}

/* *FOLDER becomes its own NAME. */
static gboolean descend(int *folder, const char *name, GArray *way)
{
  struct stat status;
  int below = fstat(*folder, &status) == 0 ? open_folder(*folder, name) : -1;
  if (below < 0)
    return FALSE;
  Step step = {g_strdup(name), status.st_dev, status.st_ino};
  g_array_append_val(way, step);
  close(*folder);
  *folder = below;
  return TRUE;
}

/* *FOLDER, empty now, is removed and becomes its parent. */
static gboolean ascend(int *folder, GArray *way)
{
  const Step *step = &g_array_index(way, Step, way->len - 1);
  struct stat status;
  int above = openat(*folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (above < 0)
    return FALSE;
  close(*folder);
  *folder = above;
  gboolean good = fstat(above, &status) == 0 && status.st_dev == step->device && status.st_ino == step->inode &&
                  unlinkat(above, step->name, AT_REMOVEDIR) == 0;
  g_array_set_size(way, way->len - 1);
  return good;
}

gboolean cr_workspace_remove_tree(int folder, const char *name)
{
  if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Step));
  g_array_set_clear_func(way, clear_step);
  int fd = open_folder(folder, name);
  gboolean good = fd >= 0, done = FALSE;
  while (good && !done) {
    g_autofree char *rest = NULL;
    good = remove_entries(fd, &rest);
    if (good && rest)
      good = descend(&fd, rest, way);
    else if (good && way->len)
      good = ascend(&fd, way);
    else
      done = TRUE;
  }
  if (fd >= 0)
    close(fd);
  return good && unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

/* Files of other ids in a user's folder can only be removed from within such a namespace. */
static void remove_as_their_owner(const char *parent, const char *name)
{
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return;
  pid_t pid = fork();
  if (pid == 0) {
    char byte = 0;
    int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (unshare(CLONE_NEWUSER) == 0 && write(sockets[1], "u", 1) == 1 && read(sockets[1], &byte, 1) == 1 &&
        setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0)
      cr_workspace_remove_tree(folder, name);
    _exit(0);
  }
  close(sockets[1]);
  char byte = 0;
  if (pid > 0 && read(sockets[0], &byte, 1) == 1 && cr_user_ids_map(pid, NULL) && write(sockets[0], "m", 1) != 1)
    kill(pid, SIGKILL);
  close(sockets[0]);
  if (pid > 0)
    waitpid(pid, NULL, 0);
}

void cr_workspace_remove(const char *parent, const char *name)
{
  int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return;
  if (!cr_workspace_remove_tree(folder, name) && geteuid() != 0)
    remove_as_their_owner(parent, name);
  close(folder);
}

/* What no lock holds is of a careen that died. */
void cr_workspace_remove_leftovers(const char *parent)
{
  DIR *handle = opendir(parent);
  if (!handle)
    return;
  for (const struct dirent *entry = readdir(handle); entry; entry = readdir(handle)) {
    if (entry->d_name[0] == '.')
      continue;
    int fd = openat(dirfd(handle), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
      cr_workspace_remove(parent, entry->d_name);
    if (fd >= 0)
      close(fd);
  }
  closedir(handle);
}
