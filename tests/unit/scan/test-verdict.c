/* SPDX-License-Identifier: Apache-2.0 */
/* Every verdict of CONTRACT.md §3 and their order: the first that applies, with all that apply in `reasons`. */
#include "hand.h"

typedef struct {
  const char *name;
  gboolean no_database, no_packages, not_answering, reach_unknown;
  CrSupportPhase phase;
  const char *until;
  const char *updates; /* of each: 's' security or '-', then 'u' by upgrade, 'd' by dist-upgrade, 'n' by nothing, then
                          the reach 'l' loaded, 'p' possible, '?' unknown, '-' unreached */
  const char *base;    /* name, or NULL */
  int current, pending, pending_newest;
  const char *problems; /* 'n' note, 'p' partial, 'b' blind */
  CrVerdict verdict;
  const char *reasons; /* one a line; the first is the verdict's */
} Row;

#define LTS .phase = CR_PHASE_LTS
static const Row rows[] = {
    /* current */
    {"nothing to do", LTS, .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    {"a note changes nothing", LTS, .problems = "n", .verdict = CR_VERDICT_CURRENT,
     .reasons = "current: no update pending"},
    {"other updates", LTS, .updates = "-u- -ul", .verdict = CR_VERDICT_CURRENT,
     .reasons = "current: no security update pending; 2 other updates"},
    {"one other update", LTS, .updates = "-u-", .verdict = CR_VERDICT_CURRENT,
     .reasons = "current: no security update pending; 1 other update"},
    {"kept back", LTS, .updates = "sn- -ul", .verdict = CR_VERDICT_CURRENT,
     .reasons = "current: 1 security update kept back, nothing that can be installed"},
    {"rolling is watched", .phase = CR_PHASE_ROLLING, .verdict = CR_VERDICT_CURRENT,
     .reasons = "current: no update pending"},
    {"ELTS is watched", .phase = CR_PHASE_ELTS, .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    {"nothing to do was seen, in part", LTS, .problems = "p", .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: nothing to do was found, but not everything could be examined"},
    /* patch */
    {"by upgrade", LTS, .updates = "sul su- -ul", .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 1 of 2 security updates reaches nginx"},
    {"by dist-upgrade", LTS, .updates = "sdp", .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 1 of 1 security update reaches nginx"},
    {"unknown counts as reached", LTS, .updates = "su? sup", .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 2 of 2 security updates reach nginx"},
    {"reach is not known", LTS, .reach_unknown = TRUE, .updates = "su? sn?", .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 1 security update can be installed; what of it is run is not known"},
    {"patch, seen in part", LTS, .updates = "sul", .problems = "p", .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 1 of 1 security update reaches nginx"},
    /* rebuild */
    {"the newest base has fixes", LTS, .base = "debian:12", .current = 0, .pending = 12, .pending_newest = 3,
     .verdict = CR_VERDICT_REBUILD,
     .reasons = "rebuild: the newest debian:12 has 9 of the 12 fixes pending from the base"},
    {"the newest base has none", LTS, .base = "debian:12", .current = 0, .pending = 3, .pending_newest = 3,
     .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    {"the newest base is not known", LTS, .base = "debian:12", .current = 0, .pending = 3, .pending_newest = -1,
     .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    {"the base is current", LTS, .base = "debian:12", .current = 1, .pending = 3, .pending_newest = 0,
     .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    /* replace */
    {"ended", .phase = CR_PHASE_ENDED, .until = "2024-06-30", .verdict = CR_VERDICT_REPLACE,
     .reasons = "replace: nobody watches Debian 12 any more: support ended on 2024-06-30"},
    {"ended, nobody knows when", .phase = CR_PHASE_ENDED, .verdict = CR_VERDICT_REPLACE,
     .reasons = "replace: nobody watches Debian 12 any more"},
    /* blind */
    {"no database", LTS, .no_database = TRUE, .no_packages = TRUE, .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: no package database: what is in this image cannot be known from it"},
    {"no system, only what its programs hold", .phase = CR_PHASE_UNKNOWN, .no_database = TRUE, .not_answering = TRUE,
     .verdict = CR_VERDICT_CURRENT, .reasons = "current: no update pending"},
    {"a system that could not be listed, beside it", .phase = CR_PHASE_UNKNOWN, .no_database = TRUE, .problems = "b",
     .verdict = CR_VERDICT_BLIND, .reasons = "blind: here: not seen"},
    {"an empty database", LTS, .no_packages = TRUE, .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: the package database lists nothing"},
    {"no archive", LTS, .not_answering = TRUE, .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: no verified package archive answers for this release"},
    {"support unknown", .phase = CR_PHASE_UNKNOWN, .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: nobody can say how long this release is supported"},
    {"a blind problem", LTS, .problems = "b", .verdict = CR_VERDICT_BLIND, .reasons = "blind: here: not seen"},
    {"the problem's own words for no database", LTS, .no_database = TRUE, .no_packages = TRUE, .problems = "b",
     .verdict = CR_VERDICT_BLIND, .reasons = "blind: here: not seen"},
    /* the order */
    {"all at once", .not_answering = TRUE, .phase = CR_PHASE_ENDED, .until = "2024-06-30", .updates = "sul",
     .base = "debian:12", .current = 0, .pending = 1, .pending_newest = 0, .verdict = CR_VERDICT_BLIND,
     .reasons = "blind: no verified package archive answers for this release\n"
                "replace: nobody watches Debian 12 any more: support ended on 2024-06-30\n"
                "patch: 1 of 1 security update reaches nginx\n"
                "rebuild: the newest debian:12 has 1 of the 1 fixes pending from the base"},
    {"replace before patch", .phase = CR_PHASE_ENDED, .updates = "su-", .verdict = CR_VERDICT_REPLACE,
     .reasons = "replace: nobody watches Debian 12 any more\npatch: 0 of 1 security update reach nginx"},
    {"patch before rebuild", LTS, .base = "debian:12", .updates = "sul", .current = 0, .pending = 1,
     .pending_newest = 0, .verdict = CR_VERDICT_PATCH,
     .reasons = "patch: 1 of 1 security update reaches nginx\n"
                "rebuild: the newest debian:12 has 1 of the 1 fixes pending from the base"},
};

static void add_updates(CrScan *scan, const char *text)
{
  for (; text && *text; text += 3 + (text[3] == ' ')) {
    CrPackage *package = hand_add_package(scan, "deb", "p", CR_STEWARD_DISTRIBUTION);
    package->reach.level = text[2] == 'l'   ? CR_REACH_LOADED
                           : text[2] == 'p' ? CR_REACH_POSSIBLE
                           : text[2] == '?' ? CR_REACH_UNKNOWN
                                            : CR_REACH_UNREACHED;
    hand_add_update(scan, package, text[0] == 's',
                    text[1] == 'u'   ? CR_UPDATE_BY_UPGRADE
                    : text[1] == 'd' ? CR_UPDATE_BY_DIST_UPGRADE
                                     : CR_UPDATE_BY_NOTHING);
  }
}

static CrScan *make(const Row *row)
{
  CrScan *scan = hand_scan_new();
  hand.no_database = row->no_database;
  hand.not_answering = row->not_answering;
  hand.reach_unknown = row->reach_unknown;
  scan->os->support.phase = row->phase;
  scan->os->support.until = row->until;
  scan->command = "/usr/sbin/nginx -g 'daemon off;'";
  scan->base = (CrBase){
      .name = row->base, .current = row->current, .pending = row->pending, .pending_newest = row->pending_newest};
  if (!row->no_packages)
    hand_add_package(scan, "deb", "base-files", CR_STEWARD_DISTRIBUTION);
  add_updates(scan, row->updates);
  for (const char *at = row->problems; at && *at; at++)
    cr_problems_add(scan->problems,
                    *at == 'n'   ? CR_PROBLEM_NOTE
                    : *at == 'p' ? CR_PROBLEM_PARTIAL
                                 : CR_PROBLEM_BLIND,
                    "here", "not seen");
  return scan;
}

static gboolean has_kind(const CrScan *scan, CrProblemKind kind)
{
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++)
    if (cr_problems_get(scan->problems, i)->kind >= kind)
      return TRUE;
  return FALSE;
}

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    CrScan *scan = make(row);
    cr_scan_judge_verdict(scan, NULL);
    g_autofree char *reasons = g_strjoinv("\n", (char **)scan->summary.reasons);
    g_autofree char *got = g_strdup_printf("%s: %s", row->name, reasons);
    g_autofree char *wanted = g_strdup_printf("%s: %s", row->name, row->reasons);
    g_assert_cmpstr(got, ==, wanted);
    g_assert_cmpstr(cr_verdict_get_name(scan->summary.verdict), ==, cr_verdict_get_name(row->verdict));
    g_assert_true(g_str_has_suffix(scan->summary.reasons[0], scan->summary.reason));
    /* A blind verdict is always a problem too, and both make the exit code. */
    g_assert_cmpint(scan->summary.complete, ==, !has_kind(scan, CR_PROBLEM_PARTIAL));
    g_assert_true(scan->summary.verdict != CR_VERDICT_BLIND || !scan->summary.complete);
    hand_scan_free(scan);
  }
}

static void test_counts(void)
{
  CrScan *scan = hand_scan_new();
  hand_add_package(scan, "deb", "ours", CR_STEWARD_DISTRIBUTION);
  hand_add_package(scan, "deb", "theirs", CR_STEWARD_ARCHIVE);
  hand_add_package(scan, "deb", "built", CR_STEWARD_BUILDER);
  hand_add_package(scan, "deb", "nobody's", CR_STEWARD_NOBODY);
  hand_add_package(scan, "npm", "no data for it", CR_STEWARD_UPSTREAM);
  CrUnowned files[] = {{.path = "a", .steward.kind = CR_STEWARD_NOBODY},
                       {.path = "b", .steward.kind = CR_STEWARD_UPSTREAM}};
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    g_ptr_array_add(scan->unowned, &files[i]);
  add_updates(scan, "sul sn- -up");
  cr_scan_judge_verdict(scan, NULL);
  const CrSummary *summary = &scan->summary;
  g_assert_cmpuint(summary->packages, ==, 8);
  g_assert_cmpuint(summary->updates, ==, 3);
  g_assert_cmpuint(summary->security_updates, ==, 2);
  g_assert_cmpuint(summary->reached_security_updates, ==, 1);
  g_assert_cmpuint(summary->unwatched, ==, 4);
  hand_scan_free(scan);
}

/* Each finding as "TYPE STATUS SEVERITY ID", '!' behind it: exploited, '~': suppressed. */
static void test_findings(void)
{
  static const struct {
    const char *updates, *findings, *reasons;
  } cases[] = {
      {"sul", "deb fixable high CVE-1!",
       "patch: 1 of 1 security update reaches nginx; 1 finding is exploited in the wild"},
      {"sul", "deb fixable high CVE-1!;deb fixable high CVE-1!;deb fixable high CVE-2!",
       "patch: 1 of 1 security update reaches nginx; 3 findings are exploited in the wild"},
      {"sul", "deb unfixed high CVE-1!;deb fixable high CVE-2!~", "patch: 1 of 1 security update reaches nginx"},
      {"", "deb unfixed high CVE-1;deb pending_archive low CVE-2;deb unfixed negligible CVE-3",
       "current: no update pending; 2 findings without a fix"},
      {"", "deb unfixed high CVE-1~", "current: no update pending"},
      {"", "npm fixable high CVE-1", "rebuild: 1 finding in p is fixed by newer versions: a new build brings them"},
      {"", "npm fixable high CVE-1;npm fixable high CVE-2",
       "rebuild: 2 findings in 2 language packages are fixed by newer versions: a new build brings them"},
      {"", "npm unfixed high CVE-1", "current: no update pending; 1 finding without a fix"},
      {"sul", "npm fixable high CVE-1!",
       "patch: 1 of 1 security update reaches nginx\n"
       "rebuild: 1 finding in p is fixed by newer versions: a new build brings them; 1 finding is exploited in the "
       "wild"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    CrScan *scan = hand_scan_new();
    scan->os->support.phase = CR_PHASE_LTS;
    scan->command = "nginx";
    hand_add_package(scan, "deb", "base-files", CR_STEWARD_DISTRIBUTION);
    add_updates(scan, cases[i].updates);
    g_auto(GStrv) texts = g_strsplit(cases[i].findings, ";", -1);
    for (guint k = 0; texts[k]; k++) {
      g_auto(GStrv) words = g_strsplit(texts[k], " ", -1);
      CrFinding *finding = cr_arena_new0(scan->arena, CrFinding);
      finding->package = hand_add_package(scan, cr_arena_strdup(scan->arena, words[0]), "p", CR_STEWARD_DISTRIBUTION);
      finding->status = cr_arena_strdup(scan->arena, words[1]);
      while (strcmp(cr_severity_get_name(finding->severity), words[2]) != 0)
        finding->severity++;
      finding->id = cr_arena_strndup(scan->arena, words[3], strcspn(words[3], "!~"));
      finding->exploited = strchr(words[3], '!') != NULL;
      finding->suppressed = strchr(words[3], '~') ? "a rule" : NULL;
      g_ptr_array_add(scan->findings, finding);
    }
    cr_scan_judge_verdict(scan, NULL);
    g_autofree char *reasons = g_strjoinv("\n", (char **)scan->summary.reasons);
    g_assert_cmpstr(reasons, ==, cases[i].reasons);
    hand_scan_free(scan);
  }
}

static void test_names_of_processes(void)
{
  static const struct {
    const char *command, *name;
  } commands[] = {
      {"/usr/sbin/nginx -g x", "nginx"}, {"nginx", "nginx"}, {NULL, "its process"}, {"", "its process"}, {"/", "/"}};
  for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
    CrScan *scan = hand_scan_new();
    add_updates(scan, "sul");
    scan->command = commands[i].command;
    cr_scan_judge_verdict(scan, NULL);
    g_autofree char *end = g_strconcat(" reaches ", commands[i].name, NULL);
    g_assert_true(g_str_has_suffix(scan->summary.reason, end));
    hand_scan_free(scan);
  }
}

static void test_stamp(void)
{
  CrScan *scan = hand_scan_new();
  CrScanOptions options = {.now = 1700000000};
  cr_scan_stamp(scan, &options);
  g_assert_cmpstr(scan->created, ==, "2023-11-14T22:13:20Z");
  g_assert_null(scan->as_of);
  g_date_set_dmy(&options.vendor.as_of, 1, G_DATE_JULY, 2026);
  options.as_of_given = TRUE;
  cr_scan_stamp(scan, &options);
  g_assert_cmpstr(scan->as_of, ==, "2026-07-01");
  hand_scan_free(scan);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/verdict/rows", test_rows);
  g_test_add_func("/verdict/findings", test_findings);
  g_test_add_func("/verdict/counts", test_counts);
  g_test_add_func("/verdict/names-of-processes", test_names_of_processes);
  g_test_add_func("/verdict/stamp", test_stamp);
  return g_test_run();
}
