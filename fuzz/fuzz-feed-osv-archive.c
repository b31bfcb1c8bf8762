/* SPDX-License-Identifier: Apache-2.0 */
#include "feed-common.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  return fuzz_feed(&cr_feed_osv, "PyPI", TRUE, data, size);
}
