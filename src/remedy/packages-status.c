/* SPDX-License-Identifier: Apache-2.0 */
/* No program of the image runs: it has none that could (status.h). The tar with what changes is made in careen's own
 * process and laid over the image in the workspace's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/stream.h"
#include "remedy/merge.h"
#include "remedy/packages-private.h"
#include "remedy/status.h"
#include "remedy/unpack.h"
#include "remedy/workspace-private.h"

static gboolean fits(const CrScan *scan)
{
  gboolean any = FALSE;
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (strcmp(package->type, "deb") != 0 || package->embedded)
      continue;
    if (!package->paths || !package->paths[0] || !g_str_has_prefix(package->paths[0], CR_STATUS_FOLDER))
      return FALSE;
    any = TRUE;
  }
  return any;
}

/* ---- what changes ---- */

static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autofree char *path = g_build_filename(run->folder, "changes.tar", NULL);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", path);
    return FALSE;
  }
  gboolean good = cr_status_layer_write(scan, run->plan, run->epoch, fd, error);
  close(fd);
  return good;
}

/* ---- over the image ---- */

static int open_folder(const char *path)
{
  return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The root folder is the image's own. */
static gboolean copy_root(int from, int to)
{
  struct stat status;
  if (fstat(from, &status) != 0 || fchown(to, status.st_uid, status.st_gid) != 0 ||
      fchmod(to, status.st_mode & 07777) != 0)
    return FALSE;
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, status.st_mtim};
  return futimens(to, times) == 0;
}

static gboolean lay_over(const CrRoots *roots, int unpacked, CrStream *stream, GError **error)
{
  int merged = open_folder(roots->merged);
  gboolean good = merged >= 0;
  if (!good)
    cr_error_set_errno(error, errno, "cannot open the image");
  good = good && cr_unpack_layer(stream, unpacked, roots->user, error);
  if (good && !copy_root(merged, unpacked)) {
    cr_error_set_errno(error, errno, "cannot prepare the changes");
    good = FALSE;
  }
  good = good && cr_merge_layer(unpacked, merged, roots->user, error);
  if (merged >= 0)
    close(merged);
  return good;
}

static gboolean install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  int workspace = open_folder(run->folder);
  if (workspace >= 0) {
    cr_workspace_remove_tree(workspace, "unpacked"); /* of an earlier step */
    close(workspace);
  }
  g_autofree char *folder = cr_packages_make_folder(run, "unpacked", error);
  g_autofree char *path = g_build_filename(run->folder, "changes.tar", NULL);
  int tar = folder ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  int unpacked = tar >= 0 ? open_folder(folder) : -1;
  if (unpacked < 0) {
    if (folder)
      cr_error_set_errno(error, errno, "cannot read '%s'", path);
    if (tar >= 0)
      close(tar);
    return FALSE;
  }
  g_autoptr(CrStream) stream = cr_stream_new_pipe(tar, TRUE);
  gboolean good = lay_over(roots, unpacked, stream, error);
  close(unpacked);
  return good;
}

/* ---- are the files those that the records name? ---- */

static gboolean has_sum(const CrRoots *roots, const char *path, const char *wanted)
{
  int fd = cr_packages_open(roots, path, O_RDONLY | O_NONBLOCK, 0);
  struct stat status;
  if (fd < 0)
    return TRUE; /* what the builder left out */
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
  guint8 buffer[65536];
  ssize_t n = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 1 : -1;
  while (n > 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
    g_checksum_update(sum, buffer, n);
  close(fd);
  return n == 0 && !strcmp(g_checksum_get_string(sum), wanted);
}

static void check_record(const CrRoots *roots, const CrPackage *package, GString *reasons)
{
  g_autofree char *place = g_strconcat(package->paths[0], ".md5sums", NULL);
  g_autoptr(GBytes) bytes = cr_packages_load(roots, place, 16 * CR_MIB);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = g_strndup(data ? data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *path = strlen(lines[i]) > 34 ? lines[i] + 32 + strspn(lines[i] + 32, " ") : NULL;
    g_autofree char *sum = path ? g_strndup(lines[i], 32) : NULL;
    if (path && !has_sum(roots, path, sum))
      g_string_append_printf(reasons, "%s'%s' of %s", reasons->len ? ", " : "", path, package->name);
  }
}

static gboolean audit(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  g_autoptr(GString) reasons = g_string_new(NULL);
  for (guint i = 0; i < run->plan->changes->len; i++)
    check_record(roots, ((const CrChange *)run->plan->changes->pdata[i])->package, reasons);
  if (!reasons->len)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid(reasons->str, -1);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "md5sums: not as its package brought it: %s", valid);
  return FALSE;
}

static const char *const left_out[] = {NULL};

const CrPackageManager cr_packages_status = {
    .name = "status.d",
    .type = "deb",
    .fits = fits,
    .resolve = cr_status_resolve,
    .fetch = fetch,
    .install = install,
    .audit = audit,
    .left_out = left_out,
};
