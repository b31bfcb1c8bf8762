/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remedy/workspace-private.h"

/* A process that calls itself NAME and has PATH among its words; it waits for ever. */
static pid_t start(const char *name, const char *path)
{
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl("/bin/sh", name, "-c", "while :; do sleep 1; done", "x", path, (char *)NULL);
    _exit(127);
  }
  return pid;
}

/* Its words are the new program's when its first is. */
static void wait_for(pid_t pid, const char *name)
{
  g_autofree char *file = g_strdup_printf("/proc/%d/cmdline", (int)pid);
  for (guint i = 0; i < 6000; i++) {
    g_autofree char *words = NULL;
    if (g_file_get_contents(file, &words, NULL, NULL) && !g_strcmp0(words, name))
      return;
    g_usleep(10000);
  }
  g_error("it never began");
}

static void test_strays(void)
{
  g_autofree char *parent = g_dir_make_tmp("careen-guard-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename(parent, "work", NULL), *inside = g_build_filename(folder, "merged", NULL);
  g_autofree char *other = g_strconcat(folder, "2/merged", NULL);
  g_assert_cmpint(mkdir(folder, 0700), ==, 0);
  pid_t stray = start("bwrap", inside), elsewhere = start("bwrap", other), not_one = start("sh", inside);
  wait_for(stray, "bwrap");
  wait_for(elsewhere, "bwrap");
  wait_for(not_one, "sh");
  int end = -1, status = 0;
  pid_t guard = cr_workspace_guard_start(parent, "work", &end);
  g_assert_cmpint(guard, >, 0);
  close(end); /* as if careen had gone */
  g_assert_cmpint(waitpid(guard, &status, 0), ==, guard);
  g_assert_cmpint(waitpid(stray, &status, 0), ==, stray);
  g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  g_assert_cmpint(waitpid(elsewhere, &status, WNOHANG), ==, 0);
  g_assert_cmpint(waitpid(not_one, &status, WNOHANG), ==, 0);
  g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
  kill(elsewhere, SIGKILL);
  kill(not_one, SIGKILL);
  waitpid(elsewhere, NULL, 0);
  waitpid(not_one, NULL, 0);
  g_assert_cmpint(rmdir(parent), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/workspace-guard/strays", test_strays);
  return g_test_run();
}
