/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a reader of a layer maps too (apart.h). New pages cost more than the bytes that pass through them, so
 * what a dead reader had is kept for the next one, without what stood in it. All functions are thread-safe. Private to
 * image/. */
#pragma once
#include <glib.h>

typedef enum {
  CR_APART_MEMORY_GIVEN, /* careen writes, the reader cannot */
  CR_APART_MEMORY_TAKEN, /* the reader writes */
  CR_APART_MEMORY_KINDS
} CrApartMemoryKind;

typedef struct {
  int fd;        /* for the reader */
  guint8 *bytes; /* NULL: none */
  gsize size;
} CrApartMemory;

typedef struct CrApartPool CrApartPool;

CrApartPool *cr_apart_pool_new(void);
void cr_apart_pool_free(CrApartPool *pool);
/* FALSE with errno. */
gboolean cr_apart_pool_take(CrApartPool *pool, CrApartMemoryKind kind, gsize size, CrApartMemory *memory);
/* When no reader has MEMORY any more (or it is none): the first USED_BYTES of it, or all if there are more, were
 * written. */
void cr_apart_pool_give_back(CrApartPool *pool, CrApartMemoryKind kind, CrApartMemory *memory, guint64 used_bytes);
