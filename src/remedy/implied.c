/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/implied.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "remedy/merge.h"

static int open_folder(guint32 layer, const char *path)
{
  g_autofree char *name = g_strdup_printf("%u/%s", layer, path);
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  return (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof how);
}

/* The nearest layer below PLACE that has the folder PATH; what hides it there ends the search. */
static int open_below(const guint32 *order, gsize place, const char *path)
{
  while (place-- > 0) {
    int fd = open_folder(order[place], path);
    if (fd >= 0 || errno != ENOENT)
      return fd;
  }
  return -1;
}

gboolean cr_implied_inherit(const guint32 *order, gsize count, GHashTable *const *implied)
{
  for (gsize i = 1; i < count; i++) { /* from below: what was inherited is inherited again */
    GHashTableIter iter;
    gpointer path = NULL;
    if (!implied[order[i]])
      continue;
    g_hash_table_iter_init(&iter, implied[order[i]]);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
      int from = open_below(order, i, path);
      int to = from >= 0 ? open_folder(order[i], path) : -1;
      gboolean good = to < 0 || cr_merge_copy_attributes(from, to);
      int errnum = errno;
      if (from >= 0)
        close(from);
      if (to >= 0)
        close(to);
      errno = errnum;
      if (!good)
        return FALSE;
    }
  }
  return TRUE;
}
