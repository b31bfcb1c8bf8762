/* SPDX-License-Identifier: Apache-2.0 */
/* careen graph as a picture. A tidy tree from left to right: columns are depths, every leaf has a line of its own, and
 * a parent stands in the middle of what is built on it, so that no two bases' edges cross. What is only copied from is
 * a dotted curve. */
#include "fleet/graph.h"

#include "report/markup.h"

#include <string.h>

#define ROW     34
#define BOX     26
#define GAP     56
#define MARGIN  16
#define LETTER  7 /* of 11 pixels, sans-serif: an average; the text is held to the box by textLength where it is not */
#define LONGEST 44U
#define DEEPEST 60U

typedef struct {
  guint depth;
  int y; /* of the middle */
} Place;

typedef struct {
  const CrFleet *fleet;
  GString *out;
  GHashTable *places; /* node → Place* */
  GArray *widths;     /* int, of the boxes of a column */
  int next;           /* y of the next leaf */
} Drawing;

/* ---- where everything stands ---- */

static char *shorten(const char *name)
{
  g_autofree char *valid = g_utf8_make_valid(name, -1);
  glong length = g_utf8_strlen(valid, -1);
  if (length <= (glong)LONGEST)
    return g_steal_pointer(&valid);
  g_autofree char *head = g_utf8_substring(valid, 0, 20);
  g_autofree char *tail = g_utf8_substring(valid, length - 22, length);
  return g_strconcat(head, "…", tail, NULL);
}

static Place *put(Drawing *drawing, gconstpointer node, const char *name, guint depth)
{
  g_autofree char *label = shorten(name);
  int width = (int)g_utf8_strlen(label, -1) * LETTER + 22;
  while (drawing->widths->len <= depth) {
    int none = 0;
    g_array_append_val(drawing->widths, none);
  }
  int *widest = &g_array_index(drawing->widths, int, depth);
  *widest = MAX(*widest, width);
  Place *place = g_new0(Place, 1);
  place->depth = depth;
  g_hash_table_insert(drawing->places, (gpointer)node, place);
  return place;
}

static Place *put_leaf(Drawing *drawing, gconstpointer node, const char *name, guint depth)
{
  Place *place = put(drawing, node, name, depth);
  place->y = drawing->next;
  drawing->next += ROW;
  return place;
}

static Place *put_tree(Drawing *drawing, const CrFleetImage *image, guint depth)
{
  guint count = image->containers->len + (depth < DEEPEST ? image->children->len : 0);
  g_autofree char *name = cr_graph_format_name(image);
  if (!count)
    return put_leaf(drawing, image, name, depth);
  Place *place = put(drawing, image, name, depth), *first = NULL, *last = NULL;
  for (guint i = 0; i < image->containers->len; i++) {
    const CrFleetContainer *node = image->containers->pdata[i];
    last = put_leaf(drawing, node, node->container->name, depth + 1);
    first = first ? first : last;
  }
  for (guint i = 0; depth < DEEPEST && i < image->children->len; i++) {
    last = put_tree(drawing, image->children->pdata[i], depth + 1);
    first = first ? first : last;
  }
  if (first && last)
    place->y = (first->y + last->y) / 2;
  return place;
}

static int get_x(const Drawing *drawing, guint depth)
{
  int x = MARGIN;
  for (guint i = 0; i < depth; i++)
    x += g_array_index(drawing->widths, int, i) + GAP;
  return x;
}

/* ---- drawing ---- */

static void draw_edge(const Drawing *drawing, gconstpointer from, gconstpointer to, const char *class,
                      const char *words)
{
  const Place *a = g_hash_table_lookup(drawing->places, from), *b = g_hash_table_lookup(drawing->places, to);
  if (!a || !b)
    return;
  int x = get_x(drawing, a->depth) + g_array_index(drawing->widths, int, a->depth), end = get_x(drawing, b->depth);
  int middle = (x + end) / 2;
  cr_markup_printf_xml(drawing->out, "<path class=\"%s\" d=\"M%d %dC%d %d %d %d %d %d\">", class, x, a->y, middle, a->y,
                       middle, b->y, end, b->y);
  if (words)
    cr_markup_printf_xml(drawing->out, "<title>%s</title>", words);
  g_string_append(drawing->out, "</path>\n");
}

static void draw_box(const Drawing *drawing, gconstpointer node, const char *name, const char *class, const char *title,
                     int round)
{
  const Place *place = g_hash_table_lookup(drawing->places, node);
  if (!place)
    return;
  int x = get_x(drawing, place->depth), width = g_array_index(drawing->widths, int, place->depth);
  g_autofree char *label = shorten(name);
  cr_markup_printf_xml(drawing->out,
                       "<g class=\"%s\"><title>%s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>"
                       "<text x=\"%d\" y=\"%d\">%s</text></g>\n",
                       class, title, x, place->y - BOX / 2, width, BOX, round, x + 10, place->y + 4, label);
}

