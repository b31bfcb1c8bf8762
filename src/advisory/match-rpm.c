/* SPDX-License-Identifier: Apache-2.0 */
/* Errata of Red Hat's family. An erratum fixes several flaws; each is a finding of its own. Versions are compared as
 * rpm does, and only within one build line: a module's stream is another line than the plain package, and so is a
 * build with ksplice or FIPS marks. */
#include "advisory/match-inside.h"

#include <stdlib.h>
#include <string.h>

static gboolean is_rpm_of(const CrMatching *matching, const CrPackage *package, const char *id)
{
  return !strcmp(package->type, "rpm") && !g_strcmp0(matching->os->id, id);
}

static const char *get_major(const CrMatching *matching)
{
  const char *version = matching->os->version;
  gsize digits = version ? strspn(version, "0123456789") : 0;
  return digits ? cr_arena_strndup(matching->arena, version, digits) : NULL;
}

static gboolean is_own(const CrPackage *package)
{
  return package->steward.kind == CR_STEWARD_DISTRIBUTION;
}

/* ---- build lines ---- */

/* Red Hat and Rocky mark a module's build "module+el8.9.0+…", AlmaLinux "module_el8.9.0+…". */
static gboolean is_modular(const char *version)
{
  return strstr(version, ".module+el") || strstr(version, ".module_el");
}

static gboolean has_mark(const char *version, const char *mark)
{
  return strstr(version, mark) != NULL;
}

/* The first number of the upstream version, behind the epoch. */
static int get_generation(const char *version)
{
  const char *colon = strchr(version, ':');
  return atoi(colon ? colon + 1 : version);
}

/* "nodejs:20" of a title "Important: nodejs:20 security update" is it the start of LABEL "nodejs:20:9070…:…"? -1: the
 * title names no stream. */
static int fits_stream(const char *title, const char *label)
{
  g_auto(GStrv) words = g_strsplit_set(title ? title : "", " ,", -1);
  int fits = -1;
  for (guint i = 0; words[i]; i++) {
    const char *colon = strchr(words[i], ':');
    if (!colon || colon == words[i] || !colon[1])
      continue;
    gsize length = strlen(words[i]);
    fits = fits > 0 || (!strncmp(words[i], label, length) && (!label[length] || label[length] == ':'));
  }
  return fits;
}

static gboolean is_same_line(CrMatching *matching, const CrPackage *package, const CrAdvisory *advisory,
                             const char *fixed)
{
  static const char *const marks[] = {".ksplice", "_fips", NULL};
  for (guint i = 0; marks[i]; i++)
    if (has_mark(package->version, marks[i]) != has_mark(fixed, marks[i]))
      return FALSE;
  gboolean modular = package->module || is_modular(package->version);
  if (modular != is_modular(fixed))
    return FALSE;
  if (!modular)
    return TRUE;
  int fits = package->module ? fits_stream(cr_matching_get_summary(matching, advisory), package->module) : -1;
  /* Without a stream's name on both sides the generation tells: streams are generations of one program. */
  return fits < 0 ? get_generation(package->version) == get_generation(fixed) : fits;
}

/* ---- errata ---- */

static gboolean add_flaws(GArray *hits, const CrAdvisory *advisory, CrStrv names, const CrRangeAnswer *answer)
{
  gboolean any = FALSE;
  for (guint i = 0; names && names[i]; i++) {
    if (!cr_name_is_cve(names[i]))
      continue;
    cr_matching_add_hit(hits, advisory, names[i], answer);
    any = TRUE;
  }
  return any;
}

/* A security erratum without a CVE is a flaw by its own name; bug fixes and enhancements without one are none. */
static gboolean is_security(const char *id)
{
  return !g_str_has_prefix(id, "ALBA-") && !g_str_has_prefix(id, "ALEA-") && !g_str_has_prefix(id, "RHBA-") &&
         !g_str_has_prefix(id, "RHEA-") && !g_str_has_prefix(id, "RLBA-") && !g_str_has_prefix(id, "RLEA-");
}

/* PACKAGE tells the build line; NULL: all lines, for what is inside other packages. */
static void judge_records(CrMatching *matching, const CrPackage *package, const char *ecosystem, const char *name,
                          const char *version, GArray *hits)
{
  const GPtrArray *records = cr_matching_find(matching, ecosystem, name);
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i];
    CrRangeAnswer answer = cr_range_judge(advisory, CR_SCHEME_RPM, version);
    if (!answer.affected || (package && answer.fixed && !is_same_line(matching, package, advisory, answer.fixed)))
      continue;
    gboolean related = add_flaws(hits, advisory, advisory->related, &answer);
    gboolean aliased = add_flaws(hits, advisory, advisory->aliases, &answer);
    if (!related && !aliased && is_security(advisory->id))
      cr_matching_add_hit(hits, advisory, NULL, &answer);
  }
}

