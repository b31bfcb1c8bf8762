/* SPDX-License-Identifier: Apache-2.0 */
#include "rpm-walk.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  walk_records(&cr_rpm_ndb, data, size);
  return 0;
}
