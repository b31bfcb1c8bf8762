/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/unpack.h"

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
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

typedef struct {
  int root;
  gboolean user_marks;
  CrStream *stream;
  GError *failed;      /* of the stream */
  GHashTable *implied; /* or NULL */
  GPtrArray *folders;  /* FolderTime*: set at the end, when nothing is made in them any more */
} Unpacking;

typedef struct {
  struct timespec mtime;
  char path[];
} FolderTime;

static la_ssize_t on_read(struct archive *archive, void *data, const void **buffer)
{
  Unpacking *unpacking = data;
  const guint8 *bytes = NULL;
  gssize n = cr_stream_next(unpacking->stream, &bytes, unpacking->failed ? NULL : &unpacking->failed);
  if (n < 0) {
    archive_set_error(archive, EIO, "%s", unpacking->failed->message);
    return ARCHIVE_FATAL;
  }
  *buffer = bytes;
  return n;
}

static gboolean fail_errno(GError **error, const char *path, int errnum)
{
  cr_error_set_errno(error, errnum, "cannot unpack '%s'", path);
  return FALSE;
}

static gboolean refuse(GError **error, const char *path, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot unpack '%s': %s", path, why);
  return FALSE;
}

/* ---- names ---- */

static int open_in_root(int root, const char *path, guint64 flags)
{
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
}

/* NAME without "/", "./" and "//"; NULL: it has "..", or is longer than a path may be. */
static char *clean_name(const char *name)
{
  if (strlen(name) >= CR_LIMIT_PATH_BYTES)
    return NULL;
  g_auto(GStrv) parts = g_strsplit(name, "/", -1);
  GString *clean = g_string_new(NULL);
  for (guint i = 0; parts[i]; i++) {
    if (!*parts[i] || !strcmp(parts[i], "."))
      continue;
    if (!strcmp(parts[i], "..")) {
      g_string_free(clean, TRUE);
      return NULL;
    }
    if (clean->len)
      g_string_append_c(clean, '/');
    g_string_append(clean, parts[i]);
  }
  return g_string_free(clean, FALSE);
}

/* The folder of PATH, made where the layer does not have it (then as the layer below, for overlay merges them: only a
 * folder that no layer describes keeps 0755). *NAME: the last component. */
static int open_parent(const Unpacking *unpacking, const char *path, const char **name)
{
  const char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
  int fd = open_in_root(unpacking->root, parent, O_RDONLY | O_DIRECTORY);
  if (fd >= 0 || errno != ENOENT || !*parent)
    return fd;
  const char *last = NULL;
  int above = open_parent(unpacking, parent, &last);
  if (above < 0)
    return -1;
  if (mkdirat(above, last, 0755) != 0 && errno != EEXIST) {
    close(above);
    return -1;
  }
  if (unpacking->implied)
    g_hash_table_add(unpacking->implied, g_strdup(parent));
  fd = openat(above, last, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  int errnum = errno;
  close(above);
  errno = errnum;
  return fd;
}

static gboolean remove_at(int parent, const char *name)
{
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EISDIR && errno != EPERM)
    return FALSE;
  return unlinkat(parent, name, AT_REMOVEDIR) ==
         0; /* a folder with something in it stays: the later entry is refused */
}

/* ---- marks ---- */

/* A mark by its name in the tar, where the folder lies on an overlay itself: that takes no marks, and no overlay can be
 * mounted of it, so that merge.c is the one to read them. */
