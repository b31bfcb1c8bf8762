/* SPDX-License-Identifier: Apache-2.0 */
/* What an image says of its system: os-release, and the files of those that have none. */
#include "image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_image("etc/os-release", data, size, "etc/debian_version", "12.5\n");
  read_image("etc/lsb-release", data, size, NULL, NULL);
  read_image("etc/redhat-release", data, size, NULL, NULL);
  return 0;
}
