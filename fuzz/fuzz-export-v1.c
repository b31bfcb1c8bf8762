/* SPDX-License-Identifier: Apache-2.0 */
#include "image/engine.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static CrLayerInfo layers[] = {
      {.diff_id = "sha256:ecda988be8cc2a3f38deec2b4b25034b1197ff7ef9c857e29bd16aa2995ae12d"},
      {.diff_id = "sha256:4f5d7688a016f6dd4ffec15928bc8f97d6cdbd641e3abb972f7e52646081ea24"}};
  static const CrImage image = {.layers = layers, .layer_count = G_N_ELEMENTS(layers)};
  static const char base[] = "10a2b3efcec2a3f940ddf4ce7bef1042d62c66e133ca88c095680bb9547bd07f";
  int layer = cr_export_find_legacy(&image, base, (const char *)data, size);
  g_assert(layer == -1 || layer == 0);
  return 0;
}
