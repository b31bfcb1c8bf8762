/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/rpm.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrRpmHeader header;
  cr_rpm_header_check_digest(data, size);
  if (cr_rpm_header_parse(data, size, TRUE, arena, &header, NULL) && header.files)
    for (guint i = 0; i < header.files->count; i++)
      g_assert_nonnull(header.files->folders[header.files->folder[i]]);
  return 0;
}
