/* SPDX-License-Identifier: Apache-2.0 */
#include "hand.h"

typedef struct {
  const char *name, *packages; /* types */
  gboolean not_answering, no_os;
  const char *data;       /* day of the advisory data, or NULL */
  const char *advisories; /* the type that they cover, or NULL */
  const char *rows;       /* "type release packages archive", one a line */
  const char *problems;
} Row;

#define NOT_CHECKED " not checked: no verified archive and no advisory source covers them\n"
#define NOTHING_ON  "the advisory data holds nothing on "
static const Row rows[] = {
    {"no packages", "", .rows = "", .problems = ""},
    {"an archive", "deb deb", .rows = "deb debian-12 2 1\n", .problems = ""},
    {"nothing", "deb deb", .not_answering = TRUE, .rows = "deb debian-12 2 0\n",
     .problems = "partial coverage: 2 deb packages of debian-12" NOT_CHECKED},
    {"advisories alone", "deb", .not_answering = TRUE, .data = "2026-07-01", .advisories = "deb",
     .rows = "deb debian-12 1 0\n", .problems = ""},
    {"both", "deb", .data = "2026-07-01", .advisories = "deb", .rows = "deb debian-12 1 1\n", .problems = ""},
    {"an archive, and data on others", "deb", .data = "2026-07-01", .rows = "deb debian-12 1 1\n",
     .problems = "note coverage: " NOTHING_ON "debian-12: its known holes without a fix are not listed\n"},
    {"a language beside it is of no release", "deb npm deb", .rows = "deb debian-12 2 1\nnpm - 1 0\n",
     .problems = "partial coverage: 1 npm package" NOT_CHECKED},
    {"no os-release", "apk", .no_os = TRUE, .rows = "apk - 1 0\n",
     .problems = "partial coverage: 1 apk package of an unknown release" NOT_CHECKED},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    CrScan *scan = hand_scan_new();
    hand.not_answering = row->not_answering;
    scan->os->id = row->no_os ? NULL : "debian";
    g_auto(GStrv) types = g_strsplit(row->packages, " ", -1);
    for (guint k = 0; types[k]; k++)
      hand_add_package(scan, types[k], "p", CR_STEWARD_DISTRIBUTION);
    cr_scan_list_coverage(scan);
    scan->data_advisories = row->data;
    for (guint k = 0; k < scan->coverage->len; k++) {
      CrCoverage *coverage = scan->coverage->pdata[k];
      coverage->advisories = row->advisories && !strcmp(row->advisories, coverage->type) ? row->data : NULL;
    }
    cr_scan_judge_coverage(scan);
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint k = 0; k < scan->coverage->len; k++) {
      const CrCoverage *coverage = scan->coverage->pdata[k];
      g_string_append_printf(got, "%s %s %u %d\n", coverage->type, coverage->release ? coverage->release : "-",
                             coverage->packages, coverage->archive);
    }
    g_assert_cmpstr(got->str, ==, row->rows);
    g_autofree char *problems = hand_format_problems(scan->problems);
    g_assert_cmpstr(problems, ==, row->problems);
    hand_scan_free(scan);
  }
}

static void test_unwatched(void)
{
  static const struct {
    const char *type;
    CrStewardKind steward;
    gboolean not_answering, unwatched;
  } cases[] = {
      {"deb", CR_STEWARD_DISTRIBUTION, FALSE, FALSE}, {"deb", CR_STEWARD_ARCHIVE, FALSE, FALSE},
      {"deb", CR_STEWARD_UPSTREAM, FALSE, FALSE},     {"deb", CR_STEWARD_BUILDER, FALSE, TRUE},
      {"deb", CR_STEWARD_NOBODY, FALSE, TRUE},        {"deb", CR_STEWARD_DISTRIBUTION, TRUE, TRUE},
      {"apk", CR_STEWARD_DISTRIBUTION, FALSE, TRUE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    CrScan *scan = hand_scan_new();
    hand.not_answering = cases[i].not_answering;
    const CrPackage *package = hand_add_package(scan, cases[i].type, "p", cases[i].steward);
    g_assert_cmpint(cr_scan_is_unwatched(scan, package), ==, cases[i].unwatched);
    hand_scan_free(scan);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/coverage/rows", test_rows);
  g_test_add_func("/coverage/unwatched", test_unwatched);
  return g_test_run();
}
