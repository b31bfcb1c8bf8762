/* SPDX-License-Identifier: Apache-2.0 */
#include "web/asset.h"

#include <string.h>

const CrWebAsset *cr_web_asset_get(const char *name)
{
  const CrWebAsset *asset = cr_web_assets;
  while (asset->name && strcmp(asset->name, name) != 0)
    asset++;
  g_assert(asset->name);
  return asset;
}

const CrWebAsset *cr_web_asset_find(const char *path)
{
  for (const CrWebAsset *asset = cr_web_assets; asset->name; asset++)
    if (!strcmp(asset->path, path))
      return asset;
  return NULL;
}
