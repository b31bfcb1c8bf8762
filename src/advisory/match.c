/* SPDX-License-Identifier: Apache-2.0 */
/* The table of matchers, and what is the same for all: questions asked once, hits made findings, fixes held against
 * what the archives offer, coverage. */
#include "advisory/matching.h"

#include "advisory/refresh.h"

#include <string.h>

static const CrMatcher *const matchers[] = {
    &cr_matcher_debian, &cr_matcher_ubuntu, &cr_matcher_alpine, &cr_matcher_alma,
    &cr_matcher_rocky,  &cr_matcher_redhat, &cr_matcher_osv,
};

const CrMatcher *cr_matching_find_matcher(const CrMatching *matching, const CrPackage *package)
{
  for (guint i = 0; i < G_N_ELEMENTS(matchers); i++)
    if (matchers[i]->takes(matching, package))
      return matchers[i];
  return NULL;
}

/* ---- questions, each asked once ---- */

const GPtrArray *cr_matching_find(CrMatching *matching, const char *ecosystem, const char *package)
{
  g_autofree char *key = g_strdup_printf("%s\n%s", ecosystem, package);
  GPtrArray *answer = g_hash_table_lookup(matching->questions, key);
  if (!answer) {
    answer = cr_advisories_find(matching->advisories, ecosystem, package, matching->arena);
    g_hash_table_insert(matching->questions, g_steal_pointer(&key), answer);
  }
  return answer;
}

const CrFlawNote *cr_matching_get_flaw(CrMatching *matching, const char *cve)
{
  CrFlawNote *note = g_hash_table_lookup(matching->flaws, cve);
  if (note)
    return note;
  note = cr_arena_new0(matching->arena, CrFlawNote);
  note->known = cr_advisories_find_flaw(matching->advisories, cve, matching->arena, &note->flaw);
  note->aliases = cr_advisories_find_aliases(matching->advisories, cve, matching->arena);
  g_hash_table_insert(matching->flaws, (gpointer)cve, note);
  return note;
}

const char *cr_matching_get_summary(CrMatching *matching, const CrAdvisory *advisory)
{
  if (!advisory->text)
    return NULL;
  const char *summary = g_hash_table_lookup(matching->summaries, &advisory->text);
  if (!summary) {
    summary = cr_advisories_find_summary(matching->advisories, advisory, matching->arena);
    summary = summary ? summary : "";
    g_hash_table_insert(matching->summaries, (gpointer)&advisory->text, (gpointer)summary);
  }
  return *summary ? summary : NULL;
}

const CrUpdate *cr_matching_find_update(const CrMatching *matching, const CrPackage *package)
{
  return g_hash_table_lookup(matching->updates, package);
}

const char *cr_matching_get_offer(const CrMatching *matching, const CrPackage *package)
{
  const CrUpdate *update = cr_matching_find_update(matching, package);
  return update ? update->source_version ? update->source_version : update->candidate : NULL;
}

void cr_matching_add_hit(GArray *hits, const CrAdvisory *advisory, const char *name, const CrRangeAnswer *answer)
{
  CrHit hit = {
      .advisory = advisory,
      .name = name,
      .fixed = answer ? answer->fixed : NULL,
      .vendor_status = advisory->vendor_status,
      .mute = !answer,
  };
  g_array_append_val(hits, hit);
}

/* ---- findings ---- */

static gboolean is_ended(const CrMatching *matching, const CrPackage *package, const CrHit *hit)
{
  return package->support == CR_PACKAGE_SUPPORT_ENDED || matching->os->support.phase == CR_PHASE_ENDED ||
         (hit->vendor_status && !strcmp(hit->vendor_status, "end-of-life"));
}

/* The status that follows from the fix alone: is it where it can be had? */
static const char *judge_status(const CrMatching *matching, const CrMatcher *matcher, const CrPackage *package,
                                const char *fixed, const char *summary)
{
  if (!fixed)
    return summary && g_str_has_prefix(summary, "** DISPUTED **") ? "disputed" : "unfixed";
  gboolean proved = matcher->offer == CR_OFFER_ARCHIVE || (matcher->offer == CR_OFFER_ADVISORY && matching->answering);
  if (!proved)
    return "fixable";
  const char *offer = cr_matching_get_offer(matching, package);
  CrVersionScheme scheme = cr_version_scheme_for(package->type);
  return offer && cr_version_compare(scheme, offer, fixed) >= 0 ? "fixable" : "pending_archive";
}

/* The highest: several records of one flaw may each close a part of it. */
static const char *choose_fixed(const CrHitGroup *group, const CrPackage *package)
{
  CrVersionScheme scheme = cr_version_scheme_for(package->type);
  const char *fixed = NULL;
  for (guint i = 0; i < group->hits->len; i++) {
    const CrHit *hit = group->hits->pdata[i];
    if (!hit->mute && hit->fixed && (!fixed || cr_version_compare(scheme, hit->fixed, fixed) > 0))
      fixed = hit->fixed;
  }
  return fixed;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
  return cr_name_compare(*(const char *const *)a, *(const char *const *)b);
}

