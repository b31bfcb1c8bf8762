/* SPDX-License-Identifier: Apache-2.0 */
/* careen graph for Graphviz. */
#include "fleet/graph.h"

#include <string.h>

/* A double-quoted id of the DOT language: '"' and '\' get a '\', so that no escape (\N, \l) is one; control characters
 * and what is not UTF-8 are U+FFFD. */
static void append_quoted(GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (c == '"' || c == '\\')
      g_string_append_c(out, '\\');
    g_string_append_unichar(out, g_unichar_iscntrl(c) ? 0xfffd : c);
  }
}

static void write_image(GString *out, const CrFleetImage *image)
{
  g_autofree char *id = cr_graph_shorten_id(image->id);
  g_string_append(out, "  \"image ");
  append_quoted(out, image->source);
  g_string_append(out, "\" [shape=box, style=\"rounded,filled\", fillcolor=\"");
  g_string_append(out, image->ours ? "#d5ecd9" : "#eeeeee");
  g_string_append(out, "\", label=\"");
  g_autofree char *name = cr_graph_format_name(image);
  append_quoted(out, name);
  g_string_append_printf(out, "\\n%s\"];\n", image->id ? id : "not here");
}

static void write_edge(GString *out, const CrFleetImage *image, const CrFleetParent *edge)
{
  g_autofree char *words = cr_graph_format_edge(edge);
  g_string_append(out, "  \"image ");
  append_quoted(out, edge->image->source);
  g_string_append(out, "\" -> \"image ");
  append_quoted(out, image->source);
  g_string_append_printf(out, "\" [style=%s", edge->copied ? "dotted" : words ? "dashed" : "solid");
  if (edge->outdated)
    g_string_append(out, ", color=\"#b35900\"");
  if (words || edge->outdated || edge->copied) {
    g_string_append(out, ", label=\"");
    append_quoted(out, edge->copied ? "copied from" : words ? words : "");
    g_string_append_printf(out, "%s%s\"", words && edge->outdated ? "\\n" : "", edge->outdated ? "an older one" : "");
  }
  g_string_append(out, "];\n");
}

static void write_container(GString *out, const CrFleetContainer *node)
{
  const CrContainer *container = node->container;
  g_autofree char *state = cr_graph_format_state(container);
  g_string_append(out, "  \"container ");
  append_quoted(out, container->id);
  g_string_append_printf(out, "\" [shape=ellipse%s, label=\"", node->outdated ? ", color=\"#b35900\"" : "");
  append_quoted(out, container->name);
  g_string_append(out, "\\n");
  append_quoted(out, state);
  g_string_append_printf(out, "%s\"];\n  \"image ", node->outdated ? ", outdated" : "");
  append_quoted(out, node->image->source);
  g_string_append(out, "\" -> \"container ");
  append_quoted(out, container->id);
  g_string_append_printf(out, "\" [arrowhead=none%s];\n", node->outdated ? ", color=\"#b35900\"" : "");
}

void cr_graph_write_dot(const CrFleet *fleet, GString *out)
{
  g_string_append(out, "digraph careen {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=10];\n"
                       "  edge [fontname=\"sans-serif\", fontsize=8];\n");
  for (guint i = 0; i < fleet->images->len; i++)
    write_image(out, fleet->images->pdata[i]);
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    for (guint p = 0; p < image->parents->len; p++)
      write_edge(out, image, image->parents->pdata[p]);
  }
  for (guint i = 0; i < fleet->containers->len; i++)
    write_container(out, fleet->containers->pdata[i]);
  g_string_append(out, "}\n");
}
