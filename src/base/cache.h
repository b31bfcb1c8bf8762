/* SPDX-License-Identifier: Apache-2.0 */
/* The cache folder: content-addressed files, written to a temporary name, synced and renamed into place, so that any
 * number of careens work on one cache without a lock and a kill -9 leaves nothing half-written that is believed.
 *
 * Areas are sub-folders: "layers" (layer indexes), "archives" (signed release files, package lists and what is compiled
 * from them), "packages" (files that were installed), "changelogs", "support". Each is safe to delete at any time.
 * Access times are kept by careen (utimensat on use), so that pruning can be by least recent use.
 *
 * A cache is a convenience. Where its folder cannot be written (no right, read-only, full), the user is told once, and
 * what would have been stored is a file without a name in the temporary folder, else in memory: found under its name
 * until the process ends, and nothing to clean up after it. */
#pragma once
#include <glib.h>

typedef struct CrCache CrCache;

/* DIR or NULL for the default ($XDG_CACHE_HOME/careen; /var/cache/careen for root unless XDG_CACHE_HOME is set).
 * Created at the first write, mode 0700. */
CrCache *cr_cache_new(const char *dir);
void cr_cache_free(CrCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrCache, cr_cache_free)
const char *cr_cache_get_dir(const CrCache *cache);
/* The state folder by the same rules ($XDG_STATE_HOME/careen, /var/lib/careen). Free with g_free. */
char *cr_state_get_dir(void);

/* AREA/NAME as a path, for this process and its children; NAME may hold one or more '/' and only [A-Za-z0-9._+~%:@=-].
 * Free with g_free. */
char *cr_cache_get_path(const CrCache *cache, const char *area, const char *name);

/* The sub-folder that is no area: remedy/workspace.h unpacks images there, and it is neither listed nor pruned. */
#define CR_CACHE_WORK "work"
/* Another: readers of layers may make files without a name in it (image/apart.h), and nothing has one. */
#define CR_CACHE_SCRATCH "scratch"

/* Open for reading and mark as used now; -1 with errno set (no GError: absence is normal). Caller closes. */
int cr_cache_open(const CrCache *cache, const char *area, const char *name);
GBytes *cr_cache_load(const CrCache *cache, const char *area, const char *name);     /* whole file, or NULL */
GMappedFile *cr_cache_map(const CrCache *cache, const char *area, const char *name); /* mapped, or NULL */
gboolean cr_cache_store(const CrCache *cache, const char *area, const char *name, const void *data, gsize size,
                        GError **error);
void cr_cache_remove(const CrCache *cache, const char *area, const char *name);

/* A file being written in the area (base/whole-file.h). */
typedef struct CrCacheFile CrCacheFile;
CrCacheFile *cr_cache_create(const CrCache *cache, const char *area, GError **error);
/* The same on a descriptor that is open for reading and writing and becomes FILE's: it is never published. FOLDER is
 * named where it cannot be written. */
CrCacheFile *cr_cache_file_new_on(const CrCache *cache, const char *folder, int fd);
/* "cannot write in 'FOLDER'", one of the cache, for ERRNUM, and what to do about it. ERROR may be NULL. */
void cr_cache_set_error(GError **error, int errnum, const char *folder);
/* What to do about ERROR, which is that the cache could not be written by ERRNUM. */
void cr_cache_set_hint(GError *error, int errnum);
int cr_cache_file_get_fd(const CrCacheFile *file); /* the same for FILE's whole life */
/* Append where the last write ended. Plain write(2) ends at a full disk, this goes on elsewhere. */
gboolean cr_cache_file_write(CrCacheFile *file, const void *data, gsize size, GError **error);
/* fsync and rename to AREA/NAME; frees FILE in every case. */
gboolean cr_cache_file_publish(CrCacheFile *file, const char *name, GError **error);
void cr_cache_file_discard(CrCacheFile *file);
/* A file without a name for what is too large for memory, 0 where its size is not known: in the cache's folder if there
 * is room, else in the temporary one, else in memory; -1 with errno. Caller closes. */
int cr_cache_open_temporary(const CrCache *cache, guint64 size_bytes);

typedef struct {
  char *area;
  char *name;
  guint64 size_bytes;
  gint64 used; /* seconds since the epoch */
} CrCacheItem;
void cr_cache_item_free(CrCacheItem *item);
/* Everything, least recently used first; elements CrCacheItem. AREA NULL: all. NULL with ERROR when a folder cannot be
 * read; one that is not there is empty. */
GPtrArray *cr_cache_list(const CrCache *cache, const char *area, GError **error);
/* Remove least recently used items until AREA (NULL: all) is at most MAX_BYTES; stale temporary files (older than a
 * day) always. Returns bytes freed and the count; ERROR is the first that could not be removed, the rest was. */
guint64 cr_cache_prune(const CrCache *cache, const char *area, guint64 max_bytes, guint *count, GError **error);
/* The cap that is kept after every scan: 4 GiB for layers unless CAREEN_CACHE_SIZE or cache-size: says else. */
#define CR_CACHE_DEFAULT_BYTES (4ULL << 30)
