/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluation of the OSV schema, row by row; the first rows are the schema's own examples. */
#include "advisory/range.h"

#include <string.h>

/* "i0 f1.2 | i2 l3": events (introduced, fixed, last affected, limit) and ranges. */
static void parse_ranges(const char *text, CrAdvisory *advisory, CrArena *arena)
{
  g_auto(GStrv) parts = g_strsplit(*text ? text : "", "|", -1);
  guint count = g_strv_length(parts);
  CrRange *ranges = cr_arena_alloc(arena, (count + 1) * sizeof *ranges);
  for (guint i = 0; i < count; i++) {
    g_auto(GStrv) words = g_strsplit(g_strstrip(parts[i]), " ", -1);
    CrEvent *events = cr_arena_alloc(arena, (g_strv_length(words) + 1) * sizeof *events);
    for (guint k = 0; words[k]; k++) {
      static const char kinds[] = "ifl*";
      const char *kind = strchr(kinds, words[k][0]);
      g_assert_nonnull(kind);
      events[k] = (CrEvent){(CrEventKind)(kind - kinds), cr_arena_strdup(arena, words[k] + 1)};
    }
    ranges[i] = (CrRange){.events = events, .count = g_strv_length(words)};
  }
  advisory->ranges = ranges;
  advisory->range_count = count;
}

static const struct {
  const char *ranges, *versions, *version;
  gboolean affected;
  const char *fixed;
} rows[] = {
    /* schema: introduced 1.0.0, fixed 1.0.2; introduced 3.0.0, fixed 3.2.5 */
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "0.9", FALSE, NULL},
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "1.0.0", TRUE, "1.0.2"},
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "1.0.1", TRUE, "1.0.2"},
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "1.0.2", FALSE, NULL},
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "3.1", TRUE, "3.2.5"},
    {"i1.0.0 f1.0.2 i3.0.0 f3.2.5", "", "3.2.5", FALSE, NULL},
    /* the same in any order, and in two ranges */
    {"f3.2.5 i1.0.0 i3.0.0 f1.0.2", "", "2.0", FALSE, NULL},
    {"f3.2.5 i1.0.0 i3.0.0 f1.0.2", "", "3.0.0", TRUE, "3.2.5"},
    {"i1.0.0 f1.0.2 | i3.0.0 f3.2.5", "", "1.0.1", TRUE, "1.0.2"},
    {"i1.0.0 f1.0.2 | i3.0.0 f3.2.5", "", "2.0", FALSE, NULL},
    /* no fix */
    {"i0", "", "1", TRUE, NULL},
    {"i0", "", "0", TRUE, NULL},
    {"i2", "", "1", FALSE, NULL},
    /* "0" is before what sorts below it */
    {"i0 f1", "", "0~rc1", TRUE, "1"},
    /* fixed in "0": never */
    {"i0 f0", "", "5", FALSE, NULL},
    /* last affected is itself affected; what comes after has no name */
    {"i0 l1.5", "", "1.5", TRUE, NULL},
    {"i0 l1.5", "", "1.5.1", FALSE, NULL},
    {"i0 l1.5 i2 f2.1", "", "1.0", TRUE, NULL},
    /* fixed and introduced by one version: it goes on */
    {"i0 f1 i1 f2", "", "1", TRUE, "2"},
    {"i0 f1 i1 f2", "", "0.5", TRUE, "2"},
    /* limits: at or above all of them nothing is in the range */
    {"i0 *2", "", "1", TRUE, NULL},
    {"i0 *2", "", "2", FALSE, NULL},
    {"i0 *2 *4", "", "3", TRUE, NULL},
    {"i0 **", "", "9", TRUE, NULL},
    /* versions besides ranges */
    {"", "1.0,1.1", "1.1", TRUE, NULL},
    {"", "1.0,1.1", "1.2", FALSE, NULL},
    {"i2 f3", "1.0", "1.0", TRUE, NULL},
    {"i2 f3", "1.0", "2.5", TRUE, "3"},
    /* two ranges hold it: it is free of both only at the higher fix; or never, when one has none */
    {"i0 f2 | i1 f3", "", "1.5", TRUE, "3"},
    {"i0 f2 | i1", "", "1.5", TRUE, NULL},
    {"", "", "1", FALSE, NULL},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_auto(GStrv) versions = g_strsplit(rows[i].versions, ",", -1);
    CrAdvisory advisory = {.versions = (CrStrv)versions};
    parse_ranges(rows[i].ranges, &advisory, arena);
    g_test_message("row %u: %s in %s %s", i, rows[i].version, rows[i].ranges, rows[i].versions);
    CrRangeAnswer answer = cr_range_judge(&advisory, CR_SCHEME_DEB, rows[i].version);
    g_assert_cmpint(answer.affected, ==, rows[i].affected);
    g_assert_cmpstr(answer.affected ? answer.fixed : NULL, ==, rows[i].fixed);
  }
}

static void test_bounded(void)
{
  static const struct {
    const char *ranges, *versions;
    gboolean bounded;
  } cases[] = {{"i0", "", FALSE}, {"i0 f2", "", TRUE}, {"i0 | i3 l4", "", TRUE}, {"", "1.0", TRUE}, {"", "", FALSE}};
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_auto(GStrv) versions = g_strsplit(cases[i].versions, ",", -1);
    CrAdvisory advisory = {.versions = (CrStrv)versions};
    parse_ranges(cases[i].ranges, &advisory, arena);
    g_assert_cmpint(cr_range_is_bounded(&advisory), ==, cases[i].bounded);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/range/rows", test_rows);
  g_test_add_func("/range/bounded", test_bounded);
  return g_test_run();
}
