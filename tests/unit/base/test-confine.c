/* SPDX-License-Identifier: Apache-2.0 */
/* A child gives up its rights and then tries to use them. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"

static char *inside, *outside, *program;

static gboolean can_write(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "file", NULL);
  int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static gboolean can_run(const char *path)
{
  pid_t child = fork();
  if (child == 0) {
    execl(path, path, NULL);
    _exit(9);
  }
  int status = 9;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Refused by us, or by a port that nobody listens on? */
static gboolean can_use_tcp(gboolean bind_it)
{
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(bind_it ? 0 : 1)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int result = bind_it ? bind(fd, (struct sockaddr *)&address, sizeof address)
                       : connect(fd, (struct sockaddr *)&address, sizeof address);
  gboolean can = result == 0 || errno == ECONNREFUSED;
  close(fd);
  return can;
}

enum {
  WRITE_INSIDE,
  WRITE_OUTSIDE,
  TRUNCATE,
  READ_OUTSIDE,
  RUN,
  RUN_OWN,
  CONNECT,
  LISTEN,
  TRACE,
  NAMESPACE,
  MOUNT,
  SIGNAL,
  TRIED
};
static const char *const tried[TRIED] = {"write inside", "write outside", "truncate outside",
                                         "read outside", "run a program", "run what it wrote",
                                         "connect",      "listen",        "trace",
                                         "unshare",      "mount",         "signal its parent"};

static void try_all(gboolean *can)
{
  g_autofree char *there = g_build_filename(outside, "there", NULL);
  can[WRITE_INSIDE] = can_write(inside);
  can[WRITE_OUTSIDE] = can_write(outside) || unlink(there) == 0;
  can[TRUNCATE] = truncate(there, 0) == 0;
  can[READ_OUTSIDE] = access(there, R_OK) == 0 && g_file_test(there, G_FILE_TEST_IS_REGULAR);
  can[RUN] = can_run("/bin/true");
  can[RUN_OWN] = can_run(program);
  can[CONNECT] = can_use_tcp(FALSE);
  can[LISTEN] = can_use_tcp(TRUE);
  can[TRACE] = ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
  can[NAMESPACE] = unshare(CLONE_NEWUSER) == 0;
  can[MOUNT] = mount("none", inside, "tmpfs", 0, NULL) == 0;
  can[SIGNAL] = kill(getppid(), 0) == 0;
}

static char *try_confined(gboolean connects, gboolean *can)
{
  int ends[2];
  g_assert_cmpint(pipe(ends), ==, 0);
  pid_t child = fork();
  if (child == 0) {
    const char *const writable[] = {inside, "/nonexistent", NULL}, *const runnable[] = {"/usr", "/bin", "/lib",
                                                                                        "/lib64", NULL};
    CrConfinement confinement = {writable, runnable, connects};
    char *have = NULL;
    if (!cr_confine(&confinement, &have, NULL))
      _exit(1);
    try_all(can);
    gboolean sent = write(ends[1], can, sizeof(gboolean) * TRIED) > 0 && write(ends[1], have, strlen(have)) >= 0;
    _exit(sent ? 0 : 2);
  }
  close(ends[1]);
  int status = -1;
  char text[64] = "";
  g_assert_cmpint(read(ends[0], can, sizeof(gboolean) * TRIED), ==, sizeof(gboolean) * TRIED);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  g_assert_cmpint(status, ==, 0);
  gssize size = read(ends[0], text, sizeof text - 1);
  g_assert_cmpint(size, >=, 0);
  close(ends[0]);
  return g_strdup(text);
}

static void expect(const gboolean *can, int what, gboolean expected)
{
  if (can[what] != expected)
    g_error("%s %s", expected ? "cannot" : "can", tried[what]);
}

static void test_confined(gconstpointer data)
{
  gboolean connects = GPOINTER_TO_INT(data), can[TRIED];
  g_autofree char *have = try_confined(connects, can);
  g_test_message("%s", have);
  int version = g_str_has_prefix(have, "landlock ") ? atoi(have + strlen("landlock ")) : 0;
  expect(can, WRITE_INSIDE, TRUE);
  expect(can, READ_OUTSIDE, TRUE);
  expect(can, RUN, TRUE);
  if (version >= 1) {
    expect(can, WRITE_OUTSIDE, FALSE);
    expect(can, RUN_OWN, FALSE);
  }
  if (version >= 3)
    expect(can, TRUNCATE, FALSE);
  if (version >= 4) {
    expect(can, LISTEN, FALSE);
    expect(can, CONNECT, connects);
  }
  if (version >= 6)
    expect(can, SIGNAL, FALSE);
  if (strstr(have, "seccomp")) {
    expect(can, TRACE, FALSE);
    expect(can, NAMESPACE, FALSE);
    expect(can, MOUNT, FALSE);
  }
}

