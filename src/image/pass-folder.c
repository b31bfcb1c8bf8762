/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of this machine as a layer: rootfs:DIR and host:/. Every step is openat with O_NOFOLLOW from the folder
 * above, so that nothing that changes meanwhile leads out of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/pass-entries.h"
#include "image/pass.h"

typedef struct {
  const CrPassOptions *options;
  CrEntries entries;
  dev_t device;
  guint64 bytes;
  GHashTable *inodes; /* of files with several names: "dev:inode" → first path */
} Walk;

static void add_problem(Walk *walk, CrProblemKind kind, const char *path, const char *what)
{
  cr_layer_writer_add_problem(walk->entries.writer, kind, path, what);
}

static CrEntryType get_type(mode_t mode)
{
  switch (mode & S_IFMT) {
  case S_IFDIR:
    return CR_ENTRY_DIR;
  case S_IFLNK:
    return CR_ENTRY_SYMLINK;
  case S_IFCHR:
    return CR_ENTRY_CHAR;
  case S_IFBLK:
    return CR_ENTRY_BLOCK;
  case S_IFIFO:
    return CR_ENTRY_FIFO;
  case S_IFSOCK:
    return CR_ENTRY_SOCKET;
  default:
    return CR_ENTRY_FILE;
  }
}

static void collect_file(Walk *walk, int dir, const char *name, const CrEntry *entry)
{
  int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    g_autofree char *text = g_strdup_printf("not examined: %s", g_strerror(errno));
    guint64 wanted = cr_entries_ask_collectors(&walk->entries, entry, NULL, 0);
    if (wanted)
      add_problem(walk, CR_PROBLEM_PARTIAL, entry->path, text);
    return;
  }
  CrFile file = {.size = entry->size, .fd = fd, .own_fd = TRUE};
  g_autofree guint8 *memory = NULL;
  guint8 head[CR_COLLECT_HEAD_BYTES];
  gssize n = pread(fd, head, sizeof head, 0);
  guint64 wanted = cr_entries_ask_collectors(&walk->entries, entry, head, n > 0 ? (gsize)n : 0);
  if (wanted && entry->size > CR_LIMIT_FILE_BYTES) {
    add_problem(walk, CR_PROBLEM_PARTIAL, entry->path, "not examined: larger than 4 GiB");
    wanted = 0;
  }
  if (wanted && entry->size <= CR_LIMIT_FILE_MEMORY) {
    memory = g_malloc((gsize)entry->size);
    gsize got = 0;
    while (got < entry->size && (n = pread(fd, memory + got, (gsize)entry->size - got, (off_t)got)) > 0)
      got += (gsize)n;
    file.memory = memory;
    file.size = got; /* it may have been cut while careen looked */
  }
  if (wanted)
    cr_entries_collect(&walk->entries, entry, wanted, &file);
  cr_file_clear(&file);
  if (file.fd >= 0)
    close(file.fd);
}

static gboolean walk_folder(Walk *walk, int dir, GString *path, guint depth, GError **error);

/* TRUE: ENTRY is another name of a file seen before, and now says so. */
static gboolean take_hard_link(Walk *walk, const struct stat *st, CrEntry *entry)
{
  if (st->st_nlink < 2 || entry->type != CR_ENTRY_FILE)
    return FALSE;
  g_autofree char *key =
      g_strdup_printf("%u:%u:%" G_GUINT64_FORMAT, major(st->st_dev), minor(st->st_dev), (guint64)st->st_ino);
  const char *first = g_hash_table_lookup(walk->inodes, key);
  if (!first) {
    g_hash_table_insert(walk->inodes, g_steal_pointer(&key), g_strdup(entry->path));
    return FALSE;
  }
  entry->type = CR_ENTRY_HARDLINK;
  entry->target = first;
  entry->size = 0;
  return TRUE;
}

/* Is PATH asked for, or on the way to what is? */
static gboolean is_asked_for(const Walk *walk, const char *path)
{
  for (CrStrv only = walk->options->only; only && *only; only++) {
    gsize length = MIN(strlen(*only), strlen(path));
    if (!strncmp(*only, path, length) && ((*only)[length] == '/' || !(*only)[length]) &&
        (path[length] == '/' || !path[length]))
      return TRUE;
  }
  return !walk->options->only;
}

