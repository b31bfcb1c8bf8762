/* SPDX-License-Identifier: Apache-2.0 */
/* careen.graph/1 */
#include "fleet/graph.h"

#include "report/json-parts.h"

#include <string.h>

static void write_place(CrJsonWriter *writer, const CrPlace *place)
{
  cr_json_key(writer, "place");
  if (!place->file) {
    cr_json_null(writer);
    return;
  }
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "file", place->file);
  cr_json_key_integer(writer, "line", place->line);
  cr_json_key_integer(writer, "column", place->column);
  cr_json_end_object(writer);
}

static void write_parent(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetParent *edge = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "image", edge->image->name);
  cr_json_key_string(writer, "source", edge->image->source);
  cr_json_key_string(writer, "how", edge->how);
  cr_json_key_string(writer, "confidence", cr_confidence_get_name(edge->confidence));
  cr_json_key_boolean(writer, "copied", edge->copied);
  cr_json_key_boolean(writer, "outdated", edge->outdated);
  cr_json_key_string(writer, "built_on", edge->built_on);
  cr_json_key_string(writer, "digest", edge->digest);
  cr_json_key_strings(writer, "candidates", edge->candidates);
  cr_json_key_string(writer, "place", edge->place);
  cr_json_end_object(writer);
}

static void write_use(CrJsonWriter *writer, gconstpointer item)
{
  const CrImageUse *use = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "kind", use->kind);
  cr_json_key_string(writer, "name", use->name);
  cr_json_key_boolean(writer, "active", use->active);
  write_place(writer, &use->place);
  cr_json_end_object(writer);
}

static void write_image_name(CrJsonWriter *writer, gconstpointer item)
{
  cr_json_string(writer, ((const CrFleetImage *)item)->name);
}

static void write_container_name(CrJsonWriter *writer, gconstpointer item)
{
  cr_json_string(writer, ((const CrFleetContainer *)item)->container->name);
}

static void write_registry(CrJsonWriter *writer, const CrFleetRegistry *registry)
{
  cr_json_key(writer, "registry");
  if (!registry) {
    cr_json_null(writer);
    return;
  }
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "digest", registry->digest);
  cr_json_key_string(writer, "id", registry->id);
  cr_json_key_string(writer, "platform", registry->platform);
  cr_json_key_string(writer, "created", registry->created);
  cr_json_key_string(writer, "error", registry->error);
  cr_json_end_object(writer);
}

static void write_image(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetImage *image = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", image->name);
  cr_json_key_string(writer, "source", image->source);
  cr_json_key_string(writer, "daemon", image->daemon ? cr_daemon_get_name(image->daemon) : NULL);
  cr_json_key_string(writer, "reference", image->reference);
  cr_json_key_string(writer, "id", image->id);
  cr_json_key_string(writer, "digest", image->digest);
  write_registry(writer, image->registry);
  cr_json_key_strings(writer, "also", image->also);
  cr_json_key_integer(writer, "level", image->level);
  cr_json_key_boolean(writer, "ours", image->ours);
  cr_json_key_string(writer, "owner", image->owner);
  cr_json_key_string(writer, "hold", image->hold);
  cr_json_key_string(writer, "context", image->build ? image->build->context : NULL);
  cr_json_key_string(writer, "dockerfile", image->build ? image->build->dockerfile : NULL);
  cr_json_key_strings(writer, "layers", image->layers);
  cr_report_write_array(writer, "parents", image->parents, write_parent);
  cr_report_write_array(writer, "children", image->children, write_image_name);
  cr_report_write_array(writer, "containers", image->containers, write_container_name);
  cr_report_write_array(writer, "uses", image->uses, write_use);
  cr_json_end_object(writer);
}

static void write_container(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetContainer *node = item;
  const CrContainer *container = node->container;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", container->name);
  cr_json_key_string(writer, "id", container->id);
  cr_json_key_string(writer, "daemon", cr_daemon_get_name(node->daemon));
  cr_json_key_string(writer, "image", node->image->name);
  cr_json_key_string(writer, "image_id", container->image_id);
  cr_json_key_string(writer, "state", container->state);
  cr_json_key_string(writer, "health", container->health);
  cr_json_key_boolean(writer, "outdated", node->outdated);
  cr_json_key_boolean(writer, "may_recreate", node->may_recreate);
  cr_json_key_string(writer, "why", node->why);
  cr_json_key_string(writer, "manager", container->manager);
  cr_json_key_string(writer, "unit", container->unit);
  cr_json_key_strings(writer, "depends_on", container->depends_on);
  cr_json_end_object(writer);
}

static void write_daemon(CrJsonWriter *writer, gconstpointer item)
{
  const CrDaemon *daemon = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", cr_daemon_get_name(daemon));
  cr_json_key_string(writer, "kind", cr_daemon_get_kind(daemon));
  cr_json_key_string(writer, "version", cr_daemon_get_version(daemon));
  cr_json_end_object(writer);
}

void cr_graph_write_daemons(const CrFleet *fleet, CrJsonWriter *writer)
{
  cr_report_write_array(writer, "daemons", fleet->daemons, write_daemon);
}

void cr_graph_write_json(const CrFleet *fleet, CrJsonWriter *writer)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.graph/1");
  cr_json_key_string(writer, "config", fleet->config->file);
  cr_graph_write_daemons(fleet, writer);
  cr_report_write_array(writer, "images", fleet->images, write_image);
  cr_report_write_array(writer, "containers", fleet->containers, write_container);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, fleet->problems);
  cr_json_end_object(writer);
}
