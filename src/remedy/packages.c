/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/packages.h"

#include <string.h>

#include "base/error.h"

static const CrPackageManager *const managers[] = {&cr_packages_apt};

const CrPackageManager *cr_package_manager_find(const CrScan *scan, GError **error)
{
  for (guint i = 0; i < scan->packages->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS(managers); k++)
      if (!strcmp(((const CrPackage *)scan->packages->pdata[i])->type, managers[k]->type))
        return managers[k];
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
              "cannot patch '%s': it has no package database that careen can work with", scan->image->ref);
  return NULL;
}
