/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/context.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "base/whole-file.h"
#include "base/write-all.h"
#include "recipe/dockerfile.h"

#define OWN_NAME ".careen.Dockerfile"

typedef struct {
  const char *folder;
  int out;
  struct archive *archive; /* to `out` */
  GError *failed;          /* why `out` could not be written */
  CrIgnore *ignore;
  GHashTable *own;  /* name in the tar → GBytes*: what stands there instead of the folder's own file */
  const char *keep; /* the Dockerfile's name: in it whatever .dockerignore says */
  guint entries;
  guint64 bytes;
  guint depth;
} Packing;

/* ---- tar ---- */

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
  Packing *packing = data;
  (void)archive;
  return cr_write_all(packing->out, bytes, size, "the build context", &packing->failed) ? (la_ssize_t)size : -1;
}

static gboolean fail(Packing *packing, GError **error)
{
  if (packing->failed)
    g_propagate_error(error, g_steal_pointer(&packing->failed));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write the build context: %s",
                archive_error_string(packing->archive));
  return FALSE;
}

static gboolean put_bytes(Packing *packing, const void *data, gsize size, GError **error)
{
  return archive_write_data(packing->archive, data, size) == (la_ssize_t)size || fail(packing, error);
}

/* LINK: of a symbolic one, or NULL. */
static gboolean put_header(Packing *packing, const char *name, const struct stat *info, guint64 size, const char *link,
                           GError **error)
{
  packing->bytes += size;
  if (++packing->entries > CR_LIMIT_CONTEXT_ENTRIES || packing->bytes > CR_LIMIT_CONTEXT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot send '%s' to the builder: it has more than %s",
                packing->folder, packing->bytes > CR_LIMIT_CONTEXT_BYTES ? "8 GiB" : "a million files");
    cr_error_set_hint(*error, "leave out with .dockerignore what the build does not need");
    return FALSE;
  }
  struct archive_entry *entry = archive_entry_new();
  archive_entry_set_pathname(entry, name);
  archive_entry_set_filetype(entry, info->st_mode & S_IFMT);
  archive_entry_set_perm(entry, info->st_mode & 07777);
  archive_entry_set_uid(entry, 0);
  archive_entry_set_gid(entry, 0);
  archive_entry_set_size(entry, (la_int64_t)size);
  archive_entry_set_mtime(entry, MAX(info->st_mtime, 0), 0);
  if (link)
    archive_entry_set_symlink(entry, link);
  int result = archive_write_header(packing->archive, entry); /* a warning: a name that is no UTF-8, kept as it is */
  archive_entry_free(entry);
  return result == ARCHIVE_OK || result == ARCHIVE_WARN || fail(packing, error);
}

static gboolean refuse(const Packing *packing, const char *name, int errnum, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s/%s' for the build: %s", packing->folder, name,
              g_strerror(errnum));
  if (errnum == EACCES)
    cr_error_set_hint(error ? *error : NULL, "leave it out with .dockerignore, or run careen as its owner");
  return FALSE;
}

/* ---- members ---- */

static gboolean put_file(Packing *packing, int at, const char *entry, const char *name, GError **error)
{
  int fd = openat(at, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) < 0) {
    int errnum = errno;
    if (fd >= 0)
      close(fd);
    return refuse(packing, name, errnum, error);
  }
  guint64 left = (guint64)info.st_size;
  gboolean ok = put_header(packing, name, &info, left, NULL, error);
  g_autofree char *buffer = g_malloc(64 * CR_KIB);
  while (ok && left) {
    gssize n = read(fd, buffer, (gsize)MIN(left, 64 * CR_KIB));
    if (n < 0 && errno == EINTR)
      continue;
    ok = n > 0 ? put_bytes(packing, buffer, (gsize)n, error) : refuse(packing, name, n < 0 ? errno : ESTALE, error);
    left -= n > 0 ? (guint64)n : 0;
  }
  close(fd);
  return ok;
}

static gboolean put_own(Packing *packing, const char *name, GBytes *bytes, GError **error)
{
  const struct stat info = {.st_mode = S_IFREG | 0644};
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return put_header(packing, name, &info, size, NULL, error) && put_bytes(packing, data, size, error);
}

