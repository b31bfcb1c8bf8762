/* SPDX-License-Identifier: Apache-2.0 */
/* What the record keeps of a scan for whoever asks later about one image (the page): updates, findings, who watches,
 * layers, and the ways from the start to what has something to be said of. One JSON object, made of the parts that
 * careen.scan/1 is made of. */
#include <string.h>

#include "fleet/facts.h"
#include "report/json-parts.h"

#define WAYS    3U    /* files of one package that ways are kept to */
#define LONGEST 2000U /* files on all ways: what a shell reaches would be everything */

/* ---- ways ---- */

typedef struct {
  const CrScan *scan;
  const CrReachFile *files;
  guint count;
  const CrPackage **owners; /* parallel to FILES; NULL: none, or nothing is to be said of it */
  guint *depths;            /* of the way to each; 0: not known yet */
  gboolean *kept;
  guint number; /* of kept */
} Ways;

static int find_file(const Ways *ways, const char *path)
{
  guint low = 0, high = ways->count;
  while (path && low < high) {
    guint middle = low + (high - low) / 2;
    int order = strcmp(ways->files[middle].path, path);
    if (!order)
      return (int)middle;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return -1;
}

static guint measure(const Ways *ways, guint i)
{
  guint depth = 1;
  for (int at = find_file(ways, ways->files[i].from); at >= 0 && depth < ways->count && !ways->depths[at]; depth++)
    at = find_file(ways, ways->files[at].from);
  return depth;
}

/* Packages that have an update or an open finding. */
static GHashTable *list_wanted(const CrScan *scan)
{
  GHashTable *wanted = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < scan->updates->len; i++)
    g_hash_table_add(wanted, (gpointer)((const CrUpdate *)scan->updates->pdata[i])->package);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (!finding->suppressed)
      g_hash_table_add(wanted, (gpointer)finding->package);
  }
  return wanted;
}

/* Modules of a program are reached as the program is: of those one stands for all. */
static GHashTable *list_embedded(GHashTable *wanted)
{
  GHashTable *by_path = g_hash_table_new(g_str_hash, g_str_equal);
  GHashTableIter iterator;
  gpointer key;
  g_hash_table_iter_init(&iterator, wanted);
  while (g_hash_table_iter_next(&iterator, &key, NULL)) {
    const CrPackage *package = key, *other = NULL;
    if (!package->embedded || !package->paths[0])
      continue;
    other = g_hash_table_lookup(by_path, package->paths[0]);
    if (!other || strcmp(package->name, other->name) < 0)
      g_hash_table_insert(by_path, (gpointer)package->paths[0], key);
  }
  return by_path;
}

static void keep_way(Ways *ways, guint i)
{
  for (int at = (int)i; at >= 0 && !ways->kept[at] && ways->number < LONGEST;
       at = find_file(ways, ways->files[at].from)) {
    ways->kept[at] = TRUE;
    ways->number++;
  }
}

/* The most certain first, then the shortest way, then by name. */
static int compare_files(gconstpointer a, gconstpointer b, gpointer data)
{
  const Ways *ways = data;
  guint x = *(const guint *)a, y = *(const guint *)b;
  if (ways->files[x].level != ways->files[y].level)
    return ways->files[x].level > ways->files[y].level ? -1 : 1;
  if (ways->depths[x] != ways->depths[y])
    return ways->depths[x] < ways->depths[y] ? -1 : 1;
  return x < y ? -1 : x > y;
}

static void choose_ways(Ways *ways)
{
  g_autoptr(GHashTable) wanted = list_wanted(ways->scan), embedded = list_embedded(wanted);
  g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
  g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < ways->count; i++) {
    const CrPackage *owner = cr_inventory_find_owner(ways->scan->inventory, ways->files[i].path);
    ways->owners[i] =
        owner && g_hash_table_contains(wanted, owner) ? owner : g_hash_table_lookup(embedded, ways->files[i].path);
    ways->depths[i] = measure(ways, i);
    if (ways->owners[i])
      g_array_append_val(order, i);
  }
  g_array_sort_with_data(order, compare_files, ways);
  for (guint k = 0; k < order->len; k++) {
    guint i = g_array_index(order, guint, k);
    gpointer owner = (gpointer)ways->owners[i];
    guint had = GPOINTER_TO_UINT(g_hash_table_lookup(taken, owner));
    if (had < WAYS)
      keep_way(ways, i);
    g_hash_table_insert(taken, owner, GUINT_TO_POINTER(had + 1));
  }
}

static void write_ways(CrJsonWriter *writer, Ways *ways)
{
  g_autofree guint *numbers = g_new0(guint, ways->count + 1);
  for (guint i = 0, n = 0; i < ways->count; i++)
    if (ways->kept[i])
      numbers[i] = n++;
  cr_json_key(writer, "ways");
  cr_json_begin_array(writer);
  for (guint i = 0; i < ways->count; i++) {
    const CrReachFile *file = &ways->files[i];
    int from = ways->kept[i] ? find_file(ways, file->from) : -1;
    if (!ways->kept[i])
      continue;
    const CrPackage *owner =
        ways->owners[i] ? ways->owners[i] : cr_inventory_find_owner(ways->scan->inventory, file->path);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "path", file->path);
    cr_json_key_string(writer, "level", cr_reach_level_get_name(file->level));
    cr_json_key_string(writer, "kind", file->kind);
    cr_json_key_string(writer, "evidence", file->evidence);
    cr_json_key_string(writer, "package", owner ? owner->name : NULL);
    cr_report_write_count(writer, "from", from >= 0 && ways->kept[from] ? (gint64)numbers[from] : -1);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_key_boolean(writer, "ways_complete", ways->number < LONGEST);
}

