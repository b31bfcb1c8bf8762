/* SPDX-License-Identifier: Apache-2.0 */
/* A layer: stream, tar, whiteouts, index, tree. */
#include "image/pass.h"
#include "image/tree.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const CrCollector *const none[] = {NULL};
  g_autofree char *dir = g_build_filename(g_get_tmp_dir(), "fuzz-layer-cache", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(dir);
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  CrPassOptions options = {.cache = cache, .collectors = none, .name = "input"};
  g_autoptr(CrLayer) layer = cr_pass_read_layer(cr_stream_new_bytes(bytes), &options, NULL);
  CrLayer *layers[] = {layer, layer};
  g_autoptr(CrTree) tree = cr_tree_new(layers, 2);
  cr_tree_find(tree, "etc/os-release", NULL);
  cr_tree_find(tree, "/a/../b/c", NULL);
  return 0;
}
