/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "vendor/archive-plan.h"

void cr_archives_find_updates(CrArchives *archives, CrInventory *inventory, const CrVendorOptions *options,
                              CrArena *arena, GPtrArray *updates, CrProblems *problems)
{
  (void)options;
  if (archives->native)
    archives->kind->find_updates(archives, inventory, arena, updates, problems);
}

void cr_archives_keep_to_line(CrArchives *archives)
{
  archives->keeps_line = TRUE;
}

gboolean cr_archives_resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                             GPtrArray *changes, GError **error)
{
  if (archives->native && archives->kind->resolve)
    return archives->kind->resolve(archives, inventory, wanted, arena, changes, error);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s",
              archives->native ? "what else would change is not known" : "the image's architecture is not known");
  return FALSE;
}

void cr_archives_find_unused(CrArchives *archives, CrInventory *inventory, const GPtrArray *changes, CrArena *arena,
                             GPtrArray *removals)
{
  if (archives->native && archives->kind->find_unused)
    archives->kind->find_unused(archives, cr_inventory_get_packages(inventory), changes, arena, removals);
}
