/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/packages.h"

#include <string.h>

#include "base/error.h"

static const CrPackageManager *const managers[] = {&cr_packages_status, &cr_packages_apt, &cr_packages_apk,
                                                   &cr_packages_rpm, NULL};

const CrPackageManager *cr_package_manager_find_type(const CrScan *scan, const char *type)
{
  for (guint i = 0; managers[i]; i++)
    if (!strcmp(managers[i]->type, type) && (!managers[i]->fits || managers[i]->fits(scan)))
      return managers[i];
  return NULL;
}

const char *cr_package_manager_find_obstacle(const CrScan *scan, const char *type, CrArena *arena)
{
  const CrPackageManager *manager = cr_package_manager_find_type(scan, type);
  if (!manager)
    return cr_arena_printf(arena, "no package manager for '%s'", type);
  return manager->find_obstacle ? manager->find_obstacle(scan, arena) : NULL;
}

const CrPackageManager *cr_package_manager_find(const CrScan *scan, GError **error)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    const CrPackageManager *manager = package->embedded ? NULL : cr_package_manager_find_type(scan, package->type);
    if (manager)
      return manager;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
              "cannot patch '%s': it has no package database that careen can work with", scan->image->ref);
  return NULL;
}