static gboolean take_name(Walk *walk, int dir, const char *name, GString *path, guint depth, GError **error)
{
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return TRUE;                                                         /* gone meanwhile */
  if (!is_asked_for(walk, path->str) && (depth || !S_ISLNK(st.st_mode))) /* /lib → usr/lib is on the way to much */
    return TRUE;
  CrEntry entry = {.path = path->str,
                   .path_bytes = path->len,
                   .type = get_type(st.st_mode),
                   .mode = st.st_mode & 07777,
                   .uid = st.st_uid,
                   .gid = st.st_gid,
                   .mtime = st.st_mtim.tv_sec};
  if (path->len > CR_LIMIT_PATH_BYTES || ++walk->entries.entries > CR_LIMIT_LAYER_ENTRIES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "'%.100s…' is too long or too many", path->str);
    return FALSE;
  }
  char target[CR_LIMIT_PATH_BYTES + 1];
  if (entry.type == CR_ENTRY_SYMLINK) {
    gssize n = readlinkat(dir, name, target, sizeof target - 1);
    target[MAX(n, 0)] = 0;
    entry.target = target;
  }
  if (entry.type == CR_ENTRY_FILE) {
    entry.size = (guint64)MAX(st.st_size, 0);
    walk->bytes += entry.size;
    if (!take_hard_link(walk, &st, &entry) && entry.size)
      collect_file(walk, dir, name, &entry);
  }
  if (!cr_layer_writer_add(walk->entries.writer, &entry, error))
    return FALSE;
  if (entry.type != CR_ENTRY_DIR)
    return TRUE;
  if (st.st_dev != walk->device && !walk->options->only) {
    add_problem(walk, CR_PROBLEM_NOTE, path->str, "another file system is mounted here: not examined");
    return TRUE;
  }
  int child = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (child < 0) {
    g_autofree char *text = g_strdup_printf("folder not examined: %s", g_strerror(errno));
    add_problem(walk, CR_PROBLEM_PARTIAL, path->str, text);
    return TRUE;
  }
  return walk_folder(walk, child, path, depth + 1, error);
}

/* Closes DIR. Depth is bounded by the path's length, but descriptors are not endless: a cap well under the usual limit
 * of 1,024. */
static gboolean walk_folder(Walk *walk, int dir, GString *path, guint depth, GError **error)
{
  DIR *handle = depth < 500 ? fdopendir(dir) : NULL;
  if (!handle) {
    close(dir);
    add_problem(walk, CR_PROBLEM_PARTIAL, path->str, "folder not examined: too deep");
    return TRUE;
  }
  gboolean ok = TRUE;
  gsize length = path->len;
  for (struct dirent *item = readdir(handle); ok && item; item = readdir(handle)) {
    if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, ".."))
      continue;
    g_string_append_printf(path, "%s%s", length ? "/" : "", item->d_name);
    ok = take_name(walk, dirfd(handle), item->d_name, path, depth, error);
    g_string_truncate(path, length);
  }
  closedir(handle);
  return ok;
}

CrLayer *cr_pass_read_folder(const char *dir, const CrPassOptions *options, GError **error)
{
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    cr_error_set_errno(error, errno, "cannot read '%s'", dir);
    return NULL;
  }
  g_autoptr(CrLayerWriter) writer = cr_layer_writer_new(options->cache, options->collectors, 0, error);
  if (!writer) {
    close(fd);
    return NULL;
  }
  Walk walk = {.options = options, .device = st.st_dev};
  walk.entries.collectors = options->collectors;
  walk.entries.writer = writer;
  walk.inodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GString) path = g_string_new(NULL);
  GError *cause = NULL;
  gboolean ok = walk_folder(&walk, fd, path, 0, &cause);
  g_hash_table_unref(walk.inodes);
  CrLayer *layer = ok ? cr_layer_writer_finish(writer, NULL, walk.bytes, FALSE, &cause) : NULL;
  if (!layer)
    g_propagate_prefixed_error(error, cause, "cannot read '%s': ", dir);
  return layer;
}
