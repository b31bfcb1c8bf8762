/* SPDX-License-Identifier: Apache-2.0 */
/* apk, rpm, opkg, pacman: what no signed list has as it is installed, by the maker that its record names, and then
 * never more than likely. */
#include "vendor/steward.h"

#include <string.h>

/* Is WHO (Vendor, packager, maintainer) one of the distribution's own words? */
static gboolean is_own(const CrStewardContext *context, const char *who)
{
  const char *const *words = context->family ? context->family->vendors : NULL;
  for (guint i = 0; who && words && words[i]; i++)
    if (strstr(who, words[i]))
      return TRUE;
  return FALSE;
}

static CrSteward make_distribution(const CrStewardContext *context, CrProof proof, const char *evidence)
{
  const CrOs *os = context->os;
  return (CrSteward){.kind = CR_STEWARD_DISTRIBUTION,
                     .name = os->support.steward ? os->support.steward : os->id,
                     .until = os->support.until,
                     .proof = proof,
                     .evidence = evidence};
}

/* The commit of aports, written by Alpine's builders (apk db field c:). */
static gboolean has_commit(const CrPackage *package)
{
  g_autofree char *text = package->control ? g_strndup(package->control, MIN(package->control_bytes, 65536)) : NULL;
  return text && (g_str_has_prefix(text, "c:") || strstr(text, "\nc:"));
}

/* A verified list has it as it is installed. */
static gboolean judge_listed(const CrStewardContext *context, const CrPackage *package, const char *how,
                             CrSteward *steward)
{
  gboolean same_version = FALSE;
  const CrArchive *archive = context->lists->find_exact(context->lists->data, package, &same_version);
  if (!archive)
    return FALSE;
  const char *evidence = cr_arena_printf(context->arena, "%s in %s", how, archive->name);
  if (archive->distribution)
    *steward = make_distribution(context, CR_PROOF_SIGNED_LIST, evidence);
  else
    *steward = (CrSteward){
        .kind = CR_STEWARD_ARCHIVE, .name = archive->name, .proof = CR_PROOF_SIGNED_LIST, .evidence = evidence};
  return TRUE;
}

static CrSteward judge_apk(const CrStewardContext *context, const CrPackage *package)
{
  CrSteward steward;
  if (judge_listed(context, package, "the same package by its checksum", &steward))
    return steward;
  if (package->name[0] == '.')
    return cr_steward_make_local(context, package, "a set made by apk add --virtual: it holds no files");
  if (is_own(context, package->maintainer) || has_commit(package))
    return make_distribution(context, CR_PROOF_LIKELY,
                             has_commit(package) ? "its record has the commit of the distribution's build"
                                                 : "the maintainer is the distribution's");
  if (package->maintainer)
    return make_distribution(context, CR_PROOF_UNKNOWN, "its record does not tell which repository it came from");
  return cr_steward_make_local(context, package, "its record names no maintainer and no build");
}

static CrSteward judge_rpm(const CrStewardContext *context, const CrPackage *package)
{
  CrArena *arena = context->arena;
  const char *vendor = package->origin;
  CrSteward steward;
  if (judge_listed(context, package, "same name, version, architecture, source and vendor", &steward))
    return steward;
  if (!vendor || !*vendor)
    return cr_steward_make_local(context, package, "its header names no Vendor");
  const char *evidence = cr_arena_printf(arena, "Vendor is %s", vendor);
  if (is_own(context, vendor))
    return make_distribution(context, CR_PROOF_LIKELY, evidence);
  gboolean epel = strstr(vendor, "Fedora Project") != NULL;
  return (CrSteward){.kind = CR_STEWARD_ARCHIVE,
                     .name = epel ? "Fedora EPEL" : vendor,
                     .proof = CR_PROOF_LIKELY,
                     .evidence = evidence};
}

static CrSteward judge_alpm(const CrStewardContext *context, const CrPackage *package)
{
  const char *packager = package->maintainer ? package->maintainer : package->origin;
  if (is_own(context, packager))
    return make_distribution(context, CR_PROOF_LIKELY, cr_arena_printf(context->arena, "packager is %s", packager));
  return cr_steward_make_local(context, package, "its packager is not the distribution's");
}

