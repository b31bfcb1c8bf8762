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

static gboolean empty_folder(int folder)
{
  int copy = dup(folder);
  DIR *handle = copy >= 0 ? fdopendir(copy) : NULL;
  if (!handle) {
    if (copy >= 0)
      close(copy);
    return FALSE;
  }
  gboolean good = TRUE;
  for (const struct dirent *entry = readdir(handle); entry; entry = readdir(handle))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      good = cr_workspace_remove_tree(folder, entry->d_name) && good;
  closedir(handle);
  return good;
}

gboolean cr_workspace_remove_tree(int folder, const char *name)
{
  if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES && fchmodat(folder, name, 0700, 0) == 0)
    fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  fchmod(fd, 0700);
  gboolean good = empty_folder(fd);
  close(fd);
  return unlinkat(folder, name, AT_REMOVEDIR) == 0 && good;
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
