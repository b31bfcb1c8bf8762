/* SPDX-License-Identifier: Apache-2.0 */
#include "apt-sources.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  check_sources(cr_sources_parse_deb822, data, size);
  return 0;
}
