/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/rpm.h"

static gboolean visit(guint64 number, const guint8 *blob, gsize size, gpointer data)
{
  return number != G_MAXUINT64 && (!size || blob[size - 1] != 1);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  CrRpmWalk walk = {.bytes = bytes, .visit = visit, .thorough = TRUE};
  cr_rpm_bdb.walk(&walk);
  cr_rpm_walk_clear(&walk);
  return 0;
}
