/* SPDX-License-Identifier: Apache-2.0 */
/* A child gives up its rights and then tries to use them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
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
static const char *const tried[TRIED] = {"write inside",      "write outside", "read outside",     "run a program",
                                         "run what it wrote", "connect",       "listen",           "trace",
                                         "unshare",           "mount",         "signal its parent"};

static void try_all(gboolean *can)
{
  g_autofree char *there = g_build_filename(outside, "there", NULL);
  can[WRITE_INSIDE] = can_write(inside);
  can[WRITE_OUTSIDE] = can_write(outside) || truncate(there, 0) == 0 || unlink(there) == 0;
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
  int result = g_test_run();
  g_unlink(there);
  g_unlink(file);
  g_unlink(program);
  g_rmdir(inside);
  g_rmdir(outside);
  return result;
}
