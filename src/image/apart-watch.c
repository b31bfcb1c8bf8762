/* SPDX-License-Identifier: Apache-2.0 */
#include "image/apart-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

#define LOOK_SECONDS 1
/* It did something between two looks if it used more of the processor than that. */
#define BUSY_MS 10

void cr_apart_watch_socket(int socket)
{
  const struct timeval often = {.tv_sec = LOOK_SECONDS};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &often, sizeof often);
}

/* Of all its threads; -1: not known. */
static gint64 get_used_ms(pid_t pid)
{
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
    return -1;
  return (gint64)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Neither waiting for the processor nor for a disk (proc(5), stat, field 3); or nobody says, as without /proc. */
static gboolean sleeps(pid_t pid)
{
  char path[sizeof "/proc//stat" + 3 * sizeof(int)], text[256];
  (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  gssize n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[MAX(n, 0)] = 0;
  const char *name_end = strrchr(text, ')');
  return !name_end || name_end[1] != ' ' || !name_end[2] || !strchr("RD", name_end[2]);
}

gboolean cr_apart_watch_look(CrApartWatch *watch)
{
  gint64 used_ms = get_used_ms(watch->pid), before_ms = watch->used_ms;
  if (watch->why || used_ms < 0)
    return watch->why == NULL;
  guint64 mib = (guint64)g_atomic_int_get(&watch->buffers) * CR_RING_SLOT_BYTES / CR_MIB;
  watch->used_ms = used_ms;
  gboolean idle = used_ms - before_ms <= BUSY_MS && !g_atomic_int_get(&watch->fed_later) && sleeps(watch->pid);
  watch->silent += idle ? 1 : 0; /* in all: else a little work now and then would begin it anew */
  if ((guint64)used_ms > (watch->cpu_seconds + mib) * 1000)
    watch->why = g_strdup_printf("the reader has used the processor for more than %u s, and a second for each MiB",
                                 watch->cpu_seconds);
  else if (watch->silent * LOOK_SECONDS >= watch->silent_seconds)
    watch->why = g_strdup_printf("the reader has done nothing for %u s", watch->silent_seconds);
  return watch->why == NULL;
}
