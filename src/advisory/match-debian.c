/* SPDX-License-Identifier: Apache-2.0 */
/* Debian, as its security tracker means it (https://security-team.debian.org/security_tracker.html): by source package
 * and source version, each release by its own. Its words are kept: no-dsa, postponed, ignored, undetermined,
 * end-of-life, unimportant. */
#include "advisory/match-deb.h"
#include "advisory/match-inside.h"

#include <stdlib.h>
#include <string.h>

gboolean cr_match_deb_is_own(const CrMatching *matching, const CrPackage *package)
{
  const CrSteward *steward = &package->steward;
  return steward->kind == CR_STEWARD_DISTRIBUTION && (steward->proof != CR_PROOF_UNKNOWN || !matching->answering);
}

static gboolean takes(const CrMatching *matching, const CrPackage *package)
{
  return !strcmp(package->type, "deb") && !g_strcmp0(matching->os->id, "debian");
}

/* ---- which release's word counts ---- */

/* OSV names Debian's ecosystems by number; archives by codename. Unknown ones stay as they are: they have no data. */
static const char *number_release(const char *codename)
{
  static const char *const names[] = {"jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke"};
  static const char *const numbers[] = {"8", "9", "10", "11", "12", "13", "14", "15"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (!strcmp(names[i], codename))
      return numbers[i];
  return codename;
}

static const char *get_own_release(const CrMatching *matching)
{
  const CrOs *os = matching->os;
  if (os->version && g_ascii_isdigit(os->version[0]))
    return cr_arena_strndup(matching->arena, os->version, strspn(os->version, "0123456789"));
  return os->codename ? number_release(os->codename) : NULL;
}

/* "12" where VERSION ends as Debian marks an upload for that release: …+deb12u3, …~bpo12+1. */
static const char *find_mark(const CrMatching *matching, const char *version, const char *mark)
{
  const char *found = NULL;
  for (const char *at = version; (at = strstr(at, mark)) != NULL; at += strlen(mark)) {
    gsize digits = strspn(at + strlen(mark), "0123456789");
    if (digits && digits < 4)
      found = cr_arena_strndup(matching->arena, at + strlen(mark), digits);
  }
  return found;
}

/* A backport is a package of the next release, built again: it has the fixes that one has. */
static const char *get_next(const CrMatching *matching, const char *release)
{
  int number = atoi(release);
  return number ? cr_arena_printf(matching->arena, "%d", number + 1) : NULL;
}

/* The release of the suite that ARCHIVE is: "trixie" and "trixie-security" are 13, "bookworm-backports" is what that
 * was taken from. */
static const char *get_archive_release(const CrMatching *matching, const CrArchive *archive)
{
  if (!archive->codename)
    return NULL;
  g_autofree char *codename = g_strndup(archive->codename, strcspn(archive->codename, "-/"));
  const char *release = number_release(codename);
  release = release == codename ? cr_arena_strdup(matching->arena, codename) : release;
  return strstr(archive->codename, "-backports") ? get_next(matching, release) : release;
}

static const char *get_release(const CrMatching *matching, const CrPackage *package)
{
  const char *backport = find_mark(matching, package->version, "~bpo");
  if (backport)
    return get_next(matching, backport);
  /* Only what the steward's judgement found to be of another suite than the image's own is looked up again. */
  if (!g_strcmp0(package->steward.name, matching->os->support.steward))
    return get_own_release(matching);
  const CrArchive *archive =
      matching->input->archives ? cr_archives_find_exact(matching->input->archives, package, NULL) : NULL;
  if (archive && archive->distribution)
    return get_archive_release(matching, archive);
  const char *marked = find_mark(matching, package->version, "deb");
  const char *own = get_own_release(matching);
  return marked && own && atoi(marked) > atoi(own) ? marked : own;
}

static CrStrv list_ecosystems(CrMatching *matching, const CrPackage *package)
{
  const char *release = cr_match_deb_is_own(matching, package) ? get_release(matching, package) : NULL;
  const char **list = cr_arena_alloc(matching->arena, 2 * sizeof *list);
  if (release)
    list[0] = cr_arena_printf(matching->arena, "Debian:%s", release);
  return list;
}

/* ---- the tracker's words ---- */

static const char *judge_open(const CrAdvisory *advisory)
{
  static const struct {
    const char *word, *status;
  } words[] = {
      {"no-dsa", "deferred"},   {"postponed", "deferred"},   {"ignored", "wont_fix"},
      {"wont-fix", "wont_fix"}, {"end-of-life", "wont_fix"},
  };
  for (guint i = 0; advisory->vendor_status && i < G_N_ELEMENTS(words); i++)
    if (!strcmp(words[i].word, advisory->vendor_status))
      return words[i].status;
  return NULL;
}

static gboolean is_tracker(const CrAdvisory *advisory)
{
  return strstr(advisory->feed, "tracker") != NULL;
}

/* CVEs that the tracker has a word on: KNOWN, and HIT where that is that PACKAGE is affected. */
enum { KNOWN = 1, HIT };

static guint get_word(GHashTable *words, const char *cve)
{
  return GPOINTER_TO_UINT(g_hash_table_lookup(words, cve));
}

static gboolean judge_version(GArray *hits, const CrAdvisory *advisory, const char *version)
{
  CrRangeAnswer answer = cr_range_judge(advisory, CR_SCHEME_DEB, version);
  if (!answer.affected)
    return FALSE;
  cr_matching_add_hit(hits, advisory, NULL, &answer);
  if (!answer.fixed)
    g_array_index(hits, CrHit, hits->len - 1).status = judge_open(advisory);
  return TRUE;
}

/* A DSA lends its name to the flaws that it fixes. */
static void add_erratum(GArray *hits, const CrAdvisory *advisory, GHashTable *words)
{
  CrStrv lists[] = {advisory->aliases, advisory->related};
  for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
    for (guint i = 0; lists[l] && lists[l][i]; i++)
      if (get_word(words, lists[l][i]) == HIT)
        cr_matching_add_hit(hits, advisory, lists[l][i], NULL);
}

/* OSV's copy. Where the tracker has a word on a CVE the copy only adds scores and names. */
static void judge_copy(GArray *hits, const CrAdvisory *advisory, const char *version, GHashTable *words)
{
  gboolean fixes_others = cr_name_is_erratum(advisory->id) && (advisory->aliases[0] || advisory->related[0]);
  if (fixes_others)
    return; /* at the end, when it is known what hits */
  const char *cve = cr_name_strip(advisory->id);
  guint word = get_word(words, cve);
  if (word == HIT)
    cr_matching_add_hit(hits, advisory, NULL, NULL);
  else if (!word && judge_version(hits, advisory, version))
    g_hash_table_insert(words, (gpointer)cve, GUINT_TO_POINTER(HIT));
}

static void judge_source(CrMatching *matching, CrStrv ecosystems, const char *source, const char *source_version,
                         GArray *hits)
{
  const GPtrArray *records = cr_matching_find(matching, ecosystems[0], source);
  g_autoptr(GHashTable) words = g_hash_table_new(g_str_hash, g_str_equal);
  g_autofree char *version = g_strdup(source_version);
  char *backport = strstr(version, "~bpo");
  if (backport)
    *backport = 0;
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i];
    if (is_tracker(advisory))
      g_hash_table_insert(words, (gpointer)advisory->id,
                          GUINT_TO_POINTER(judge_version(hits, advisory, version) ? HIT : KNOWN));
  }
  for (guint i = 0; i < records->len; i++)
    if (!is_tracker(records->pdata[i]))
      judge_copy(hits, records->pdata[i], version, words);
  for (guint i = 0; hits->len && i < records->len; i++)
    if (cr_name_is_erratum(((const CrAdvisory *)records->pdata[i])->id))
      add_erratum(hits, records->pdata[i], words);
}

static const CrInsideRules inside_rules = {
    .builder = "Debian",
    .scheme = CR_SCHEME_DEB,
    .name_go = cr_match_inside_name_series,
    .lowest = "%s-0~", /* of a new upstream version the first upload is -1; backports of it sort before */
    .highest = "%s-99999",
    .judge_source = judge_source,
};

static void judge(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits)
{
  judge_source(matching, ecosystems, package->source_name, package->source_version, hits);
  cr_match_inside_judge(matching, package, &inside_rules, ecosystems, hits);
}

const CrMatcher cr_matcher_debian = {
    .name = "Debian",
    .offer = CR_OFFER_ARCHIVE,
    .takes = takes,
    .list_ecosystems = list_ecosystems,
    .judge = judge,
};
