/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's packages. First what a signed list proves, then what the package says of itself, then what name, source and
 * version make likely. */
#include "vendor/steward.h"

#include "model/version.h"

#include <stdlib.h>
#include <string.h>

/* ---- version shapes (Debian Policy §3.2, §5.6.12, developers-reference §5.11; backports.debian.org) ---- */

/* Cut one of the suffixes that Debian's own uploads end in: +bN, +debNuM, ~debNuM, ~bpoN+M, +nmuN, +expN, ubuntuN.M. */
static gboolean cut_suffix(char *text)
{
  static GRegex *expression = NULL;
  static gsize once = 0;
  if (g_once_init_enter(&once)) {
    expression =
        g_regex_new("(?:\\+b[0-9]+|[+~]deb[0-9]+u[0-9]+(?:\\.[0-9]+)?|~bpo[0-9]+\\+[0-9]+|\\+nmu[0-9]+|[+~]exp[0-9]+|"
                    "(?:ubuntu|build)[0-9]+(?:\\.[0-9]+)*)$",
                    G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
    g_once_init_leave(&once, 1);
  }
  g_autoptr(GMatchInfo) match = NULL;
  int start = 0;
  if (!g_regex_match(expression, text, 0, &match) || !g_match_info_fetch_pos(match, 0, &start, NULL))
    return FALSE;
  text[start] = 0;
  return TRUE;
}

/* The letters and signs of the revision without its digits: "3cross" for "2.44-3cross1". */
static char *get_shape(const char *revision)
{
  GString *shape = g_string_new(NULL);
  for (const char *at = revision; *at; at++)
    if (!g_ascii_isdigit(*at))
      g_string_append_c(shape, *at);
  return g_string_free(shape, FALSE);
}

/* Could the distribution have uploaded this? Its revision is digits and dots behind the known suffixes, or has the
 * shape of the version that is in the list now. Measured on bookworm's main: 97 of 100 versions fit the first rule
 * alone. */
static gboolean fits_distribution(const char *version, const char *newest)
{
  const char *dash = strrchr(version, '-');
  if (strlen(version) > 256)
    return FALSE;
  g_autofree char *revision = g_strdup(dash ? dash + 1 : version);
  while (cut_suffix(revision))
    ;
  if (strspn(revision, "0123456789.") == strlen(revision))
    return TRUE;
  const char *other = newest ? strrchr(newest, '-') : NULL;
  if (!newest || !dash != !other) /* a native version has no rule; the list's own shape decides */
    return FALSE;
  g_autofree char *mine = get_shape(dash ? dash + 1 : version), *theirs = get_shape(other ? other + 1 : newest);
  return !strcmp(mine, theirs);
}

/* "12" of a version that Debian uploaded for that release (…+deb12u3); NULL. */
static const char *find_release_mark(const char *version, CrArena *arena)
{
  for (const char *at = version; (at = strstr(at, "deb")) != NULL; at += 3) {
    gsize digits = strspn(at + 3, "0123456789");
    if (digits && digits < 4 && at > version && (at[-1] == '+' || at[-1] == '~') && at[3 + digits] == 'u')
      return cr_arena_strndup(arena, at + 3, digits);
  }
  return NULL;
}

/* ---- stewards ---- */

static gboolean has_word(const char *text, const char *word)
{
  return text && strstr(text, word);
}

/* backports, testing, sid, experimental and proposed-updates have no security team: those who upload watch. */
static gboolean is_rolling_suite(const CrArchive *archive)
{
  static const char *const suites[] = {"unstable", "sid", "testing", "experimental", "rc-buggy", NULL};
  const char *names[] = {archive->suite, archive->codename};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (names[i] && (g_strv_contains(suites, names[i]) || has_word(names[i], "-backports") ||
                     has_word(names[i], "proposed-updates")))
      return TRUE;
  return FALSE;
}

static gboolean is_same_release(const CrStewardContext *context, const CrArchive *archive)
{
  const char *codename = context->os->codename;
  if (!codename || !*codename || !archive->codename)
    return TRUE; /* nothing to compare: the archives were chosen for this release */
  gsize length = strlen(codename);
  return !strncmp(archive->codename, codename, length) &&
         (!archive->codename[length] || strchr("-/", archive->codename[length]));
}

/* Ubuntu's own team watches main and restricted; universe and multiverse are the community's (Section of the record
 * names the component). */
static gboolean is_community(const CrStewardContext *context, const CrPackage *package)
{
  if (g_strcmp0(context->os->id, "ubuntu") != 0)
    return FALSE;
  if (has_word(package->maintainer, "ubuntu-motu"))
    return TRUE;
  g_autofree char *text = package->control ? g_strndup(package->control, MIN(package->control_bytes, 65536)) : NULL;
  return has_word(text, "\nSection: universe/") || has_word(text, "\nSection: multiverse/");
}

static CrSteward make_distribution(const CrStewardContext *context, const CrPackage *package, CrProof proof,
                                   const char *evidence)
{
  const CrOs *os = context->os;
  return (CrSteward){
      .kind = CR_STEWARD_DISTRIBUTION,
      .name = is_community(context, package) ? "Ubuntu community (universe)"
              : os->support.steward          ? os->support.steward
                                             : os->id,
      .until = os->support.until,
      .proof = proof,
      .evidence = evidence,
  };
}

static CrSteward make_proved(const CrStewardContext *context, const CrPackage *package, const CrArchive *archive)
{
  CrArena *arena = context->arena;
  const char *evidence =
      cr_arena_printf(arena, "same name, version and control fields in %s's signed list", archive->name);
  CrSteward steward = {.kind = CR_STEWARD_ARCHIVE, .proof = CR_PROOF_SIGNED_LIST, .evidence = evidence};
  if (!package->control) {
    steward.proof = CR_PROOF_LIKELY;
    steward.evidence = cr_arena_printf(
        arena, "same name, version and architecture in %s's signed list; no control fields to compare", archive->name);
  }
  if (!archive->is_signed) {
    steward.proof = CR_PROOF_LIKELY;
    steward.evidence = cr_arena_printf(arena, "in the list of %s, which is not verified", archive->name);
  }
  if (!archive->distribution) {
    steward.name = cr_steward_name_archive(archive, arena);
    return steward;
  }
  if (is_rolling_suite(archive) && context->os->support.phase != CR_PHASE_ROLLING) {
    steward.kind = CR_STEWARD_DISTRIBUTION;
    steward.name = cr_arena_printf(arena, "uploaders of %s", archive->name);
    return steward;
  }
  if (!is_same_release(context, archive)) {
    steward.kind = CR_STEWARD_DISTRIBUTION;
    steward.name = cr_arena_printf(arena, "%s (another release)", archive->name);
    return steward;
  }
  return make_distribution(context, package, steward.proof, steward.evidence);
}

static const CrArchive *find_foreign_name(const CrStewardContext *context, const char *name)
{
  const CrStewardLists *lists = context->lists;
  for (guint i = 0; lists->archives && lists->archives[i]; i++)
    if (!lists->archives[i]->distribution && lists->has_name(lists->data, lists->archives[i], name))
      return lists->archives[i];
  return NULL;
}

/* What the package says of itself: its maker's version suffix or address, dpkg's Origin field. */
static gboolean judge_by_marks(const CrStewardContext *context, CrPackage *package)
{
  const char *hint = NULL;
  const char *name = cr_steward_guess_archive(package, &hint);
  CrArena *arena = context->arena;
  if (name) {
    package->steward =
        (CrSteward){.kind = CR_STEWARD_ARCHIVE,
                    .name = name,
                    .proof = CR_PROOF_LIKELY,
                    .evidence = cr_arena_printf(arena, "%s is theirs; this version is in no verified list", hint)};
    return TRUE;
  }
  const char *origin = package->origin;
  if (!origin || !*origin || !g_ascii_strcasecmp(origin, context->os->id) || !g_ascii_strcasecmp(origin, "debian"))
    return FALSE;
  package->steward = (CrSteward){.kind = CR_STEWARD_ARCHIVE,
                                 .name = origin,
                                 .proof = CR_PROOF_LIKELY,
                                 .evidence = "its record names this Origin; this version is in no verified list"};
  return TRUE;
}

static gboolean judge_other_suite(const CrStewardContext *context, CrPackage *package)
{
  CrArena *arena = context->arena;
  const CrOs *os = context->os;
  if (g_strcmp0(os->id, "debian") != 0)
    return FALSE;
  if (has_word(package->version, "~bpo")) {
    package->steward = (CrSteward){.kind = CR_STEWARD_DISTRIBUTION,
                                   .name = "uploaders of Debian's backports",
                                   .proof = CR_PROOF_LIKELY,
                                   .evidence = "the version is one of a backport; it is in no verified list"};
    return TRUE;
  }
  const char *mark = find_release_mark(package->version, arena);
  if (!mark || !os->version || (guint)atoi(os->version) == (guint)atoi(mark))
    return FALSE;
  package->steward = (CrSteward){
      .kind = CR_STEWARD_DISTRIBUTION,
      .name = cr_arena_printf(arena, "Debian %s (another release)", mark),
      .proof = CR_PROOF_LIKELY,
      .evidence = cr_arena_printf(arena, "the version is one of Debian %s, and in no list of this release", mark)};
  return TRUE;
}

static void judge_without_lists(const CrStewardContext *context, CrPackage *package)
{
  package->steward = make_distribution(context, package, CR_PROOF_UNKNOWN, "no verified list to look it up in");
}

static void judge_by_name(const CrStewardContext *context, CrPackage *package)
{
  const CrStewardLists *lists = context->lists;
  CrArena *arena = context->arena;
  const char *newest = lists->find_newest(lists->data, package->name);
  const CrArchive *source = lists->find_source(lists->data, package->source_name);
  const CrArchive *foreign = find_foreign_name(context, package->name);
  if (foreign && !newest && !source) {
    package->steward = (CrSteward){
        .kind = CR_STEWARD_ARCHIVE,
        .name = cr_steward_name_archive(foreign, arena),
        .proof = CR_PROOF_LIKELY,
        .evidence = cr_arena_printf(arena, "%s has the name, this version is not in its list", foreign->name)};
    return;
  }
  if (!newest && !source) {
    package->steward = cr_steward_make_local(context, package, "no archive has the name");
    return;
  }
  gboolean fits = fits_distribution(package->version, newest) &&
                  fits_distribution(package->source_version ? package->source_version : package->version, newest);
  if (!fits) {
    package->steward = cr_steward_make_local(
        context, package, cr_arena_printf(arena, "version %s is none of the distribution's", package->version));
    return;
  }
  if (newest && cr_version_compare_deb(package->version, newest) > 0) {
    package->steward =
        make_distribution(context, package, CR_PROOF_UNKNOWN,
                          cr_arena_printf(arena, "newer than the distribution's %s, and in no verified list", newest));
    package->steward.until = NULL;
    return;
  }
  package->steward =
      make_distribution(context, package, CR_PROOF_LIKELY,
                        newest ? cr_arena_printf(arena, "name, source and version fit; %s is in the list now", newest)
                               : cr_arena_printf(arena, "its source %s is in %s's list, this binary package no longer",
                                                 package->source_name, source->name));
}

void cr_steward_judge_deb(const CrStewardContext *context, CrPackage *package)
{
  const CrStewardLists *lists = context->lists;
  gboolean same = FALSE;
  const CrArchive *archive = lists->find_exact(lists->data, package, &same);
  if (archive)
    package->steward = make_proved(context, package, archive);
  else if (same)
    package->steward = cr_steward_make_local(
        context, package, "a list has this version with other control fields: it was built elsewhere");
  else if (judge_by_marks(context, package) || judge_other_suite(context, package))
    return;
  else if (!lists->answering)
    judge_without_lists(context, package);
  else
    judge_by_name(context, package);
}