static void put_ways(CrJsonWriter *writer, const CrScan *scan)
{
  Ways ways = {.scan = scan};
  ways.files = cr_reach_get_files(scan->reach, &ways.count);
  ways.owners = g_new0(const CrPackage *, ways.count + 1);
  ways.depths = g_new0(guint, ways.count + 1);
  ways.kept = g_new0(gboolean, ways.count + 1);
  choose_ways(&ways);
  write_ways(writer, &ways);
  g_free(ways.owners);
  g_free(ways.depths);
  g_free(ways.kept);
}

/* ---- who watches ---- */

typedef struct {
  const CrSteward *steward;
  guint packages, reached;
} Watch;

static int compare_watches(gconstpointer a, gconstpointer b)
{
  const Watch *x = *(const Watch *const *)a, *y = *(const Watch *const *)b;
  if (x->packages != y->packages)
    return x->packages > y->packages ? -1 : 1;
  return g_strcmp0(x->steward->name, y->steward->name);
}

static void put_stewards(CrJsonWriter *writer, const CrScan *scan, CrArena *arena)
{
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    const CrSteward *steward = &package->steward;
    const char *key = cr_arena_printf(arena, "%d\n%s\n%s", steward->kind, steward->name ? steward->name : "",
                                      steward->until ? steward->until : "");
    Watch *watch = g_hash_table_lookup(known, key);
    if (!watch) {
      watch = cr_arena_new0(arena, Watch);
      watch->steward = steward;
      g_hash_table_insert(known, (gpointer)key, watch);
      g_ptr_array_add(list, watch);
    }
    watch->packages++;
    watch->reached += package->reach.level > CR_REACH_UNREACHED;
  }
  g_ptr_array_sort(list, compare_watches);
  cr_json_key(writer, "stewards");
  cr_json_begin_array(writer);
  for (guint i = 0; i < list->len; i++) {
    const Watch *watch = list->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "kind", cr_steward_kind_get_name(watch->steward->kind));
    cr_json_key_string(writer, "name", watch->steward->name);
    cr_json_key_string(writer, "until", watch->steward->until);
    cr_json_key_integer(writer, "packages", watch->packages);
    cr_json_key_integer(writer, "reached", watch->reached);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

/* ---- the whole ---- */

static void put_image(CrJsonWriter *writer, const CrScan *scan)
{
  const CrImage *image = scan->image;
  cr_json_key(writer, "os");
  cr_report_write_os(writer, scan->os);
  cr_json_key_string(writer, "created", image->created);
  cr_json_key_integer(writer, "size", image->size_bytes);
  cr_json_key_string(writer, "command", scan->command);
  cr_json_key_string(writer, "user", image->user ? image->user : "");
  cr_json_key(writer, "base");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", scan->base.name);
  cr_json_key_string(writer, "how", scan->base.how);
  cr_report_write_count(writer, "layers", scan->base.name && scan->base.layers > 0 ? scan->base.layers : -1);
  cr_json_key_boolean(writer, "moved", scan->base.current == 0);
  cr_json_end_object(writer);
  cr_json_key(writer, "layers");
  cr_json_begin_array(writer);
  for (guint i = 0; i < image->layer_count; i++) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "diff_id", image->layers[i].diff_id);
    cr_json_key_integer(writer, "size", image->layers[i].size_bytes);
    cr_json_key_string(writer, "created_by", image->layers[i].created_by);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_key_strings(writer, "reasons", scan->summary.reasons);
  cr_json_key_integer(writer, "packages", scan->summary.packages);
}

static void count_findings(CrSeenReport *report, const CrScan *scan)
{
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->suppressed)
      continue;
    report->findings++;
    report->urgent += finding->severity >= CR_SEVERITY_HIGH;
    report->exploited += finding->exploited;
  }
}

const CrSeenReport *cr_facts_write_report(const CrScan *scan, CrArena *arena)
{
  const CrSummary *summary = &scan->summary;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  put_image(writer, scan);
  cr_report_write_array(writer, "updates", scan->updates, cr_report_write_update);
  cr_report_write_array(writer, "findings", scan->findings, cr_report_write_finding);
  put_stewards(writer, scan, arena);
  put_ways(writer, scan);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, scan->problems);
  cr_json_end_object(writer);
  CrSeenReport *report = cr_arena_new0(arena, CrSeenReport);
  *report = (CrSeenReport){
      .phase = cr_support_phase_get_name(scan->os->support.phase),
      .until = cr_arena_strdup(arena, scan->os->support.until),
      .steward = cr_arena_strdup(arena, scan->os->support.steward),
      .updates = summary->updates,
      .security = summary->security_updates,
      .reached = summary->reached_security_updates,
      .unwatched = summary->unwatched,
      .complete = summary->complete,
      .text = cr_arena_strdup(arena, cr_json_writer_get_text(writer, NULL)),
  };
  count_findings(report, scan);
  return report;
}
