/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>
#include <unistd.h>

#include "remedy/status-deb.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static gboolean visit(struct archive *reader, struct archive_entry *entry, const char *path, gpointer data,
                      GError **error)
{
  (void)reader;
  (void)entry;
  (void)data;
  (void)error;
  g_assert(path[0] != '/' && !g_str_has_prefix(path, "../"));
  return TRUE;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  int fd = memfd_create("deb", MFD_CLOEXEC);
  g_assert(fd >= 0 && write(fd, data, size) == (gssize)size);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrStatusDeb deb;
  if (cr_status_deb_read(fd, arena, &deb, NULL)) {
    cr_status_deb_find_objection(&deb, arena);
    cr_status_deb_find_field(deb.control, "Depends", arena);
    cr_status_deb_foreach(fd, visit, NULL, NULL);
  }
  close(fd);
  return 0;
}
