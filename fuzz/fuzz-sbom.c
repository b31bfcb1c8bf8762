/* SPDX-License-Identifier: Apache-2.0 */
/* A bill of materials of any form, as an inventory. */
#include "inventory/inventory.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  CrLayer *none[1] = {NULL};
  const CrImage image = {.ref = "sbom:input"};
  g_autoptr(CrTree) tree = cr_tree_new(none, 0);
  CrProblems *problems = cr_problems_new();
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  CrInventory *inventory = cr_inventory_read_sbom(tree, &image, bytes, problems, NULL);
  cr_inventory_free(inventory);
  cr_problems_free(problems);
  return 0;
}
