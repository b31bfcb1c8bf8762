/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/whole-file.h"

/* A temporary file older than this belongs to a careen that died. */
#define STALE_SECONDS (24 * 60 * 60)
#define TEMPORARY     ".tmp-"

struct CrCache {
  char *dir;
  /* What could not be written there: files without a name, for this process only. */
  GMutex lock;
  GHashTable *homeless; /* "AREA/NAME" → descriptor + 1 */
  gboolean told;        /* the user, once */
};

static char *find_default(const char *variable, const char *home_part, const char *root_dir)
{
  const char *xdg = g_getenv(variable);
  if (xdg && g_path_is_absolute(xdg))
    return g_build_filename(xdg, "careen", NULL);
  if (geteuid() == 0)
    return g_strdup(root_dir);
  return g_build_filename(g_get_home_dir(), home_part, "careen", NULL);
}

static void close_descriptor(gpointer value)
{
  close(GPOINTER_TO_INT(value) - 1);
}

CrCache *cr_cache_new(const char *dir)
{
  CrCache *cache = g_new0(CrCache, 1);
  cache->dir = dir ? g_strdup(dir) : find_default("XDG_CACHE_HOME", ".cache", "/var/cache/careen");
  g_mutex_init(&cache->lock);
  cache->homeless = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_descriptor);
  return cache;
}

void cr_cache_free(CrCache *cache)
{
  if (!cache)
    return;
  g_hash_table_unref(cache->homeless);
  g_mutex_clear(&cache->lock);
  g_free(cache->dir);
  g_free(cache);
}

const char *cr_cache_get_dir(const CrCache *cache)
{
  return cache->dir;
}

char *cr_state_get_dir(void)
{
  return find_default("XDG_STATE_HOME", ".local/state", "/var/lib/careen");
}

/* Names come from digests and URLs that were checked before; this is the last line, so that none can leave its area. */
static gboolean is_safe(const char *name)
{
  if (!*name || *name == '/' || *name == '.' || strstr(name, "/.") || strstr(name, "//"))
    return FALSE;
  return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~%:@=-/") == strlen(name);
}

/* The descriptor of what has no home, or -1; it stays the cache's. */
static int find_homeless(const CrCache *cache, const char *area, const char *name)
{
  g_autofree char *key = g_build_filename(area, name, NULL);
  GMutex *lock = &((CrCache *)cache)->lock; /* what cannot be written is remembered; to a reader nothing changes */
  g_mutex_lock(lock);
  int fd = GPOINTER_TO_INT(g_hash_table_lookup(cache->homeless, key)) - 1;
  g_mutex_unlock(lock);
  return fd;
}

/* FD is the cache's from here on. Who still reads an older one of that name has a duplicate. */
static void keep_homeless(const CrCache *cache, const char *area, const char *name, int fd)
{
  GMutex *lock = &((CrCache *)cache)->lock;
  g_mutex_lock(lock);
  g_hash_table_insert(cache->homeless, g_build_filename(area, name, NULL), GINT_TO_POINTER(fd + 1));
  g_mutex_unlock(lock);
}

char *cr_cache_get_path(const CrCache *cache, const char *area, const char *name)
{
  g_return_val_if_fail(is_safe(name), g_build_filename(cache->dir, area, "invalid-name", NULL));
  int fd = find_homeless(cache, area, name);
  if (fd >= 0) /* not /proc/self: a child will open it */
    return g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), fd);
  return g_build_filename(cache->dir, area, name, NULL);
}

/* From its beginning: a duplicate would share the place where the writer ended. */
static int open_homeless_again(int homeless)
{
  char path[sizeof "/proc/self/fd/" + 12];
  g_snprintf(path, sizeof path, "/proc/self/fd/%d", homeless);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  fd = fcntl(homeless, F_DUPFD_CLOEXEC, 0); /* no /proc */
  if (fd >= 0)
    (void)lseek(fd, 0, SEEK_SET);
  return fd;
}

int cr_cache_open(const CrCache *cache, const char *area, const char *name)
{
  int homeless = find_homeless(cache, area, name);
  if (homeless >= 0)
    return open_homeless_again(homeless);
  g_autofree char *path = cr_cache_get_path(cache, area, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    /* Only the access time is careen's mark of use; the modification time stays the time of writing. */
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
    (void)futimens(fd, times);
  }
  return fd;
}

