/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support-load.h"

#include "base/limits.h"
#include "vendor/archive-set.h"

#include <string.h>

static const char *support_date; /* interned; set once a question was answered */

const char *cr_vendor_get_support_date(void)
{
  return g_atomic_pointer_get(&support_date);
}

/* The architecture that most packages have; multi-arch images have a few others. */
static const char *find_architecture(GPtrArray *packages)
{
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  const char *best = NULL;
  guint most = 0;
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!cr_support_is_system_type(package->type) || !package->arch || !strcmp(package->arch, "all") ||
        !strcmp(package->arch, "noarch"))
      continue;
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, package->arch)) + 1;
    g_hash_table_insert(counts, (gpointer)package->arch, GUINT_TO_POINTER(count));
    if (count > most) {
      most = count;
      best = package->arch;
    }
  }
  return best;
}

static const CrArchive **list_archives(CrArchives *archives, CrArena *arena)
{
  guint count = archives ? cr_archives_get_count(archives) : 0;
  const CrArchive **list = cr_arena_alloc(arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++)
    list[i] = cr_archives_get(archives, i);
  return list;
}

/* Packages of languages alone are of no release. */
static void tell_unknown(const CrOs *os, const CrInventory *inventory, CrProblems *problems)
{
  gboolean has_system = os->id || os->family || cr_inventory_has_database(inventory);
  if (os->support.phase != CR_PHASE_UNKNOWN || !has_system)
    return;
  cr_problems_add(problems, CR_PROBLEM_BLIND, "support", "how long this release is supported is not known: %s",
                  os->support.evidence);
}

void cr_vendor_judge_support(CrInventory *inventory, CrArchives *archives, const CrVendorOptions *options,
                             CrProblems *problems)
{
  CrOs *os = cr_inventory_get_os(inventory);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  CrArena *arena = cr_inventory_get_arena(inventory);
  g_autoptr(CrSupportData) data = cr_support_load(os, archives, options, problems);
  GDate today, day;
  g_date_clear(&today, 1);
  g_date_set_time_t(&today, (time_t)(g_get_real_time() / G_USEC_PER_SEC));
  day = g_date_valid(&options->as_of) ? options->as_of : today;
  CrSupportQuery query = {
      .os = os,
      .architecture = find_architecture(packages),
      .day = &day,
      .today = &today,
      .data = data,
      .archives = list_archives(archives, arena),
      .arena = arena,
  };
  CrSupportAnswer answer;
  cr_support_judge(&query, &answer);
  os->support.phase = answer.phase;
  os->support.until = cr_support_format_date(&answer.until, arena);
  os->support.steward = answer.steward;
  os->support.evidence = cr_arena_strdup(arena, answer.evidence);
  if (data->date)
    g_atomic_pointer_set(&support_date, g_intern_string(data->date));
  for (guint i = 0; i < packages->len; i++)
    cr_support_judge_package(data, answer.phase, &day, arena, packages->pdata[i]);
  gboolean answered = cr_support_judge_programs(packages, &day, arena, options, problems);
  if (archives && !answered && !options->offline)
    archives->unsettled = TRUE;
  tell_unknown(os, inventory, problems);
}

const char *cr_vendor_format_release(const CrOs *os, CrArena *arena)
{
  if (!os || !os->id)
    return NULL;
  const CrSupportFamily *family = cr_support_family_find(os);
  if (family && family->rolling)
    return os->id;
  if (family && family->rolling_mark && cr_support_is_rolling(family, os))
    return cr_arena_printf(arena, "%s-%s", os->id, !strcmp(os->id, "alpine") ? "edge" : "rolling");
  const CrSupportFamily whole = {.version_parts = 0};
  const char *version = cr_support_format_cycle(family ? family : &whole, os, arena);
  if (!version)
    version = os->codename;
  return version && *version ? cr_arena_printf(arena, "%s-%s", os->id, version) : NULL;
}
