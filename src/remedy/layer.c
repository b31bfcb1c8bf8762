/* SPDX-License-Identifier: Apache-2.0 */
/* Two steps: layer-compare.c finds what differs, this writes it. */
#include "remedy/layer-private.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "image/layer.h"

typedef struct {
  const CrLayerPack *pack;
  struct archive *archive;
  int upper, lower;
  GHashTable *links; /* device and inode → path written first */
} Writing;

static gboolean fail_tar(const Writing *writing, const char *path, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write '%s' to the new layer: %s", path,
              archive_error_string(writing->archive));
  return FALSE;
}

static gboolean fail_read(const char *path, GError **error)
{
  cr_error_set_errno(error, errno, "cannot read '%s' for the new layer", path);
  return FALSE;
}

static int open_beneath(int root, const char *path, guint64 flags)
{
  struct open_how how = {.flags = flags | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* What this run made has no time of its own worth keeping; by a clock that is wrong it would not even be the latest. */
static void set_time(const Writing *writing, struct archive_entry *entry, const struct stat *status)
{
  gint64 seconds = status->st_mtim.tv_sec;
  gboolean made = seconds >= writing->pack->started || seconds >= writing->pack->epoch;
  archive_entry_set_mtime(entry, made ? writing->pack->epoch : seconds, made ? 0 : status->st_mtim.tv_nsec);
}

static gboolean write_content(const Writing *writing, int fd, guint64 size, const char *path, GError **error)
{
  g_autofree guint8 *buffer = g_malloc(CR_MIB);
  for (guint64 done = 0; done < size;) {
    ssize_t n = read(fd, buffer, MIN(size - done, CR_MIB));
    if (n <= 0) {
      errno = n ? errno : EIO;
      return fail_read(path, error);
    }
    if (archive_write_data(writing->archive, buffer, (size_t)n) != n)
      return fail_tar(writing, path, error);
    done += (guint64)n;
  }
  return TRUE;
}

static gboolean write_header(const Writing *writing, struct archive_entry *entry, const char *path, GError **error)
{
  int result = archive_write_header(writing->archive, entry); /* a warning: a name that is no UTF-8, kept as it is */
  return result == ARCHIVE_OK || result == ARCHIVE_WARN || fail_tar(writing, path, error);
}

static gboolean write_whiteout(const Writing *writing, struct archive_entry *entry, const char *path, GError **error)
{
  const char *slash = strrchr(path, '/');
  g_autofree char *name =
      slash ? g_strdup_printf("%.*s/.wh.%s", (int)(slash - path), path, slash + 1) : g_strdup_printf(".wh.%s", path);
  archive_entry_set_pathname(entry, name);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0);
  archive_entry_set_size(entry, 0);
  archive_entry_set_mtime(entry, writing->pack->epoch, 0);
  return write_header(writing, entry, path, error);
}

/* TRUE with *DONE: it is another name of a file that is written already. */
static gboolean write_as_link(const Writing *writing, struct archive_entry *entry, const struct stat *status,
                              const char *path, gboolean *done, GError **error)
{
  *done = FALSE;
  if (S_ISDIR(status->st_mode) || status->st_nlink < 2)
    return TRUE;
  char *key = g_strdup_printf("%ju:%ju", (uintmax_t)status->st_dev, (uintmax_t)status->st_ino);
  const char *first = g_hash_table_lookup(writing->links, key);
  if (!first) {
    g_hash_table_insert(writing->links, key, g_strdup(path));
    return TRUE;
  }
  g_free(key);
  *done = TRUE;
  archive_entry_set_hardlink(entry, first);
  archive_entry_set_size(entry, 0);
  return write_header(writing, entry, path, error);
}

static gboolean add_attributes(struct archive_entry *entry, const char *path, int root, GError **error)
{
  g_autoptr(GPtrArray) attributes = cr_layer_read_attributes(root, path);
  if (!attributes)
    return fail_read(path, error);
  for (guint i = 0; i < attributes->len; i++) {
    const CrLayerAttribute *attribute = attributes->pdata[i];
    archive_entry_xattr_add_entry(entry, attribute->name, attribute->value, attribute->size);
  }
  return TRUE;
}

static gboolean write_node(const Writing *writing, struct archive_entry *entry, const CrLayerItem *item, GError **error)
{
  struct stat status;
  int root = item->below ? writing->lower : writing->upper;
  if (cr_layer_stat(root, item->path, &status) != 0)
    return fail_read(item->path, error);
  gboolean done = FALSE;
  g_autofree char *named = S_ISDIR(status.st_mode) ? g_strconcat(item->path, "/", NULL) : g_strdup(item->path);
  archive_entry_set_pathname(entry, named);
  archive_entry_set_filetype(entry, status.st_mode & S_IFMT);
  archive_entry_set_perm(entry, status.st_mode & 07777);
  archive_entry_set_uid(entry, status.st_uid);
  archive_entry_set_gid(entry, status.st_gid);
  set_time(writing, entry, &status);
  if (!write_as_link(writing, entry, &status, item->path, &done, error) || done)
    return done;
  if (!S_ISLNK(status.st_mode) && !add_attributes(entry, item->path, root, error))
    return FALSE;
  char target[4096 + 1];
  if (S_ISLNK(status.st_mode)) {
    if (!cr_layer_read_link(root, item->path, target, sizeof target))
      return fail_read(item->path, error);
    archive_entry_set_symlink(entry, target);
  }
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    archive_entry_set_rdevmajor(entry, major(status.st_rdev));
    archive_entry_set_rdevminor(entry, minor(status.st_rdev));
  }
  archive_entry_set_size(entry, S_ISREG(status.st_mode) ? status.st_size : 0);
  if (!write_header(writing, entry, item->path, error) || !S_ISREG(status.st_mode))
    return !*error;
  int fd = open_beneath(root, item->path, O_RDONLY);
  if (fd < 0)
    return fail_read(item->path, error);
  gboolean good = write_content(writing, fd, (guint64)status.st_size, item->path, error);
  close(fd);
  return good;
}

