/* SPDX-License-Identifier: Apache-2.0 */
/* careen graph for people: bases on top, what is built on each below it, containers as the leaves. */
#include "fleet/graph.h"

#include "report/table-parts.h"

#include <string.h>

/* Levels that are drawn below each other: a chain of bases has four; a hostile one must not be a stack. */
#define CR_GRAPH_DEPTH 60U

typedef struct {
  const char *fork, *last, *down, *none, *dot, *stopped;
} Lines;

static const Lines drawn = {"├─ ", "└─ ", "│  ", "   ", "● ", "○ "};
static const Lines ascii = {"|- ", "`- ", "|  ", "   ", "* ", "o "};

typedef struct {
  const CrFleet *fleet;
  CrText *text;
  const Lines *lines;
  gboolean all, several; /* SEVERAL daemons: each image says which */
} Writing;

/* ---- one line each ---- */

static void write_notes(const Writing *writing, const CrFleetImage *image)
{
  CrText *text = writing->text;
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  g_autofree char *edge = base ? cr_graph_format_edge(base) : NULL;
  if (edge)
    cr_text_span(text, CR_STYLE_DIM, "  (%s)", edge);
  if (base && base->outdated)
    cr_text_span(text, CR_STYLE_YELLOW, "  built on an older %s", base->image->name);
  if (image->hold)
    cr_text_span(text, CR_STYLE_YELLOW, "  held: %s", image->hold);
  const char *before = "  copies from ";
  for (guint i = 0; i < image->parents->len; i++) {
    const CrFleetParent *edge_to = image->parents->pdata[i];
    if (!edge_to->copied)
      continue;
    cr_text_span(text, CR_STYLE_DIM, "%s%s", before, edge_to->image->name);
    before = ", ";
  }
}

static void write_image(const Writing *writing, const CrFleetImage *image, const char *before)
{
  CrText *text = writing->text;
  g_autofree char *id = cr_graph_shorten_id(image->id);
  cr_text_span(text, CR_STYLE_DIM, "%s", before);
  cr_text_span(text, CR_STYLE_BOLD, "%s",
               g_str_has_prefix(image->name, "sha256:") ? "image without a name" : image->name);
  if (image->registry && image->registry->digest) {
    g_autofree char *digest = cr_graph_shorten_id(image->registry->digest);
    cr_text_span(text, CR_STYLE_DIM, "  in its registry, %s", digest);
  } else {
    cr_text_span(text, CR_STYLE_DIM, "  %s", image->id ? id : "not here");
  }
  if (writing->several && image->daemon)
    cr_text_span(text, CR_STYLE_DIM, "  %s", cr_daemon_get_kind(image->daemon));
  if (image->ours)
    cr_text_span(text, CR_STYLE_GREEN, "  %s", image->build ? "ours, with its recipe" : "ours");
  write_notes(writing, image);
  cr_text_end(text, (guint)g_utf8_strlen(before, -1) + 4);
}

static gboolean is_running(const CrContainer *container)
{
  return !g_strcmp0(container->state, "running") || !g_strcmp0(container->state, "paused") ||
         !g_strcmp0(container->state, "restarting");
}

static void write_container(const Writing *writing, const CrFleetContainer *node, const char *before)
{
  CrText *text = writing->text;
  g_autofree char *state = cr_graph_format_state(node->container);
  g_autofree char *id = cr_graph_shorten_id(node->container->image_id);
  gboolean running = is_running(node->container);
  cr_text_span(text, CR_STYLE_DIM, "%s", before);
  cr_text_span(text, running ? CR_STYLE_GREEN : CR_STYLE_DIM, "%s",
               running ? writing->lines->dot : writing->lines->stopped);
  cr_text_span(text, CR_STYLE_PLAIN, "%s", node->container->name);
  cr_text_span(text, CR_STYLE_DIM, "  %s", state);
  if (node->outdated)
    cr_text_span(text, CR_STYLE_YELLOW, "  outdated, runs %s", id);
  if (!node->may_recreate && (node->outdated || writing->all))
    cr_text_span(text, CR_STYLE_DIM, "  left alone: %s", node->why);
  else if (writing->all)
    cr_text_span(text, CR_STYLE_DIM, "  %s", node->why);
  cr_text_end(text, (guint)g_utf8_strlen(before, -1) + 4);
}

static void write_use(const Writing *writing, const CrImageUse *use, const char *before)
{
  cr_text_span(writing->text, CR_STYLE_DIM, "%sused by %s %s", before, use->kind, use->name);
  if (use->place.file)
    cr_text_span(writing->text, CR_STYLE_DIM, "  %s line %u", cr_fleet_shorten_path(writing->fleet, use->place.file),
                 use->place.line);
  if (!use->active && !strcmp(use->kind, "compose"))
    cr_text_span(writing->text, CR_STYLE_DIM, "  its profile is off");
  cr_text_end(writing->text, (guint)g_utf8_strlen(before, -1) + 4);
}

/* ---- the tree ---- */

static void write_tree(const Writing *writing, const CrFleetImage *image, const char *before, const char *below,
                       guint depth)
{
  const Lines *lines = writing->lines;
  guint uses = writing->all || !image->containers->len ? image->uses->len : 0;
  guint left = image->containers->len + uses + image->children->len;
  write_image(writing, image, before);
  g_autofree char *fork = g_strconcat(below, lines->fork, NULL), *last = g_strconcat(below, lines->last, NULL);
  g_autofree char *down = g_strconcat(below, lines->down, NULL), *none = g_strconcat(below, lines->none, NULL);
  for (guint i = 0; i < image->containers->len; i++)
    write_container(writing, image->containers->pdata[i], --left ? fork : last);
  for (guint i = 0; i < uses; i++)
    write_use(writing, image->uses->pdata[i], --left ? fork : last);
  for (guint i = 0; i < image->children->len; i++) {
    const CrFleetImage *child = image->children->pdata[i];
    gboolean more = --left > 0;
    if (depth < CR_GRAPH_DEPTH)
      write_tree(writing, child, more ? fork : last, more ? down : none, depth + 1);
    else
      write_image(writing, child, more ? fork : last);
  }
}

void cr_graph_write_text(const CrFleet *fleet, CrText *text, gboolean plain, gboolean all)
{
  Writing writing = {fleet, text, plain ? &ascii : &drawn, all, fleet->daemons->len > 1};
  g_autofree char *count = cr_graph_format_count(fleet);
  cr_text_line(text, "%s", count);
  cr_text_gap(text);
  for (guint i = 0; i < fleet->images->len; i++)
    if (!cr_fleet_image_get_base(fleet->images->pdata[i]))
      write_tree(&writing, fleet->images->pdata[i], "", "", 0);
  cr_table_write_problem_list(text, fleet->problems, all);
}