GMappedFile *cr_cache_map(const CrCache *cache, const char *area, const char *name)
{
  int fd = cr_cache_open(cache, area, name);
  if (fd < 0)
    return NULL;
  GMappedFile *mapped = g_mapped_file_new_from_fd(fd, FALSE, NULL);
  close(fd);
  return mapped;
}

GBytes *cr_cache_load(const CrCache *cache, const char *area, const char *name)
{
  g_autoptr(GMappedFile) mapped = cr_cache_map(cache, area, name);
  if (!mapped)
    return NULL;
  return g_bytes_new(g_mapped_file_get_contents(mapped), g_mapped_file_get_length(mapped));
}

void cr_cache_remove(const CrCache *cache, const char *area, const char *name)
{
  g_autofree char *key = g_build_filename(area, name, NULL);
  g_mutex_lock(&((CrCache *)cache)->lock);
  g_hash_table_remove(cache->homeless, key);
  g_mutex_unlock(&((CrCache *)cache)->lock);
  g_autofree char *path = cr_cache_get_path(cache, area, name);
  (void)unlink(path);
}

/* ---- writing ---- */

struct CrCacheFile {
  const CrCache *cache;
  char *area;
  char *folder;
  CrWholeFile *whole; /* NULL: it has no home */
  int fd;
};

void cr_cache_set_hint(GError *error, int errnum)
{
  cr_error_set_hint(error, errnum == ENOSPC || errnum == EDQUOT
                               ? "make room (careen cache prune), or name another folder with --cache-dir"
                               : "name a folder that can be written with --cache-dir");
}

void cr_cache_set_error(GError **error, int errnum, const char *folder)
{
  cr_error_set_errno(error, errnum, "cannot write in '%s'", folder);
  if (error && *error)
    cr_cache_set_hint(*error, errnum);
}

/* A cache is a convenience: what lacks is one folder to write in, and there may be another. Not so when it is the
 * process that is at its end. */
static gboolean is_about_the_folder(int errnum)
{
  return errnum != EMFILE && errnum != ENFILE && errnum != ENOMEM && errnum != EFBIG;
}

static void tell_homeless(const CrCache *constant, int errnum)
{
  CrCache *cache = (CrCache *)constant;
  g_mutex_lock(&cache->lock);
  gboolean told = cache->told;
  cache->told = TRUE;
  g_mutex_unlock(&cache->lock);
  if (!told)
    cr_log_note("the cache '%s' cannot be written: %s; what is read now will have to be read again "
                "(--cache-dir names another)",
                cache->dir, g_strerror(errnum));
}

/* A file without a name in FOLDER. */
static int open_unnamed(const char *folder)
{
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    return fd;
  g_autofree char *name = g_build_filename(folder, TEMPORARY "XXXXXX", NULL);
  fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    (void)unlink(name);
  return fd;
}

int cr_cache_open_temporary(const CrCache *cache, guint64 size_bytes)
{
  int fd = open_unnamed(cache->dir);
  if (fd < 0 && !is_about_the_folder(errno))
    return -1;
  struct statvfs room;
  if (fd >= 0 && fstatvfs(fd, &room) == 0 && room.f_bavail >= size_bytes / room.f_frsize)
    return fd;
  int other = open_unnamed(g_get_tmp_dir());
  if (other >= 0 && fd >= 0)
    close(fd);
  if (other >= 0 || fd >= 0)
    return other >= 0 ? other : fd;
  return is_about_the_folder(errno) ? memfd_create("careen-temporary", MFD_CLOEXEC) : -1;
}

/* Where nothing at all can be written (a container with a read-only root), memory is left: an index is small. */
static int open_homeless(void)
{
  int fd = open_unnamed(g_get_tmp_dir());
  return fd >= 0 || !is_about_the_folder(errno) ? fd : memfd_create("careen-cache", MFD_CLOEXEC);
}

