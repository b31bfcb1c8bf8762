/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support-load.h"

#include "base/error.h"
#include "vendor/archive-set.h"

#include <stdlib.h>
#include <string.h>

void cr_support_data_free(CrSupportData *data)
{
  if (!data)
    return;
  g_clear_pointer(&data->distro_info, cr_distro_info_free);
  g_clear_pointer(&data->limits, cr_support_limits_free);
  g_clear_pointer(&data->cycles, cr_cycles_free);
  g_clear_pointer(&data->arena, cr_arena_free);
  g_free(data);
}

/* The oldest of what is used is how old the answer is. */
static void note_date(CrSupportData *data, gint64 seconds)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
  g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  if (text && (!data->date || strcmp(text, data->date) < 0))
    data->date = cr_arena_strdup(data->arena, text);
}

/* From the archive and from this system, which need not be read (SPARE) where the archive's can be had; a failure of
 * the first is told where the second serves. */
static void load_both(CrArchives *archives, const char *package, const char *folder, const char *system_folder,
                      gboolean spare, const CrVendorOptions *options, CrSupportFiles *both[2], char **why,
                      CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  both[0] = cr_support_load_package(archives, package, folder, options, &error);
  both[1] = both[0] && spare ? NULL : cr_support_load_system(package, system_folder);
  if (both[0])
    return;
  if (archives && error && !options->offline)
    archives->unsettled = TRUE;
  *why = error ? g_strdup(error->message) : g_strdup_printf("no verified archive has %s", package);
  /* --offline with a copy on this system is what the user asked for: nothing to tell */
  if (error && both[1] && !g_error_matches(error, CR_ERROR, CR_ERROR_OFFLINE))
    cr_problems_add(problems, CR_PROBLEM_NOTE, package, "not refreshed, this system's copy serves: %s", error->message);
}

static void load_distro_info(CrSupportData *data, const char *table, CrArchives *archives,
                             const CrVendorOptions *options, CrProblems *problems)
{
  CrSupportFiles *both[2] = {NULL};
  g_autofree char *why = NULL;
  load_both(archives, "distro-info-data", "usr/share/distro-info/", CR_SYSTEM_DISTRO_INFO, FALSE, options, both, &why,
            problems);
  const CrSupportFile *files[2] = {cr_support_files_find(both[0], table), cr_support_files_find(both[1], table)};
  int newest = files[0] && (!files[1] || files[0]->mtime >= files[1]->mtime) ? 0 : 1;
  for (int tries = 0; tries < 2 && !data->distro_info; tries++, newest = !newest) {
    if (!files[newest])
      continue;
    g_autoptr(GError) error = NULL;
    gsize size = 0;
    const char *text = g_bytes_get_data(files[newest]->bytes, &size);
    data->distro_info = cr_distro_info_parse(text ? text : "", size, &error);
    if (!data->distro_info) {
      cr_problems_add_error(problems, CR_PROBLEM_NOTE, both[newest]->name, error);
      continue;
    }
    data->distro_info_name = cr_arena_strdup(data->arena, both[newest]->name);
    note_date(data, files[newest]->mtime);
  }
  if (!data->distro_info)
    data->why = cr_arena_strdup(data->arena, why ? why : "none that can be read");
  cr_support_files_free(both[0]);
  cr_support_files_free(both[1]);
}

static void add_list(CrSupportLimits *limits, CrLimitsFormat format, const CrSupportFile *file)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(file->bytes, &size);
  cr_support_limits_add(limits, format, text ? text : "", size);
}

gboolean cr_support_data_take_limits(CrSupportData *data, const CrSupportFiles *files, const char *version)
{
  g_autofree char *single_name = g_strdup_printf("security-support.deb%s", version);
  g_autofree char *ended_name = g_strdup_printf("security-support-ended.deb%s", version);
  const CrSupportFile *single = cr_support_files_find(files, single_name);
  const CrSupportFile *ended = cr_support_files_find(files, ended_name);
  const CrSupportFile *limited = cr_support_files_find(files, "security-support-limited");
  if (!single && !ended)
    return FALSE;
  data->limits = cr_support_limits_new();
  data->limits_name = cr_arena_strdup(data->arena, files->name);
  if (single) {
    add_list(data->limits, CR_LIMITS_SINGLE, single);
  } else {
    add_list(data->limits, CR_LIMITS_ENDED, ended);
    if (limited)
      add_list(data->limits, CR_LIMITS_LIMITED, limited);
  }
  note_date(data, single ? single->mtime : ended->mtime);
  return TRUE;
}

