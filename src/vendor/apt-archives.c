/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apt.h"

void cr_archives_find_updates(CrArchives *archives, CrInventory *inventory, const CrVendorOptions *options,
                              CrArena *arena, GPtrArray *updates, CrProblems *problems)
{
  const CrOs *os = cr_inventory_get_os(inventory);
  if (g_strcmp0(os->family, "debian") == 0 && archives->native)
    cr_apt_find_updates(archives, cr_inventory_get_packages(inventory), arena, updates, problems);
}
