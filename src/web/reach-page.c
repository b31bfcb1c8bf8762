/* SPDX-License-Identifier: Apache-2.0 */
/* "/reach/ID": how the image's process comes to what is broken: a tree of files from the start, to be followed. */
#include <string.h>

#include "base/error.h"
#include "web/look.h"

#define SHOWN   40U /* ends of ways, without ?package= */
#define BOX     196
#define HEIGHT  36
#define ROW     46
#define COLUMN  (BOX + 54)
#define MARGIN  8
#define LONGEST 26U /* letters in a box */

typedef struct {
  const char *path, *level, *kind, *evidence, *package; /* the last may be NULL */
  int from;                                             /* index, or -1 */
  GArray *to;                                           /* guint */
  gboolean shown;                                       /* on a way that is asked for */
  gboolean end;                                         /* of a package that something is to be said of */
  gboolean marked;                                      /* on the way to the file that is followed */
  int severity;                                         /* rank of the worst open finding of its package; 9: none */
  int y;
} Node;

typedef struct {
  CrWeb *web;
  const CrWebLook *look;
  GArray *nodes; /* Node */
  guint depth;
  int next; /* y of the next leaf */
  guint left_out;
} Graph;

static Node *get_node(const Graph *graph, guint i)
{
  return &g_array_index(graph->nodes, Node, i);
}

/* ---- reading ---- */

/* Of the findings that are open; 9: it has only updates; -1: nothing is to be said of it. */
static int rank_package(const CrWebLook *look, const char *package)
{
  int worst = -1;
  for (guint i = 0; i < look->updates->len; i++)
    if (!g_strcmp0(((const CrWebUpdate *)look->updates->pdata[i])->package, package))
      worst = 9;
  for (guint i = 0; i < look->findings->len; i++) {
    const CrWebFinding *it = look->findings->pdata[i];
    if (it->suppressed || g_strcmp0(it->package, package) != 0)
      continue;
    int rank = cr_web_severity_rank(it->severity);
    worst = worst < 0 ? rank : MIN(worst, rank);
  }
  return worst;
}

static int get_rank(GHashTable *ranks, const CrWebLook *look, const char *package)
{
  gpointer known;
  if (!package)
    return -1;
  if (g_hash_table_lookup_extended(ranks, package, NULL, &known))
    return GPOINTER_TO_INT(known);
  int rank = rank_package(look, package);
  g_hash_table_insert(ranks, (gpointer)package, GINT_TO_POINTER(rank));
  return rank;
}

static void read_nodes(Graph *graph)
{
  const CrJson *list = cr_json_find(graph->look->report, "ways");
  g_autoptr(GHashTable) ranks = g_hash_table_new(g_str_hash, g_str_equal);
  guint count = cr_json_get_length(list);
  for (guint i = 0; i < count; i++) {
    const CrJson *it = cr_json_get_element(list, i);
    gint64 from = cr_json_find_integer(it, "from", -1);
    const char *package = cr_json_find_string(it, "package", NULL);
    int rank = get_rank(ranks, graph->look, package);
    Node node = {.path = cr_json_find_string(it, "path", ""),
                 .level = cr_json_find_string(it, "level", "unknown"),
                 .kind = cr_json_find_string(it, "kind", ""),
                 .evidence = cr_json_find_string(it, "evidence", ""),
                 .package = package,
                 .from = from >= 0 && from < count && from != i ? (int)from : -1,
                 .end = rank >= 0,
                 .severity = rank < 0 ? 9 : rank};
    node.to = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_append_val(graph->nodes, node);
  }
}

/* The record may say anything, also a circle: what is not reached from a start is not drawn. */
static void link_nodes(Graph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++) {
    const Node *node = get_node(graph, i);
    int at = node->from;
    for (guint steps = 0; at >= 0 && steps <= graph->nodes->len; steps++)
      at = get_node(graph, (guint)at)->from;
    if (at < 0 && node->from >= 0)
      g_array_append_val(get_node(graph, (guint)node->from)->to, i);
  }
}

/* ---- which ways ---- */

static void show_way(Graph *graph, guint i, gboolean marked)
{
  int at = (int)i;
  for (guint steps = 0; at >= 0 && steps <= graph->nodes->len; steps++) {
    Node *node = get_node(graph, (guint)at);
    node->shown = TRUE;
    node->marked |= marked;
    at = node->from;
  }
}

static int compare_ends(gconstpointer a, gconstpointer b, gpointer data)
{
  const Graph *graph = data;
  const Node *x = get_node(graph, *(const guint *)a), *y = get_node(graph, *(const guint *)b);
  if (x->severity != y->severity)
    return x->severity - y->severity;
  int order = cr_web_reach_rank(x->level) - cr_web_reach_rank(y->level);
  return order ? order : strcmp(x->path, y->path);
}

