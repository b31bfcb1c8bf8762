/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean is_readable(void)
{
  struct pollfd poller = {.fd = cr_stop_get_fd(), .events = POLLIN};
  return poll(&poller, 1, 0) == 1;
}

static void test_wishes(void)
{
  cr_stop_arm();
  g_assert_false(cr_stop_is_wanted());
  g_assert_false(cr_stop_take_reload());
  g_assert_false(is_readable());
  raise(SIGHUP);
  g_assert_true(is_readable());
  g_assert_true(cr_stop_take_reload());
  g_assert_false(cr_stop_take_reload());
  g_assert_false(is_readable());
  g_assert_false(cr_stop_is_wanted());
  raise(SIGTERM);
  g_assert_true(cr_stop_is_wanted());
  g_assert_true(is_readable());
  raise(SIGHUP);
  g_assert_true(cr_stop_take_reload());
  g_assert_true(is_readable()); /* the wish to stop stays */
  cr_stop_disarm();
  g_assert_false(cr_stop_is_wanted());
}

/* What acts within a watcher's life arms for itself, and takes no wish away. */
static void test_nested(void)
{
  cr_stop_arm();
  cr_stop_arm();
  raise(SIGTERM);
  cr_stop_disarm();
  g_assert_true(cr_stop_is_wanted());
  g_assert_true(is_readable());
  cr_stop_disarm();
  g_assert_false(cr_stop_is_wanted());
}

/* The second is not only noted; after disarming neither is the first. */
static void test_second(void)
{
  for (int armed = 0; armed < 2; armed++) {
    pid_t child = fork();
    if (!child) {
      signal(SIGINT, SIG_DFL);
      cr_stop_arm();
      if (armed)
        raise(SIGINT);
      else
        cr_stop_disarm();
      raise(SIGINT);
      _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  signal(SIGHUP, SIG_DFL); /* under nohup it is ignored, and what is ignored stays so */
  signal(SIGTERM, SIG_DFL);
  g_test_add_func("/base/stop/wishes", test_wishes);
  g_test_add_func("/base/stop/nested", test_nested);
  g_test_add_func("/base/stop/second", test_second);
  return g_test_run();
}