CrCacheFile *cr_cache_create(const CrCache *cache, const char *area, GError **error)
{
  CrCacheFile *file = g_new0(CrCacheFile, 1);
  file->cache = cache;
  file->area = g_strdup(area);
  file->folder = g_build_filename(cache->dir, area, NULL);
  if (g_mkdir_with_parents(file->folder, 0700) == 0)
    file->whole = cr_whole_file_create(file->folder, TEMPORARY, 0600);
  int errnum = errno;
  file->fd = file->whole ? cr_whole_file_get_fd(file->whole) : -1;
  if (!file->whole && is_about_the_folder(errnum))
    file->fd = open_homeless();
  if (file->fd < 0) {
    cr_cache_set_error(error, errnum, file->folder);
    cr_cache_file_discard(file);
    return NULL;
  }
  if (!file->whole)
    tell_homeless(cache, errnum);
  return file;
}

CrCacheFile *cr_cache_file_new_on(const CrCache *cache, const char *folder, int fd)
{
  CrCacheFile *file = g_new0(CrCacheFile, 1);
  file->cache = cache;
  file->folder = g_strdup(folder);
  file->fd = fd;
  return file;
}

int cr_cache_file_get_fd(const CrCacheFile *file)
{
  return file->fd;
}

void cr_cache_file_discard(CrCacheFile *file)
{
  if (!file)
    return;
  if (file->whole)
    cr_whole_file_free(file->whole);
  else if (file->fd >= 0)
    close(file->fd);
  g_free(file->area);
  g_free(file->folder);
  g_free(file);
}

static gboolean copy_bytes(int from, int to)
{
  off_t at = 0;
  gssize n;
  while ((n = sendfile(to, from, &at, 16 * CR_MIB)) > 0) {
  }
  return n == 0;
}

/* No room for more: what there is of FILE goes to where temporary files go, if that is another file system. The
 * descriptor keeps its number, so whoever writes need not know. */
static gboolean move_out(CrCacheFile *file, int errnum)
{
  struct stat here, there;
  if (!file->whole || (errnum != ENOSPC && errnum != EDQUOT))
    return FALSE;
  int fd = open_unnamed(g_get_tmp_dir());
  off_t at = lseek(file->fd, 0, SEEK_CUR);
  gboolean ok = fd >= 0 && fstat(file->fd, &here) == 0 && fstat(fd, &there) == 0 && here.st_dev != there.st_dev &&
                copy_bytes(file->fd, fd) && lseek(fd, at, SEEK_SET) == at && dup3(fd, file->fd, O_CLOEXEC) >= 0;
  if (fd >= 0)
    close(fd);
  if (ok) {
    file->fd = cr_whole_file_steal_fd(g_steal_pointer(&file->whole));
    tell_homeless(file->cache, errnum);
  }
  return ok;
}

gboolean cr_cache_file_write(CrCacheFile *file, const void *data, gsize size, GError **error)
{
  const guint8 *bytes = data;
  while (size) {
    gssize n = write(file->fd, bytes, size);
    if (n < 0 && (errno == EINTR || move_out(file, errno)))
      continue;
    if (n < 0) {
      cr_cache_set_error(error, errno, file->folder);
      return FALSE;
    }
    bytes += n;
    size -= (gsize)n;
  }
  return TRUE;
}
static gboolean publish_whole(CrCacheFile *file, const char *path)
{
  g_autofree char *parent = g_path_get_dirname(path);
  return g_mkdir_with_parents(parent, 0700) == 0 && cr_whole_file_publish(file->whole, path);
}

gboolean cr_cache_file_publish(CrCacheFile *file, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(file->folder, name, NULL);
  if (!is_safe(name)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INTERNAL, "'%s' is no name for the cache", name);
    cr_cache_file_discard(file);
    return FALSE;
  }
  gboolean ok = !file->whole || publish_whole(file, path);
  int errnum = errno;
  if (!ok && errnum != EIO && is_about_the_folder(errnum)) { /* all of it is written: only its place is refused */
    file->fd = cr_whole_file_steal_fd(g_steal_pointer(&file->whole));
    tell_homeless(file->cache, errnum);
    ok = TRUE;
  }
  if (ok && !file->whole) {
    keep_homeless(file->cache, file->area, name, file->fd);
    file->fd = -1;
  }
  if (!ok)
    cr_cache_set_error(error, errnum, file->folder);
  cr_cache_file_discard(file);
  return ok;
}

