/* SPDX-License-Identifier: Apache-2.0 */
/* docker-archive: and oci-archive: on any bytes, up to their layers' first bytes. */
#include <sys/mman.h>
#include <unistd.h>

#include "image/manifest.h"
#include "image/source-private.h"

static gboolean on_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  const guint8 *bytes = NULL;
  gboolean ok = cr_stream_next(stream, &bytes, error) >= 0;
  cr_stream_free(stream);
  return ok;
}

static void read_all(const CrSourceClass *class, const char *path)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrSource source = {.class = class, .arena = arena, .image = cr_image_new(arena)};
  gboolean all[1000] = {TRUE, TRUE, TRUE};
  if (class->open(&source, path, problems, NULL))
    class->read_layers(&source, all, 1, on_layer, NULL, problems, NULL);
  class->close(&source);
  if (source.image->raw_config)
    g_bytes_unref((GBytes *)source.image->raw_config);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  int fd = memfd_create("input", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
  if (write(fd, data, size) == (gssize)size) {
    read_all(&cr_source_docker_archive, path);
    read_all(&cr_source_oci_archive, path);
  }
  close(fd);
  return 0;
}