static void draw_image(const Drawing *drawing, const CrFleetImage *image)
{
  g_autofree char *id = cr_graph_shorten_id(image->id);
  g_autofree char *shown = cr_graph_format_name(image);
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  g_autofree char *title = g_strdup_printf(
      "%s, %s%s%s%s", image->name, image->id ? id : "not here", image->ours ? ", ours" : "",
      base && base->outdated ? ", built on an older " : "", base && base->outdated ? base->image->name : "");
  draw_box(drawing, image, shown, image->ours ? "image ours" : "image", title, 4);
}

static void draw_run(const Drawing *drawing, const CrFleetContainer *node)
{
  draw_edge(drawing, node->image, node, node->outdated ? "old" : "runs", NULL);
}

static void draw_parents(const Drawing *drawing, const CrFleetImage *image)
{
  for (guint i = 0; i < image->parents->len; i++) {
    const CrFleetParent *edge = image->parents->pdata[i];
    g_autofree char *words = cr_graph_format_edge(edge);
    const char *class = edge->copied ? "copied" : edge->outdated ? "old" : words ? "likely" : "sure";
    draw_edge(drawing, edge->image, image, class,
              edge->copied     ? "copied from"
              : edge->outdated ? "an older one"
                               : words);
  }
}

static void draw_container(const Drawing *drawing, const CrFleetContainer *node)
{
  g_autofree char *state = cr_graph_format_state(node->container);
  g_autofree char *title =
      g_strdup_printf("container %s, %s%s", node->container->name, state, node->outdated ? ", outdated" : "");
  draw_box(drawing, node, node->container->name, node->outdated ? "container old" : "container", title, BOX / 2);
}

static const char style[] =
    "<style>\n"
    "text{font:11px sans-serif;fill:#1c2024}rect{fill:#f1f3f5;stroke:#8a949e}\n"
    ".ours rect{fill:#dcefe0;stroke:#3d8b50}.container rect{fill:#fff}.container.old "
    "rect{stroke:#b35900;stroke-width:2}\n"
    "path{fill:none;stroke:#8a949e;stroke-width:1.4}.likely{stroke-dasharray:6 4}.copied{stroke-dasharray:1 4}\n"
    ".old{stroke:#b35900;stroke-width:2}g.old{stroke-width:0}.back{fill:#fff;stroke:none}\n"
    "@media(prefers-color-scheme:dark){text{fill:#e6e9ec}rect{fill:#2a2f36;stroke:#77818c}.ours "
    "rect{fill:#1f3d28;stroke:#5cb873}\n"
    ".container rect{fill:#16191d}.container.old rect{stroke:#f0a050}path{stroke:#77818c}path.old{stroke:#f0a050}"
    ".back{fill:#16191d}}\n"
    "</style>\n";

void cr_graph_write_svg(const CrFleet *fleet, GString *out)
{
  g_autoptr(GHashTable) places = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  g_autoptr(GArray) widths = g_array_new(FALSE, FALSE, sizeof(int));
  Drawing drawing = {fleet, out, places, widths, MARGIN + BOX / 2};
  for (guint i = 0; i < fleet->images->len; i++)
    if (!cr_fleet_image_get_base(fleet->images->pdata[i]))
      put_tree(&drawing, fleet->images->pdata[i], 0);
  int width = MAX(get_x(&drawing, widths->len) - GAP + MARGIN, 200), height = drawing.next - BOX / 2 + MARGIN;
  g_autofree char *count = cr_graph_format_count(fleet);
  cr_markup_printf_xml(
      out,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
      "role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">Images and containers</title>\n"
      "<desc id=\"desc\">%s. Bases stand on the left, what is built on them to the right, containers "
      "at the end.</desc>\n",
      width, height, width, height, count);
  g_string_append(out, style);
  g_string_append_printf(out, "<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n", width, height);
  for (guint i = 0; i < fleet->images->len; i++) /* below the boxes */
    draw_parents(&drawing, fleet->images->pdata[i]);
  for (guint i = 0; i < fleet->containers->len; i++)
    draw_run(&drawing, fleet->containers->pdata[i]);
  for (guint i = 0; i < fleet->images->len; i++)
    draw_image(&drawing, fleet->images->pdata[i]);
  for (guint i = 0; i < fleet->containers->len; i++)
    draw_container(&drawing, fleet->containers->pdata[i]);
  g_string_append(out, "</svg>\n");
}
