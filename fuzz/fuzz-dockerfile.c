/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/dockerfile.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const args[] = {"A=1", "B", NULL};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrDockerfile) file =
      cr_dockerfile_parse((const char *)data, size, "fuzz", args, NULL, "linux/arm64/v8", &error);
  if (!file == !error)
    g_error("neither a file nor an error");
  if (!file)
    return 0;
  g_autoptr(GPtrArray) images = cr_dockerfile_list_images(file);
  for (guint i = 0; i < images->len; i++) {
    const CrDockerfrom *from = images->pdata[i];
    if (!from->image && !from->unknown)
      g_error("an image without a name");
  }
  return cr_dockerfile_get_base(file) ? 0 : 1;
}
