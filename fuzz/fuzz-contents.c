/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes of a package's files, and of a layer's. */
#include "remedy/contents.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  int fd = memfd_create("deb", MFD_CLOEXEC);
  gboolean written = fd >= 0 && write(fd, data, size) == (gssize)size && lseek(fd, 0, SEEK_SET) == 0;
  g_autoptr(GHashTable) deb = written ? cr_contents_read_deb(fd, NULL) : NULL;
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GHashTable) layer = cr_contents_read_layer(cr_stream_new_bytes(bytes), NULL, NULL);
  return 0;
}
