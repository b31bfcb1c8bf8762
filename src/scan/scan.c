/* SPDX-License-Identifier: Apache-2.0 */
/* Reads from cr_scan_run downwards: open, layers, tree, inventory, reach, archives, stewards, updates, findings,
 * lineage, verdict. */
#include "scan/scan.h"
#include "scan/parts.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/progress.h"
#include "image/pass.h"
#include "lineage/lineage.h"

#include <string.h>

/* ---- collectors: the union of what every reader needs ---- */

const CrCollector *const *cr_scan_get_collectors(void)
{
  static gsize once = 0;
  if (g_once_init_enter(&once)) {
    const CrCollector *const *families[] = {cr_inventory_get_collectors(), cr_reach_get_collectors(),
                                            cr_vendor_get_collectors()};
    GPtrArray *all = g_ptr_array_new();
    for (guint f = 0; f < G_N_ELEMENTS(families); f++)
      for (guint i = 0; families[f][i]; i++)
        g_ptr_array_add(all, (gpointer)families[f][i]);
    g_ptr_array_add(all, NULL);
    g_once_init_leave(&once, (gsize)g_ptr_array_free(all, FALSE));
  }
  return (const CrCollector *const *)once;
}

/* ---- layers: from the cache, else one pass ---- */

typedef struct {
  const CrScanOptions *options;
  const CrImage *image;
  const char *key;
  GMutex lock;
  CrLayer **layers;
  guint missing; /* layers that the cache did not have */
  CrProgress *progress;
} Reading;

static void on_progress(guint64 bytes, gpointer data)
{
  cr_progress_advance(data, bytes);
}

/* A layer may stand in an image more than once; every place with its diff_id gets it. */
static void place_layer(Reading *reading, int index, CrLayer *layer)
{
  const char *diff_id = cr_layer_get_diff_id(layer);
  g_mutex_lock(&reading->lock);
  for (guint i = 0; i < reading->image->layer_count; i++) {
    gboolean same = reading->image->layers[i].diff_id && diff_id && !strcmp(reading->image->layers[i].diff_id, diff_id);
    if (!reading->layers[i] && ((int)i == index || same))
      reading->layers[i] = cr_layer_ref(layer);
  }
  g_mutex_unlock(&reading->lock);
}

static gboolean on_layer(int index, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  Reading *reading = data;
  const char *label = reading->image->name ? reading->image->name : reading->image->ref;
  g_autofree char *name = !reading->image->has_config ? g_strdup_printf("'%s'", label) /* a root file system */
                          : index < 0                 ? g_strdup_printf("a layer of '%s'", label)
                                                      : g_strdup_printf("layer %d of '%s'", index + 1, label);
  CrPassOptions pass = {
      .cache = reading->options->cache,
      .collectors = cr_scan_get_collectors(),
      .apart = reading->options->apart,
      .expected_digest = digest,
      .expected_diff_id = index < 0 ? NULL : reading->image->layers[index].diff_id,
      .name = name,
      .keep = index < 0 || reading->image->layers[index].diff_id, /* else nobody could ask for it again */
      .progress = on_progress,
      .progress_data = reading->progress,
  };
  g_autoptr(CrLayer) layer = cr_pass_read_layer(stream, &pass, error);
  if (!layer)
    return FALSE;
  place_layer(reading, index, layer);
  return TRUE;
}

static gboolean read_folder(Reading *reading, const char *folder, GError **error)
{
  CrPassOptions pass = {
      .cache = reading->options->cache,
      .collectors = cr_scan_get_collectors(),
      .name = folder,
      .only = reading->options->source.only,
      .progress = on_progress,
      .progress_data = reading->progress,
  };
  reading->layers[0] = cr_pass_read_folder(folder, &pass, error);
  return reading->layers[0] != NULL;
}

