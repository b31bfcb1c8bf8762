/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("var/lib/pacman/local/a/desc", data, size, "var/lib/pacman/local/a/files", "%FILES%\nusr/\n");
  return 0;
}
