/* SPDX-License-Identifier: Apache-2.0 */
/* Private to list-compile.c (stanzas, and the records they become) and list-tables.c (the tables behind them). */
#pragma once
#include "base/arena.h"
#include "base/limits.h"
#include "vendor/list-format.h"
#include "vendor/list.h"

/* Writing in pieces of this size. */
#define CR_LIST_WRITE_BYTES (256 * CR_KIB)

typedef struct {
  const char *text;
  guint32 offset; /* in the table of texts, once that is sorted */
} CrCompiledName;

typedef struct {
  CrCompiledName *name;
  guint32 offset, bytes;
} CrCompiledRecord;

typedef struct {
  CrCompiledName *name;
  guint32 record; /* at first in the order of the list, later by name */
} CrCompiledProvider;

typedef struct {
  const char *text; /* NULL: absent */
  gsize length;
} CrCompiledField;

typedef struct {
  CrCacheFile *file;
  GByteArray *out; /* not yet written */
  guint64 written;
  CrArena *arena;
  GHashTable *names; /* text → CrCompiledName */
  GString *key;      /* scratch: a name with its NUL */
  GArray *records;   /* CrCompiledRecord */
  GArray *providers; /* CrCompiledProvider */
  GArray *mentions;  /* guint64: CRC and record, until all are sorted its place in the list */
  GHashTable *sources;
  guint line; /* where the stanza starts, for messages */
  CrCompiledField fields[CR_LIST_FIELDS];
  GByteArray *record;
} CrListCompiler;

gboolean cr_list_compiler_put(CrListCompiler *compiler, const void *data, gsize size, GError **error);
/* When all records are written: sorts what is in memory, and fills HEAD. */
gboolean cr_list_compiler_put_tables(CrListCompiler *compiler, CrListHead *head, GError **error);
/* In place of the empty one at the start of the file. */
gboolean cr_list_compiler_write_head(const CrListCompiler *compiler, CrListHead *head, GError **error);
