/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "base/day.h"
#include "base/error.h"
#include "model/version.h"

#include <string.h>

static gboolean came_with_base(const CrScan *scan, const CrPackage *package)
{
  return scan->base.layers > 0 && package->layer >= 0 && package->layer < scan->base.layers;
}

/* Days from an ISO date to today; -1 where there is none. */
static int count_days(const char *date, const GDate *today)
{
  GDate then;
  if (!cr_day_parse_time(date, &then))
    return -1;
  int days = g_date_days_between(&then, today);
  return days < 0 ? 0 : days;
}

static char *format_key(const CrPackage *package)
{
  return g_strdup_printf("%s\n%s", package->name, package->arch ? package->arch : "");
}

static guint count_updates_lacking(const CrScan *scan, GPtrArray *packages)
{
  g_autoptr(GHashTable) versions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    g_hash_table_insert(versions, format_key(package), (gpointer)package->version);
  }
  guint lacking = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (update->from != CR_FROM_BASE || !update->security)
      continue;
    g_autofree char *key = format_key(update->package);
    const char *version = g_hash_table_lookup(versions, key);
    CrVersionScheme scheme = cr_version_scheme_for(update->package->type);
    lacking += version && cr_version_compare(scheme, version, update->candidate) < 0;
  }
  return lacking;
}

/* Its layers are read like any other image's. Where part of it could not be read nothing is counted: a package that was
 * not seen is not a fix. */
static CrTree *read_newest(CrScan *scan, const CrScanOptions *options, CrProblems *aside, CrSource **source,
                           GError **error)
{
  CrSourceOptions same = options->source;
  same.platform = scan->image->platform;
  *source = cr_source_open(scan->base.newest, &same, aside, error);
  g_autoptr(CrTree) tree = *source ? cr_scan_read_tree(*source, options, aside, &scan->layers_read, error) : NULL;
  for (guint i = 0; tree && i < cr_problems_get_count(aside); i++) {
    const CrProblem *problem = cr_problems_get(aside, i);
    if (problem->kind != CR_PROBLEM_BLIND)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s: %s", problem->where, problem->what);
    return NULL;
  }
  return g_steal_pointer(&tree);
}

/* How many of the base's pending fixes its newest version still lacks; -1 and a note when that cannot be known. */
static int count_lacking(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProblems) aside = cr_problems_new();
  g_autoptr(CrSource) source = NULL;
  g_autoptr(CrTree) tree = read_newest(scan, options, aside, &source, &error);
  if (!tree) {
    cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "base", "the newest %s was not examined: %s", scan->base.name,
                    error->message);
    return -1;
  }
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, cr_source_get_image(source), aside);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  if (!packages->len) {
    cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "base", "the newest %s lists no packages", scan->base.name);
    return -1;
  }
  return (int)count_updates_lacking(scan, packages);
}

void cr_scan_judge_base(CrScan *scan, const CrScanOptions *options)
{
  gboolean known = scan->base.name && scan->base.layers > 0;
  scan->base.pending = known ? 0 : -1;
  scan->base.pending_newest = -1;
  scan->base.oldest_fix_days = -1;
  for (guint i = 0; i < scan->updates->len; i++) {
    CrUpdate *update = scan->updates->pdata[i];
    if (!known || update->package->layer < 0) {
      update->from = CR_FROM_UNKNOWN;
      continue;
    }
    update->from = came_with_base(scan, update->package) ? CR_FROM_BASE : CR_FROM_OWN;
    if (update->from != CR_FROM_BASE || !update->security)
      continue;
    scan->base.pending++;
    scan->base.oldest_fix_days = MAX(scan->base.oldest_fix_days, count_days(update->fix_since, &scan->today));
  }
  if (scan->base.current == 0 && scan->base.pending > 0 && scan->base.newest)
    scan->base.pending_newest = count_lacking(scan, options);
}
