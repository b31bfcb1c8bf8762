/* SPDX-License-Identifier: Apache-2.0 */
/* careen.yaml's own list of images. */
#include "fleet/discover.h"

#include <string.h>

const char *cr_fleet_format_place(const CrFleet *fleet, const CrPlace *place)
{
  CrArena *arena = fleet->arena;
  if (!place->file)
    return NULL;
  const char *file = cr_fleet_shorten_path(fleet, place->file);
  return place->line ? cr_arena_printf(arena, "%s line %u", file, place->line) : cr_arena_strdup(arena, file);
}

static void add_image(CrFleetBuilder *builder, const CrImageConfig *config)
{
  CrFleetImage *image = cr_fleet_get_node(builder, config->name, NULL);
  image->config = config;
  image->ours = TRUE;
  image->build = config->build;
  image->policy = config->policy;
  image->owner = cr_fleet_format_place(builder->fleet, &config->place);
  if (!config->parent)
    return;
  CrFleetImage *parent = cr_fleet_get_node(builder, config->parent, image->daemon);
  CrFleetParent *edge = cr_fleet_add_parent(builder, image, parent, "config", CR_CONFIDENCE_CERTAIN, FALSE);
  if (edge)
    edge->place = image->owner;
}

void cr_fleet_discover_config(CrFleetBuilder *builder)
{
  const GPtrArray *images = builder->fleet->config->images;
  for (guint i = 0; images && i < images->len; i++)
    add_image(builder, images->pdata[i]);
}
