/* SPDX-License-Identifier: Apache-2.0 */
/* Debian: its own team until `eol`, Debian LTS for some architectures until `eol-lts`, then Freexian's ELTS for those
 * who have its archive (https://wiki.debian.org/LTS, https://wiki.debian.org/LTS/Extended). */
#include "vendor/support.h"

#include <string.h>

/* Architectures that the LTS team took, for releases whose security archive cannot be asked
 * (https://wiki.debian.org/LTS/Using, and the LTS announcement of each release). */
static const struct {
  const char *series;
  const char *architectures;
} lts_architectures[] = {
    {"squeeze", "amd64 i386"},
    {"wheezy", "amd64 armel armhf i386"},
    {"jessie", "amd64 armel armhf i386"},
    {"stretch", "amd64 arm64 armel armhf i386"},
    {"buster", "amd64 arm64 armhf i386"},
    {"bullseye", "amd64 arm64 armhf i386"},
    {"bookworm", "amd64 arm64 armhf i386 ppc64el"},
};

static gboolean has_word(const char *words, const char *word)
{
  g_auto(GStrv) list = g_strsplit(words, " ", -1);
  return g_strv_contains((const char *const *)list, word);
}

static const CrArchive *find_security_archive(const CrSupportQuery *query, const char *series)
{
  for (guint i = 0; query->archives && query->archives[i]; i++) {
    const CrArchive *archive = query->archives[i];
    if (archive->distribution && archive->security && archive->is_signed && archive->architectures &&
        archive->codename && g_str_has_prefix(archive->codename, series))
      return archive;
  }
  return NULL;
}

/* Does LTS cover this architecture? The signed Release of the security archive says it, once LTS has begun; before that
 * it still lists all, and for releases that LTS has not taken over yet nobody knows. 1 yes, 0 no, -1 not known;
 * *EVIDENCE in words. */
static int lts_covers(const CrSupportQuery *query, const CrDistroRelease *release, const char **evidence)
{
  const char *architecture = query->architecture;
  const CrArchive *archive = find_security_archive(query, release->series);
  *evidence = NULL;
  if (!architecture)
    return -1;
  if (archive && g_date_valid(&release->eol) && g_date_compare(query->today, &release->eol) > 0) {
    gboolean covered = g_strv_contains(archive->architectures, architecture);
    *evidence = covered ? cr_arena_printf(query->arena, "%s carries %s", archive->name, architecture)
                        : cr_arena_printf(query->arena, "%s no longer carries %s", archive->name, architecture);
    return covered;
  }
  for (guint i = 0; i < G_N_ELEMENTS(lts_architectures); i++)
    if (!strcmp(lts_architectures[i].series, release->series)) {
      gboolean covered = has_word(lts_architectures[i].architectures, architecture);
      *evidence = covered ? NULL
                          : cr_arena_printf(query->arena, "LTS of %s is for %s only, not %s", release->series,
                                            lts_architectures[i].architectures, architecture);
      return covered;
    }
  return -1;
}

/* Freexian's archive, set up in the image and verified. Its address or its signed Origin tells; a mirror keeps the
 * latter. */
static const CrArchive *find_elts_archive(const CrSupportQuery *query)
{
  for (guint i = 0; query->archives && query->archives[i]; i++) {
    const CrArchive *archive = query->archives[i];
    gboolean named = (archive->uri && strstr(archive->uri, "deb.freexian.com/extended-lts")) ||
                     !g_strcmp0(archive->origin, "Freexian");
    if (named && archive->configured && archive->is_signed && !archive->error)
      return archive;
  }
  return NULL;
}

static void judge_after_lts(const CrSupportQuery *query, const CrDistroRelease *release, const GDate *last,
                            const char *why, CrSupportAnswer *answer)
{
  CrArena *arena = query->arena;
  const char *table = query->data->distro_info_name;
  const char *comma = why ? "; " : "", *reason = why ? why : "";
  const CrArchive *elts = find_elts_archive(query);
  answer->phase = CR_PHASE_ENDED;
  answer->until = *last;
  answer->evidence = cr_arena_printf(arena, "%s%s%s", table, comma, reason);
  if (!cr_support_covers(&release->eol_elts, query->day))
    return;
  const char *until = cr_support_format_date(&release->eol_elts, arena);
  if (!elts) {
    answer->evidence =
        cr_arena_printf(arena, "%s%s%s; Freexian offers ELTS until %s, its archive is not configured here", table,
                        comma, reason, until);
    return;
  }
  answer->phase = CR_PHASE_ELTS;
  answer->until = release->eol_elts;
  answer->steward = "Freexian ELTS";
  answer->evidence = cr_arena_printf(arena, "%s; %s is configured and signed", table, elts->name);
}

static void judge_release(const CrSupportQuery *query, const CrDistroRelease *release, CrSupportAnswer *answer)
{
  CrArena *arena = query->arena;
  const char *table = query->data->distro_info_name;
  if (!g_date_valid(&release->eol) || !g_date_valid(&release->release) ||
      g_date_compare(query->day, &release->release) < 0) {
    answer->phase = CR_PHASE_ROLLING;
    answer->steward = "Debian's uploaders";
    answer->evidence =
        cr_arena_printf(arena, "%s: %s %s", table, release->series,
                        g_date_valid(&release->release) ? "was not released on that day" : "is not released");
    return;
  }
  answer->until = release->eol;
  answer->evidence = table;
  if (cr_support_covers(&release->eol, query->day)) {
    answer->phase = CR_PHASE_FULL;
    answer->steward = "Debian security team";
    return;
  }
  answer->steward = "Debian security team";
  if (!g_date_valid(&release->eol_lts)) {
    judge_after_lts(query, release, &release->eol, NULL, answer);
    return;
  }
  const char *why = NULL;
  int covered = lts_covers(query, release, &why);
  if (covered == 0) {
    judge_after_lts(query, release, &release->eol, why, answer);
    return;
  }
  answer->steward = "Debian LTS";
  if (!cr_support_covers(&release->eol_lts, query->day)) {
    judge_after_lts(query, release, &release->eol_lts, NULL, answer);
    return;
  }
  answer->phase = CR_PHASE_LTS;
  answer->until = release->eol_lts;
  if (why)
    answer->evidence = cr_arena_printf(arena, "%s; %s", table, why);
  else if (covered < 0)
    answer->evidence = cr_arena_printf(arena, "%s; which architectures LTS takes is not known", table);
}

static void judge(const CrSupportQuery *query, CrSupportAnswer *answer)
{
  const CrSupportData *data = query->data;
  if (!data->distro_info) {
    answer->evidence =
        cr_arena_printf(query->arena, "no distro-info-data%s%s", data->why ? ": " : "", data->why ? data->why : "");
    return;
  }
  const CrDistroRelease *release = cr_distro_info_find(data->distro_info, query->os->version, query->os->codename);
  if (release) {
    judge_release(query, release, answer);
    return;
  }
  answer->evidence = query->os->version || query->os->codename
                         ? cr_arena_printf(query->arena, "%s: has no release %s", data->distro_info_name,
                                           query->os->version ? query->os->version : query->os->codename)
                         : "which release of Debian this is cannot be told";
}

const CrSupportFamily cr_support_debian = {
    .id = "debian",
    .steward = "Debian",
    .distro_info = "debian.csv",
    .version_parts = 1,
    .judge = judge,
};
