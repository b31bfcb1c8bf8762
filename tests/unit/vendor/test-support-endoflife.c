/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "support-common.h"

#include "base/error.h"

static CrCycles *parse(const char *text, gsize size)
{
  g_autoptr(GError) error = NULL;
  CrCycles *cycles = cr_cycles_parse(text, size, "test", &error);
  g_assert_no_error(error);
  return cycles;
}

static void test_phases(void)
{
  const struct {
    const char *file, *id, *version, *name, *day, *phase, *until, *evidence;
  } rows[] = {
      {"alpine-linux.json", "alpine", "3.18.9", NULL, "2025-05-09", "full", "2025-05-09", "endoflife"},
      {"alpine-linux.json", "alpine", "3.18.9", NULL, "2025-05-10", "ended", "2025-05-09", "endoflife"},
      {"alpine-linux.json", "alpine", "3.99.0", NULL, "2026-11-24", "unknown", NULL, "has no release 3.99"},
      {"alpine-linux.json", "alpine", NULL, NULL, "2026-11-24", "unknown", NULL, "names no version"},
      {"rhel.json", "rhel", "9.4", NULL, "2026-11-24", "full", "2032-05-31", "endoflife"},
      {"rhel.json", "rhel", "8.10", NULL, "2026-11-24", "full", "2029-05-31", "security fixes only since 2024-05-31"},
      {"rhel.json", "rhel", "7.9", NULL, "2024-06-30", "full", "2024-06-30", "security fixes only"},
      {"rhel.json", "rhel", "7.9", NULL, "2024-07-01", "ended", "2024-06-30", "extended support until 2029-05-31"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize size = 0;
    g_autofree char *text = read_data(rows[i].file, &size);
    g_autoptr(CrCycles) cycles = parse(text, size);
    g_autoptr(CrArena) arena = cr_arena_new();
    CrOs os = {.id = rows[i].id, .version = rows[i].version, .name = rows[i].name};
    CrSupportData data = {.cycles = cycles, .cycles_name = "endoflife.date x of 2026-08-22"};
    GDate day = make_day(rows[i].day);
    CrSupportQuery query = {.os = &os, .day = &day, .today = &day, .data = &data, .arena = arena};
    CrSupportAnswer answer;
    cr_support_judge(&query, &answer);
    g_test_message("%s %s on %s: %s", rows[i].id, rows[i].version, rows[i].day, answer.evidence);
    g_assert_cmpstr(cr_support_phase_get_name(answer.phase), ==, rows[i].phase);
    g_assert_cmpstr(cr_support_format_date(&answer.until, arena), ==, rows[i].until);
    g_assert_nonnull(strstr(answer.evidence, rows[i].evidence));
  }
}

static void test_odd_documents(void)
{
  const char *odd =
      "[{\"cycle\":\"1\",\"eol\":false},{\"cycle\":\"2\",\"eol\":true},{\"cycle\":3},{\"eol\":\"2020-01-01\"},7,null,"
      "{\"cycle\":\"4\",\"eol\":\"soon\",\"support\":[]},[]]";
  g_autoptr(CrCycles) cycles = parse(odd, strlen(odd));
  g_assert_cmpuint(cycles->list->len, ==, 3);
  const char *const phases[] = {"full", "ended", NULL, "unknown"};
  for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    char version[2] = {(char)('1' + (char)i), 0};
    CrOs os = {.id = "amzn", .version = version};
    CrSupportData data = {.cycles = cycles, .cycles_name = "x"};
    GDate day = make_day("2026-11-24");
    CrSupportQuery query = {.os = &os, .day = &day, .today = &day, .data = &data, .arena = arena};
    CrSupportAnswer answer;
    cr_support_judge(&query, &answer);
    g_assert_cmpstr(cr_support_phase_get_name(answer.phase), ==, phases[i] ? phases[i] : "unknown");
  }
  const char *const bad[] = {"", "{}", "null", "[", "{\"cycle\":\"1\"}"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_cycles_parse(bad[i], strlen(bad[i]), "test", &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

/* Every product that a family names is in the feed, and every row of it is understood. */
static void test_the_whole_feed(void)
{
  const char *shared = g_getenv("CAREEN_SHARED");
  g_autofree char *folder = g_build_filename(shared ? shared : "", "feeds", "endoflife", NULL);
  if (!shared || !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    g_test_skip("the shared feeds are not here");
    return;
  }
  const char *const ids[] = {"alpine", "almalinux", "rocky",         "rhel", "centos",
                             "ol",     "fedora",    "opensuse-leap", "sles", "amzn"};
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
    CrOs os = {.id = ids[i]};
    const CrSupportFamily *family = cr_support_family_find(&os);
    g_assert_nonnull(family);
    g_autofree char *name = g_strconcat(cr_support_get_product(family, &os), ".json", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    g_autoptr(CrCycles) cycles = parse(text, size);
    g_assert_cmpuint(cycles->list->len, >=, 3);
    for (guint c = 0; c < cycles->list->len; c++) {
      const CrCycle *cycle = cycles->list->pdata[c];
      g_assert_true(g_date_valid(&cycle->eol) || cycle->eol_flag >= 0);
    }
  }
  const CrOs stream = {.id = "centos", .version = "9", .name = "CentOS Stream 9"};
  g_assert_cmpstr(cr_support_get_product(cr_support_family_find(&stream), &stream), ==, "centos-stream");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-endoflife/phases", test_phases);
  g_test_add_func("/support-endoflife/odd-documents", test_odd_documents);
  g_test_add_func("/support-endoflife/whole-feed", test_the_whole_feed);
  return g_test_run();
}
