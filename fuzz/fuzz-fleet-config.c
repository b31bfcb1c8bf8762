/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/config.h"

#include "base/error.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetConfig) config = cr_fleet_config_parse((const char *)data, size, "fuzz", "/srv", &error);
  if (!config == !error || (config && !config->policy))
    g_error("neither a configuration nor an error");
  for (guint i = 0; config && i < config->images->len; i++)
    if (!((const CrImageConfig *)config->images->pdata[i])->policy)
      g_error("an image without a policy");
  return 0;
}
