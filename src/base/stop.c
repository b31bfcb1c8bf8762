/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t wanted, reload;
static int event = -1;
static guint depth; /* a watcher arms for its life, what acts within it for its time */
static struct sigaction before[3];
static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static void wake(void)
{
  const guint64 one = 1;
  int kept = errno;
  if (write(event, &one, sizeof one) < 0) { /* full: it can be read all the same */
  }
  errno = kept;
}

static void on_signal(int number)
{
  if (number == SIGHUP)
    reload = 1;
  else
    wanted = 1;
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (numbers[i] == number && number != SIGHUP)
      sigaction(number, &before[i], NULL);
  wake();
}

void cr_stop_arm(void)
{
  if (depth++)
    return;
  event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
    struct sigaction old;
    /* nohup stays nohup */
    if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(numbers[i], &action, &before[i]);
  }
}

void cr_stop_disarm(void)
{
  if (!depth || --depth)
    return;
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
    struct sigaction old;
    if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == on_signal)
      sigaction(numbers[i], &before[i], NULL);
  }
  close(event);
  event = -1;
  wanted = reload = 0;
}

gboolean cr_stop_is_wanted(void)
{
  return wanted != 0;
}

gboolean cr_stop_take_reload(void)
{
  if (!reload)
    return FALSE;
  reload = 0;
  guint64 count;
  if (!wanted && read(event, &count, sizeof count) < 0) { /* nothing there: somebody took it */
  }
  return TRUE;
}

int cr_stop_get_fd(void)
{
  return event;
}
