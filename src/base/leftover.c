/* SPDX-License-Identifier: Apache-2.0 */
/* A table of fixed size: a signal handler may neither take a lock nor read what another thread has just freed. */
#include "base/leftover.h"

#include <string.h>
#include <unistd.h>

#define SLOTS      32U
#define SLOT_BYTES 4096U

static GMutex lock; /* between threads; the handler goes by `set` alone */
static struct {
  gint set;
  char path[SLOT_BYTES];
} slots[SLOTS];

void cr_leftover_add(const char *path)
{
  if (strlen(path) >= SLOT_BYTES)
    return;
  g_mutex_lock(&lock);
  guint i = 0;
  while (i < SLOTS && slots[i].set)
    i++;
  if (i < SLOTS) {
    g_strlcpy(slots[i].path, path, SLOT_BYTES);
    g_atomic_int_set(&slots[i].set, TRUE); /* after the path: the handler may come between */
  }
  g_mutex_unlock(&lock);
}

void cr_leftover_forget(const char *path)
{
  g_mutex_lock(&lock);
  for (guint i = 0; i < SLOTS; i++)
    if (slots[i].set && !strcmp(slots[i].path, path))
      g_atomic_int_set(&slots[i].set, FALSE);
  g_mutex_unlock(&lock);
}

void cr_leftover_remove_all(void)
{
  for (guint i = 0; i < SLOTS; i++)
    if (g_atomic_int_get(&slots[i].set))
      (void)unlink(slots[i].path);
  for (guint i = 0; i < SLOTS; i++)
    if (g_atomic_int_get(&slots[i].set))
      (void)rmdir(slots[i].path);
}