static void choose(Graph *graph)
{
  const char *package = cr_web_find(graph->web, "package", NULL), *file = cr_web_find(graph->web, "file", NULL);
  g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < graph->nodes->len; i++) {
    const Node *node = get_node(graph, i);
    if (node->end && (!package || !strcmp(package, node->package)))
      g_array_append_val(ends, i);
    if (file && !strcmp(file, node->path))
      show_way(graph, i, TRUE);
  }
  g_array_sort_with_data(ends, compare_ends, graph);
  for (guint i = 0; i < ends->len && (package || i < SHOWN); i++)
    show_way(graph, g_array_index(ends, guint, i), FALSE);
  graph->left_out = !package && ends->len > SHOWN ? ends->len - SHOWN : 0;
}

/* ---- drawing ---- */

static void place(Graph *graph, guint i, guint depth)
{
  Node *node = get_node(graph, i);
  int first = 0, last = 0;
  graph->depth = MAX(graph->depth, depth);
  for (guint k = 0; k < node->to->len; k++) {
    guint to = g_array_index(node->to, guint, k);
    if (!get_node(graph, to)->shown)
      continue;
    place(graph, to, depth + 1);
    last = get_node(graph, to)->y;
    first = first ? first : last;
  }
  if (first) {
    node->y = (first + last) / 2;
    return;
  }
  node->y = graph->next;
  graph->next += ROW;
}

static const char *format_link(const Graph *graph, const Node *node)
{
  return cr_web_format_query(graph->web, "file", node->path);
}

/* The package, and how bad its worst open finding is: not by colour alone. */
static const char *format_words(const Graph *graph, const Node *node, const char *severity)
{
  const CrWeb *web = graph->web;
  if (!node->package)
    return cr_web_cut(web, node->kind, LONGEST);
  const char *words = !node->end                  ? ""
                      : !strcmp(severity, "none") ? " · update"
                                                  : cr_arena_printf(web->arena, " · %s", severity);
  guint letters = LONGEST - (guint)g_utf8_strlen(words, -1);
  return cr_arena_printf(web->arena, "%s%s", cr_web_cut(web, node->package, letters), words);
}

static void draw_node(const Graph *graph, guint i, guint depth)
{
  static const char *const classes[] = {"critical", "high", "medium", "low", "negligible", "unknown"};
  CrWeb *web = graph->web;
  const Node *node = get_node(graph, i);
  int x = MARGIN + (int)depth * COLUMN, y = node->y;
  const char *name = strrchr(node->path, '/');
  const char *severity = node->end && node->severity < (int)G_N_ELEMENTS(classes) ? classes[node->severity] : "none";
  WEB_PUT(
      web,
      "<a class=\"node n-%s%s%s\" href=\"%s\"><title>/%s: %s, %s, %s; %s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" "
      "height=\"%d\" rx=\"3\"/>",
      severity, node->marked ? " on" : "", !strcmp(node->level, "loaded") ? "" : " maybe", format_link(graph, node),
      node->path, node->level, node->kind, node->evidence,
      !node->end                  ? "nothing open"
      : !strcmp(severity, "none") ? "an update"
                                  : severity,
      x, y - HEIGHT / 2, BOX, HEIGHT);
  WEB_PUT(web, "<text x=\"%d\" y=\"%d\">%s</text><text class=\"sub\" x=\"%d\" y=\"%d\">%s</text></a>\n", x + 9, y - 3,
          cr_web_cut(web, name ? name + 1 : node->path, LONGEST), x + 9, y + 12, format_words(graph, node, severity));
}

static void draw_tree(const Graph *graph, guint i, guint depth)
{
  const Node *node = get_node(graph, i);
  int x = MARGIN + (int)depth * COLUMN + BOX, end = MARGIN + (int)(depth + 1) * COLUMN, middle = (x + end) / 2;
  for (guint k = 0; k < node->to->len; k++) {
    guint at = g_array_index(node->to, guint, k);
    const Node *to = get_node(graph, at);
    if (!to->shown)
      continue;
    WEB_PUT(graph->web, "<path class=\"edge%s%s\" d=\"M%d %dC%d %d %d %d %d %d\"/>", to->marked ? " on" : "",
            !strcmp(to->level, "loaded") ? "" : " maybe", x, node->y, middle, node->y, middle, to->y, end, to->y);
    draw_tree(graph, at, depth + 1);
  }
  draw_node(graph, i, depth);
}

static void put_picture(Graph *graph)
{
  CrWeb *web = graph->web;
  graph->next = MARGIN + HEIGHT / 2;
  for (guint i = 0; i < graph->nodes->len; i++)
    if (get_node(graph, i)->shown && get_node(graph, i)->from < 0)
      place(graph, i, 0);
  int width = 2 * MARGIN + (int)graph->depth * COLUMN + BOX, height = graph->next - ROW + HEIGHT / 2 + 2 * MARGIN;
  WEB_PUT(web,
          "<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" aria-label=\"Ways from the start\"><svg "
          "class=\"reach\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
          width, height, width, height);
  for (guint i = 0; i < graph->nodes->len; i++)
    if (get_node(graph, i)->shown && get_node(graph, i)->from < 0)
      draw_tree(graph, i, 0);
  WEB_PUT(web, "</svg></div>\n");
}