static gboolean make_named_mark(int parent, const char *name)
{
  int fd = openat(parent, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static gboolean set_opaque(const Unpacking *unpacking, int folder)
{
  const char *name = unpacking->user_marks ? "user.overlay.opaque" : "trusted.overlay.opaque";
  return fsetxattr(folder, name, "y", 1, 0) == 0 ||
         ((errno == EPERM || errno == ENOTSUP) && make_named_mark(folder, ".wh..wh..opq"));
}

/* What is in the same layer already is not hidden by its whiteout; a folder then hides what is below it. */
static gboolean make_whiteout(const Unpacking *unpacking, int parent, const char *name)
{
  if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) { /* an order to hide a folder from within it */
    errno = EINVAL;
    return FALSE;
  }
  if (mknodat(parent, name, S_IFCHR, makedev(0, 0)) == 0)
    return TRUE;
  if (errno == EPERM) {
    g_autofree char *mark = g_strconcat(".wh.", name, NULL);
    return make_named_mark(parent, mark);
  }
  if (errno != EEXIST)
    return FALSE;
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return TRUE;
  gboolean good = set_opaque(unpacking, fd);
  close(fd);
  return good;
}

static gboolean is_whiteout(int parent, const char *name)
{
  struct stat status;
  return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

/* ---- attributes ---- */

static gboolean is_dropped_attribute(const char *name)
{
  return g_str_has_prefix(name, "trusted.") || g_str_has_prefix(name, "user.overlay.") ||
         g_str_has_prefix(name, "security.selinux");
}

/* By descriptor; symbolic links have none that packages use. */
static gboolean set_attributes(struct archive_entry *entry, int fd)
{
  const char *name = NULL;
  const void *value = NULL;
  size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    if (name && !is_dropped_attribute(name) && fsetxattr(fd, name, value, size, 0) != 0 && errno != ENOTSUP)
      return FALSE;
  return TRUE;
}

static struct timespec get_mtime(struct archive_entry *entry)
{
  return (struct timespec){.tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry)};
}

/* Owner first: chown takes set-id bits and capabilities away. */
static gboolean finish_open(struct archive_entry *entry, int fd)
{
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, get_mtime(entry)};
  return fchown(fd, (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) == 0 &&
         fchmod(fd, archive_entry_perm(entry) & 07777) == 0 && set_attributes(entry, fd) && futimens(fd, times) == 0;
}

static gboolean finish_named(struct archive_entry *entry, int parent, const char *name)
{
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, get_mtime(entry)};
  if (fchownat(parent, name, (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry), AT_SYMLINK_NOFOLLOW) !=
      0)
    return FALSE;
  if (archive_entry_filetype(entry) != AE_IFLNK && fchmodat(parent, name, archive_entry_perm(entry) & 07777, 0) != 0)
    return FALSE;
  return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- entries ---- */

static gboolean is_empty(const char *block, size_t size)
{
  return size > 0 && !block[0] && memcmp(block, block + 1, size - 1) == 0;
}

/* Zeros become a hole. */
static gboolean write_content(struct archive *archive, int fd)
{
  const void *block = NULL;
  size_t size = 0;
  la_int64_t offset = 0, end = 0;
  for (int result; (result = archive_read_data_block(archive, &block, &size, &offset)) != ARCHIVE_EOF;) {
    if (result != ARCHIVE_OK) {
      errno = EIO;
      return FALSE;
    }
    for (size_t done = is_empty(block, size) ? size : 0; done < size;) {
      ssize_t n = pwrite(fd, (const char *)block + done, size - done, offset + (la_int64_t)done);
      if (n < 0)
        return FALSE;
      done += (size_t)n;
    }
    end = offset + (la_int64_t)size;
  }
  return ftruncate(fd, end) == 0;
}

static gboolean make_file(struct archive *archive, struct archive_entry *entry, int parent, const char *name)
{
  if (!remove_at(parent, name))
    return FALSE;
  int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  gboolean good = write_content(archive, fd) && finish_open(entry, fd);
  int errnum = errno;
  close(fd);
  errno = errnum;
  return good;
}

static gboolean make_folder(Unpacking *unpacking, struct archive_entry *entry, int parent, const char *name,
                            const char *path)
{
  gboolean hidden = is_whiteout(parent, name);
  if (hidden && unlinkat(parent, name, 0) != 0)
    return FALSE;
  if (mkdirat(parent, name, 0700) != 0) {
    struct stat status;
    if (errno != EEXIST || fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return FALSE;
    if (!S_ISDIR(status.st_mode) && (unlinkat(parent, name, 0) != 0 || mkdirat(parent, name, 0700) != 0))
      return FALSE;
  }
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  gboolean good = finish_open(entry, fd) && (!hidden || set_opaque(unpacking, fd));
  int errnum = errno;
  close(fd);
  errno = errnum;
  if (unpacking->implied)
    g_hash_table_remove(unpacking->implied, path);
  FolderTime *time = g_malloc(sizeof *time + strlen(path) + 1);
  time->mtime = get_mtime(entry);
  strcpy(time->path, path); /* NOLINT: sized above */
  g_ptr_array_add(unpacking->folders, time);
  return good;
}

static gboolean make_hard_link(const Unpacking *unpacking, const char *target, int parent, const char *name)
{
  g_autofree char *clean = clean_name(target);
  const char *last = NULL;
  int from = clean && *clean ? open_parent(unpacking, clean, &last) : -1;
  if (from < 0)
    return FALSE;
  gboolean good = remove_at(parent, name) && linkat(from, last, parent, name, 0) == 0;
  int errnum = errno;
  close(from);
  errno = errnum;
  return good;
}

static gboolean make_special(const Unpacking *unpacking, struct archive_entry *entry, int parent, const char *name)
{
  mode_t type = archive_entry_filetype(entry);
  dev_t device = makedev((unsigned)archive_entry_rdevmajor(entry), (unsigned)archive_entry_rdevminor(entry));
  gboolean is_device = type == AE_IFCHR || type == AE_IFBLK;
  if (is_device && (unpacking->user_marks || device == 0)) /* 0:0 would hide what is below: an attack, or a mistake */
    return TRUE;
  if (type == AE_IFSOCK)
    return TRUE;
  return remove_at(parent, name) && mknodat(parent, name, type | 0600, device) == 0 &&
         finish_named(entry, parent, name);
}

static gboolean make_entry(Unpacking *unpacking, struct archive *archive, struct archive_entry *entry, int parent,
                           const char *name, const char *path)
{
  if (!strcmp(name, ".wh..wh..opq"))
    return set_opaque(unpacking, parent);
  if (g_str_has_prefix(name, ".wh..wh."))
    return TRUE; /* left over from aufs */
  if (g_str_has_prefix(name, ".wh."))
    return make_whiteout(unpacking, parent, name + 4);
  const char *target = archive_entry_hardlink(entry);
  if (target)
    return make_hard_link(unpacking, target, parent, name);
  switch (archive_entry_filetype(entry)) {
  case AE_IFREG:
    return make_file(archive, entry, parent, name);
  case AE_IFDIR:
    return make_folder(unpacking, entry, parent, name, path);
  case AE_IFLNK:
    target = archive_entry_symlink(entry);
    return target && remove_at(parent, name) && symlinkat(target, parent, name) == 0 &&
           finish_named(entry, parent, name);
  default:
    return make_special(unpacking, entry, parent, name);
  }
}

static gboolean take_entry(Unpacking *unpacking, struct archive *archive, struct archive_entry *entry, GError **error)
{
  const char *raw = archive_entry_pathname(entry);
  g_autofree char *path = raw ? clean_name(raw) : NULL;
  if (!path)
    return refuse(error, raw ? raw : "(a name that cannot be read)", "its name leaves the root");
  if (!*path && unpacking->implied)
    g_hash_table_remove(unpacking->implied, "");
  if (!*path) /* the root's own entry */
    return finish_open(entry, unpacking->root) || fail_errno(error, "/", errno);
  const char *name = NULL;
  int parent = open_parent(unpacking, path, &name);
  if (parent < 0)
    return fail_errno(error, path, errno);
  errno = 0;
  gboolean good = make_entry(unpacking, archive, entry, parent, name, path);
  int errnum = errno;
  close(parent);
  return good || fail_errno(error, path, errnum ? errnum : EINVAL);
}

static void set_folder_times(const Unpacking *unpacking)
{
  for (guint i = unpacking->folders->len; i-- > 0;) {
    const FolderTime *time = unpacking->folders->pdata[i];
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, time->mtime};
    int fd = open_in_root(unpacking->root, time->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd >= 0) {
      futimens(fd, times);
      close(fd);
    }
  }
}

static gboolean unpack_all(Unpacking *unpacking, struct archive *archive, GError **error)
{
  guint64 count = 0;
  struct archive_entry *entry = NULL;
  for (int result; (result = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF;) {
    if (result == ARCHIVE_WARN || result == ARCHIVE_OK) {
      if (++count > CR_LIMIT_LAYER_ENTRIES) {
        g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "it has more than %llu entries",
                    (unsigned long long)CR_LIMIT_LAYER_ENTRIES);
        return FALSE;
      }
      if (!take_entry(unpacking, archive, entry, error))
        return FALSE;
    } else if (unpacking->failed) {
      g_propagate_error(error, g_steal_pointer(&unpacking->failed));
      return FALSE;
    } else {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "entry %llu: %s", (unsigned long long)count + 1,
                  archive_error_string(archive));
      return FALSE;
    }
  }
  set_folder_times(unpacking);
  return TRUE;
}