/* ---- a reader ---- */

enum {
  R_CREATE_INSIDE,
  R_CREATE_OUTSIDE,
  R_CHANGE_INSIDE,
  R_CHANGE_OUTSIDE,
  R_TRUNCATE,
  R_NAME,
  R_REMOVE,
  R_CHMOD,
  R_READ,
  R_PROCESS,
  R_PROGRAM,
  R_SOCKET,
  R_ENGINE,
  R_SIGNAL,
  R_OWNER,
  R_LIMIT_OTHERS,
  R_OUTLIVE,
  R_TRACE,
  R_NAMESPACE,
  R_MOUNT,
  R_RING,
  R_CAPABILITY,
  R_FORBIDDEN, /* what follows must go on */
  R_UNNAMED = R_FORBIDDEN,
  R_MEMFD,
  R_THREAD,
  R_LIBRARY,
  R_ABORT,
  R_TRIED
};
static const char *const reader_tried[R_TRIED] = {"create inside",
                                                  "create outside",
                                                  "change a file inside",
                                                  "change a file outside",
                                                  "open and truncate",
                                                  "give a file a name",
                                                  "remove a file",
                                                  "change a file's mode",
                                                  "read a file outside",
                                                  "make a process",
                                                  "become a program",
                                                  "make a socket",
                                                  "make a pair of sockets",
                                                  "signal its parent",
                                                  "have its parent signalled",
                                                  "limit its parent",
                                                  "outlive its parent",
                                                  "trace",
                                                  "unshare",
                                                  "mount",
                                                  "use io_uring",
                                                  "keep a capability",
                                                  "make a file without a name",
                                                  "make a file in memory",
                                                  "start a thread",
                                                  "load a library",
                                                  "abort"};

