/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <string.h>

/* Chunks grow from small to large: many arenas hold one file's facts and no more, and zeroing 64 KiB for each was an
 * eighth of a warm scan. */
#define FIRST_CHUNK_BYTES 1024U
#define CHUNK_BYTES       65536U

struct CrArena {
  GPtrArray *chunks;
  guint8 *at;
  gsize left;
  gsize next; /* bytes of the next chunk */
  gsize total;
};

CrArena *cr_arena_new(void)
{
  CrArena *arena = g_new0(CrArena, 1);
  arena->chunks = g_ptr_array_new_with_free_func(g_free);
  arena->next = FIRST_CHUNK_BYTES;
  return arena;
}

void cr_arena_free(CrArena *arena)
{
  if (!arena)
    return;
  g_ptr_array_unref(arena->chunks);
  g_free(arena);
}

static void *take(CrArena *arena, gsize size, gsize align)
{
  gsize skip = (align - ((gsize)arena->at & (align - 1))) & (align - 1);
  if (arena->left < size + skip) {
    /* A large thing gets a chunk of its own so that the current one is not wasted. */
    gboolean own = size > arena->next / 4;
    gsize chunk = own ? size : arena->next;
    guint8 *bytes = g_malloc0(chunk);
    g_ptr_array_add(arena->chunks, bytes);
    arena->next = MIN(arena->next * 2, CHUNK_BYTES);
    if (own) {
      arena->total += size;
      return bytes;
    }
    arena->at = bytes;
    arena->left = chunk;
    skip = 0;
  }
  void *result = arena->at + skip;
  arena->at += size + skip;
  arena->left -= size + skip;
  arena->total += size;
  return result;
}

void *cr_arena_alloc(CrArena *arena, gsize size)
{
  return take(arena, size, G_MEM_ALIGN > 8 ? G_MEM_ALIGN : 8);
}

const char *cr_arena_strndup(CrArena *arena, const char *text, gsize length)
{
  char *copy = take(arena, length + 1, 1);
  if (length)
    memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

const char *cr_arena_strdup(CrArena *arena, const char *text)
{
  return text ? cr_arena_strndup(arena, text, strlen(text)) : NULL;
}

const char *cr_arena_printf(CrArena *arena, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  return cr_arena_strdup(arena, text);
}

static const char **new_list(CrArena *arena, guint count)
{
  return cr_arena_alloc(arena, ((gsize)count + 1) * sizeof(const char *));
}

const char *const *cr_arena_list(CrArena *arena, const GPtrArray *list)
{
  const char **copy = new_list(arena, list->len);
  for (guint i = 0; i < list->len; i++)
    copy[i] = list->pdata[i];
  return copy;
}

const char *const *cr_arena_list_copies(CrArena *arena, const GPtrArray *list)
{
  const char **copy = new_list(arena, list->len);
  for (guint i = 0; i < list->len; i++)
    copy[i] = cr_arena_strdup(arena, list->pdata[i]);
  return copy;
}

const char *const *cr_arena_strdupv(CrArena *arena, const char *const *strings)
{
  guint count = strings ? g_strv_length((char **)strings) : 0;
  const char **copy = new_list(arena, count);
  for (guint i = 0; i < count; i++)
    copy[i] = cr_arena_strdup(arena, strings[i]);
  return copy;
}

gsize cr_arena_get_size(const CrArena *arena)
{
  return arena->total;
}