static CrStrv join_aliases(CrMatching *matching, const CrHitGroup *group)
{
  const CrFlawNote *note = cr_name_is_cve(group->id) ? cr_matching_get_flaw(matching, group->id) : NULL;
  if (!note || !note->aliases[0])
    return group->aliases;
  guint count = g_strv_length((char **)group->aliases) + g_strv_length((char **)note->aliases), n = 0;
  const char **all = cr_arena_alloc(matching->arena, (count + 1) * sizeof *all);
  for (guint i = 0; group->aliases[i]; i++)
    all[n++] = group->aliases[i];
  for (guint i = 0; note->aliases[i]; i++)
    if (strcmp(note->aliases[i], group->id) != 0 && !g_strv_contains(group->aliases, note->aliases[i]))
      all[n++] = note->aliases[i];
  qsort(all, n, sizeof *all, compare_names);
  return all;
}

static const char *find_summary(CrMatching *matching, const CrHitGroup *group)
{
  for (guint i = 0; i < group->hits->len; i++) {
    const char *summary = cr_matching_get_summary(matching, ((const CrHit *)group->hits->pdata[i])->advisory);
    if (summary)
      return summary;
  }
  return NULL;
}

/* Only records that name functions can tell; where one of them finds a function in the program it is there. */
static const char *find_absent(const CrHitGroup *group)
{
  const char *absent = NULL;
  for (guint i = 0; i < group->hits->len; i++) {
    const CrHit *hit = group->hits->pdata[i];
    if (hit->mute || (!hit->looked && !hit->advisory->symbol_count))
      continue;
    if (!hit->absent)
      return NULL;
    absent = hit->absent;
  }
  return absent;
}

static CrFinding *make_finding(CrMatching *matching, const CrMatcher *matcher, const CrPackage *package,
                               const CrHitGroup *group)
{
  const CrHit *first = group->hits->pdata[0];
  CrFinding *finding = cr_arena_new0(matching->arena, CrFinding);
  finding->id = group->id;
  finding->aliases = join_aliases(matching, group);
  finding->package = package;
  finding->fixed = first->status ? first->fixed : choose_fixed(group, package);
  finding->summary = find_summary(matching, group);
  finding->status =
      first->status ? first->status : judge_status(matching, matcher, package, finding->fixed, finding->summary);
  finding->vendor_status = first->vendor_status;
  finding->urgency = first->advisory->urgency;
  finding->source = first->advisory->source;
  finding->absent = find_absent(group);
  cr_severity_judge(matching, group, is_ended(matching, package, first), finding);
  return finding;
}

static void match_package(CrMatching *matching, const CrMatcher *matcher, const CrPackage *package, CrStrv ecosystems,
                          GPtrArray *findings)
{
  g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(CrHit));
  matcher->judge(matching, package, ecosystems, hits);
  if (!hits->len)
    return;
  g_autoptr(GPtrArray) groups = cr_names_group(hits, matching->arena);
  for (guint i = 0; i < groups->len; i++)
    g_ptr_array_add(findings, make_finding(matching, matcher, package, groups->pdata[i]));
}

/* ---- order ---- */

/* What nobody has rated yet may be anything; it goes before what somebody found harmless. */
static guint rate(CrSeverity severity)
{
  static const guint rates[CR_SEVERITY_COUNT] = {
      [CR_SEVERITY_NEGLIGIBLE] = 0, [CR_SEVERITY_LOW] = 1,  [CR_SEVERITY_UNKNOWN] = 2,
      [CR_SEVERITY_MEDIUM] = 3,     [CR_SEVERITY_HIGH] = 4, [CR_SEVERITY_CRITICAL] = 5,
  };
  return rates[severity];
}

static int compare_findings(gconstpointer a, gconstpointer b)
{
  const CrFinding *one = *(const CrFinding *const *)a, *other = *(const CrFinding *const *)b;
  if (one->exploited != other->exploited)
    return one->exploited ? -1 : 1;
  if (one->severity != other->severity)
    return rate(one->severity) > rate(other->severity) ? -1 : 1;
  if (one->reach != other->reach)
    return one->reach > other->reach ? -1 : 1;
  if (one->epss > other->epss || one->epss < other->epss)
    return one->epss > other->epss ? -1 : 1;
  int order = cr_name_compare(one->id, other->id);
  if (order || one->package->index == other->package->index)
    return order;
  return one->package->index < other->package->index ? -1 : 1;
}

void cr_findings_sort(GPtrArray *findings)
{
  g_ptr_array_sort(findings, compare_findings);
}

/* ---- coverage ---- */

static const CrFeedState *find_coverage(CrMatching *matching, CrStrv ecosystems)
{
  for (guint i = 0; matching->advisories && ecosystems[i]; i++) {
    const CrFeedState *feed = cr_advisories_find_coverage(matching->advisories, ecosystems[i]);
    if (feed)
      return feed;
  }
  return NULL;
}

