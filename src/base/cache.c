/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* A temporary file older than this belongs to a careen that died. */
#define STALE_SECONDS (24 * 60 * 60)

struct CrCache {
  char *dir;
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

CrCache *cr_cache_new(const char *dir)
{
  CrCache *cache = g_new0(CrCache, 1);
  cache->dir = dir ? g_strdup(dir) : find_default("XDG_CACHE_HOME", ".cache", "/var/cache/careen");
  return cache;
}

void cr_cache_free(CrCache *cache)
{
  if (!cache)
    return;
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

char *cr_cache_get_path(const CrCache *cache, const char *area, const char *name)
{
  g_return_val_if_fail(is_safe(name), g_build_filename(cache->dir, area, "invalid-name", NULL));
  return g_build_filename(cache->dir, area, name, NULL);
}

int cr_cache_open(const CrCache *cache, const char *area, const char *name)
{
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
  g_autofree char *path = cr_cache_get_path(cache, area, name);
  (void)unlink(path);
}

/* ---- writing ---- */

struct CrCacheFile {
  int fd;
  char *area_dir;
  char *temporary; /* NULL: an O_TMPFILE that has no name yet */
};

static gboolean make_folder(const char *dir, GError **error)
{
  if (g_mkdir_with_parents(dir, 0700) == 0)
    return TRUE;
  int errnum = errno;
  cr_error_set_errno(error, errnum, "cannot create '%s'", dir);
  if (error && *error)
    cr_error_set_hint(*error, "name a folder that can be written with --cache-dir");
  return FALSE;
}

static int create_named(CrCacheFile *file)
{
  file->temporary = g_strdup_printf("%s/.tmp-%d-%08x", file->area_dir, (int)getpid(), g_random_int());
  return open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

CrCacheFile *cr_cache_create(const CrCache *cache, const char *area, GError **error)
{
  CrCacheFile *file = g_new0(CrCacheFile, 1);
  file->area_dir = g_build_filename(cache->dir, area, NULL);
  if (!make_folder(file->area_dir, error)) {
    file->fd = -1;
    cr_cache_file_discard(file);
    return NULL;
  }
  file->fd = open(file->area_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file->fd < 0) /* the file system has none (overlay on old kernels, NFS) */
    file->fd = create_named(file);
  if (file->fd < 0) {
    int errnum = errno;
    cr_error_set_errno(error, errnum, "cannot write in '%s'", file->area_dir);
    g_clear_pointer(&file->temporary, g_free);
    cr_cache_file_discard(file);
    return NULL;
  }
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
  if (file->fd >= 0)
    close(file->fd);
  if (file->temporary)
    (void)unlink(file->temporary);
  g_free(file->temporary);
  g_free(file->area_dir);
  g_free(file);
}

/* An unnamed file gets a temporary name first: linkat(2) cannot replace, rename(2) can. */
static gboolean give_name(CrCacheFile *file)
{
  if (file->temporary)
    return TRUE;
  char link[64];
  g_snprintf(link, sizeof link, "/proc/self/fd/%d", file->fd);
  g_autofree char *name = g_strdup_printf("%s/.tmp-%d-%08x", file->area_dir, (int)getpid(), g_random_int());
  if (linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0)
    return FALSE;
  file->temporary = g_steal_pointer(&name);
  return TRUE;
}

gboolean cr_cache_file_publish(CrCacheFile *file, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(file->area_dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  gboolean ok = is_safe(name) && make_folder(parent, error);
  if (ok && (fsync(file->fd) != 0 || !give_name(file) || rename(file->temporary, path) != 0)) {
    int errnum = errno;
    cr_error_set_errno(error, errnum, "cannot write '%s'", path);
    ok = FALSE;
  } else if (!ok && error && !*error) {
    g_set_error(error, CR_ERROR, CR_ERROR_INTERNAL, "'%s' is no name for the cache", name);
  }
  if (ok)
    g_clear_pointer(&file->temporary, g_free); /* renamed: nothing to unlink */
  cr_cache_file_discard(file);
  return ok;
}

gboolean cr_cache_store(const CrCache *cache, const char *area, const char *name, const void *data, gsize size,
                        GError **error)
{
  CrCacheFile *file = cr_cache_create(cache, area, error);
  if (!file)
    return FALSE;
  for (gsize at = 0; at < size;) {
    gssize n = write(file->fd, (const guint8 *)data + at, size - at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      int errnum = n < 0 ? errno : ENOSPC;
      cr_error_set_errno(error, errnum, "cannot write in '%s'", file->area_dir);
      cr_cache_file_discard(file);
      return FALSE;
    }
    at += (gsize)n;
  }
  return cr_cache_file_publish(file, name, error);
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

static void list_folder(GPtrArray *items, const char *dir, const char *area, const char *prefix)
{
  g_autoptr(GDir) handle = g_dir_open(dir, 0, NULL);
  for (const char *name = handle ? g_dir_read_name(handle) : NULL; name; name = g_dir_read_name(handle)) {
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *child = prefix ? g_build_filename(prefix, name, NULL) : g_strdup(name);
    struct stat st;
    if (lstat(path, &st) != 0)
      continue;
    if (S_ISDIR(st.st_mode)) {
      list_folder(items, path, area ? area : name, area ? child : NULL);
    } else if (S_ISREG(st.st_mode) && area) {
      CrCacheItem *item = g_new0(CrCacheItem, 1);
      item->area = g_strdup(area);
      item->name = g_strdup(child);
      item->size_bytes = (guint64)st.st_blocks * 512;
      item->used = MAX(st.st_atime, st.st_mtime);
      g_ptr_array_add(items, item);
    }
  }
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
  (void)error; /* a folder that is not there or cannot be read holds nothing that careen could use */
  GPtrArray *items = g_ptr_array_new_with_free_func((GDestroyNotify)cr_cache_item_free);
  g_autofree char *dir = area ? g_build_filename(cache->dir, area, NULL) : g_strdup(cache->dir);
  list_folder(items, dir, area, NULL);
  g_ptr_array_sort(items, compare_use);
  return items;
}

guint64 cr_cache_prune(const CrCache *cache, const char *area, guint64 max_bytes, guint *count, GError **error)
{
  g_autoptr(GPtrArray) items = cr_cache_list(cache, area, error);
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  guint64 total = 0, freed = 0;
  guint removed = 0;
  for (guint i = 0; i < items->len; i++)
    total += ((const CrCacheItem *)items->pdata[i])->size_bytes;
  for (guint i = 0; i < items->len; i++) {
    const CrCacheItem *item = items->pdata[i];
    g_autofree char *base = g_path_get_basename(item->name);
    gboolean temporary = g_str_has_prefix(base, ".tmp-");
    gboolean stale = temporary && now - item->used > STALE_SECONDS;
    if (!stale && (temporary || total <= max_bytes))
      continue;
    g_autofree char *path = g_build_filename(cache->dir, item->area, item->name, NULL);
    if (unlink(path) != 0)
      continue;
    total -= item->size_bytes;
    freed += item->size_bytes;
    removed++;
  }
  if (count)
    *count = removed;
  return freed;
}
