/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's secdb (https://secdb.alpinelinux.org): per branch, by origin package, the version that has the fix; "0"
 * means that no version was ever affected. What secdb does not name is not known to be broken: Alpine lists fixes only.
 */
#include "advisory/match-inside.h"

#include <string.h>

static gboolean takes(const CrMatching *matching, const CrPackage *package)
{
  return !strcmp(package->type, "apk") && !g_strcmp0(matching->os->id, "alpine");
}

/* edge calls itself by the next release and a date: "3.21.0_alpha20240923". */
static CrStrv list_ecosystems(CrMatching *matching, const CrPackage *package)
{
  const char *version = matching->os->version;
  if (!version || package->steward.kind != CR_STEWARD_DISTRIBUTION)
    return cr_strv_empty;
  const char **list = cr_arena_alloc(matching->arena, 2 * sizeof *list);
  const char *dot = strchr(version, '.');
  gsize length = dot ? (gsize)(dot - version) + 1 + strspn(dot + 1, "0123456789") : strlen(version);
  list[0] = strstr(version, "_alpha") || !strcmp(version, "edge")
                ? "Alpine:edge"
                : cr_arena_printf(matching->arena, "Alpine:v%.*s", (int)length, version);
  return list;
}

static void judge_source(CrMatching *matching, CrStrv ecosystems, const char *source, const char *version, GArray *hits)
{
  const GPtrArray *records = cr_matching_find(matching, ecosystems[0], source);
  for (guint i = 0; i < records->len; i++) {
    CrRangeAnswer answer = cr_range_judge(records->pdata[i], CR_SCHEME_APK, version);
    if (answer.affected)
      cr_matching_add_hit(hits, records->pdata[i], NULL, &answer);
  }
}

static const char *name_go(CrArena *arena, const char *version)
{
  (void)arena;
  (void)version;
  return "go";
}

static const CrInsideRules inside_rules = {
    .builder = "Alpine",
    .scheme = CR_SCHEME_APK,
    .name_go = name_go,
    .lowest = "%s-r0",
    .highest = "%s-r99999",
    .judge_source = judge_source,
};

static void judge(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits)
{
  judge_source(matching, ecosystems, package->source_name, package->version, hits);
  cr_match_inside_judge(matching, package, &inside_rules, ecosystems, hits);
}

const CrMatcher cr_matcher_alpine = {
    .name = "Alpine",
    .offer = CR_OFFER_ADVISORY,
    .takes = takes,
    .list_ecosystems = list_ecosystems,
    .judge = judge,
};
