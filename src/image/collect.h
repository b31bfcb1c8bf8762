/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors: what the one pass over a layer must keep for the readers that come later.
 *
 * The pass (rank 2) knows no package database and no ELF. Readers of higher ranks (inventory, reach, vendor) each
 * export their collectors as const structs; scan/ hands the union to the pass. What a collector stores is bytes of its
 * own format, kept in the layer index beside the entry and given back by cr_layer_get_facts() or cr_tree_get_facts()
 * under the collector's name. The key of an index is the diff_id plus a hash over (name, version) of all collectors:
 * raise `version` whenever `wants` or the stored bytes change.
 *
 * Collectors are called from several threads at once (one per layer) and keep no state. */
#pragma once
#include <glib.h>

typedef enum {
  CR_ENTRY_FILE,
  CR_ENTRY_DIR,
  CR_ENTRY_SYMLINK,
  CR_ENTRY_HARDLINK,
  CR_ENTRY_CHAR,
  CR_ENTRY_BLOCK,
  CR_ENTRY_FIFO,
  CR_ENTRY_SOCKET,
  CR_ENTRY_WHITEOUT,
  CR_ENTRY_OPAQUE
} CrEntryType;

/* One member of a layer as it comes. PATH: bytes, relative, normalised (no leading or trailing '/', no "." or ".." or
 * empty components; such names are resolved or refused by the pass), "" is the root. */
typedef struct {
  const char *path;
  gsize path_bytes;
  CrEntryType type;
  guint32 mode; /* permission bits with setuid, setgid, sticky */
  guint32 uid, gid;
  gint64 mtime;
  guint64 size;       /* of regular files */
  const char *target; /* of links, as written (symlink: raw; hard link: normalised path), else NULL */
} CrEntry;

#define CR_COLLECT_HEAD_BYTES 64

/* The content of one file, for random access whatever its size (memory up to CR_LIMIT_FILE_MEMORY, else an unlinked
 * temporary file that is read, never mapped). */
typedef struct CrFile CrFile;
guint64 cr_file_get_size(const CrFile *file);
/* Bytes [OFFSET, OFFSET+SIZE), or NULL beyond the end or when SIZE is above CR_LIMIT_FILE_MEMORY. Valid until the next
 * call for this file. Zero-copy when the file is in memory. */
const guint8 *cr_file_peek(CrFile *file, guint64 offset, gsize size);
/* Everything, or NULL if it is not in memory. */
const guint8 *cr_file_get_memory(const CrFile *file);
/* A descriptor positioned anywhere, for libraries that need one (libelf, SQLite); a temporary file is made when the
 * content is in memory. -1 on failure. Owned by FILE. */
int cr_file_get_fd(CrFile *file);
/* For tests and for rank 3+ code that has bytes at hand: BYTES is referenced. */
CrFile *cr_file_new_bytes(GBytes *bytes);
/* An open regular file, borrowed: read piece by piece. NULL with errno. */
CrFile *cr_file_new_fd(int fd);
void cr_file_free(CrFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFile, cr_file_free)

/* Where a collector's output goes; streaming, so that a kept database of 200 MiB costs no memory. */
typedef struct CrSink CrSink;
void cr_sink_write(CrSink *sink, const void *data, gsize size);
/* The whole of FILE. */
void cr_sink_write_file(CrSink *sink, CrFile *file);
/* For tests: a sink into an array. */
CrSink *cr_sink_new_array(GByteArray *array);
void cr_sink_free(CrSink *sink);

typedef struct {
  const char *name;
  guint version;
  /* Is this regular file (size > 0) of interest? HEAD: its first min(size, CR_COLLECT_HEAD_BYTES) bytes. Called for
   * every file: must be fast. */
  gboolean (*wants)(const CrEntry *entry, const guint8 *head, gsize head_bytes);
  /* Store what is needed; writing nothing stores nothing. On error the layer records a `partial` problem with the
   * path and the message, and what was written is dropped. */
  gboolean (*collect)(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error);
} CrCollector;

/* "name.version" of all, sorted and hashed: 16 hex digits. Free with g_free. */
char *cr_collectors_get_key(const CrCollector *const *collectors);
