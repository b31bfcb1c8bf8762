/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/steward.h"

#include <string.h>

const char *cr_steward_find_builder(const CrImage *image, const char **label)
{
  static const char *const labels[] = {"org.opencontainers.image.vendor", "org.opencontainers.image.authors",
                                       "maintainer"};
  for (guint i = 0; i < G_N_ELEMENTS(labels); i++) {
    const char *value = cr_image_find_label(image, labels[i]);
    *label = labels[i];
    if (value && *value && strlen(value) < 1024)
      return value;
  }
  *label = NULL;
  return NULL;
}

/* The maintainers that Debian and Ubuntu leave in a package that somebody else rebuilt: not who built it. */
static gboolean is_distribution_address(const char *maintainer)
{
  static const char *const parts[] = {"debian.org", "debian.net", "ubuntu.com", "canonical.com"};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(maintainer, parts[i]))
      return TRUE;
  return FALSE;
}

CrSteward cr_steward_make_local(const CrStewardContext *context, const CrPackage *package, const char *evidence)
{
  CrArena *arena = context->arena;
  const char *maintainer = package->maintainer;
  if (!g_strcmp0(maintainer, "Unknown Packager")) /* what makepkg writes when nobody set PACKAGER */
    maintainer = NULL;
  CrSteward steward = {.kind = CR_STEWARD_BUILDER, .proof = CR_PROOF_UNKNOWN};
  if (maintainer && *maintainer && !is_distribution_address(maintainer)) {
    steward.name = maintainer;
    steward.evidence = cr_arena_printf(arena, "%s; maintainer %s", evidence, maintainer);
  } else if (context->builder) {
    steward.name = context->builder;
    steward.evidence = cr_arena_printf(arena, "%s; the image's label %s", evidence, context->builder_label);
  } else {
    steward.kind = CR_STEWARD_NOBODY;
    steward.evidence = cr_arena_printf(arena, "%s, and nothing tells who made it", evidence);
  }
  return steward;
}

/* Is it the release's own support that this package has? */
static gboolean has_release_support(const CrStewardContext *context, const CrPackage *package)
{
  const CrSteward *steward = &package->steward;
  if (steward->kind != CR_STEWARD_DISTRIBUTION)
    return FALSE;
  return !strcmp(package->type, "deb") ? steward->until != NULL || context->os->support.until == NULL : TRUE;
}

void cr_steward_judge_package(const CrStewardContext *context, CrPackage *package)
{
  if (!context->os->id && cr_support_is_system_type(package->type))
    package->steward = (CrSteward){.kind = CR_STEWARD_NOBODY,
                                   .proof = CR_PROOF_UNKNOWN,
                                   .evidence = "the distribution is not known, so nobody can be named"};
  else if (!strcmp(package->type, "deb"))
    cr_steward_judge_deb(context, package);
  else
    cr_steward_judge_other(context, package);
  if (has_release_support(context, package) || cr_support_get_program_product(package))
    return; /* a program's support is its makers' word */
  package->support = CR_PACKAGE_SUPPORT_UNKNOWN;
  package->support_note = NULL;
}

void cr_steward_judge_file(const CrStewardContext *context, CrUnowned *file)
{
  CrArena *arena = context->arena;
  /* a compiler's name says with what, not by whom; Go and Rust link their world in, so a new build is what fixes it */
  const char *built = file->built_with;
  gboolean tells = built && (g_str_has_prefix(built, "go") || g_str_has_prefix(built, "rustc"));
  CrSteward *steward = &file->steward;
  *steward = (CrSteward){.kind = CR_STEWARD_BUILDER, .proof = CR_PROOF_UNKNOWN, .name = context->builder};
  if (context->builder) {
    steward->evidence = cr_arena_printf(arena, "no package owns it%s%s; the image's label %s",
                                        tells ? "; built with " : "", tells ? built : "", context->builder_label);
  } else if (tells) {
    steward->name = "the image's builder";
    steward->evidence = cr_arena_printf(arena, "no package owns it; its build info says %s", built);
  } else {
    steward->kind = CR_STEWARD_NOBODY;
    steward->evidence = "no package owns it, and nothing tells who made it";
  }
}
