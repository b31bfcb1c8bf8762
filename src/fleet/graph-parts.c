/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/graph.h"

#include <string.h>

CrGraphCount cr_graph_count(const CrFleet *fleet)
{
  CrGraphCount count = {.images = fleet->images->len, .containers = fleet->containers->len};
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    const CrFleetParent *base = cr_fleet_image_get_base(image);
    count.ours += image->ours;
    count.roots += !base;
    count.old_bases += base && base->outdated;
  }
  for (guint i = 0; i < fleet->containers->len; i++)
    count.outdated += ((const CrFleetContainer *)fleet->containers->pdata[i])->outdated;
  return count;
}

char *cr_graph_format_count(const CrFleet *fleet)
{
  CrGraphCount count = cr_graph_count(fleet);
  GString *line = g_string_new(NULL);
  g_string_append_printf(line, "%u image%s, %u ours, on %u root%s; %u container%s", count.images,
                         count.images == 1 ? "" : "s", count.ours, count.roots, count.roots == 1 ? "" : "s",
                         count.containers, count.containers == 1 ? "" : "s");
  if (count.outdated)
    g_string_append_printf(line, ", %u outdated", count.outdated);
  if (count.old_bases)
    g_string_append_printf(line, "; %u image%s built on an older base", count.old_bases,
                           count.old_bases == 1 ? "" : "s");
  return g_string_free(line, FALSE);
}

char *cr_graph_shorten_id(const char *id)
{
  const char *hex = id && g_str_has_prefix(id, "sha256:") ? id + strlen("sha256:") : id;
  return g_strndup(hex ? hex : "", 12);
}

char *cr_graph_format_name(const CrFleetImage *image)
{
  g_autofree char *id = cr_graph_shorten_id(image->name);
  return g_str_has_prefix(image->name, "sha256:") ? g_strconcat("without a name ", id, NULL) : g_strdup(image->name);
}

static const char *get_words(const char *how)
{
  static const struct {
    const char *how, *words;
  } all[] = {
      {"config", "by careen.yaml"}, {"declared", "by its recipe"}, {"annotation", "by its annotation"},
      {"label", "by its label"},    {"layers", "by its layers"},   {"history", "by its history"},
      {"guess", "by its system"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    if (!strcmp(all[i].how, how))
      return all[i].words;
  return how;
}

char *cr_graph_format_edge(const CrFleetParent *edge)
{
  gboolean told = !strcmp(edge->how, "config") || !strcmp(edge->how, "declared");
  if (told && edge->confidence == CR_CONFIDENCE_CERTAIN)
    return NULL;
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, "%s, %s", get_words(edge->how), cr_confidence_get_name(edge->confidence));
  for (guint i = 0; edge->candidates && edge->candidates[i] && i < 3; i++)
    g_string_append_printf(text, "%s%s", i ? ", " : "; or ", edge->candidates[i]);
  return g_string_free(text, FALSE);
}

char *cr_graph_format_state(const CrContainer *container)
{
  gboolean health = container->health && strcmp(container->health, "none") != 0;
  return g_strconcat(container->state ? container->state : "", health ? ", " : "", health ? container->health : "",
                     NULL);
}
