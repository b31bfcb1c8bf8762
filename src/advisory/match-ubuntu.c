/* SPDX-License-Identifier: Apache-2.0 */
/* Ubuntu, as its CVE tracker means it (https://ubuntu.com/security/cves/about): by source package; what only
 * Ubuntu Pro's archive (ESM) fixes is in an ecosystem of its own, and no fix for who has not that archive. */
#include "advisory/match-deb.h"
#include "advisory/match-inside.h"

#include <stdlib.h>
#include <string.h>

static gboolean takes(const CrMatching *matching, const CrPackage *package)
{
  return !strcmp(package->type, "deb") && !g_strcmp0(matching->os->id, "ubuntu");
}

/* Releases of April in even years are LTS (https://ubuntu.com/about/release-cycle). */
static gboolean is_lts(const char *version)
{
  const char *dot = strchr(version, '.');
  return dot && atoi(version) % 2 == 0 && g_str_has_prefix(dot, ".04");
}

static CrStrv list_ecosystems(CrMatching *matching, const CrPackage *package)
{
  const char *version = matching->os->version;
  if (!version || !cr_match_deb_is_own(matching, package))
    return cr_strv_empty;
  const char **list = cr_arena_alloc(matching->arena, 3 * sizeof *list);
  list[0] = cr_arena_printf(matching->arena, "Ubuntu:%.5s%s", version, is_lts(version) ? ":LTS" : "");
  if (is_lts(version))
    list[1] = cr_arena_printf(matching->arena, "Ubuntu:Pro:%.5s:LTS", version);
  return list;
}

static const char *judge_open(const CrAdvisory *advisory)
{
  const char *word = advisory->vendor_status;
  if (word && !strcmp(word, "deferred"))
    return "deferred";
  return word && !strcmp(word, "ignored") ? "wont_fix" : NULL;
}

static const CrAdvisory *find_record(const GPtrArray *records, const char *id)
{
  for (guint i = 0; records && i < records->len; i++)
    if (!strcmp(((const CrAdvisory *)records->pdata[i])->id, id))
      return records->pdata[i];
  return NULL;
}

static CrHit *add_hit(GArray *hits, const CrAdvisory *advisory, const CrRangeAnswer *answer)
{
  cr_matching_add_hit(hits, advisory, NULL, answer);
  CrHit *hit = &g_array_index(hits, CrHit, hits->len - 1);
  if (hit->vendor_status && !strcmp(hit->vendor_status, "released")) /* `fixed` says it */
    hit->vendor_status = NULL;
  return hit;
}

/* Only Pro has a fix: it is one where Pro's archive is verified and offers it, else a fix that will not come. OFFER is
 * of the package; NULL: none, or the source is inside another package. */
static void add_pro(CrMatching *matching, const char *offer, GArray *hits, const CrAdvisory *advisory,
                    const CrRangeAnswer *pro, const CrAdvisory *said)
{
  gboolean offered = offer && cr_version_compare_deb(offer, pro->fixed) >= 0;
  CrHit *hit = add_hit(hits, advisory, pro);
  hit->status = offered ? "fixable" : "wont_fix";
  hit->vendor_status = said && said->vendor_status ? said->vendor_status : "fixed in Ubuntu Pro (ESM) only";
  if (offered)
    return;
  hit->vendor_status = cr_arena_printf(matching->arena, "%s%sfixed by %s in Ubuntu Pro (ESM)",
                                       said && said->vendor_status ? said->vendor_status : "",
                                       said && said->vendor_status ? "; " : "", pro->fixed);
  hit->fixed = NULL;
  matching->esm_only++;
}

static void judge_offered(CrMatching *matching, CrStrv ecosystems, const char *source, const char *version,
                          const char *offer, GArray *hits)
{
  const GPtrArray *records = cr_matching_find(matching, ecosystems[0], source);
  const GPtrArray *pro = ecosystems[1] ? cr_matching_find(matching, ecosystems[1], source) : NULL;
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i], *other = find_record(pro, advisory->id);
    CrRangeAnswer answer = cr_range_judge(advisory, CR_SCHEME_DEB, version);
    CrRangeAnswer esm = other ? cr_range_judge(other, CR_SCHEME_DEB, version) : (CrRangeAnswer){0};
    gboolean fixed_by_esm = other && !esm.affected && cr_range_has_fix(other);
    if (!answer.affected || fixed_by_esm)
      continue;
    if (!answer.fixed && esm.fixed)
      add_pro(matching, offer, hits, advisory, &esm, advisory);
    else
      add_hit(hits, advisory, &answer)->status = answer.fixed ? NULL : judge_open(advisory);
  }
  for (guint i = 0; pro && i < pro->len; i++) {
    const CrAdvisory *advisory = pro->pdata[i];
    if (find_record(records, advisory->id))
      continue;
    CrRangeAnswer answer = cr_range_judge(advisory, CR_SCHEME_DEB, version);
    if (answer.affected && answer.fixed)
      add_pro(matching, offer, hits, advisory, &answer, NULL);
    else if (answer.affected)
      add_hit(hits, advisory, &answer)->status = judge_open(advisory);
  }
}

static void judge_source(CrMatching *matching, CrStrv ecosystems, const char *source, const char *version, GArray *hits)
{
  judge_offered(matching, ecosystems, source, version, NULL, hits);
}

static const CrInsideRules inside_rules = {
    .builder = "Ubuntu",
    .scheme = CR_SCHEME_DEB,
    .name_go = cr_match_inside_name_series,
    .lowest = "%s-0~",
    .highest = "%s-99999",
    .judge_source = judge_source,
};

static void judge(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits)
{
  judge_offered(matching, ecosystems, package->source_name, package->source_version,
                cr_matching_get_offer(matching, package), hits);
  cr_match_inside_judge(matching, package, &inside_rules, ecosystems, hits);
}

const CrMatcher cr_matcher_ubuntu = {
    .name = "Ubuntu",
    .offer = CR_OFFER_ARCHIVE,
    .takes = takes,
    .list_ecosystems = list_ecosystems,
    .judge = judge,
};
