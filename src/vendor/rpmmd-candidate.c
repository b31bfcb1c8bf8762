/* SPDX-License-Identifier: Apache-2.0 */
/* What would take the place of one package, dependencies apart. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "model/version.h"

gboolean cr_rpmmd_is_install_only(const char *name)
{
  static const char *const names[] = {"kernel",
                                      "kernel-core",
                                      "kernel-modules",
                                      "kernel-modules-core",
                                      "kernel-modules-extra",
                                      "kernel-devel",
                                      "kernel-default",
                                      "kernel-uek",
                                      "kernel-uek-core",
                                      "kernel-debug",
                                      "kernel-rt",
                                      "kernel-PAE",
                                      "gpg-pubkey",
                                      NULL};
  return g_strv_contains(names, name);
}

static gboolean matches(CrStrv globs, const CrListPackage *record)
{
  g_autofree char *full =
      globs && globs[0] ? g_strdup_printf("%s-%s.%s", record->name, record->version, record->arch) : NULL;
  for (guint i = 0; globs && globs[i]; i++)
    if (g_pattern_match_simple(globs[i], record->name) || g_pattern_match_simple(globs[i], full))
      return TRUE;
  return FALSE;
}

gboolean cr_rpmmd_is_excluded(const CrArchiveData *data, const CrListPackage *record)
{
  return matches(data->excludes, record) || matches(data->repository_excludes, record);
}

gboolean cr_rpmmd_fits_arch(const CrPackage *package, const CrListPackage *record)
{
  return !strcmp(package->arch, record->arch) || !strcmp(record->arch, "noarch") || !strcmp(package->arch, "noarch");
}

static int compare_priorities(gconstpointer a, gconstpointer b)
{
  const CrArchiveData *one = *(const CrArchiveData *const *)a;
  const CrArchiveData *two = *(const CrArchiveData *const *)b;
  if (one->priority != two->priority)
    return one->priority < two->priority ? -1 : 1;
  return (one->order > two->order) - (one->order < two->order);
}

GPtrArray *cr_rpmmd_list_archives(const CrArchives *archives)
{
  GPtrArray *order = g_ptr_array_new();
  for (guint i = 0; i < archives->archives->len; i++)
    if (((const CrArchiveData *)archives->archives->pdata[i])->list_count)
      g_ptr_array_add(order, archives->archives->pdata[i]);
  g_ptr_array_sort(order, compare_priorities);
  return order;
}

/* The best record of DATA for PACKAGE into BEST; *SEEN: it has the name at all. */
static void take_best(const CrArchiveData *data, const CrRpmModules *modules, const CrPackage *package,
                      CrRpmCandidate *best, CrRpmCandidate *excluded, gboolean *seen)
{
  guint32 first = 0;
  guint count = cr_list_find(data->lists[0].list, package->name, &first);
  for (guint i = 0; i < count; i++) {
    CrRpmCandidate candidate = {.data = data};
    cr_list_get_named(data->lists[0].list, first, i, &candidate.record);
    const CrListPackage *record = &candidate.record;
    if (!cr_rpmmd_fits_arch(package, record) || !cr_rpmmd_modules_shows(modules, data, record))
      continue;
    gboolean out = cr_rpmmd_is_excluded(data, record);
    *seen |= !out;
    CrRpmCandidate *into = out ? excluded : best;
    int order = into->data ? cr_version_compare_rpm(record->version, into->record.version) : 1;
    if (order > 0 || (!order && data->archive.configured && !into->data->archive.configured))
      *into = candidate;
  }
}

void cr_rpmmd_find_candidate(const GPtrArray *archives, const CrRpmModules *modules, const CrPackage *package,
                             CrRpmCandidate *best, CrRpmCandidate *excluded)
{
  gboolean seen = FALSE;
  *best = *excluded = (CrRpmCandidate){.data = NULL};
  for (guint i = 0; i < archives->len; i++) {
    const CrArchiveData *data = archives->pdata[i];
    if (seen && i && ((const CrArchiveData *)archives->pdata[i - 1])->priority != data->priority)
      return;
    take_best(data, modules, package, best, excluded, &seen);
  }
}
