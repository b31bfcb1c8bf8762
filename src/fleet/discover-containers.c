/* SPDX-License-Identifier: Apache-2.0 */
/* Containers, running and stopped. */
#include "fleet/discover.h"

#include "fleet/kept-name.h"

#include <string.h>

static CrFleetImage *find_image(CrFleetBuilder *builder, const CrContainer *container, CrDaemon *daemon,
                                gboolean *by_name)
{
  *by_name = container->follows != NULL;
  if (*by_name)
    return cr_fleet_get_node(builder, container->follows, daemon);
  CrLocalImage *local = container->image_id ? cr_fleet_find_local(builder, daemon, container->image_id) : NULL;
  if (local)
    return cr_fleet_get_local_node(builder, local);
  CrFleetImage *image = cr_fleet_get_node(builder, container->image_id ? container->image_id : "unknown", daemon);
  if (container->image_id && !image->id) {
    /* Docker lists no image without a name that others were built from; what runs is there all the same */
    image->id = container->image_id;
    image->daemon = daemon;
    image->source = cr_arena_printf(builder->fleet->arena, "%s:%s", cr_daemon_get_kind(daemon), image->id);
  }
  return image;
}

static void add_container(CrFleetBuilder *builder, const CrContainer *container, CrDaemon *daemon)
{
  CrFleet *fleet = builder->fleet;
  CrFleetContainer *node = cr_arena_new0(fleet->arena, CrFleetContainer);
  gboolean by_name = FALSE;
  node->container = container;
  node->daemon = daemon;
  node->image = find_image(builder, container, daemon, &by_name);
  /* what careen keeps of an earlier change is old on purpose */
  node->outdated = by_name && !cr_fleet_is_temporary_name(container->name) && node->image->id && container->image_id &&
                   node->image->daemon == daemon && strcmp(node->image->id, container->image_id) != 0;
  node->policy = node->image->policy;
  g_ptr_array_add(node->image->containers, node);
  g_ptr_array_add(fleet->containers, node);
}

void cr_fleet_discover_containers(CrFleetBuilder *builder)
{
  CrFleet *fleet = builder->fleet;
  for (guint d = 0; d < fleet->daemons->len; d++) {
    CrDaemon *daemon = fleet->daemons->pdata[d];
    g_autoptr(GError) error = NULL;
    CrContainers *containers = cr_containers_list(daemon, &error);
    if (!containers) {
      cr_problems_add_error(fleet->problems, CR_PROBLEM_PARTIAL, cr_daemon_get_kind(daemon), error);
      continue;
    }
    g_ptr_array_add(fleet->containers_behind, containers);
    CrFleetHeld *held = fleet->held->pdata[d];
    held->containers = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < containers->items->len; i++) {
      const CrContainer *container = containers->items->pdata[i];
      g_hash_table_add(held->containers, (gpointer)container->name);
      add_container(builder, container, daemon);
    }
  }
}