static gboolean read_missing(Reading *reading, CrSource *source, CrProblems *problems, GError **error)
{
  const CrImage *image = reading->image;
  g_autofree gboolean *wanted = g_new0(gboolean, image->layer_count + 1);
  guint missing = 0;
  guint64 bytes = 0;
  for (guint i = 0; i < image->layer_count; i++) {
    if (image->layers[i].diff_id)
      reading->layers[i] = cr_layer_load(reading->options->cache, image->layers[i].diff_id, reading->key);
    if (!reading->layers[i]) {
      wanted[i] = TRUE;
      missing++;
      bytes += image->layers[i].size_bytes > 0 ? (guint64)image->layers[i].size_bytes : 0;
    }
  }
  reading->missing = missing;
  if (!missing)
    return TRUE;
  if (!bytes && missing == image->layer_count && image->size_bytes > 0) /* daemons know the whole, not the parts */
    bytes = (guint64)image->size_bytes;
  g_autofree char *label = g_strdup_printf("reading %u of %u layers", missing, image->layer_count);
  g_autoptr(CrProgress) progress = cr_progress_new(label, bytes);
  reading->progress = progress;
  const char *folder = cr_source_get_folder(source);
  gboolean ok = folder
                    ? read_folder(reading, folder, error)
                    : cr_source_read_layers(source, wanted, reading->options->jobs, on_layer, reading, problems, error);
  reading->progress = NULL;
  return ok;
}

CrTree *cr_scan_read_tree(CrSource *source, const CrScanOptions *options, CrProblems *problems, guint *layers_read,
                          GError **error)
{
  const CrImage *image = cr_source_get_image(source);
  g_autofree char *key = cr_collectors_get_key(cr_scan_get_collectors());
  g_autofree CrLayer **layers = g_new0(CrLayer *, image->layer_count + 1);
  Reading reading = {.options = options, .image = image, .key = key, .layers = layers};
  g_mutex_init(&reading.lock);
  CrTree *tree = NULL;
  if (read_missing(&reading, source, problems, error)) {
    for (guint i = 0; i < image->layer_count; i++) {
      g_autofree char *name = g_strdup_printf("layer %u", i + 1);
      if (layers[i])
        cr_layer_add_problems(layers[i], name, problems);
      else
        cr_problems_add(problems, CR_PROBLEM_BLIND, name,
                        "the layer's bytes are not there: nothing in it was examined");
    }
    tree = cr_tree_new(layers, image->layer_count);
  }
  for (guint i = 0; i < image->layer_count; i++)
    if (layers[i])
      cr_layer_unref(layers[i]);
  g_mutex_clear(&reading.lock);
  *layers_read += reading.missing;
  return tree;
}

/* ---- the whole ---- */

static int find_owner_index(const char *path, gpointer data)
{
  const CrPackage *package = cr_inventory_find_owner(data, path);
  return package ? (int)package->index : -1;
}

static GHashTable *list_reached(const CrReach *reach)
{
  GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(reach, &count);
  for (guint i = 0; i < count; i++)
    g_hash_table_add(set, (gpointer)files[i].path);
  return set;
}

static void take_archives(CrScan *scan)
{
  guint count = cr_archives_get_count(scan->archive_set);
  const CrArchive **list = cr_arena_alloc(scan->arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++)
    list[i] = cr_archives_get(scan->archive_set, i);
  scan->archives = list;
  scan->archive_count = count;
}

static void set_today(CrScan *scan, const CrScanOptions *options)
{
  g_date_clear(&scan->today, 1);
  g_date_set_time_t(&scan->today, time(NULL));
  if (options->as_of_given)
    scan->today = options->vendor.as_of;
}

/* What could be installed, who watches it and until when. */
static void ask_archives(CrScan *scan, const CrScanOptions *options, gboolean configured_unknown)
{
  scan->advisories = cr_scan_open_advisories(scan, options);
  scan->vendor = options->vendor;
  scan->vendor.configured_unknown = configured_unknown;
  if (scan->advisories) {
    scan->vendor.find_product = cr_scan_find_product;
    scan->vendor.product_data = scan->advisories;
  }
  scan->archive_set = cr_archives_open(scan->tree, scan->inventory, &scan->vendor, scan->problems);
  take_archives(scan);
  cr_vendor_judge_support(scan->inventory, scan->archive_set, &scan->vendor, scan->problems);
  cr_vendor_judge_stewards(scan->inventory, scan->archive_set, scan->image, scan->unowned, &scan->vendor,
                           scan->problems);
  scan->data_support = cr_vendor_get_support_date();
  cr_archives_find_updates(scan->archive_set, scan->inventory, &scan->vendor, scan->arena, scan->updates,
                           scan->problems);
  if (scan->vendor.changelogs)
    cr_archives_find_fixes(scan->archive_set, scan->updates, &scan->vendor, scan->arena, scan->problems);
  cr_archives_tell_damage(scan->archive_set, scan->problems);
}

