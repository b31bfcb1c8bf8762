/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/packages-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"

/* ---- files of the image ---- */

int cr_packages_open(const CrRoots *roots, const char *path, guint64 flags, guint64 mode)
{
  int root = open(roots->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return -1;
  struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
  int errnum = errno;
  close(root);
  errno = errnum;
  return fd;
}

gboolean cr_packages_has(const CrRoots *roots, const char *path)
{
  int fd = cr_packages_open(roots, path, O_PATH, 0);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

GBytes *cr_packages_load(const CrRoots *roots, const char *path, gsize max)
{
  int fd = cr_packages_open(roots, path, O_RDONLY | O_NONBLOCK, 0);
  struct stat status;
  if (fd < 0)
    return NULL;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 buffer[16384];
  ssize_t n = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 1 : -1;
  while (n > 0 && bytes->len <= max && (n = read(fd, buffer, sizeof buffer)) > 0)
    g_byte_array_append(bytes, buffer, (guint)n);
  close(fd);
  return n == 0 && bytes->len <= max ? g_byte_array_free_to_bytes(g_steal_pointer(&bytes)) : NULL;
}

gboolean cr_packages_store(const CrRoots *roots, const char *path, const void *bytes, gsize size, GError **error)
{
  int fd = cr_packages_open(roots, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot write '%s' of the image", path);
    return FALSE;
  }
  gboolean good = cr_write_all(fd, bytes, size, path, error);
  close(fd);
  return good;
}

/* ---- files of the workspace ---- */

char *cr_packages_make_folder(const CrPackagesRun *run, const char *name, GError **error)
{
  char *path = g_build_filename(run->folder, name, NULL);
  if (mkdir(path, 0755) == 0 || errno == EEXIST)
    return path;
  cr_error_set_errno(error, errno, "cannot make '%s'", path);
  g_free(path);
  return NULL;
}

char *cr_packages_format_path(const char *folder, const CrChange *change, const char *ending)
{
  g_autofree char *name = cr_archive_file_format_name(&change->file);
  return g_strdup_printf("%s/%s%s", folder, name, ending);
}

gboolean cr_packages_keep(const char *path, const void *bytes, gsize size, int mode, const char *what, GError **error)
{
  g_autoptr(GError) cause = NULL;
  unlink(path); /* GLib does not cut a file that is longer, of an earlier step */
  if (g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, mode, &cause))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot keep %s: %s", what, cause->message);
  return FALSE;
}

/* ---- what programs say ---- */

void cr_packages_keep_log(const CrPackagesRun *run, const char *name, const CrProcessResult *result)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autofree char *path = g_build_filename(run->folder, name, NULL);
  g_autoptr(GString) text = g_string_new_len(data, (gssize)size);
  g_string_append(text, result->errors);
  g_file_set_contents(path, text->str, (gssize)text->len, NULL);
}

char *cr_packages_get_last_lines(const CrProcessResult *result, guint count)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autoptr(GString) text = g_string_new_len(data, (gssize)size);
  g_string_append(text, result->errors);
  g_auto(GStrv) lines = g_strsplit(g_strstrip(text->str), "\n", -1);
  guint total = g_strv_length(lines);
  g_autofree char *joined = g_strjoinv("; ", lines + (total > count ? total - count : 0));
  return g_utf8_make_valid(joined, -1);
}

gboolean cr_packages_check_exit(const CrProcessResult *result, const char *program, GError **error)
{
  if (result->status == 0)
    return TRUE;
  g_autofree char *said = cr_packages_get_last_lines(result, 6);
  if (g_str_has_prefix(said, "bwrap: ")) { /* before the program was started */
    g_set_error(error, CR_ERROR, CR_ERROR_GATE,
                "no sandbox can be made over the image, in which /tmp, /proc and /dev must be folders, or missing: %s",
                said);
    return FALSE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "the image's %s failed (exit %d): %s", program, result->status, said);
  return FALSE;
}
