/* SPDX-License-Identifier: Apache-2.0 */
/* What `dnf check-update` would list: for each installed package the highest version over the enabled repositories of
 * the best priority that has the name, without what is excluded. */
#include "vendor/rpmmd.h"

#include "base/order.h"

#include <string.h>

#include "model/version.h"

typedef struct {
  const CrArchiveData *data;
  CrListPackage record;
} Candidate;

/* Packages that are installed beside each other, of which only the newest counts (dnf.conf(5) installonlypkgs). */
static gboolean is_install_only(const char *name)
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

/* A module's build is of its own line, and only modules.yaml says of which stream. */
static gboolean is_modular(const char *version)
{
  return strstr(version, ".module+el") || strstr(version, ".module_el") || strstr(version, ".module_f");
}

/* "nodejs:18" of RECORD, or NULL. */
static const char *find_stream(const CrArchiveData *data, const CrListPackage *record)
{
  guint32 first = 0;
  guint count = data->modules ? cr_list_find(data->modules, record->name, &first) : 0;
  for (guint i = 0; i < count; i++) {
    CrListPackage part;
    cr_list_get_named(data->modules, first, i, &part);
    if (!strcmp(part.version, record->version) && !strcmp(part.arch, record->arch))
      return part.advisory;
  }
  return NULL;
}

/* dnf: an installed module's stream is the enabled one, and hides whatever else has its packages' names. LABEL:
 * "nodejs:18:8070020230…:bd1311ed", or NULL. */
static gboolean fits_stream(const CrArchiveData *data, const char *label, const CrListPackage *record)
{
  const char *stream = find_stream(data, record);
  if (!label)
    return !stream && !is_modular(record->version);
  gsize length = stream ? strlen(stream) : 0;
  return length && !strncmp(label, stream, length) && (!label[length] || label[length] == ':');
}

static gboolean is_excluded(CrStrv globs, const CrListPackage *record)
{
  g_autofree char *full =
      globs && globs[0] ? g_strdup_printf("%s-%s.%s", record->name, record->version, record->arch) : NULL;
  for (guint i = 0; globs && globs[i]; i++)
    if (g_pattern_match_simple(globs[i], record->name) || g_pattern_match_simple(globs[i], full))
      return TRUE;
  return FALSE;
}

static gboolean fits_arch(const CrPackage *package, const CrListPackage *record)
{
  return !strcmp(package->arch, record->arch) || !strcmp(record->arch, "noarch") || !strcmp(package->arch, "noarch");
}

/* The best record of DATA for PACKAGE into BEST; *SEEN: it has the name at all. */
static void take_best(const CrArchiveData *data, const CrPackage *package, Candidate *best, Candidate *excluded,
                      gboolean *seen)
{
  guint32 first = 0;
  guint count = data->list_count ? cr_list_find(data->lists[0].list, package->name, &first) : 0;
  for (guint i = 0; i < count; i++) {
    Candidate candidate = {.data = data};
    cr_list_get_named(data->lists[0].list, first, i, &candidate.record);
    const CrListPackage *record = &candidate.record;
    if (!fits_arch(package, record) || !fits_stream(data, package->module, record))
      continue;
    gboolean out = is_excluded(data->excludes, record) || is_excluded(data->repository_excludes, record);
    *seen |= !out;
    Candidate *into = out ? excluded : best;
    int order = into->data ? cr_version_compare_rpm(record->version, into->record.version) : 1;
    if (order > 0 || (!order && data->archive.configured && !into->data->archive.configured))
      *into = candidate;
  }
}

static int compare_priorities(gconstpointer a, gconstpointer b)
{
  const CrArchiveData *one = *(const CrArchiveData *const *)a;
  const CrArchiveData *two = *(const CrArchiveData *const *)b;
  if (one->priority != two->priority)
    return one->priority < two->priority ? -1 : 1;
  return (one->order > two->order) - (one->order < two->order);
}

static void find_candidate(const GPtrArray *archives, const CrPackage *package, Candidate *best, Candidate *excluded)
{
  gboolean seen = FALSE;
  for (guint i = 0; i < archives->len; i++) {
    const CrArchiveData *data = archives->pdata[i];
    if (seen && i && ((const CrArchiveData *)archives->pdata[i - 1])->priority != data->priority)
      return;
    take_best(data, package, best, excluded, &seen);
  }
}

/* ---- notices ---- */

typedef struct {
  GPtrArray *names; /* of flaws */
  const char *since;
  gboolean any, security;
} Notices;

static void take_notice(const CrListPackage *notice, Notices *notices)
{
  gboolean security = !g_strcmp0(notice->advisory, "security");
  g_auto(GStrv) words = g_strsplit(notice->fixes ? notice->fixes : "", " ", -1);
  notices->security |= security;
  for (guint i = 0; words[i]; i++)
    if (*words[i] && !g_ptr_array_find_with_equal_func(notices->names, words[i], g_str_equal, NULL))
      g_ptr_array_add(notices->names, g_strdup(words[i]));
  if (security && notice->built &&
      (!notices->since || g_ascii_strtoll(notice->built, NULL, 10) < g_ascii_strtoll(notices->since, NULL, 10)))
    notices->since = notice->built;
}