static const char *describe_feed(CrMatching *matching, const CrFeedState *feed)
{
  const char *day = feed->date ? feed->date : feed->fetched; /* not every feed says of which day it is */
  return day ? cr_arena_printf(matching->arena, "%s %s %.10s", feed->name, feed->date ? "of" : "fetched", day)
             : cr_arena_strdup(matching->arena, feed->name);
}

static void cover(CrMatching *matching, GPtrArray *coverage, CrPackage *package, const CrFeedState *feed)
{
  CrCoverage *row = NULL;
  for (guint i = 0; i < coverage->len && !row; i++)
    if (!strcmp(((CrCoverage *)coverage->pdata[i])->type, package->type))
      row = coverage->pdata[i];
  const char *words = row && row->advisories ? row->advisories : describe_feed(matching, feed);
  if (row)
    row->advisories = words;
  package->advisories = words;
}

static void tell(CrMatching *matching, const GPtrArray *findings)
{
  if (matching->foreign)
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "%u package%s of other archives than %s's %s not matched with its advisories: their versions are "
                    "not comparable",
                    matching->foreign, matching->foreign == 1 ? "" : "s",
                    matching->os->id ? matching->os->id : "the distribution", matching->foreign == 1 ? "was" : "were");
  if (matching->esm_only)
    cr_problems_add(matching->problems, CR_PROBLEM_NOTE, "advisories",
                    "%u flaw%s fixed only in Ubuntu Pro (ESM), which is not configured and verified here",
                    matching->esm_only, matching->esm_only == 1 ? " is" : "s are");
  cr_witness_compare(matching, findings);
  const char *failure = cr_advisories_get_failure(matching->advisories);
  if (failure)
    cr_problems_add(matching->problems, CR_PROBLEM_PARTIAL, "advisories", "%s", failure);
}

static void note_ecosystems(const CrMatching *matching)
{
  guint count = 0;
  g_autofree gpointer *names = g_hash_table_get_keys_as_array(matching->seen, &count);
  qsort(names, count, sizeof *names, compare_names);
  if (count && matching->input->cache)
    cr_advisories_note(matching->input->cache, (CrStrv)names);
}

/* ---- the whole ---- */

void cr_matching_begin(CrMatching *matching, const CrOs *os)
{
  const CrMatchInput *input = matching->input;
  matching->advisories = input->advisories;
  matching->os = os;
  matching->answering = input->archives && cr_archives_is_answering(input->archives);
  matching->updates = g_hash_table_new(NULL, NULL);
  for (guint i = 0; input->updates && i < input->updates->len; i++) {
    CrUpdate *update = input->updates->pdata[i];
    g_hash_table_insert(matching->updates, (gpointer)update->package, update);
  }
  matching->questions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  matching->flaws = g_hash_table_new(g_str_hash, g_str_equal);
  matching->summaries = g_hash_table_new(g_int64_hash, g_int64_equal);
  matching->seen = g_hash_table_new(g_str_hash, g_str_equal);
}

void cr_matching_end(CrMatching *matching)
{
  g_hash_table_unref(matching->updates);
  g_hash_table_unref(matching->questions);
  g_hash_table_unref(matching->flaws);
  g_hash_table_unref(matching->summaries);
  g_hash_table_unref(matching->seen);
}

const CrFeedState *cr_matching_match(CrMatching *matching, const CrPackage *package, GPtrArray *findings)
{
  const CrMatcher *matcher = cr_matching_find_matcher(matching, package);
  if (!matcher)
    return NULL;
  CrStrv ecosystems = matcher->list_ecosystems(matching, package);
  matching->foreign += !ecosystems[0] && matcher->offer != CR_OFFER_REGISTRY;
  for (guint k = 0; ecosystems[k]; k++)
    g_hash_table_add(matching->seen, (gpointer)ecosystems[k]);
  const CrFeedState *feed = find_coverage(matching, ecosystems);
  if (feed)
    match_package(matching, matcher, package, ecosystems, findings);
  return feed;
}

void cr_match_find_findings(const CrMatchInput *input, CrArena *arena, GPtrArray *findings, GPtrArray *coverage,
                            CrProblems *problems)
{
  CrMatching matching = {.input = input, .arena = arena, .problems = problems};
  cr_matching_begin(&matching, cr_inventory_get_os(input->inventory));
  GPtrArray *packages = cr_inventory_get_packages(input->inventory);
  for (guint i = 0; i < packages->len; i++) {
    const CrFeedState *feed = cr_matching_match(&matching, packages->pdata[i], findings);
    if (feed)
      cover(&matching, coverage, packages->pdata[i], feed);
  }
  cr_findings_sort(findings);
  if (matching.advisories)
    tell(&matching, findings);
  note_ecosystems(&matching);
  cr_matching_end(&matching);
}