static gboolean can_open(const char *path, int flags)
{
  int fd = open(path, flags | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static gboolean can_name(int fd)
{
  g_autofree char *from = g_strdup_printf("/proc/self/fd/%d", fd), *to = g_build_filename(inside, "named", NULL);
  return linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0 ||
         linkat(fd, "", AT_FDCWD, to, AT_EMPTY_PATH) == 0;
}

static gboolean can_fork(void)
{
  pid_t child = fork();
  if (child == 0)
    _exit(0);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  return child > 0;
}

static gboolean has_capability(void)
{
  struct {
    guint32 version;
    int pid;
  } head = {0x20080522, 0};
  guint32 sets[6] = {0};
  return syscall(SYS_capget, &head, sets) == 0 && (sets[0] | sets[1] | sets[2] | sets[3] | sets[4] | sets[5]) != 0;
}

static gpointer answer_in_thread(gpointer data)
{
  return data;
}

static void try_as_reader(gboolean *can, pid_t parent)
{
  g_autofree char *there = g_build_filename(outside, "there", NULL), *mine = g_build_filename(inside, "program", NULL);
  g_autofree char *fresh = g_build_filename(inside, "fresh", NULL);
  int pair[2], unnamed = open(inside, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  can[R_UNNAMED] = unnamed >= 0 && write(unnamed, "x", 1) == 1;
  can[R_CREATE_INSIDE] = can_open(fresh, O_CREAT | O_WRONLY) || can_open(fresh, O_CREAT | O_RDONLY);
  can[R_CREATE_OUTSIDE] = can_write(outside) || can_open(outside, O_TMPFILE | O_RDWR);
  can[R_CHANGE_INSIDE] = can_open(mine, O_WRONLY) || can_open(mine, O_RDWR);
  can[R_CHANGE_OUTSIDE] = can_open(there, O_WRONLY) || truncate(there, 0) == 0;
  can[R_TRUNCATE] = can_open(mine, O_RDONLY | O_TRUNC) || can_open(there, O_RDONLY | O_TRUNC);
  can[R_NAME] = can_name(unnamed);
  can[R_REMOVE] = unlink(there) == 0 || unlink(mine) == 0 || rename(mine, fresh) == 0 || mkdir(fresh, 0700) == 0;
  can[R_CHMOD] = chmod(mine, 0700) == 0 || fchmod(unnamed, 0700) == 0 || chown(mine, 0, 0) == 0;
  can[R_READ] = can_open(there, O_RDONLY) || can_open("/etc/passwd", O_RDONLY) || can_open("/proc/self/maps", O_RDONLY);
  can[R_PROCESS] = can_fork();
  can[R_SOCKET] = socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0;
  can[R_ENGINE] = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
  can[R_SIGNAL] = kill(parent, 0) == 0 || syscall(SYS_tgkill, parent, parent, 0) == 0;
  can[R_OWNER] = fcntl(STDIN_FILENO, F_SETOWN, parent) == 0;
  can[R_LIMIT_OTHERS] = syscall(SYS_prlimit64, parent, 7 /* RLIMIT_NOFILE */, NULL, NULL) == 0;
  can[R_OUTLIVE] = prctl(PR_SET_PDEATHSIG, 0) == 0;
  can[R_TRACE] = ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
  can[R_NAMESPACE] = unshare(CLONE_NEWUSER) == 0;
  can[R_MOUNT] = mount("none", inside, "tmpfs", 0, NULL) == 0;
  can[R_RING] = syscall(425, 1, NULL) >= 0 || errno == EFAULT;
  can[R_CAPABILITY] = has_capability();
  can[R_MEMFD] = memfd_create("x", MFD_CLOEXEC) >= 0;
  can[R_THREAD] = g_thread_join(g_thread_new("x", answer_in_thread, can)) == can;
  can[R_LIBRARY] = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL) != NULL;
  can[R_ABORT] = syscall(SYS_tgkill, getpid(), gettid(), 0) == 0;
  execl("/bin/true", "/bin/true", NULL); /* were that possible, the answer would be missing */
}

static void test_reader(void)
{
  int ends[2];
  gboolean can[R_TRIED] = {0};
  char have[64] = "";
  g_assert_cmpint(pipe(ends), ==, 0);
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    char *text = NULL;
    if (!cr_confine_reader(inside, &text, NULL))
      _exit(1);
    g_strlcpy(have, text, sizeof have);
    try_as_reader(can, parent);
    _exit(write(ends[1], can, sizeof can) > 0 && write(ends[1], have, sizeof have) > 0 ? 0 : 2);
  }
  close(ends[1]);
  int status = -1;
  g_assert_cmpint(read(ends[0], can, sizeof can), ==, sizeof can);
  g_assert_cmpint(read(ends[0], have, sizeof have), ==, sizeof have);
  close(ends[0]);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  g_assert_cmpint(status, ==, 0);
  g_test_message("%s", have);
  gboolean landlock = g_str_has_prefix(have, "landlock "), seccomp = strstr(have, "seccomp") != NULL;
  for (int i = 0; i < R_TRIED; i++) {
    gboolean expected = i >= R_FORBIDDEN;
    gboolean by_landlock = i == R_READ || i == R_CREATE_OUTSIDE;
    if (expected || i == R_CAPABILITY || (by_landlock ? landlock : seccomp))
      if (can[i] != expected)
        g_error("a reader %s %s", expected ? "cannot" : "can", reader_tried[i]);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  inside = g_dir_make_tmp("careen-inside-XXXXXX", NULL);
  outside = g_dir_make_tmp("careen-outside-XXXXXX", NULL);
  program = g_build_filename(inside, "program", NULL);
  g_autofree char *there = g_build_filename(outside, "there", NULL), *file = g_build_filename(inside, "file", NULL);
  g_assert_true(g_file_set_contents(there, "x", 1, NULL));
  g_assert_true(g_file_set_contents(program, "#!/bin/sh\nexit 0\n", -1, NULL));
  g_assert_cmpint(chmod(program, 0755), ==, 0);
  g_test_add_data_func("/confine/connects", GINT_TO_POINTER(TRUE), test_confined);
  g_test_add_data_func("/confine/offline", GINT_TO_POINTER(FALSE), test_confined);
  g_test_add_func("/confine/reader", test_reader);
  int result = g_test_run();
  g_unlink(there);
  g_unlink(file);
  g_unlink(program);
  g_rmdir(inside);
  g_rmdir(outside);
  return result;
}
