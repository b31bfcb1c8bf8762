/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/rescan.h"

#include <string.h>

/* Scans of one package each, "NAME VERSION" words; updates "NAME"; findings "CVE". */
static const struct {
  const char *name;
  const char *packages, *updates, *findings; /* before */
  const char *now, *waiting, *flaws;         /* after */
  const char *fixed, *removed;               /* the plan: NAME that is fixed, NAME that is taken away */
  gboolean partial;                          /* after */
  const char *says;                          /* NULL: passed */
} rows[] = {
    {"fixed", "curl=1 zlib=1", "curl zlib", "CVE-1 CVE-2", "curl=2 zlib=1", "zlib", "CVE-2", "curl", NULL, FALSE, NULL},
    {"still waits", "curl=1", "curl", "", "curl=1", "curl", "", "curl", NULL, FALSE, "curl still waits for 9"},
    {"another waits", "curl=1 zlib=1", "curl", "", "curl=2 zlib=1", "zlib", "", "curl", NULL, FALSE,
     "zlib waits for 9 and did not before"},
    {"a new flaw", "curl=1", "curl", "CVE-1", "curl=2", "", "CVE-3", "curl", NULL, FALSE, "CVE-3 of curl is new"},
    {"lost", "curl=1 zlib=1", "curl", "", "curl=2", "", "", "curl", NULL, FALSE, "zlib 1 is gone"},
    {"taken away as planned", "curl=1 zlib=1", "curl", "", "curl=2", "", "", "curl", "zlib", FALSE, NULL},
    {"older", "curl=1 zlib=3", "curl", "", "curl=2 zlib=2", "", "", "curl", NULL, FALSE, "zlib went back from 3 to 2"},
    {"the newest of several counts", "curl=1 zlib=3 zlib=1", "curl", "", "curl=2 zlib=1 zlib=3", "", "", "curl", NULL,
     FALSE, NULL},
    {"less to be seen", "curl=1", "curl", "", "curl=2", "", "", "curl", NULL, TRUE, "can no longer be examined"},
    {"many", "a=1 b=1 c=1 d=1 e=1 f=1 g=1", "", "", "", "", "", NULL, NULL, FALSE, "and 2 more"},
};

static void fill(CrScan *scan, const char *packages, const char *updates, const char *findings)
{
  scan->arena = cr_arena_new();
  scan->problems = cr_problems_new();
  scan->packages = g_ptr_array_new();
  scan->updates = g_ptr_array_new();
  scan->findings = g_ptr_array_new();
  g_auto(GStrv) list = g_strsplit(packages, " ", -1), waiting = g_strsplit(updates, " ", -1),
                flaws = g_strsplit(findings, " ", -1);
  for (guint i = 0; list[i] && *list[i]; i++) {
    g_auto(GStrv) parts = g_strsplit(list[i], "=", 2);
    CrPackage *package = cr_arena_new0(scan->arena, CrPackage);
    *package = (CrPackage){.type = "deb", .arch = "amd64"};
    package->name = cr_arena_strdup(scan->arena, parts[0]);
    package->version = cr_arena_strdup(scan->arena, parts[1]);
    g_ptr_array_add(scan->packages, package);
    for (guint k = 0; waiting[k]; k++) {
      if (strcmp(waiting[k], package->name) != 0)
        continue;
      CrUpdate *update = cr_arena_new0(scan->arena, CrUpdate);
      *update = (CrUpdate){.package = package, .candidate = "9"};
      g_ptr_array_add(scan->updates, update);
    }
  }
  for (guint i = 0; flaws[i] && *flaws[i]; i++) {
    CrFinding *finding = cr_arena_new0(scan->arena, CrFinding);
    *finding = (CrFinding){.id = cr_arena_strdup(scan->arena, flaws[i]), .package = scan->packages->pdata[0]};
    g_ptr_array_add(scan->findings, finding);
  }
}

static void scan_clear(CrScan *scan)
{
  g_ptr_array_unref(scan->packages);
  g_ptr_array_unref(scan->updates);
  g_ptr_array_unref(scan->findings);
  cr_problems_free(scan->problems);
  cr_arena_free(scan->arena);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrScan, scan_clear)

static const CrPackage *find(const CrScan *scan, const char *name)
{
  for (guint i = 0; i < scan->packages->len; i++)
    if (!g_strcmp0(((const CrPackage *)scan->packages->pdata[i])->name, name))
      return scan->packages->pdata[i];
  return NULL;
}

static void check_row(guint i)
{
  g_auto(CrScan) before = {0}, after = {0};
  fill(&before, rows[i].packages, rows[i].updates, rows[i].findings);
  fill(&after, rows[i].now, rows[i].waiting, rows[i].flaws);
  if (rows[i].partial)
    cr_problems_add(after.problems, CR_PROBLEM_PARTIAL, "layer 2", "it is odd");
  CrFix fix = {.name = rows[i].fixed, .arch = "amd64", .package = find(&before, rows[i].fixed)};
  CrChange change = {.name = rows[i].removed, .arch = "amd64", .package = find(&before, rows[i].removed)};
  g_autoptr(GPtrArray) fixes = g_ptr_array_new();
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  if (rows[i].fixed)
    g_ptr_array_add(fixes, &fix);
  if (rows[i].removed)
    g_ptr_array_add(changes, &change);
  CrPlan plan = {.fixes = fixes, .changes = changes};
  g_autoptr(GPtrArray) checks = g_ptr_array_new();
  g_autoptr(CrArena) arena = cr_arena_new();
  CrPatchProof proof = {.arena = arena, .checks = checks, .passed = TRUE};
  cr_patch_compare_scans(&proof, &before, &plan, &after);
  const CrCheck *check = checks->pdata[0];
  gboolean right = rows[i].says ? !check->passed && strstr(check->detail, rows[i].says) != NULL : check->passed;
  if (!right || proof.passed != check->passed)
    g_error("%s: %s", rows[i].name, check->detail);
}

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check_row(i);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/rescan/rows", test_rows);
  return g_test_run();
}
