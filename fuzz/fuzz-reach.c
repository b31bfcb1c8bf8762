/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts that are run, launchers, loader and interpreters with their configuration: the words of the command line, one
 * a line, then files. */
#include "reach-image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  const CrCollector *const *collectors = cr_reach_get_collectors();
  g_autoptr(CrLayerWriter) writer = begin_image(collectors);
  gsize before = add_files(writer, collectors, (const char *)data, size);
  g_autofree char *head = g_strchomp(g_strndup((const char *)data, before));
  g_auto(GStrv) words = g_strsplit(head, "\n", 20);
  g_autoptr(CrTree) tree = end_image(writer);
  compute_reach(tree, (CrStrv)words);
  return 0;
}
