/* SPDX-License-Identifier: Apache-2.0 */
#include "image/apart-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct CrApartPool {
  GMutex lock;
  GArray *kept[CR_APART_MEMORY_KINDS]; /* of CrApartMemory */
};

CrApartPool *cr_apart_pool_new(void)
{
  CrApartPool *pool = g_new0(CrApartPool, 1);
  g_mutex_init(&pool->lock);
  for (guint i = 0; i < CR_APART_MEMORY_KINDS; i++)
    pool->kept[i] = g_array_new(FALSE, FALSE, sizeof(CrApartMemory));
  return pool;
}

static void clear(CrApartMemory *memory)
{
  if (memory->fd >= 0)
    close(memory->fd);
  if (memory->bytes)
    munmap(memory->bytes, memory->size);
  *memory = (CrApartMemory){.fd = -1};
}

void cr_apart_pool_free(CrApartPool *pool)
{
  for (guint i = 0; i < CR_APART_MEMORY_KINDS; i++) {
    for (guint j = 0; j < pool->kept[i]->len; j++)
      clear(&g_array_index(pool->kept[i], CrApartMemory, j));
    g_array_unref(pool->kept[i]);
  }
  g_mutex_clear(&pool->lock);
  g_free(pool);
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* 5.1 */
#endif

/* From now on only who has mapped it can write in it. On an older kernel by giving a descriptor that only reads, which
 * the reader's filter does not let it open anew. */
static gboolean close_to_writers(CrApartMemory *memory)
{
  if (fcntl(memory->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0)
    return TRUE;
  char path[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", memory->fd);
  int reading = open(path, O_RDONLY | O_CLOEXEC);
  close(memory->fd);
  memory->fd = reading;
  return reading >= 0;
}

/* It can be neither cut, which would end who has mapped it, nor sealed by a reader. Its file is nowhere, its pages are
 * there when they are first used. */
static gboolean try_make(CrApartMemory *memory, CrApartMemoryKind kind, gsize size)
{
  gboolean reader_writes = kind == CR_APART_MEMORY_TAKEN;
  memory->fd = memfd_create("careen-layer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory->fd < 0 || ftruncate(memory->fd, (off_t)size) != 0 ||
      fcntl(memory->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    return FALSE;
  /* what the reader writes is only wiped here */
  void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
  if (bytes == MAP_FAILED)
    return FALSE;
  memory->bytes = bytes;
  memory->size = size;
  int sealed = memory->fd;
  return (reader_writes || close_to_writers(memory)) &&
         (memory->fd != sealed || fcntl(memory->fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
}

static gboolean make(CrApartMemory *memory, CrApartMemoryKind kind, gsize size)
{
  if (try_make(memory, kind, size))
    return TRUE;
  int number = errno;
  clear(memory);
  errno = number;
  return FALSE;
}

gboolean cr_apart_pool_take(CrApartPool *pool, CrApartMemoryKind kind, gsize size, CrApartMemory *memory)
{
  GArray *kept = pool->kept[kind];
  gboolean found = FALSE;
  g_mutex_lock(&pool->lock);
  for (guint i = 0; !found && i < kept->len; i++) {
    found = g_array_index(kept, CrApartMemory, i).size == size;
    if (found) {
      *memory = g_array_index(kept, CrApartMemory, i);
      g_array_remove_index_fast(kept, i);
    }
  }
  g_mutex_unlock(&pool->lock);
  return found || make(memory, kind, size);
}

void cr_apart_pool_give_back(CrApartPool *pool, CrApartMemoryKind kind, CrApartMemory *memory, guint64 used_bytes)
{
  if (!memory->bytes)
    return;
  memset(memory->bytes, 0, (gsize)MIN(used_bytes, memory->size)); /* a layer's bytes are for its own readers */
  g_mutex_lock(&pool->lock);
  g_array_append_val(pool->kept[kind], *memory);
  g_mutex_unlock(&pool->lock);
  *memory = (CrApartMemory){.fd = -1};
}