/* All that came between the installed version and the candidate. */
static void read_notices(const GPtrArray *archives, const CrPackage *package, const Candidate *candidate,
                         Notices *notices)
{
  for (guint a = 0; a < archives->len; a++) {
    const CrArchiveData *data = archives->pdata[a];
    guint32 first = 0;
    guint count = data->notices ? cr_list_find(data->notices, package->name, &first) : 0;
    notices->any |= data->notices != NULL;
    for (guint i = 0; i < count; i++) {
      CrListPackage notice;
      cr_list_get_named(data->notices, first, i, &notice);
      if (cr_version_compare_rpm(notice.version, package->version) > 0 &&
          cr_version_compare_rpm(notice.version, candidate->record.version) <= 0 && fits_arch(package, &notice) &&
          fits_stream(data, package->module, &notice))
        take_notice(&notice, notices);
    }
  }
}

static void add_notices(const GPtrArray *archives, const Candidate *candidate, CrUpdate *update, CrArena *arena)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  Notices notices = {.names = names};
  read_notices(archives, update->package, candidate, &notices);
  if (!notices.any)
    return;
  g_ptr_array_sort(names, cr_compare_texts);
  const char **list = cr_arena_alloc(arena, (names->len + 1) * sizeof *list);
  for (guint i = 0; i < names->len; i++)
    list[i] = cr_arena_strdup(arena, names->pdata[i]);
  list[names->len] = NULL;
  update->fixes = list;
  update->security = notices.security;
  update->fix_since = notices.since ? cr_release_format_date(g_ascii_strtoll(notices.since, NULL, 10), arena) : NULL;
}

/* ---- all of it ---- */

static CrUpdate *make_update(const GPtrArray *archives, const CrPackage *package, CrArena *arena)
{
  Candidate best = {.data = NULL};
  Candidate excluded = {.data = NULL};
  find_candidate(archives, package, &best, &excluded);
  gboolean free = best.data && cr_version_compare_rpm(best.record.version, package->version) > 0;
  const Candidate *candidate = free ? &best : &excluded;
  if (!candidate->data || cr_version_compare_rpm(candidate->record.version, package->version) <= 0)
    return NULL;
  CrUpdate *update = cr_arena_new0(arena, CrUpdate);
  update->package = package;
  update->candidate = cr_arena_strdup(arena, candidate->record.version);
  update->source = cr_arena_strdup(arena, candidate->record.source_name);
  update->archive = &candidate->data->archive;
  update->configured = candidate->data->archive.configured;
  update->held = !free;
  update->by = free ? CR_UPDATE_BY_UPGRADE : CR_UPDATE_BY_NOTHING;
  update->kept_back = free ? NULL : "the image's configuration excludes it";
  update->brings = update->removes = cr_strv_empty;
  add_notices(archives, candidate, update, arena);
  return update;
}

static int compare_updates(gconstpointer a, gconstpointer b)
{
  const CrUpdate *one = *(CrUpdate *const *)a;
  const CrUpdate *two = *(CrUpdate *const *)b;
  int order = strcmp(one->source, two->source);
  if (!order)
    order = strcmp(one->package->name, two->package->name);
  if (!order)
    order = g_strcmp0(one->package->arch, two->package->arch);
  return order ? order : strcmp(one->package->version, two->package->version);
}

/* Of several installed versions the newest. */
static gboolean is_newest(const GPtrArray *packages, const CrPackage *package)
{
  for (guint i = 0; is_install_only(package->name) && i < packages->len; i++) {
    const CrPackage *other = packages->pdata[i];
    if (!strcmp(other->type, "rpm") && !strcmp(other->name, package->name) &&
        cr_version_compare_rpm(other->version, package->version) > 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean is_damaged(const CrArchives *archives)
{
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    if ((data->list_count && cr_list_is_damaged(data->lists[0].list)) ||
        (data->notices && cr_list_is_damaged(data->notices)) || (data->modules && cr_list_is_damaged(data->modules)))
      return TRUE;
  }
  return FALSE;
}

static gboolean has_modules(const GPtrArray *archives)
{
  for (guint i = 0; i < archives->len; i++)
    if (((const CrArchiveData *)archives->pdata[i])->modules)
      return TRUE;
  return FALSE;
}

static void tell(guint installable, guint modular, CrProblems *problems)
{
  if (installable)
    cr_problems_add(problems, CR_PROBLEM_NOTE, "packages",
                    "whether dependencies let all %u updates be installed together was not computed, and packages that "
                    "replace others by name are not followed: `kept_back`, `brings` and `removes` say nothing of that",
                    installable);
  if (modular)
    cr_problems_add(
        problems, CR_PROBLEM_PARTIAL, "packages",
        "%u package%s of module streams, and no archive says which packages belong to which: no update of them "
        "is listed",
        modular, modular == 1 ? " is" : "s are");
}

void cr_rpmmd_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                           CrProblems *problems)
{
  g_autoptr(GPtrArray) order = g_ptr_array_new();
  for (guint i = 0; i < archives->archives->len; i++)
    if (((const CrArchiveData *)archives->archives->pdata[i])->list_count)
      g_ptr_array_add(order, archives->archives->pdata[i]);
  g_ptr_array_sort(order, compare_priorities);
  guint modular = 0;
  guint installable = 0;
  for (guint i = 0; order->len && i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (strcmp(package->type, "rpm") != 0 || !package->arch || !is_newest(packages, package))
      continue;
    if (package->module ? !has_modules(order) : is_modular(package->version)) {
      modular++;
      continue;
    }
    CrUpdate *update = make_update(order, package, arena);
    if (!update)
      continue;
    installable += update->by == CR_UPDATE_BY_UPGRADE;
    g_ptr_array_add(updates, update);
  }
  g_ptr_array_sort(updates, compare_updates);
  tell(installable, modular, problems);
  if (is_damaged(archives))
    g_ptr_array_set_size(updates, 0); /* said by cr_archives_tell_damage */
}
