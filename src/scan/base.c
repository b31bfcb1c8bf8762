/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "model/version.h"

#include <stdio.h>
#include <string.h>

static gboolean came_with_base(const CrScan *scan, const CrPackage *package)
{
  return scan->base.layers > 0 && package->layer >= 0 && package->layer < scan->base.layers;
}

/* Days from an ISO date to today; -1 where there is none. */
static int count_days(const char *date, const GDate *today)
{
  guint year = 0, month = 0, day = 0;
  if (!date || sscanf(date, "%4u-%2u-%2u", &year, &month, &day) != 3 ||
      !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
    return -1;
  GDate then;
  g_date_set_dmy(&then, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
  int days = g_date_days_between(&then, today);
  return days < 0 ? 0 : days;
}

/* How many of the base's pending fixes its newest version still lacks. Reads that image's layers like any other's. */
static int count_lacking(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProblems) aside = cr_problems_new();
  g_autoptr(CrSource) source = cr_source_open(scan->base.name, &options->source, aside, &error);
  g_autoptr(CrTree) tree = source ? cr_scan_read_tree(source, options, aside, &scan->layers_read, &error) : NULL;
  if (!tree) {
    cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "base", "the newest %s was not examined: %s", scan->base.name,
                    error->message);
    return -1;
  }
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, cr_source_get_image(source), aside);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  g_autoptr(GHashTable) versions = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    g_hash_table_insert(versions, (gpointer)package->name, (gpointer)package->version);
  }
  int lacking = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (update->from != CR_FROM_BASE || !update->security)
      continue;
    const char *version = g_hash_table_lookup(versions, update->package->name);
    CrVersionScheme scheme = cr_version_scheme_for(update->package->type);
    lacking += version && cr_version_compare(scheme, version, update->candidate) < 0;
  }
  return lacking;
}

void cr_scan_judge_base(CrScan *scan, const CrScanOptions *options)
{
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_time_t(&today, (time_t)options->now);
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
    scan->base.oldest_fix_days = MAX(scan->base.oldest_fix_days, count_days(update->fix_since, &today));
  }
  if (scan->base.current == 0 && scan->base.pending > 0 && !options->source.offline)
    scan->base.pending_newest = count_lacking(scan, options);
}
