/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/rescan.h"

#include <string.h>

#include "model/version.h"

#define REASONS 5U

typedef struct {
  const CrScan *before, *after;
  const CrPlan *plan;
  GString *reasons;
  guint count;
} Comparison;

static void object(Comparison *comparison, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void object(Comparison *comparison, const char *format, ...)
{
  if (comparison->count++ >= REASONS)
    return;
  va_list args;
  va_start(args, format);
  if (comparison->reasons->len)
    g_string_append(comparison->reasons, "; ");
  g_string_append_vprintf(comparison->reasons, format, args);
  va_end(args);
}

/* ---- updates ---- */

static char *make_key(const char *type, const char *name, const char *arch)
{
  return g_strjoin("\n", type, name, arch ? arch : "", NULL);
}

static GHashTable *index_updates(const GPtrArray *updates)
{
  GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < updates->len; i++) {
    CrUpdate *update = updates->pdata[i];
    const CrPackage *package = update->package;
    g_hash_table_replace(index, make_key(package->type, package->name, package->arch), update);
  }
  return index;
}

static void compare_updates(Comparison *comparison)
{
  g_autoptr(GHashTable) had = index_updates(comparison->before->updates);
  g_autoptr(GHashTable) has = index_updates(comparison->after->updates);
  for (guint i = 0; i < comparison->plan->fixes->len; i++) {
    const CrFix *fix = comparison->plan->fixes->pdata[i];
    if (fix->state != CR_FIX_FIXED || !fix->package)
      continue;
    g_autofree char *key = make_key(fix->package->type, fix->name, fix->arch);
    const CrUpdate *left = g_hash_table_lookup(has, key);
    if (left &&
        (!fix->update || !strcmp(left->candidate, fix->update->candidate))) /* not for what is newer elsewhere */
      object(comparison, "%s still waits for %s", fix->name, left->candidate);
  }
  for (guint i = 0; i < comparison->after->updates->len; i++) {
    const CrUpdate *update = comparison->after->updates->pdata[i];
    const CrPackage *package = update->package;
    g_autofree char *key = make_key(package->type, package->name, package->arch);
    if (!g_hash_table_contains(had, key))
      object(comparison, "%s waits for %s and did not before", package->name, update->candidate);
  }
}

/* ---- packages: none lost, none older ---- */

/* One package may stand in an image several times (kernels, Python's in two folders): its newest counts. */
static GHashTable *index_packages(const GPtrArray *packages)
{
  GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < packages->len; i++) {
    CrPackage *package = packages->pdata[i];
    char *key = make_key(package->type, package->name, package->arch);
    const CrPackage *other = g_hash_table_lookup(index, key);
    if (other && cr_version_compare(cr_version_scheme_for(package->type), other->version, package->version) >= 0) {
      g_free(key);
      continue;
    }
    g_hash_table_replace(index, key, package);
  }
  return index;
}

/* The plan's own removals, and a package that changes its architecture (from one's own to "all"). */
static gboolean is_planned(const Comparison *comparison, const CrPackage *gone)
{
  for (guint i = 0; i < comparison->plan->changes->len; i++) {
    const CrChange *change = comparison->plan->changes->pdata[i];
    if (change->package && !strcmp(change->package->name, gone->name) &&
        !g_strcmp0(change->package->arch, gone->arch) && !strcmp(change->package->type, gone->type))
      return !change->file.name || g_strcmp0(change->file.arch, gone->arch) != 0;
  }
  return FALSE;
}

static void compare_packages(Comparison *comparison)
{
  g_autoptr(GHashTable) has = index_packages(comparison->after->packages);
  for (guint i = 0; i < comparison->before->packages->len; i++) {
    const CrPackage *package = comparison->before->packages->pdata[i];
    g_autofree char *key = make_key(package->type, package->name, package->arch);
    const CrPackage *now = g_hash_table_lookup(has, key);
    if (!now && !package->embedded && !is_planned(comparison, package))
      object(comparison, "%s %s is gone", package->name, package->version);
    else if (now && cr_version_compare(cr_version_scheme_for(package->type), now->version, package->version) < 0)
      object(comparison, "%s went back from %s to %s", package->name, package->version, now->version);
  }
}

/* ---- flaws and what could be examined ---- */

static void compare_findings(Comparison *comparison)
{
  g_autoptr(GHashTable) had = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < comparison->before->findings->len; i++) {
    const CrFinding *finding = comparison->before->findings->pdata[i];
    g_hash_table_add(had, (gpointer)finding->id);
    for (guint k = 0; finding->aliases && finding->aliases[k]; k++)
      g_hash_table_add(had, (gpointer)finding->aliases[k]);
  }
  for (guint i = 0; i < comparison->after->findings->len; i++) {
    const CrFinding *finding = comparison->after->findings->pdata[i];
    if (g_hash_table_add(had, (gpointer)finding->id))
      object(comparison, "%s of %s is new", finding->id, finding->package->name);
  }
}

/* ---- all of it ---- */

void cr_patch_compare_scans(CrPatchProof *proof, const CrScan *before, const CrPlan *plan, const CrScan *after)
{
  g_autoptr(GString) reasons = g_string_new(NULL);
  Comparison comparison = {.before = before, .after = after, .plan = plan, .reasons = reasons};
  compare_updates(&comparison);
  compare_packages(&comparison);
  compare_findings(&comparison);
  if (cr_scan_is_inventory_whole(before) && !cr_scan_is_inventory_whole(after))
    object(&comparison, "some of it can no longer be examined");
  g_autofree char *more =
      comparison.count > REASONS ? g_strdup_printf("; and %u more", comparison.count - REASONS) : NULL;
  g_autofree char *flaws = after->advisories
                               ? g_strdup_printf("%u finding%s before, %u now", before->findings->len,
                                                 before->findings->len == 1 ? "" : "s", after->findings->len)
                               : g_strdup("flaws were not compared, there is no advisory data");
  g_autofree char *passed = g_strdup_printf("%u update%s before, %u now; %s; no package is lost", before->updates->len,
                                            before->updates->len == 1 ? "" : "s", after->updates->len, flaws);
  if (more)
    g_string_append(reasons, more);
  cr_patch_proof_add_check(proof, "rescan", comparison.count == 0, comparison.count ? reasons->str : passed);
}

gboolean cr_patch_rescan(CrPatchProof *proof, const CrScan *before, const CrPlan *plan, CrDraft *draft,
                         const CrScanOptions *options, CrScan **after, GError **error)
{
  CrScanOptions same = *options;
  same.vendor.offline = TRUE; /* the archives as they were for the plan, or one that moved meanwhile would be blamed */
  same.source.offline = TRUE; /* nor is anything about the base asked twice */
  CrSource *source = cr_draft_open_source(draft, error);
  g_autoptr(CrScan) scan = source ? cr_scan_run_source(source, cr_problems_new(), &same, error) : NULL;
  if (!scan) {
    g_prefix_error(error, "cannot scan what would be published: ");
    return FALSE;
  }
  cr_patch_compare_scans(proof, before, plan, scan);
  if (after)
    *after = g_steal_pointer(&scan);
  return TRUE;
}