static CrSteward judge_opkg(const CrStewardContext *context, const CrPackage *package)
{
  if (context->os->id)
    return make_distribution(context, CR_PROOF_UNKNOWN, "its record does not tell which feed it came from");
  return cr_steward_make_local(context, package, "its record does not tell which feed it came from");
}

/* Where a language's packages are published; their authors are who fixes them, and a copy of theirs is what nearly
 * everybody installs. Nothing in an image proves it. */
static const struct {
  const char *type, *prefix, *name; /* PREFIX of the package's name, or NULL: any */
} registries[] = {
    {"pypi", NULL, "PyPI"},
    {"npm", NULL, "npm"},
    {"golang", "stdlib", "Go project"},
    {"golang", NULL, "Go modules"},
    {"cargo", NULL, "crates.io"},
    {"maven", NULL, "Maven Central"},
    {"gem", NULL, "RubyGems"},
    {"composer", "drupal/", "Drupal security team"},
    {"composer", NULL, "Packagist"},
    {"nuget", NULL, "NuGet"},
    {"generic", "drupal/", "Drupal security team"},
    {"generic", "wordpress/", "WordPress.org plug-in and theme directory"},
    {"generic", "wordpress", "WordPress.org"},
};

static gboolean judge_language(const CrStewardContext *context, CrPackage *package)
{
  const char *origin = package->origin;
  for (guint i = 0; i < G_N_ELEMENTS(registries); i++) {
    if (strcmp(registries[i].type, package->type) != 0 ||
        (registries[i].prefix && !g_str_has_prefix(package->name, registries[i].prefix)))
      continue;
    if (origin && (g_str_has_prefix(origin, "file:") || !strcmp(origin, "main") || !strcmp(origin, "local"))) {
      package->steward = cr_steward_make_local(
          context, package, *origin == 'f' ? "installed from files of the builder's" : "the program's own source");
      return TRUE;
    }
    gboolean elsewhere = origin && strstr(origin, "://");
    package->steward = (CrSteward){
        .kind = CR_STEWARD_UPSTREAM,
        .name = elsewhere ? origin : registries[i].name,
        .proof = CR_PROOF_LIKELY,
        .evidence = origin ? cr_arena_printf(context->arena, "its metadata says that it came from %s, not from %s",
                                             elsewhere ? "there" : origin, registries[i].name)
                           : "its metadata has the name and version; nothing signed says so",
    };
    return TRUE;
  }
  return FALSE;
}

/* A program that inventory/programs.c knows: MAINTAINER is who makes it, the record the text that told. */
static gboolean judge_program(const CrStewardContext *context, CrPackage *package)
{
  if (strcmp(package->type, "generic") != 0 || !package->control || !package->maintainer)
    return FALSE;
  package->steward = (CrSteward){.kind = CR_STEWARD_UPSTREAM,
                                 .name = package->maintainer,
                                 .until = package->steward.until, /* support-programs.c's */
                                 .proof = CR_PROOF_UNKNOWN,
                                 .evidence = cr_arena_printf(context->arena, "guess: the program says '%.*s'",
                                                             (int)MIN(package->control_bytes, 200), package->control)};
  return TRUE;
}

void cr_steward_judge_other(const CrStewardContext *context, CrPackage *package)
{
  static const struct {
    const char *type;
    CrSteward (*judge)(const CrStewardContext *context, const CrPackage *package);
  } members[] = {{"apk", judge_apk}, {"rpm", judge_rpm}, {"alpm", judge_alpm}, {"opkg", judge_opkg}};
  for (guint i = 0; i < G_N_ELEMENTS(members); i++)
    if (!strcmp(package->type, members[i].type)) {
      package->steward = members[i].judge(context, package);
      return;
    }
  if (judge_program(context, package) || judge_language(context, package))
    return;
  package->steward = cr_steward_make_local(context, package, "no package manager vouches for it");
}
