/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-plan.h"

void cr_archives_find_updates(CrArchives *archives, CrInventory *inventory, const CrVendorOptions *options,
                              CrArena *arena, GPtrArray *updates, CrProblems *problems)
{
  (void)options;
  if (archives->native)
    archives->kind->find_updates(archives, cr_inventory_get_packages(inventory), arena, updates, problems);
}
