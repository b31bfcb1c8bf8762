/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs:DIR and rootfs:FILE.tar[.gz|.xz|.zst]: a root file system with no image config, as one layer. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "image/blobs.h"
#include "image/source-private.h"

typedef struct {
  int fd;
  guint64 size;
} Rootfs;

/* An archive of images is a tar too: as a root file system it would be `blind` without a word why. FALSE: no tar. */
static gboolean check_tar(const char *path, CrProblems *problems, GError **error)
{
  GError *cause = NULL;
  g_autoptr(CrBlobs) blobs = cr_blobs_sniff_archive(path, &cause);
  if (cause) {
    g_propagate_prefixed_error(error, cause, "cannot read '%s' as a root file system: ", path);
    return FALSE;
  }
  const char *kind = !blobs                                        ? NULL
                     : cr_blobs_find(blobs, "index.json", NULL)    ? "oci-archive"
                     : cr_blobs_find(blobs, "manifest.json", NULL) ? "docker-archive"
                                                                   : NULL;
  if (kind)
    cr_problems_add(problems, CR_PROBLEM_NOTE, path, "it looks like an archive of images; that would be %s:%s", kind,
                    path);
  return TRUE;
}

/* One with a program alone is a root file system, too; but who names a project's folder is told. FALSE: it is empty,
 * and a PLAIN word, which nobody called a root file system. */
static gboolean check_folder(const char *path, gboolean plain, CrProblems *problems, GError **error)
{
  static const char *const usual[] = {"bin", "etc", "lib", "opt", "sbin", "usr", "var", NULL};
  static const char *const recipes[] = {"Dockerfile", "Containerfile", NULL};
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  const char *entry = NULL, *recipe = NULL;
  guint count = 0;
  for (; dir && (entry = g_dir_read_name(dir)); count++) {
    if (g_strv_contains(usual, entry))
      return TRUE;
    recipe = g_strv_contains(recipes, entry) ? "; what its Dockerfile makes is an engine's: docker:REF" : recipe;
  }
  if (dir && !count && plain) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s' as a root file system: it is empty", path);
    return FALSE;
  }
  if (dir)
    cr_problems_add(problems, CR_PROBLEM_NOTE, path,
                    "it does not look like a root file system: it has neither etc nor usr nor their like%s",
                    recipe ? recipe : "");
  return TRUE;
}

static gboolean open_rootfs(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  struct stat st;
  CrImage *image = source->image;
  g_autofree char *base = g_path_get_basename(rest);
  image->name = cr_arena_strdup(source->arena, base);
  image->layer_count = 1;
  image->layers = cr_arena_new0(source->arena, CrLayerInfo);
  int fd = open(rest, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st) != 0) {
    cr_source_set_path_error(rest, errno, error);
    if (fd >= 0)
      close(fd);
    return FALSE;
  }
  if (S_ISDIR(st.st_mode)) {
    close(fd);
    source->folder = g_strdup(rest);
    return check_folder(rest, image->chosen != NULL, problems, error);
  }
  if (!S_ISREG(st.st_mode)) {
    close(fd);
    return cr_source_refuse_kind(rest, st.st_mode, error);
  }
  if (!st.st_size) {
    close(fd);
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': it is empty", rest);
    return FALSE;
  }
  Rootfs *own = source->own = g_new0(Rootfs, 1);
  own->fd = fd;
  own->size = (guint64)st.st_size;
  image->size_bytes = image->layers[0].size_bytes = (gint64)st.st_size;
  return check_tar(rest, problems, error);
}

static gboolean read_rootfs(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                            CrProblems *problems, GError **error)
{
  (void)jobs;
  (void)problems;
  const Rootfs *own = source->own;
  return !wanted[0] || visit(0, cr_stream_new_fd(own->fd, 0, own->size), NULL, data, error);
}

static void close_rootfs(CrSource *source)
{
  Rootfs *own = source->own;
  if (own)
    close(own->fd);
  g_free(own);
}

const CrSourceClass cr_source_rootfs = {
    .name = "rootfs", .prefix = "rootfs", .open = open_rootfs, .read_layers = read_rootfs, .close = close_rootfs};