static gboolean put_link(Packing *packing, int at, const char *entry, const char *name, const struct stat *info,
                         GError **error)
{
  char target[CR_LIMIT_PATH_BYTES + 1];
  gssize length = readlinkat(at, entry, target, sizeof target - 1);
  if (length < 0)
    return refuse(packing, name, errno, error);
  target[length] = 0;
  return put_header(packing, name, info, 0, target, error);
}

static gboolean is_left_out(const Packing *packing, const char *name)
{
  return packing->ignore && strcmp(name, ".dockerignore") != 0 && g_strcmp0(name, packing->keep) != 0 &&
         cr_ignore_matches(packing->ignore, name);
}

/* Does the Dockerfile stand below NAME? */
static gboolean leads_to_kept(const Packing *packing, const char *name)
{
  gsize length = strlen(name);
  return packing->keep && !strncmp(packing->keep, name, length) && packing->keep[length] == '/';
}

static gboolean pack_folder(Packing *packing, int at, const char *prefix, GError **error);

static gboolean pack_entry(Packing *packing, int at, const char *entry, const char *name, GError **error)
{
  struct stat info;
  if (g_hash_table_contains(packing->own, name))
    return TRUE;
  if (fstatat(at, entry, &info, AT_SYMLINK_NOFOLLOW) < 0)
    return refuse(packing, name, errno, error);
  gboolean out = is_left_out(packing, name);
  if (out && (!S_ISDIR(info.st_mode) || !(cr_ignore_has_exceptions(packing->ignore) || leads_to_kept(packing, name))))
    return TRUE;
  if (S_ISDIR(info.st_mode)) {
    int fd = openat(at, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      return refuse(packing, name, errno, error);
    g_autofree char *prefix = g_strconcat(name, "/", NULL);
    /* a folder that is left out has no member of its own, whatever in it is taken back: so docker build */
    if (!out && !put_header(packing, prefix, &info, 0, NULL, error)) {
      close(fd);
      return FALSE;
    }
    return pack_folder(packing, fd, prefix, error);
  }
  if (S_ISLNK(info.st_mode))
    return put_link(packing, at, entry, name, &info, error);
  return !S_ISREG(info.st_mode) || put_file(packing, at, entry, name, error);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* AT is closed. */
static gboolean pack_folder(Packing *packing, int at, const char *prefix, GError **error)
{
  DIR *dir = packing->depth < CR_LIMIT_CONTEXT_DEPTH ? fdopendir(at) : NULL;
  if (!dir) {
    close(at);
    return refuse(packing, prefix, packing->depth < CR_LIMIT_CONTEXT_DEPTH ? errno : ENAMETOOLONG, error);
  }
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  const struct dirent *entry;
  while ((entry = readdir(dir)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      g_ptr_array_add(names, g_strdup(entry->d_name));
  g_ptr_array_sort(names, compare_names);
  gboolean ok = TRUE;
  packing->depth++;
  for (guint i = 0; ok && i < names->len; i++) {
    g_autofree char *name = g_strconcat(prefix, names->pdata[i], NULL);
    ok = pack_entry(packing, at, names->pdata[i], name, error);
  }
  packing->depth--;
  closedir(dir);
  return ok;
}

static gboolean pack_all(Packing *packing, int at, GError **error)
{
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(packing->own), (GCompareFunc)strcmp);
  for (const GList *name = names; name; name = name->next)
    if (!put_own(packing, name->data, g_hash_table_lookup(packing->own, name->data), error)) {
      close(at);
      return FALSE;
    }
  return pack_folder(packing, at, "", error) &&
         (archive_write_close(packing->archive) == ARCHIVE_OK || fail(packing, error));
}

/* ---- which Dockerfile, which .dockerignore ---- */

/* What says what is left out: beside the Dockerfile, or in the folder. NULL without ERROR: nothing does. */
static GBytes *read_ignore(const char *folder, const char *dockerfile, char **path, GError **error)
{
  g_autofree char *own = g_strconcat(dockerfile, ".dockerignore", NULL);
  *path =
      g_file_test(own, G_FILE_TEST_EXISTS) ? g_steal_pointer(&own) : g_build_filename(folder, ".dockerignore", NULL);
  return g_file_test(*path, G_FILE_TEST_EXISTS) ? cr_read_file(*path, CR_LIMIT_RECIPE_BYTES, error) : NULL;
}

/* The Dockerfile under a name of its own, and a .dockerignore that hides it from COPY, as `docker build -f -` does. */
static void add_own(Packing *packing, GBytes *dockerfile, GBytes *ignore)
{
  GString *text =
      g_string_new_len(ignore ? g_bytes_get_data(ignore, NULL) : NULL, ignore ? (gssize)g_bytes_get_size(ignore) : 0);
  g_autofree char *there = g_build_filename(packing->folder, ".dockerignore", NULL);
  if (!g_file_test(there, G_FILE_TEST_EXISTS))
    g_string_append(text, "\n.dockerignore");
  g_string_append(text, "\n" OWN_NAME "\n");
  g_hash_table_insert(packing->own, g_strdup(".dockerignore"), g_string_free_to_bytes(text));
  g_hash_table_insert(packing->own, g_strdup(OWN_NAME), g_bytes_ref(dockerfile));
}

/* AT is closed. Names are UTF-8 whatever the locale: libarchive asks it how to write those that need a header of pax.
 */
static gboolean write_tar(Packing *packing, int at, GError **error)
{
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
  packing->archive = archive_write_new();
  archive_write_set_format_pax_restricted(packing->archive);
  archive_write_set_bytes_in_last_block(packing->archive, 1);
  gboolean open = archive_write_open(packing->archive, packing, NULL, on_write, NULL) == ARCHIVE_OK;
  gboolean good = open ? pack_all(packing, at, error) : fail(packing, error);
  if (!open)
    close(at);
  archive_write_free(packing->archive); /* writes what is left, after an error too */
  g_clear_error(&packing->failed);
  if (utf8) {
    uselocale(before);
    freelocale(utf8);
  }
  return good;
}

static int pack_into_file(Packing *packing, GError **error)
{
  int at = open(packing->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the build's folder '%s': %s", packing->folder,
                g_strerror(errno));
    return -1;
  }
  CrWholeFile *file = cr_whole_file_create(g_get_tmp_dir(), ".careen-", 0600);
  if (!file) {
    cr_error_set_errno(error, errno, "cannot make a file for the build context in '%s'", g_get_tmp_dir());
    close(at);
    return -1;
  }
  packing->out = cr_whole_file_get_fd(file);
  if (!write_tar(packing, at, error)) {
    cr_whole_file_free(file);
    return -1;
  }
  int fd = cr_whole_file_steal_fd(file);
  if (lseek(fd, 0, SEEK_SET) < 0) {
    cr_error_set_errno(error, errno, "cannot read the build context again");
    close(fd);
    return -1;
  }
  return fd;
}

int cr_context_pack(const char *folder, const char *dockerfile, const char *text, char **name, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
  g_autofree char *own_path = dockerfile ? g_strdup(dockerfile) : cr_dockerfile_find(absolute);
  g_autofree char *path = g_canonicalize_filename(own_path, NULL);
  g_autofree char *ignore_path = NULL;
  g_autoptr(GError) why = NULL;
  g_autoptr(GBytes) said = read_ignore(absolute, path, &ignore_path, &why);
  g_autoptr(CrIgnore) ignore =
      said ? cr_ignore_parse(g_bytes_get_data(said, NULL), g_bytes_get_size(said), ignore_path, &why) : NULL;
  g_autoptr(GBytes) words = why    ? NULL
                            : text ? g_bytes_new(text, strlen(text))
                                   : cr_read_file(path, CR_LIMIT_RECIPE_BYTES, &why);
  if (!words) {
    g_propagate_error(error, g_steal_pointer(&why));
    return -1;
  }
  gsize length = strlen(absolute);
  gboolean inside = !strncmp(path, absolute, length) && path[length] == '/' && !text;
  g_autoptr(GHashTable) own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  Packing packing = {.folder = absolute, .ignore = ignore, .own = own};
  if (inside)
    packing.keep = path + length + 1;
  else
    add_own(&packing, words, said);
  int fd = pack_into_file(&packing, error);
  if (fd >= 0 && name)
    *name = g_strdup(inside ? packing.keep : OWN_NAME);
  return fd;
}