/* ---- in words ---- */

static void put_way(const Graph *graph)
{
  CrWeb *web = graph->web;
  const char *file = cr_web_find(web, "file", NULL);
  g_autoptr(GPtrArray) way = g_ptr_array_new();
  for (guint i = 0; file && !way->len && i < graph->nodes->len; i++)
    if (!strcmp(get_node(graph, i)->path, file))
      for (int at = (int)i; at >= 0 && way->len <= graph->nodes->len; at = get_node(graph, (guint)at)->from)
        g_ptr_array_insert(way, 0, get_node(graph, (guint)at));
  if (!way->len)
    return;
  WEB_PUT(web, "<h2>The way to /%s</h2>\n<ol class=\"way\">\n", file);
  for (guint i = 0; i < way->len; i++) {
    const Node *node = way->pdata[i];
    WEB_PUT(web, "<li><code>/%s</code> <span class=\"dim\">%s%s%s · %s</span><br>%s</li>\n", node->path, node->level,
            node->package ? ", of " : "", node->package ? node->package : "", node->kind, node->evidence);
  }
  WEB_PUT(web, "</ol>\n");
}

static void put_packages(const Graph *graph)
{
  CrWeb *web = graph->web;
  const char *chosen = cr_web_find(web, "package", "");
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  WEB_PUT(web, "<form class=\"filter\" method=\"get\"><label>Package <select name=\"package\">");
  cr_web_put_option(web, "", "all, the worst first", chosen);
  for (guint i = 0; i < graph->nodes->len; i++) {
    const Node *node = get_node(graph, i);
    if (node->end && g_hash_table_add(known, (gpointer)node->package))
      cr_web_put_option(web, node->package, node->package, chosen);
  }
  WEB_PUT(web, "</select></label> <button>Show</button></form>\n");
}

static void put_words(const Graph *graph, guint shown)
{
  CrWeb *web = graph->web;
  const char *package = cr_web_find(web, "package", NULL);
  if (!graph->look->report)
    WEB_PUT(web, "<p class=\"note\">The ways of this image are not on record: they are from the next look on.</p>\n");
  else if (!shown && package)
    WEB_PUT(web, "<p class=\"note\">No way from the start to %s is known.</p>\n", package);
  else if (!shown)
    WEB_PUT(web, "<p class=\"note\">Nothing that the image's process reaches has an update or an open finding.</p>\n");
  if (graph->left_out)
    WEB_PUT(web, "<p class=\"dim\">%u more ends of ways are not drawn: choose a package.</p>\n", graph->left_out);
}

/* ---- the page ---- */

static void put_graph(Graph *graph)
{
  guint shown = 0;
  read_nodes(graph);
  link_nodes(graph);
  choose(graph);
  for (guint i = 0; i < graph->nodes->len; i++)
    shown += get_node(graph, i)->shown;
  if (graph->nodes->len)
    put_packages(graph);
  put_words(graph, shown);
  if (shown)
    put_picture(graph);
  put_way(graph);
}

static CrWebLook *load(CrWeb *web, CrWebFleet *fleet, GError **error)
{
  const CrWebImage *image = cr_web_fleet_find(fleet, web, web->argument, error);
  return image ? cr_web_look_load(web, image, error) : NULL;
}

static gboolean write_html(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  g_autoptr(CrWebLook) look = fleet ? load(web, fleet, error) : NULL;
  if (!look)
    return FALSE;
  cr_web_begin(web, cr_arena_printf(web->arena, "Reach of %s", look->image->name), NULL);
  WEB_PUT(web,
          "<p>From the start of <a href=\"%s\">the image</a> to the files of packages that have an update or an open "
          "finding. A solid line is certain, a dashed one possible. Follow a file to see why.</p>\n",
          cr_web_link_image(web, look->image->id));
  g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(Node));
  Graph graph = {.web = web, .look = look, .nodes = nodes};
  put_graph(&graph);
  for (guint i = 0; i < nodes->len; i++)
    g_array_unref(get_node(&graph, i)->to);
  cr_web_end(web);
  return TRUE;
}

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  g_autoptr(CrWebLook) look = fleet ? load(web, fleet, error) : NULL;
  if (!look)
    return FALSE;
  const CrJson *ways = cr_json_find(look->report, "ways");
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-reach/1");
  cr_json_key_string(writer, "image", look->image->name);
  cr_json_key_string(writer, "id", look->image->id);
  cr_json_key(writer, "ways");
  if (ways)
    cr_json_node(writer, ways);
  else
    cr_json_null(writer);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
  return TRUE;
}

const CrWebPage cr_web_reach = {
    .path = "/reach/", .title = "Reach", .argument = "id", .html = write_html, .json = write_json};
