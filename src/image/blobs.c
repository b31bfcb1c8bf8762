/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/blobs-private.h"
#include "image/source-private.h"

void cr_blobs_free(CrBlobs *blobs)
{
  if (!blobs)
    return;
  if (blobs->fd >= 0)
    close(blobs->fd);
  g_free(blobs->path);
  g_free(blobs->damage);
  blobs->class->free(blobs);
}

const char *cr_blobs_get_path(const CrBlobs *blobs)
{
  return blobs->path;
}

const char *cr_blobs_get_damage(const CrBlobs *blobs)
{
  return blobs->damage;
}

gboolean cr_blobs_find(const CrBlobs *blobs, const char *name, guint64 *size)
{
  guint64 ignored = 0;
  return blobs->class->find(blobs, name, size ? size : &ignored);
}

GBytes *cr_blobs_load(const CrBlobs *blobs, const char *name, GError **error)
{
  guint64 size = 0;
  GError *cause = NULL;
  GBytes *bytes = NULL;
  if (!blobs->class->find(blobs, name, &size))
    g_set_error(&cause, CR_ERROR, CR_ERROR_INPUT, "%s", blobs->damage ? blobs->damage : "it is not there");
  else if (size > CR_LIMIT_DOCUMENT_BYTES)
    g_set_error(&cause, CR_ERROR, CR_ERROR_LIMIT, "larger than %u MiB", (guint)(CR_LIMIT_DOCUMENT_BYTES / CR_MIB));
  else
    bytes = blobs->class->load(blobs, name, &cause);
  if (!bytes)
    g_propagate_prefixed_error(error, cause, "cannot read '%s' in '%s': ", name, blobs->path);
  return bytes;
}

gboolean cr_blobs_read(CrBlobs *blobs, const CrBlobWanted *wanted, guint count, guint jobs, CrLayerVisit visit,
                       gpointer data, GError **error)
{
  return !count || blobs->class->read(blobs, wanted, count, jobs, visit, data, error);
}

int cr_blobs_open_path(const char *path, int flags, GError **error)
{
  /* not blocking, so that a FIFO is no trap */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
  if (fd >= 0)
    return fd;
  cr_source_set_path_error(path, errno, error);
  return -1;
}

/* ---- a folder ---- */

/* The file NAME, regular and not a link: a blob has no reason to be one. */
static int open_file(const CrBlobs *blobs, const char *name, guint64 *size)
{
  int fd = openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
  struct stat st;
  if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
    close(fd);
    errno = EINVAL;
    return -1;
  }
  if (fd >= 0)
    *size = (guint64)st.st_size;
  return fd;
}

static gboolean folder_find(const CrBlobs *blobs, const char *name, guint64 *size)
{
  struct stat st;
  if (fstatat(blobs->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
    return FALSE;
  *size = (guint64)st.st_size;
  return TRUE;
}

static GBytes *folder_load(const CrBlobs *blobs, const char *name, GError **error)
{
  guint64 size = 0;
  int fd = open_file(blobs, name, &size);
  if (fd < 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s", g_strerror(errno));
    return NULL;
  }
  g_autoptr(CrStream) stream = cr_stream_new_fd(fd, 0, size);
  GBytes *bytes = cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error);
  close(fd);
  return bytes;
}

typedef struct {
  CrBlobs *blobs;
  const CrBlobWanted *wanted;
  CrLayerVisit visit;
  gpointer data;
} Reading;

static gboolean read_file(guint i, gpointer data, GError **error)
{
  const Reading *reading = data;
  const CrBlobWanted *wanted = &reading->wanted[i];
  guint64 size = 0;
  int fd = open_file(reading->blobs, wanted->name, &size);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot read '%s' in '%s'", wanted->name, reading->blobs->path);
    return FALSE;
  }
  gboolean ok = reading->visit(wanted->layer, cr_stream_new_fd(fd, 0, size), wanted->digest, reading->data, error);
  close(fd);
  return ok;
}

static gboolean folder_read(CrBlobs *blobs, const CrBlobWanted *wanted, guint count, guint jobs, CrLayerVisit visit,
                            gpointer data, GError **error)
{
  Reading reading = {blobs, wanted, visit, data};
  return cr_source_run_jobs(count, jobs, read_file, &reading, error);
}

static void folder_free(CrBlobs *blobs)
{
  g_free(blobs);
}

static const CrBlobsClass folder_class = {folder_find, folder_load, folder_read, folder_free};

CrBlobs *cr_blobs_open_folder(const char *dir, GError **error)
{
  int fd = cr_blobs_open_path(dir, O_DIRECTORY, error);
  if (fd < 0)
    return NULL;
  CrBlobs *blobs = g_new0(CrBlobs, 1);
  blobs->class = &folder_class;
  blobs->path = g_strdup(dir);
  blobs->fd = fd;
  return blobs;
}