gboolean cr_unpack_layer(CrStream *stream, int folder, gboolean user_marks, GError **error)
{
  return cr_unpack_layer_and_tell(stream, folder, user_marks, NULL, error);
}

gboolean cr_unpack_layer_and_tell(CrStream *stream, int folder, gboolean user_marks, GHashTable *implied,
                                  GError **error)
{
  Unpacking unpacking = {.root = folder, .user_marks = user_marks, .stream = stream, .implied = implied};
  if (implied)
    g_hash_table_add(implied, g_strdup("")); /* until its entry comes */
  unpacking.folders = g_ptr_array_new_with_free_func(g_free);
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /* pax names are UTF-8, whatever the caller's is */
  locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
  mode_t mask = umask(0);
  struct archive *archive = archive_read_new();
  archive_read_support_format_tar(archive);
  archive_read_support_format_empty(archive);
  gboolean good = archive_read_open(archive, &unpacking, NULL, on_read, NULL) == ARCHIVE_OK;
  if (good)
    good = unpack_all(&unpacking, archive, error);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", archive_error_string(archive));
  archive_read_free(archive);
  if (!good && unpacking.failed) { /* the stream's own reason, not what came of it */
    g_clear_error(error);
    g_propagate_error(error, g_steal_pointer(&unpacking.failed));
  }
  umask(mask);
  if (utf8) {
    uselocale(before);
    freelocale(utf8);
  }
  g_ptr_array_unref(unpacking.folders);
  g_clear_error(&unpacking.failed);
  return good;
}
