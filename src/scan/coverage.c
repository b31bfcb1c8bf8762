/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include <string.h>

/* Does a verified archive answer for this package? Debian's and Ubuntu's do so for everything that dpkg knows of their
 * release; a package of a foreign archive counts when that archive itself is verified. */
static gboolean archive_answers(const CrScan *scan, const CrPackage *package)
{
  if (!cr_archives_has_type(scan->archive_set, package->type) || !cr_archives_is_answering(scan->archive_set))
    return FALSE;
  return package->steward.kind >= CR_STEWARD_UPSTREAM;
}

gboolean cr_scan_is_unwatched(const CrScan *scan, const CrPackage *package)
{
  if (package->steward.kind <= CR_STEWARD_BUILDER)
    return TRUE;
  return !archive_answers(scan, package) && !package->advisories; /* "not checked" */
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

/* Packages of a system are of its release; those of a language are not. */
static gboolean is_system(const char *type)
{
  static const char *const types[] = {"deb", "apk", "rpm", "opkg", "alpm", NULL};
  return g_strv_contains(types, type);
}

void cr_scan_list_coverage(CrScan *scan)
{
  const char *release = cr_vendor_format_release(scan->os, scan->arena);
  gboolean answering = cr_archives_is_answering(scan->archive_set);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    CrCoverage *row = get_row(scan, package->type, is_system(package->type) ? release : NULL);
    row->packages++;
    row->archive = answering && cr_archives_has_type(scan->archive_set, package->type);
  }
}

/* No data at all is partial. An archive without advisories is worth a note: holes that have no fix are not seen. */
void cr_scan_judge_coverage(CrScan *scan)
{
  for (guint i = 0; i < scan->coverage->len; i++) {
    const CrCoverage *row = scan->coverage->pdata[i];
    const char *release = row->release ? row->release : "an unknown release";
    const char *of = is_system(row->type) ? " of " : "";
    if (row->advisories)
      continue;
    if (!row->archive)
      cr_problems_add(scan->problems, CR_PROBLEM_PARTIAL, "coverage",
                      "%u %s package%s%s%s not checked: no verified archive and no advisory source covers them",
                      row->packages, row->type, row->packages == 1 ? "" : "s", of, *of ? release : "");
    else if (scan->data_advisories)
      cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "coverage",
                      "the advisory data holds nothing on %s: its known holes without a fix are not listed", release);
  }
}