/* What every kind of scan ends with: nothing is said of a problem after this. */
static CrScan *finish(CrScan *scan, const CrScanOptions *options)
{
  cr_scan_stamp(scan, options);
  cr_scan_tell_odd_names(scan);
  cr_problems_sort(scan->problems);
  return scan;
}

CrScan *cr_scan_run(const char *ref, const CrScanOptions *options, GError **error)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrSource *source = cr_source_open(ref, &options->source, problems, error);
  return source ? cr_scan_run_source(source, g_steal_pointer(&problems), options, error) : NULL;
}

CrScan *cr_scan_run_source(CrSource *source, CrProblems *problems, const CrScanOptions *options, GError **error)
{
  g_autoptr(CrScan) scan = g_new0(CrScan, 1);
  scan->arena = cr_arena_new();
  scan->source = source;
  scan->problems = problems;
  scan->updates = g_ptr_array_new();
  scan->findings = g_ptr_array_new();
  scan->coverage = g_ptr_array_new();
  set_today(scan, options);

  scan->image = cr_source_get_image(scan->source);
  scan->tree = cr_scan_read_tree(scan->source, options, scan->problems, &scan->layers_read, error);
  if (!scan->tree)
    return NULL;

  GBytes *sbom = cr_source_get_sbom(scan->source);
  scan->inventory = sbom ? cr_inventory_read_sbom(scan->tree, scan->image, sbom, scan->problems, error)
                         : cr_inventory_read(scan->tree, scan->image, scan->problems);
  if (!scan->inventory)
    return NULL;
  scan->os = cr_inventory_get_os(scan->inventory);
  cr_vendor_name_release(scan->os, scan->arena);
  scan->packages = cr_inventory_get_packages(scan->inventory);

  scan->reach =
      cr_reach_compute(scan->tree, scan->image, &options->reach, find_owner_index, scan->inventory, scan->problems);
  scan->command = cr_reach_get_command(scan->reach);
  g_autoptr(GHashTable) reached = list_reached(scan->reach);
  scan->unowned = cr_inventory_find_unowned(scan->inventory, scan->tree, scan->image, reached, scan->problems);
  cr_scan_spread_reach(scan);
  if (options->inventory_only) {
    cr_scan_judge_inventory(scan);
    return finish(g_steal_pointer(&scan), options);
  }

  ask_archives(scan, options, sbom != NULL);
  cr_scan_list_coverage(scan);
  cr_scan_find_findings(scan, options);

  cr_lineage_find_base(scan->source, scan->os, &options->source, scan->arena, &scan->base, scan->problems);
  cr_scan_judge_base(scan, options);
  cr_scan_judge_coverage(scan);
  if (options->suppressions) /* a rule ends by that day too: `--as-of` shows what will come back */
    cr_suppressions_apply(options->suppressions, scan->image, scan->findings, &scan->today, scan->arena,
                          scan->problems);
  cr_scan_judge_verdict(scan, options);
  return finish(g_steal_pointer(&scan), options);
}

void cr_scan_free(CrScan *scan)
{
  if (!scan)
    return;
  g_clear_pointer(&scan->archive_set, cr_archives_free);
  g_clear_pointer(&scan->advisories, cr_advisories_close);
  g_clear_pointer(&scan->reach, cr_reach_free);
  g_clear_pointer(&scan->unowned, g_ptr_array_unref);
  g_clear_pointer(&scan->inventory, cr_inventory_free);
  g_clear_pointer(&scan->tree, cr_tree_free);
  g_clear_pointer(&scan->source, cr_source_free);
  g_clear_pointer(&scan->updates, g_ptr_array_unref);
  g_clear_pointer(&scan->findings, g_ptr_array_unref);
  g_clear_pointer(&scan->coverage, g_ptr_array_unref);
  g_clear_pointer(&scan->problems, cr_problems_free);
  g_clear_pointer(&scan->arena, cr_arena_free);
  g_free(scan);
}

int cr_scan_get_exit_code(const CrScan *scan)
{
  return scan->summary.complete ? 0 : 3;
}
