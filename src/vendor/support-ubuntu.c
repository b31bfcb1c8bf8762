/* SPDX-License-Identifier: Apache-2.0 */
/* Ubuntu: Canonical until `eol-server` (`eol` for releases that have no other), then Ubuntu Pro's ESM for those who
 * have its archive. */
#include "vendor/support.h"

#include <string.h>

static const CrArchive *find_esm_archive(const CrSupportQuery *query)
{
  for (guint i = 0; query->archives && query->archives[i]; i++) {
    const CrArchive *archive = query->archives[i];
    gboolean named = (archive->uri && strstr(archive->uri, "esm.ubuntu.com")) ||
                     (archive->origin && g_str_has_prefix(archive->origin, "UbuntuESM"));
    if (named && archive->configured && archive->is_signed && !archive->error)
      return archive;
  }
  return NULL;
}

static void judge_after_eol(const CrSupportQuery *query, const CrDistroRelease *release, CrSupportAnswer *answer)
{
  CrArena *arena = query->arena;
  const char *table = query->data->distro_info_name;
  const CrArchive *esm = find_esm_archive(query);
  gboolean legacy = !cr_support_covers(&release->eol_esm, query->day);
  const GDate *offer = legacy ? &release->eol_legacy : &release->eol_esm;
  answer->phase = CR_PHASE_ENDED;
  answer->evidence = table;
  if (!cr_support_covers(offer, query->day))
    return;
  const char *until = cr_support_format_date(offer, arena);
  if (esm && !legacy) {
    answer->phase = CR_PHASE_ELTS;
    answer->until = *offer;
    answer->steward = "Ubuntu Pro (ESM)";
    answer->evidence = cr_arena_printf(arena, "%s; %s is configured and signed", table, esm->name);
  } else if (legacy) { /* an add-on of its own; nothing in an image shows whether it was bought */
    answer->evidence = cr_arena_printf(arena, "%s; Ubuntu Pro offers its Legacy add-on until %s", table, until);
  } else {
    answer->evidence =
        cr_arena_printf(arena, "%s; Ubuntu Pro offers ESM until %s, its archive is not configured here", table, until);
  }
}

static void judge(const CrSupportQuery *query, CrSupportAnswer *answer)
{
  const CrSupportData *data = query->data;
  CrArena *arena = query->arena;
  if (!data->distro_info) {
    answer->evidence =
        cr_arena_printf(arena, "no distro-info-data%s%s", data->why ? ": " : "", data->why ? data->why : "");
    return;
  }
  const CrDistroRelease *release = cr_distro_info_find(data->distro_info, query->os->version, query->os->codename);
  if (!release) {
    answer->evidence = cr_arena_printf(arena, "%s: has no release %s", data->distro_info_name,
                                       query->os->version ? query->os->version : "without a version");
    return;
  }
  if (g_date_valid(&release->release) && g_date_compare(query->day, &release->release) < 0) {
    answer->phase = CR_PHASE_ROLLING;
    answer->steward = "Ubuntu's uploaders";
    answer->evidence =
        cr_arena_printf(arena, "%s: %s was not released on that day", data->distro_info_name, release->series);
    return;
  }
  answer->steward = "Ubuntu security team";
  answer->until = g_date_valid(&release->eol_server) ? release->eol_server : release->eol;
  answer->evidence = data->distro_info_name;
  if (!g_date_valid(&answer->until))
    return;
  if (cr_support_covers(&answer->until, query->day))
    answer->phase = CR_PHASE_FULL;
  else
    judge_after_eol(query, release, answer);
}

const CrSupportFamily cr_support_ubuntu = {
    .id = "ubuntu",
    .steward = "Ubuntu security team",
    .distro_info = "ubuntu.csv",
    .version_parts = 2,
    .judge = judge,
};