gboolean cr_cache_store(const CrCache *cache, const char *area, const char *name, const void *data, gsize size,
                        GError **error)
{
  CrCacheFile *file = cr_cache_create(cache, area, error);
  if (!file)
    return FALSE;
  if (cr_cache_file_write(file, data, size, error))
    return cr_cache_file_publish(file, name, error);
  cr_cache_file_discard(file);
  return FALSE;
}

/* ---- listing and pruning ---- */

void cr_cache_item_free(CrCacheItem *item)
{
  if (!item)
    return;
  g_free(item->area);
  g_free(item->name);
  g_free(item);
}

static void add_item(GPtrArray *items, const char *area, const char *name, const struct stat *status)
{
  CrCacheItem *item = g_new0(CrCacheItem, 1);
  item->area = g_strdup(area);
  item->name = g_strdup(name);
  item->size_bytes = (guint64)status->st_blocks * 512;
  item->used = MAX(status->st_atime, status->st_mtime);
  g_ptr_array_add(items, item);
}

/* FALSE with errno. What is not there holds nothing; what cannot be read may hold anything. */
static gboolean list_folder(GPtrArray *items, const char *dir, const char *area, const char *prefix)
{
  DIR *handle = opendir(dir);
  if (!handle)
    return errno == ENOENT;
  int errnum = 0;
  for (const struct dirent *entry = readdir(handle); entry && !errnum; entry = readdir(handle)) {
    const char *name = entry->d_name;
    if (!strcmp(name, ".") || !strcmp(name, ".."))
      continue;
    if (!area && !strcmp(name, CR_CACHE_WORK)) /* roots of images being patched, each under a lock of its own */
      continue;
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *child = prefix ? g_build_filename(prefix, name, NULL) : g_strdup(name);
    struct stat status;
    if (lstat(path, &status) != 0)
      continue; /* another careen was quicker */
    if (S_ISDIR(status.st_mode)) {
      if (!list_folder(items, path, area ? area : name, area ? child : NULL))
        errnum = errno;
    } else if (S_ISREG(status.st_mode) && area) {
      add_item(items, area, child, &status);
    }
  }
  closedir(handle);
  errno = errnum;
  return !errnum;
}

static int compare_use(gconstpointer a, gconstpointer b)
{
  const CrCacheItem *x = *(const CrCacheItem *const *)a, *y = *(const CrCacheItem *const *)b;
  if (x->used != y->used)
    return x->used < y->used ? -1 : 1;
  int area = strcmp(x->area, y->area);
  return area ? area : strcmp(x->name, y->name);
}

GPtrArray *cr_cache_list(const CrCache *cache, const char *area, GError **error)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify)cr_cache_item_free);
  g_autofree char *dir = area ? g_build_filename(cache->dir, area, NULL) : g_strdup(cache->dir);
  if (!list_folder(items, dir, area, NULL)) {
    cr_error_set_errno(error, errno, "cannot read '%s'", dir);
    return NULL;
  }
  g_ptr_array_sort(items, compare_use);
  return g_steal_pointer(&items);
}

guint64 cr_cache_prune(const CrCache *cache, const char *area, guint64 max_bytes, guint *count, GError **error)
{
  g_autoptr(GPtrArray) items = cr_cache_list(cache, area, error);
  if (count)
    *count = 0;
  if (!items)
    return 0;
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  guint64 total = 0, freed = 0;
  guint removed = 0;
  for (guint i = 0; i < items->len; i++)
    total += ((const CrCacheItem *)items->pdata[i])->size_bytes;
  for (guint i = 0; i < items->len; i++) {
    const CrCacheItem *item = items->pdata[i];
    g_autofree char *base = g_path_get_basename(item->name);
    gboolean temporary = g_str_has_prefix(base, TEMPORARY);
    gboolean stale = temporary && now - item->used > STALE_SECONDS;
    if (!stale && (temporary || total <= max_bytes))
      continue;
    g_autofree char *path = g_build_filename(cache->dir, item->area, item->name, NULL);
    if (unlink(path) != 0) {
      if (errno == ENOENT) /* another careen was quicker */
        total -= item->size_bytes;
      else if (error && !*error)
        cr_error_set_errno(error, errno, "cannot remove '%s'", path);
      continue;
    }
    total -= item->size_bytes;
    freed += item->size_bytes;
    removed++;
  }
  if (count)
    *count = removed;
  return freed;
}