/* The release's own package knows its release best; this system's may be of another release whose lists for ours were
 * never filled (bookworm's security-support-ended.deb11 is empty). */
static void load_limits(CrSupportData *data, const CrDistroRelease *release, CrArchives *archives,
                        const CrVendorOptions *options, CrProblems *problems)
{
  CrSupportFiles *both[2] = {NULL};
  g_autofree char *why = NULL;
  const char *version = release->version;
  load_both(archives, "debian-security-support", "usr/share/debian-security-support/", CR_SYSTEM_LIMITS, TRUE, options,
            both, &why, problems);
  if (both[0] && !cr_support_data_take_limits(data, both[0], version))
    both[1] = cr_support_load_system("debian-security-support", CR_SYSTEM_LIMITS);
  if (both[1])
    cr_support_data_take_limits(data, both[1], version);
  if (!data->limits && g_date_valid(&release->release)) /* what is not released yet has no list to miss */
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "debian-security-support",
                    "packages of Debian %s with limited or ended support are not known: %s", version,
                    why ? why : "no list for this release");
  if (data->limits && cr_support_limits_get_bad_lines(data->limits))
    cr_problems_add(problems, CR_PROBLEM_NOTE, data->limits_name, "%u lines could not be understood and were left out",
                    cr_support_limits_get_bad_lines(data->limits));
  cr_support_files_free(both[0]);
  cr_support_files_free(both[1]);
}

static void load_cycles(CrSupportData *data, const char *product, const CrVendorOptions *options)
{
  g_autoptr(GError) error = NULL;
  gint64 asked = 0;
  g_autoptr(GBytes) bytes = cr_support_load_product(product, options, &asked, &error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *what = g_strdup_printf("endoflife.date's %s", product);
  if (bytes)
    data->cycles = cr_cycles_parse(text ? text : "", size, what, &error);
  if (!data->cycles) {
    data->why = cr_arena_strdup(data->arena, error->message);
    return;
  }
  note_date(data, asked);
  data->cycles_name = cr_arena_printf(data->arena, "endoflife.date %s of %.10s", product, data->date ? data->date : "");
}

CrSupportData *cr_support_load(const CrOs *os, CrArchives *archives, const CrVendorOptions *options,
                               CrProblems *problems)
{
  CrSupportData *data = g_new0(CrSupportData, 1);
  data->arena = cr_arena_new();
  const CrSupportFamily *family = cr_support_family_find(os);
  if (!family)
    return data;
  const char *product = cr_support_get_product(family, os);
  if (family->distro_info)
    load_distro_info(data, family->distro_info, archives, options, problems);
  else if (product && !cr_support_is_rolling(family, os))
    load_cycles(data, product, options);
  if (archives && data->why && !data->cycles && !data->distro_info)
    archives->unsettled |= !options->offline;
  if (family != &cr_support_debian || !data->distro_info)
    return data;
  const CrDistroRelease *release = cr_distro_info_find(data->distro_info, os->version, os->codename);
  if (release && *release->version && strspn(release->version, "0123456789.") == strlen(release->version) &&
      atoi(release->version) >= 9)
    load_limits(data, release, archives, options, problems);
  return data;
}

void cr_vendor_name_release(CrOs *os, CrArena *arena)
{
  const CrSupportFamily *family = os->version && !os->codename ? cr_support_family_find(os) : NULL;
  CrSupportFiles *files =
      family && family->distro_info ? cr_support_load_system("distro-info-data", CR_SYSTEM_DISTRO_INFO) : NULL;
  const CrSupportFile *file = files ? cr_support_files_find(files, family->distro_info) : NULL;
  gsize size = 0;
  const char *text = file ? g_bytes_get_data(file->bytes, &size) : NULL;
  g_autoptr(CrDistroInfo) info = text ? cr_distro_info_parse(text, size, NULL) : NULL;
  const CrDistroRelease *release = info ? cr_distro_info_find(info, os->version, NULL) : NULL;
  if (release) {
    os->codename = cr_arena_strdup(arena, release->series);
    /* "12.5" is the release 12; Ubuntu's "20.04 LTS" is 20.04 */
    gsize length = MIN(strcspn(release->version, " "), strlen(os->version));
    os->version = cr_arena_strndup(arena, os->version, length);
  }
  if (files)
    cr_support_files_free(files);
}
