/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a layer says, nothing beside its folder is touched. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remedy/unpack.h"
#include "remedy/workspace-private.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *outer = g_dir_make_tmp("careen-fuzz-unpack-XXXXXX", NULL);
  g_assert_nonnull(outer);
  g_autofree char *root = g_build_filename(outer, "root", NULL);
  struct stat before, after;
  g_assert_cmpint(mkdir(root, 0755), ==, 0);
  g_assert_cmpint(stat(outer, &before), ==, 0);
  int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(CrStream) stream = cr_stream_new_bytes(bytes);
  cr_unpack_layer(stream, folder, FALSE, NULL);
  g_assert_cmpint(stat(outer, &after), ==, 0);
  g_assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
  close(folder);
  g_assert_true(cr_workspace_remove_tree(AT_FDCWD, outer));
  return 0;
}
