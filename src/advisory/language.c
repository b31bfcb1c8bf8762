/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/matching.h"

#include <string.h>

static const struct {
  const char *type, *ecosystem;
} languages[] = {
    {"pypi", "PyPI"},    {"npm", "npm"},     {"golang", "Go"},          {"cargo", "crates.io"},
    {"gem", "RubyGems"}, {"maven", "Maven"}, {"composer", "Packagist"}, {"nuget", "NuGet"},
};

const char *cr_language_find_ecosystem(const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS(languages); i++)
    if (!strcmp(languages[i].type, type))
      return languages[i].ecosystem;
  return NULL;
}

gboolean cr_finding_needs_build(const CrFinding *finding)
{
  return cr_language_find_ecosystem(finding->package->type) && !strcmp(finding->status, "fixable");
}