static gboolean write_all(const Writing *writing, const GPtrArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++) {
    const CrLayerItem *item = items->pdata[i];
    struct archive_entry *entry = archive_entry_new();
    gboolean good =
        item->mark == '-' ? write_whiteout(writing, entry, item->path, error) : write_node(writing, entry, item, error);
    archive_entry_free(entry);
    if (!good || (archive_write_finish_entry(writing->archive) != ARCHIVE_OK && fail_tar(writing, item->path, error)))
      return FALSE;
  }
  return archive_write_close(writing->archive) == ARCHIVE_OK || fail_tar(writing, "the end", error);
}

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
  ssize_t n = write(GPOINTER_TO_INT(data), bytes, size);
  if (n < 0)
    archive_set_error(archive, errno, "%s", g_strerror(errno));
  return n;
}

static gboolean write_tar(Writing *writing, const GPtrArray *items, int tar, GError **error)
{
  writing->archive = archive_write_new();
  archive_write_set_format_pax_restricted(writing->archive);
  archive_write_set_format_option(writing->archive, "pax", "xattrheader", "SCHILY"); /* what image tools read */
  archive_write_set_bytes_in_last_block(writing->archive, 1);
  gboolean good = archive_write_open(writing->archive, GINT_TO_POINTER(tar), NULL, on_write, NULL) == ARCHIVE_OK
                      ? write_all(writing, items, error)
                      : fail_tar(writing, "the beginning", error);
  archive_write_free(writing->archive);
  return good;
}

static gboolean write_list(const GPtrArray *items, int list, guint *count, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  *count = 0;
  for (guint i = 0; i < items->len; i++) {
    const CrLayerItem *item = items->pdata[i];
    if (item->mark == ' ')
      continue;
    g_string_append_c(text, item->mark);
    g_string_append_len(text, item->path, (gssize)strlen(item->path) + 1);
    ++*count;
  }
  return cr_write_all(list, text->str, text->len, "the list of changed files", error);
}

gboolean cr_layer_pack(const CrRoots *roots, const CrLayerPack *pack, int tar, int list, guint *count, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(GPtrArray) items = cr_layer_compare(roots, pack, &cause);
  Writing writing = {.pack = pack, .upper = -1, .lower = -1};
  writing.upper = open(roots->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  writing.lower = open(roots->lower, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  writing.links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
  gboolean good = items && write_tar(&writing, items, tar, &cause) && write_list(items, list, count, &cause);
  if (utf8) {
    uselocale(before);
    freelocale(utf8);
  }
  g_hash_table_unref(writing.links);
  if (writing.upper >= 0)
    close(writing.upper);
  if (writing.lower >= 0)
    close(writing.lower);
  if (!good)
    g_propagate_error(error, g_steal_pointer(&cause));
  return good;
}
