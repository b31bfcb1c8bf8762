/* SPDX-License-Identifier: Apache-2.0 */
/* A process that does nothing but outlive careen: when careen ends without having removed its workspace (Ctrl-C,
 * kill -9, a crash), it does so, and ends. An unpacked image is too large to lie about until the next run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remedy/workspace-private.h"

#define REMOVE_TRIES   50U
#define REMOVE_WAIT_US 100000U

static void close_from(unsigned int first)
{
  if (syscall(SYS_close_range, first, UINT_MAX, 0) == 0)
    return;
  for (int fd = (int)first; fd < 4096; fd++) /* before Linux 5.9 */
    close(fd);
}

/* Has process PID been started as "bwrap" with something in PATH among its words? */
static gboolean is_stray(const char *pid, const char *path)
{
  char file[64], words[8192];
  g_snprintf(file, sizeof file, "/proc/%.20s/cmdline", pid);
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd >= 0 ? read(fd, words, sizeof words) : -1;
  if (fd >= 0)
    close(fd);
  gsize length = strlen(path);
  if (size < 6 || memcmp(words, "bwrap", 6) != 0)
    return FALSE;
  const char *found = memmem(words, (gsize)size, path, length);
  return found && found + length < words + size && found[length] == '/';
}

/* bwrap clones what will be its init and then lets it go on; killed between the two it leaves one that waits for ever,
 * for that dies with its parent only from then on (0.8, bubblewrap.c). */
static void end_strays(const char *path)
{
  DIR *proc = opendir("/proc");
  if (!proc)
    return;
  for (const struct dirent *entry = readdir(proc); entry; entry = readdir(proc))
    if (*entry->d_name >= '1' && *entry->d_name <= '9' && is_stray(entry->d_name, path))
      kill((pid_t)atol(entry->d_name), SIGKILL);
  closedir(proc);
}

/* What the sandbox ran was killed with careen, but on a busy machine may write for a moment more. */
static void remove_all(const char *parent, const char *name, const char *path)
{
  for (guint tries = 0; tries < REMOVE_TRIES && access(path, F_OK) == 0; tries++) {
    if (tries)
      g_usleep(REMOVE_WAIT_US);
    cr_workspace_remove(parent, name);
  }
}

static void guard(int pipe, const char *parent, const char *name) G_GNUC_NORETURN;
static void guard(int pipe, const char *parent, const char *name)
{
  setsid(); /* not for the terminal's signals */
  for (int number = 1; number < NSIG; number++)
    signal(number, number == SIGINT || number == SIGTERM || number == SIGHUP ? SIG_IGN : SIG_DFL);
  int null = open("/dev/null", O_RDWR);
  if (dup2(pipe, 0) < 0 || dup2(null, 1) < 0 ||
      dup2(null, 2) < 0) /* who waits for careen's output need not wait here */
    _exit(1);
  close_from(3);
  char byte = 0;
  ssize_t n = 0;
  do
    n = read(0, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n == 1)
    _exit(0);
  /* The end of all who could write: careen, and the process that works on the image, which the kernel ends with it. */
  g_autofree char *path = g_build_filename(parent, name, NULL);
  char real[PATH_MAX];
  end_strays(realpath(path, real) ? real : path);
  int lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (lock >= 0 && flock(lock, LOCK_EX) == 0)
    remove_all(parent, name, path);
  _exit(0);
}

pid_t cr_workspace_guard_start(const char *parent, const char *name, int *end)
{
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return -1;
  pid_t pid = fork();
  if (pid == 0)
    guard(fds[0], parent, name);
  close(fds[0]);
  if (pid < 0)
    close(fds[1]);
  else
    *end = fds[1];
  return pid;
}

void cr_workspace_guard_stop(pid_t pid, int end)
{
  if (write(end, "q", 1) != 1)
    kill(pid, SIGKILL);
  close(end);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}
