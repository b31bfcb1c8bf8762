/* SPDX-License-Identifier: Apache-2.0 */
/* A scan made by hand for scan/'s own judgements. What the modules below would answer stands in `hand`: these functions
 * take the place of theirs. */
#pragma once
#include <string.h>

#include "scan/parts.h"

/* Rows end where the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static struct {
  gboolean no_database, not_answering, reach_unknown;
} hand;

gboolean cr_inventory_has_database(const CrInventory *inventory)
{
  return !hand.no_database;
}
gboolean cr_archives_has_type(const CrArchives *archives, const char *type)
{
  return !strcmp(type, "deb");
}

gboolean cr_archives_is_answering(const CrArchives *archives)
{
  return !hand.not_answering;
}
gboolean cr_reach_is_known(const CrReach *reach)
{
  return !hand.reach_unknown;
}
const char *cr_vendor_format_release(const CrOs *os, CrArena *arena)
{
  return os->id ? cr_arena_printf(arena, "%s-%s", os->id, os->version) : NULL;
}

static inline CrScan *hand_scan_new(void)
{
  memset(&hand, 0, sizeof hand);
  CrScan *scan = g_new0(CrScan, 1);
  scan->arena = cr_arena_new();
  scan->problems = cr_problems_new();
  scan->packages = g_ptr_array_new();
  scan->updates = g_ptr_array_new();
  scan->findings = g_ptr_array_new();
  scan->unowned = g_ptr_array_new();
  scan->coverage = g_ptr_array_new();
  scan->os = cr_arena_new0(scan->arena, CrOs);
  *scan->os = (CrOs){.id = "debian", .version = "12", .name = "Debian 12", .support = {.phase = CR_PHASE_LTS}};
  scan->base = (CrBase){.current = -1, .pending = -1, .pending_newest = -1, .oldest_fix_days = -1};
  return scan;
}

static inline void hand_scan_free(CrScan *scan)
{
  GPtrArray *const lists[] = {scan->packages, scan->updates, scan->findings, scan->unowned, scan->coverage};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    g_ptr_array_unref(lists[i]);
  cr_problems_free(scan->problems);
  cr_arena_free(scan->arena);
  g_free(scan);
}

static inline CrPackage *hand_add_package(CrScan *scan, const char *type, const char *name, CrStewardKind steward)
{
  CrPackage *package = cr_arena_new0(scan->arena, CrPackage);
  *package = (CrPackage){.type = type, .name = name, .version = "1", .arch = "amd64", .layer = -1};
  package->index = scan->packages->len;
  package->paths = package->reach.via = cr_strv_empty;
  package->steward.kind = steward;
  g_ptr_array_add(scan->packages, package);
  return package;
}

static inline CrUpdate *hand_add_update(CrScan *scan, CrPackage *package, gboolean security, CrUpdateBy by)
{
  CrUpdate *update = cr_arena_new0(scan->arena, CrUpdate);
  *update = (CrUpdate){.package = package, .candidate = "2", .security = security, .by = by};
  g_ptr_array_add(scan->updates, update);
  return update;
}

/* "kind where: what", one a line, as they were added. */
static inline char *hand_format_problems(const CrProblems *problems)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    g_string_append_printf(text, "%s %s: %s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}
