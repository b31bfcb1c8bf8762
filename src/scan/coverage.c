/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include <string.h>

/* Does a verified archive answer for this package? Debian's and Ubuntu's do so for everything that dpkg knows of their
 * release; a package of a foreign archive counts when that archive itself is verified. */
static gboolean archive_answers(const CrScan *scan, const CrPackage *package)
{
  if (strcmp(package->type, "deb") != 0 || !cr_archives_is_answering(scan->archive_set))
    return FALSE;
  return package->steward.kind >= CR_STEWARD_UPSTREAM;
}

gboolean cr_scan_is_unwatched(const CrScan *scan, const CrPackage *package)
{
  if (package->steward.kind <= CR_STEWARD_BUILDER)
    return TRUE;
  return !archive_answers(scan, package); /* "not checked": no archive and no advisory source covers it */
}

static CrCoverage *get_row(CrScan *scan, const char *type, const char *release)
{
  for (guint i = 0; i < scan->coverage->len; i++) {
    CrCoverage *row = scan->coverage->pdata[i];
    if (!strcmp(row->type, type))
      return row;
  }
  CrCoverage *row = cr_arena_new0(scan->arena, CrCoverage);
  row->type = type;
  row->release = release;
  g_ptr_array_add(scan->coverage, row);
  return row;
}

void cr_scan_judge_coverage(CrScan *scan)
{
  const char *release = cr_vendor_format_release(scan->os, scan->arena);
  gboolean answering = cr_archives_is_answering(scan->archive_set);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    CrCoverage *row = get_row(scan, package->type, release);
    row->packages++;
    row->archive = answering && !strcmp(package->type, "deb");
  }
  for (guint i = 0; i < scan->coverage->len; i++) {
    const CrCoverage *row = scan->coverage->pdata[i];
    if (!row->archive && !row->advisories)
      cr_problems_add(scan->problems, CR_PROBLEM_PARTIAL, "coverage",
                      "%u %s package%s of %s not checked: no verified archive and no advisory source covers them",
                      row->packages, row->type, row->packages == 1 ? "" : "s",
                      row->release ? row->release : "an unknown release");
  }
}