/* ---- what is inside: all of the family call Go's source and its main package "golang" ---- */

static const char *name_go(CrArena *arena, const char *version)
{
  (void)arena;
  (void)version;
  return "golang";
}

static void judge_inside(CrMatching *matching, CrStrv ecosystems, const char *source, const char *version, GArray *hits)
{
  for (guint i = 0; ecosystems[i]; i++)
    judge_records(matching, NULL, ecosystems[i], source, version, hits);
}

static CrInsideRules make_rules(const char *builder)
{
  return (CrInsideRules){.builder = builder,
                         .scheme = CR_SCHEME_RPM,
                         .name_go = name_go,
                         .lowest = "%s-0",
                         .highest = "%s-99999",
                         .judge_source = judge_inside};
}

/* ---- AlmaLinux: by binary package ---- */

static gboolean takes_alma(const CrMatching *matching, const CrPackage *package)
{
  return is_rpm_of(matching, package, "almalinux");
}

static CrStrv list_one(CrMatching *matching, const CrPackage *package, const char *prefix)
{
  const char *major = get_major(matching);
  if (!major || !is_own(package))
    return cr_strv_empty;
  const char **list = cr_arena_alloc(matching->arena, 2 * sizeof *list);
  list[0] = cr_arena_printf(matching->arena, "%s:%s", prefix, major);
  return list;
}

static CrStrv list_alma(CrMatching *matching, const CrPackage *package)
{
  return list_one(matching, package, "AlmaLinux");
}

static void judge_by_name(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits)
{
  for (guint i = 0; ecosystems[i]; i++)
    judge_records(matching, package, ecosystems[i], package->name, package->version, hits);
  const CrInsideRules rules = make_rules(is_rpm_of(matching, package, "rhel") ? "Red Hat" : "AlmaLinux");
  cr_match_inside_judge(matching, package, &rules, ecosystems, hits);
}

const CrMatcher cr_matcher_alma = {
    .name = "AlmaLinux",
    .offer = CR_OFFER_ADVISORY,
    .takes = takes_alma,
    .list_ecosystems = list_alma,
    .judge = judge_by_name,
};

/* ---- Rocky: by source package, with its version ---- */

static gboolean takes_rocky(const CrMatching *matching, const CrPackage *package)
{
  return is_rpm_of(matching, package, "rocky");
}

static CrStrv list_rocky(CrMatching *matching, const CrPackage *package)
{
  return list_one(matching, package, "Rocky Linux");
}

/* Names of source packages have no epoch; a binary package of the same version tells it. */
static const char *get_source_version(const CrPackage *package)
{
  const char *colon = strchr(package->version, ':');
  return colon && !strcmp(colon + 1, package->source_version) ? package->version : package->source_version;
}

static void judge_by_source(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits)
{
  judge_records(matching, package, ecosystems[0], package->source_name, get_source_version(package), hits);
  const CrInsideRules rules = make_rules("Rocky Linux");
  cr_match_inside_judge(matching, package, &rules, ecosystems, hits);
}

const CrMatcher cr_matcher_rocky = {
    .name = "Rocky Linux",
    .offer = CR_OFFER_ADVISORY,
    .takes = takes_rocky,
    .list_ecosystems = list_rocky,
    .judge = judge_by_source,
};

/* ---- Red Hat: by binary package, in the repositories of the release ---- */

static gboolean takes_redhat(const CrMatching *matching, const CrPackage *package)
{
  return is_rpm_of(matching, package, "rhel");
}

static CrStrv list_redhat(CrMatching *matching, const CrPackage *package)
{
  static const char *const repositories[] = {"baseos", "appstream", "crb"};
  const char *major = get_major(matching);
  if (!major || !is_own(package))
    return cr_strv_empty;
  const char **list = cr_arena_alloc(matching->arena, (G_N_ELEMENTS(repositories) + 1) * sizeof *list);
  for (guint i = 0; i < G_N_ELEMENTS(repositories); i++)
    list[i] = cr_arena_printf(matching->arena, "Red Hat:enterprise_linux:%s::%s", major, repositories[i]);
  return list;
}

const CrMatcher cr_matcher_redhat = {
    .name = "Red Hat",
    .offer = CR_OFFER_ADVISORY,
    .takes = takes_redhat,
    .list_ecosystems = list_redhat,
    .judge = judge_by_name,
};
